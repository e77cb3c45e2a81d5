"""E-FID: the Fréchet distance of Deep3DFaceRecon's 64 expression coefficients over all frames of all clips.

The coefficients come from files (``echo-bench import deep3d``), of the truth as of every method; nobody's net is run here. Papers that
print E-FID state neither extractor nor pooling (antgroup/echomimic#177, fudan-generative-vision/hallo2#31): compare within one run only.
"""

from __future__ import annotations

from functools import partial

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.frames import Rows, part
from echo_bench.metrics.pooled_frechet import PooledFrechet

COEFFICIENTS = "native/bfm70"


def _rows(name: str, features: ClipFeatures, side: str) -> Rows:
    return part(features, (side,), name, COEFFICIENTS)[0]


E_FID = PooledFrechet(
    MetricInfo(
        id="e_fid@deep3d-native",
        title="Fréchet distance of Deep3DFaceRecon's 64 expression coefficients over all frames of the split",
        unit="",
        direction=Direction.LOWER,
        requires=(f"pred:{COEFFICIENTS}", f"truth:{COEFFICIENTS}"),
        range=(0.0, None),
        aggregation="set",
        signature=(
            ("space", "bfm70"),
            ("part", "exp"),
            ("D", "64"),
            ("pooling", "corpus"),
            ("fps", "25"),
            ("ddof", "1"),
        ),
    ),
    partial(_rows, "exp"),
)
