"""FVD: Fréchet distance of I3D logits of windows of 16 frames, over all windows of a split.

The id names the file behind the net, how a frame is made 224 x 224, the range of its pixels, frames per window and their stride: each of
them moves the value (docs/metrics/fvd.md). The value grows as windows get fewer, so both sides must have equally many, and an estimate of
what of it is bias goes with every value.
"""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.frechet import frechet_distance

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.two_samples import Rows, TwoSampleMetric, TwoSamples


def fvd(stat: TwoSamples) -> float:
    """Fréchet distance of the logits of all windows.

    Parameters
    ----------
    stat : TwoSamples
        Logits (N, 400) per clip.

    Raises
    ------
    MetricInputError
        When the sides have unequal numbers of windows, or fewer than two.

    Warns
    -----
    MetricWarning
        How much of the value may be bias, from the truth alone: the distance between its even and its odd clips, halved, since each half
        has half as many windows.
    """
    truth, pred = np.concatenate(stat.truth), np.concatenate(stat.pred)
    if len(truth) != len(pred):
        raise MetricInputError(
            f"{len(pred)} windows of prediction against {len(truth)} of truth: FVD is the larger the fewer windows it has, so sets of "
            "unequal size are not compared. Were the videos cut to a common length, and is the number of clips even (for halves)?"
        )
    value = frechet_distance(truth, pred)
    _tell_bias(stat.truth, len(truth))
    return value


def _tell_bias(truth: tuple[Rows, ...], windows: int) -> None:
    halves = [np.concatenate(half) for half in (truth[::2], truth[1::2]) if half]
    if len(halves) < 2 or min(map(len, halves)) < 2:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetricWarning)  # few windows: said of the value itself already
        apart = frechet_distance(*halves)
    warnings.warn(
        f"about {apart / 2:.3g} of the value may be bias: even and odd clips of the truth are {apart:.3g} apart, "
        f"at half of the {windows} windows",
        MetricWarning,
        stacklevel=3,
    )


def _logits(extractor: str, features: ClipFeatures, side: str) -> Rows:
    """One side's logits; where the other side of the clip is here too, the windows that both have."""
    sides = [name for name in (f"pred:{extractor}", f"truth:{extractor}") if name in features.arrays]
    common = min(len(features[name]["logits"]) for name in sides)
    return features[f"{side}:{extractor}"]["logits"][:common]


def _metric(protocol: str, net: str, resize: str, pixels: str) -> TwoSampleMetric:
    extractor = f"i3d-{protocol}"
    info = MetricInfo(
        id=f"fvd@{protocol}",
        title="Fréchet video distance: I3D logits of windows of 16 frames, all windows of the split",
        unit="",
        direction=Direction.LOWER,
        requires=(f"pred:{extractor}", f"truth:{extractor}"),
        range=(0.0, None),
        aggregation="set",
        signature=(
            *(("net", net), ("resize", resize), ("range", pixels), ("T", "16"), ("s", "1"), ("hop", "16")),
            *(("fps", "25"), ("ddof", "1")),
        ),
    )
    return TwoSampleMetric(info, partial(_logits, extractor), fvd, one_artefact=True)


SCRIPT = "i3d-k400-torchscript:bec6519f"
STYLEGANV_CROP = _metric("styleganv-crop224-pm1-t16s1", SCRIPT, "224 short side, centre", "-1..1")
STYLEGANV_SQUARE = _metric("styleganv-square224-pm1-t16s1", SCRIPT, "224 squeezed by the net's file", "-1..1")
STYLEGANV_HALF_RANGE = _metric("styleganv-square224-01-t16s1", SCRIPT, "224 squeezed by the net's file", "0..1")
VIDEOGPT = _metric("videogpt-square224-pm1-t16s1", "i3d-k400-videogpt", "224 squeezed", "-1..1")
