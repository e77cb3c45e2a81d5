"""REACT's metrics on motion as delivered (``-native``) or as rignet measures it, against the reactions that are right for each clip.

The formulas are REACT 2024's with channels that never move treated as in ``react24-nan-aware`` (echo_metrics.reaction). What differs, so
that values compare with values of these ids only: the 16 attributes that a rig has of REACT's 25 (echo_metrics.rig_attributes); the right
reactions of one clip in place of rows of a neighbour matrix; and the mean over samples in place of their sum, which depends on M.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from echo_metrics.dtw import nearest
from echo_metrics.reaction import concordance, frdiv, frsyn, frvar
from echo_metrics.rig_attributes import REACT16, attributes
from numpy.typing import NDArray

from echo_bench.errors import NotApplicable
from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.alternatives import attributes_of, others, right
from echo_bench.metrics.base import MeanMetric, MeanOfSets

Floats = NDArray[np.floating]


def _attributes(motion: str, features: ClipFeatures, side: str = "pred") -> Floats:
    arrays = features[f"{side}:{motion}"]
    return attributes(arrays["motion"], arrays["valid"]).astype(np.float32)


def _against_right(motion: str, features: ClipFeatures) -> tuple[Floats, Floats]:
    """The reaction (T, 16) and the right ones (K, T, 16)."""
    own = _attributes(motion, features)
    candidates = others(own, [attributes_of(ref) for ref in right(features.clip)])
    return own[: candidates.shape[1]], candidates


def _frcorr(motion: str, features: ClipFeatures) -> float:
    own, candidates = _against_right(motion, features)
    pairs = np.moveaxis(candidates, 0, 1)
    agreement = concordance(np.broadcast_to(own[:, None], pairs.shape), pairs, constant="aware")
    return float(agreement.mean(axis=1).max())


def _frdist(motion: str, features: ClipFeatures) -> float:
    own, candidates = _against_right(motion, features)
    return float(nearest(own[None], candidates, REACT16)[0])


def _frvar(motion: str, features: ClipFeatures) -> float:
    return frvar(_attributes(motion, features)[None, None])


def _frsyn(motion: str, features: ClipFeatures) -> float:
    own, user = _attributes(motion, features), _attributes(motion, features, "user")
    frames = min(len(own), len(user))
    return frsyn(own[None, None, :frames], user[None, :frames], nan="aware")


def _frdiv(motion: str, samples: Sequence[ClipFeatures]) -> float:
    if len(samples) < 2:
        raise NotApplicable("needs several reactions to one clip (--samples), and there is one")
    reactions = [_attributes(motion, sample) for sample in samples]
    frames = min(map(len, reactions))
    return frdiv(np.stack([reaction[:frames] for reaction in reactions])[None])


def _metrics(motion: str) -> tuple[MeanMetric, MeanMetric, MeanOfSets, MeanMetric, MeanMetric]:
    """FRCorr, FRDist, FRDiv, FRVar and FRSyn of one kind of motion."""

    def info(
        name: str, title: str, direction: Direction, low: float, high: float | None, unit: str = "", *others: str
    ) -> MetricInfo:
        return MetricInfo(
            id=f"{name}@react24-nan-aware-{motion}",
            title=title,
            unit=unit,
            direction=direction,
            target="truth" if direction is Direction.TARGET else None,
            requires=(f"pred:{motion}", *others),
            range=(low, high),
            signature=(("attributes", "react16"), ("aggregate", "mean"), ("constant", "aware"), ("fps", "25")),
        )

    corr = "Concordance of facial attributes with the nearest reaction that is right here"
    dist = "Warped distance of facial attributes to the nearest reaction that is right here"
    div = "Mean squared difference among the reactions to one clip; noise has most of it"
    var = "Variance over time of facial attributes; good is what the truth has"
    syn = "Lag of best correlation with the user's attributes, either way; arbitrary where nothing correlates"
    frames = "frames at 25 fps"
    return (
        MeanMetric(info("frcorr", corr, Direction.HIGHER, -1.0, 1.0), partial(_frcorr, motion)),
        MeanMetric(info("frdist", dist, Direction.LOWER, 0.0, None), partial(_frdist, motion)),
        MeanOfSets(info("frdiv", div, Direction.NONE, 0.0, None), partial(_frdiv, motion)),
        MeanMetric(info("frvar", var, Direction.TARGET, 0.0, None), partial(_frvar, motion)),
        MeanMetric(info("frsyn", syn, Direction.NONE, 0.0, 49.0, frames, f"user:{motion}"), partial(_frsyn, motion)),
    )


FRCORR, FRDIST, FRDIV, FRVAR, FRSYN = _metrics("native")
RIGNET_FRCORR, RIGNET_FRDIST, RIGNET_FRDIV, RIGNET_FRVAR, RIGNET_FRSYN = _metrics("rignet")
