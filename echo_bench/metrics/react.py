"""REACT's metrics on delivered motion, against the reactions that are right for each clip.

The formulas are REACT 2024's with channels that never move treated as in ``react24-nan-aware`` (echo_metrics.reaction). What differs, so
that values compare with values of these ids only: the 16 attributes that a rig has of REACT's 25 (echo_metrics.rig_attributes); the right
reactions of one clip in place of rows of a neighbour matrix; and the mean over samples in place of their sum, which depends on M.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def _attributes(features: ClipFeatures, side: str = "pred") -> Floats:
    arrays = features[f"{side}:native"]
    return attributes(arrays["motion"], arrays["valid"]).astype(np.float32)


def _against_right(features: ClipFeatures) -> tuple[Floats, Floats]:
    """The reaction (T, 16) and the right ones (K, T, 16)."""
    own = _attributes(features)
    candidates = others(own, [attributes_of(ref) for ref in right(features.clip)])
    return own[: candidates.shape[1]], candidates


def _frcorr(features: ClipFeatures) -> float:
    own, candidates = _against_right(features)
    pairs = np.moveaxis(candidates, 0, 1)
    agreement = concordance(np.broadcast_to(own[:, None], pairs.shape), pairs, constant="aware")
    return float(agreement.mean(axis=1).max())


def _frdist(features: ClipFeatures) -> float:
    own, candidates = _against_right(features)
    return float(nearest(own[None], candidates, REACT16)[0])


def _frvar(features: ClipFeatures) -> float:
    return frvar(_attributes(features)[None, None])


def _frsyn(features: ClipFeatures) -> float:
    own, user = _attributes(features), _attributes(features, "user")
    frames = min(len(own), len(user))
    return frsyn(own[None, None, :frames], user[None, :frames], nan="aware")


def _frdiv(samples: Sequence[ClipFeatures]) -> float:
    if len(samples) < 2:
        raise NotApplicable("needs several reactions to one clip (--samples), and there is one")
    reactions = [_attributes(sample) for sample in samples]
    frames = min(map(len, reactions))
    return frdiv(np.stack([reaction[:frames] for reaction in reactions])[None])


def _info(
    name: str, title: str, unit: str, direction: Direction, range_: tuple[float, float | None], *requires: str
) -> MetricInfo:
    return MetricInfo(
        id=f"{name}@react24-nan-aware-native",
        title=title,
        unit=unit,
        direction=direction,
        target="truth" if direction is Direction.TARGET else None,
        requires=("pred:native", *requires),
        range=range_,
        signature=(("attributes", "react16"), ("aggregate", "mean"), ("constant", "aware"), ("fps", "25")),
    )


FRCORR = MeanMetric(
    _info(
        "frcorr",
        "Concordance of facial attributes with the nearest reaction that is right here",
        "",
        Direction.HIGHER,
        (-1.0, 1.0),
    ),
    _frcorr,
)
FRDIST = MeanMetric(
    _info(
        "frdist",
        "Warped distance of facial attributes to the nearest reaction that is right here",
        "",
        Direction.LOWER,
        (0.0, None),
    ),
    _frdist,
)
FRDIV = MeanOfSets(
    _info(
        "frdiv",
        "Mean squared difference among the reactions to one clip; noise has most of it",
        "",
        Direction.NONE,
        (0.0, None),
    ),
    _frdiv,
)
FRVAR = MeanMetric(
    _info(
        "frvar",
        "Variance over time of facial attributes; good is what the truth has",
        "",
        Direction.TARGET,
        (0.0, None),
    ),
    _frvar,
)
FRSYN = MeanMetric(
    _info(
        "frsyn",
        "Lag of best correlation with the user's attributes, either way; arbitrary where nothing correlates",
        "frames at 25 fps",
        Direction.NONE,
        (0.0, 49.0),
        "user:native",
    ),
    _frsyn,
)
