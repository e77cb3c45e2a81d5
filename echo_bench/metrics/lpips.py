"""LPIPS of every frame against the truth's frame of the same time; the trunk is part of the id."""

from __future__ import annotations

from functools import partial

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.base import MeanMetric


def _mean(extractor: str, features: ClipFeatures) -> float:
    return float(features[f"pair:{extractor}"]["lpips"].astype("float64").mean())


def _metric(trunk: str) -> MeanMetric:
    extractor = f"lpips-{trunk}"
    info = MetricInfo(
        id=f"lpips@{trunk}",
        title=f"Learned perceptual distance per frame against truth, trunk {trunk}",
        unit="",
        direction=Direction.LOWER,
        requires=(f"pair:{extractor}",),
        range=(0.0, None),
        signature=(("trunk", trunk), ("heads", "v0.1"), ("size", "as delivered"), ("range", "-1..1"), ("fps", "25")),
    )
    return MeanMetric(info, partial(_mean, extractor))


ALEX, VGG, SQUEEZE = _metric("alex"), _metric("vgg"), _metric("squeeze")
