"""Distances between sets over the embedded nets, which need no download: pictures (FID's question) and stretches of 16 frames (FVD's).

Neither is a FID or an FVD: features, and so values, are others, and compare only under these ids. Both nets know the suite's own renderer;
on footage they rank damage as the originals do (docs/metrics/embedded-nets.md).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.fvd import fvd
from echo_bench.metrics.pooled_frechet import PooledFrechet
from echo_bench.metrics.two_samples import Rows, TwoSampleMetric


def _frames(net: str, features: ClipFeatures, side: str) -> Rows:
    """One side's frames, sorted: the order in which rows are summed moves a distance by 1e-9, and order in time shall not."""
    rows = features[f"{side}:{net}"]["features"]
    return rows[np.lexsort(rows.T)]


def _windows(net: str, features: ClipFeatures, side: str) -> Rows:
    """One side's windows; where the other side of the clip is here too, those that both have."""
    sides = [name for name in (f"pred:{net}", f"truth:{net}") if name in features.arrays]
    common = min(len(features[name]["features"]) for name in sides)
    return features[f"{side}:{net}"]["features"][:common]


def _metric(
    id_: str,
    title: str,
    rows: Callable[[str, ClipFeatures, str], Rows],
    make: Callable[[MetricInfo, Callable[[ClipFeatures, str], Rows]], TwoSampleMetric],
    **signature: str,
) -> TwoSampleMetric:
    net = id_.partition("@")[2]
    info = MetricInfo(
        id=id_,
        title=title,
        unit="",
        direction=Direction.LOWER,
        requires=(f"pred:{net}", f"truth:{net}"),
        range=(0.0, None),
        aggregation="set",
        signature=(("net", net), ("D", "64"), *signature.items(), ("fps", "25"), ("ddof", "1")),
    )
    return make(info, partial(rows, net))


PICTURES = _metric(
    "fd_img@imagenet-eb",
    "Fréchet distance of imagenet-eb's features over all frames of the split; no FID over Inception",
    _frames,
    PooledFrechet,
    resize="96 covered, centre",
)
STRETCHES = _metric(
    "fd_vid@videonet-eb",
    "Fréchet distance of videonet-eb's features over all windows of 16 frames; no FVD over I3D",
    _windows,
    partial(TwoSampleMetric, value=fvd, one_artefact=True),
    resize="64 covered, centre",
    T="16",
    hop="16",
)
