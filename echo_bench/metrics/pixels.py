"""PSNR and SSIM of the artefact against the truth, frame by frame (piq's convention; ViCo challenge)."""

from __future__ import annotations

from functools import partial

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.base import MeanMetric


def _mean_of(name: str, features: ClipFeatures) -> float:
    return float(features["pair:pixels"][name].astype("float64").mean())


PSNR = MeanMetric(
    MetricInfo(
        id="psnr@piq",
        title="Peak signal-to-noise ratio per frame against truth; 80 dB for equal frames",
        unit="dB",
        direction=Direction.HIGHER,
        requires=("pair:pixels",),
        range=(0.0, 80.0),
        signature=(("fps", "25"), ("range", "0..1"), ("eps", "1e-8")),
    ),
    partial(_mean_of, "psnr"),
)

SSIM = MeanMetric(
    MetricInfo(
        id="ssim@piq",
        title="Structural similarity per frame against truth",
        unit="",
        direction=Direction.HIGHER,
        requires=("pair:pixels",),
        range=(-1.0, 1.0),
        signature=(("fps", "25"), ("window", "gauss11/1.5"), ("downsample", "yes")),
    ),
    partial(_mean_of, "ssim"),
)
