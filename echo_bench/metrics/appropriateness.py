"""Does the displayed affect fit the moment: motion against the several reactions that are right there (protocol ``eb1``).

``-native`` scores motion as it was delivered, ``-rignet`` what rignet measures of the video; the reactions that it is compared with are
known as motion in both.

Valence and arousal are read from ``rig61`` by one readout for everybody (echo_metrics.rig_affect), on the stretches of 2 s or longer in
which the avatar listens. Per clip the mean over stretches and over the K artefacts; the value is the mean over clips.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from echo_metrics.appropriateness import RATE, SHORTEST_SPAN_S, appropriateness
from echo_metrics.errors import MetricInputError
from echo_metrics.rig_affect import displayed_affect
from numpy.typing import NDArray

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.alternatives import affect_of, right, wrong
from echo_bench.metrics.base import MeanMetric
from echo_bench.metrics.frames import motion_of
from echo_bench.metrics.listening import listening

Floats = NDArray[np.floating]


def _score(feature: str, features: ClipFeatures) -> float:
    fitting = [affect_of(ref) for ref in right(features.clip)]
    own = _own(feature, features)
    spans = _spans(features, own, *fitting)
    return appropriateness([own[None, span] for span in spans], _cut(fitting, spans)).score


def _auc(feature: str, features: ClipFeatures) -> float:
    fitting = [affect_of(ref) for ref in right(features.clip)]
    failing = [affect_of(ref) for ref in wrong(features.clip)]
    own = _own(feature, features)
    spans = _spans(features, own, *fitting, *failing)
    found = appropriateness([own[None, span] for span in spans], _cut(fitting, spans), _cut(failing, spans))
    return float(found.auc or 0.0)


def _own(feature: str, features: ClipFeatures) -> Floats:
    arrays = features[f"pred:{feature}"]
    return displayed_affect(arrays["motion"], arrays["valid"])


def _spans(features: ClipFeatures, *tracks: Floats) -> list[slice]:
    """The listening spans that all tracks cover for 2 s."""
    end = min(map(len, tracks))
    cut = [slice(span.start, min(span.stop, end)) for span in listening(features.clip)]
    long = [span for span in cut if span.stop - span.start >= SHORTEST_SPAN_S * RATE]
    if not long:
        raise MetricInputError(f"the motion ends at {end / RATE:.1f} s, before the avatar has listened for 2 s")
    return long


def _cut(tracks: list[Floats], spans: list[slice]) -> list[Floats]:
    return [np.stack([track[span] for track in tracks]) for span in spans]


def _metric(id_: str, title: str, low: float, value: Callable[[str, ClipFeatures], float]) -> MeanMetric:
    feature = motion_of(id_)
    return MeanMetric(
        MetricInfo(
            id=id_,
            title=title,
            unit="",
            direction=Direction.HIGHER,
            requires=(f"pred:{feature}",),
            range=(low, 1.0),
            role="listening",
            signature=(("space", "rig61"), ("affect", "rig-affect"), ("rate", "5"), ("lag", "1s"), ("span", "2s")),
        ),
        partial(value, feature),
    )


_FIT = "Best lag-tolerant concordance of displayed affect with a reaction that is right here, while listening"
_BETTER = "Share of wrong reactions that it fits better than; chance is 0.5"

APPROPRIATENESS = _metric("appropriateness@eb1-native", _FIT, -1.0, _score)
AUC = _metric("appropriateness-auc@eb1-native", _BETTER, 0.0, _auc)
RIGNET_APPROPRIATENESS = _metric("appropriateness@eb1-rignet", _FIT, -1.0, _score)
RIGNET_AUC = _metric("appropriateness-auc@eb1-rignet", _BETTER, 0.0, _auc)
