"""What can be compared across motion spaces: how the head is turned, the gaze wanders, the lids close and the mouth opens, over time.

Correlations, because scales differ between spaces; see :mod:`echo_bench.shared_motion`.
"""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import numpy as np
from echo_metrics.correlation import pearson
from echo_metrics.errors import MetricInputError

from echo_bench.errors import NotApplicable
from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.base import MeanMetric
from echo_bench.metrics.frames import MIN_FRAMES
from echo_bench.metrics.own_ids import SHARED_IDS
from echo_bench.shared_motion import SHARED

TITLES = {
    "head": "how far the head is turned",
    "gaze": "how far the gaze wanders",
    "blink": "how far the lids are closed",
    "mouth": "how far the mouth is open",
}


def _correlation(name: str, features: ClipFeatures) -> float:
    column = SHARED.index(name)
    pred, truth = features["pred:shared"], features["truth:shared"]
    length = min(len(pred["shared"]), len(truth["shared"]))
    keep = pred["valid"][:length] & truth["valid"][:length]
    a, b = (side["shared"][:length][keep, column] for side in (pred, truth))
    if np.isnan(a).all() or np.isnan(b).all():
        raise NotApplicable(f"the two spaces do not both tell {TITLES[name]}")
    if keep.sum() < MIN_FRAMES:
        raise MetricInputError(f"only {int(keep.sum())} common frames are valid; {MIN_FRAMES} are needed")
    value = float(pearson(a, b))
    if np.isnan(value):
        raise MetricInputError(f"{TITLES[name]} never changes in one of the two, so there is no correlation")
    return value


def _metric(id_: str) -> MeanMetric:
    name = id_.partition("@")[0].removeprefix("corr_")
    info = MetricInfo(
        id=id_,
        title=f"Correlation with the truth of {TITLES[name]}, whatever the spaces of the two",
        unit="",
        direction=Direction.HIGHER,
        requires=("pred:shared", "truth:shared"),
        range=(-1.0, 1.0),
        signature=(("space", "shared"), ("part", name), ("pooling", "clip")),
    )
    return MeanMetric(info, partial(_correlation, name))


ACROSS = SimpleNamespace(**{id_: _metric(id_) for id_ in SHARED_IDS})
