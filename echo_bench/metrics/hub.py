"""FD-DINOv2: the Fréchet distance that a self-supervised net gives, which follows human judgement better than FID.

Source: Stein et al., "Exposing flaws of generative model evaluation metrics", NeurIPS 2023; layer6ai-labs/dgm-eval.
"""

from __future__ import annotations

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.effnet import frechet
from echo_bench.metrics.two_samples import Rows, TwoSampleMetric

FEATURES = "dinov2"


def _rows(features: ClipFeatures, side: str) -> Rows:
    return features[f"{side}:{FEATURES}"]["features"]


FD_DINOV2 = TwoSampleMetric(
    MetricInfo(
        id="fd@dinov2",
        title="Fréchet distance of DINOv2 ViT-L/14 class tokens over all frames",
        unit="",
        direction=Direction.LOWER,
        requires=(f"pred:{FEATURES}", f"truth:{FEATURES}"),
        range=(0.0, None),
        aggregation="set",
        signature=(("net", "dinov2-vitl14"), ("D", "1024"), ("resize", "bicubic"), ("fps", "25"), ("ddof", "1")),
    ),
    _rows,
    frechet,
)
