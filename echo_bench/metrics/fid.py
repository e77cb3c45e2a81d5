"""FID, KID and FD-infinity over Inception features of all frames of a split, and REACT's FRRea.

One distance of all clips together: the mean of distances per video, seen in the wild, is another and more biased number. The protocol is
that of the pixels before the net; behind it all three share the maths (echo_metrics.frechet, echo_metrics.kernel).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from echo_metrics.frechet import infinity_of, infinity_subsets
from echo_metrics.kernel import Drawn, discrepancies, kernel_subsets

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.drawn import DrawnTwoSamples
from echo_bench.metrics.pooled_frechet import PooledFrechet
from echo_bench.metrics.two_samples import Rows, TwoSampleMetric

NET = "inception-2015:6726825d"
EXTRACTORS = {"pytorch-fid": "inception", "clean-fid": "inception-clean", "torch-fidelity": "inception-tf1"}
RESIZE = {
    "pytorch-fid": "299 bilinear",
    "clean-fid": "299 bicubic antialiased",
    "torch-fidelity": "299 bilinear tf1",
}
REACT_STEP = 30


def _kernel_draw(truth: Rows, pred: Rows) -> list[Drawn]:
    return kernel_subsets(len(truth), len(pred))


def _kernel(truth: Rows, pred: Rows, drawn: list[Drawn]) -> float:
    return float(discrepancies(truth, pred, drawn).mean())


def _infinity_draw(truth: Rows, pred: Rows) -> list[Drawn]:
    return infinity_subsets(len(truth), len(pred), truth.shape[1])


def _infinity(truth: Rows, pred: Rows, drawn: list[Drawn]) -> float:
    return infinity_of(truth, pred, drawn).value


_KERNEL = partial(DrawnTwoSamples, draw=_kernel_draw, value=_kernel)
_INFINITY = partial(DrawnTwoSamples, draw=_infinity_draw, value=_infinity)


def _pool3(extractor: str, step: int, features: ClipFeatures, side: str) -> Rows:
    return features[f"{side}:{extractor}"]["pool3"][::step]


def _metric(
    id_: str,
    title: str,
    make: Callable[[MetricInfo, Callable[[ClipFeatures, str], Rows]], TwoSampleMetric],
    protocol: str,
    *,
    step: int = 1,
    low: float | None = 0.0,
    **signature: str,
) -> TwoSampleMetric:
    extractor = EXTRACTORS[protocol]
    frames = "all" if step == 1 else f"every {step}th"
    fields = {"net": NET, "resize": RESIZE[protocol], "fps": "25", "frames": frames, **signature}
    info = MetricInfo(
        id=id_,
        title=title,
        unit="",
        direction=Direction.LOWER,
        requires=(f"pred:{extractor}", f"truth:{extractor}"),
        range=(low, None),
        aggregation="set",
        signature=tuple(fields.items()),
    )
    return make(info, partial(_pool3, extractor, step))


def _fid(protocol: str) -> TwoSampleMetric:
    title = "Fréchet distance of Inception features over all frames of the split"
    return _metric(f"fid@{protocol}", title, PooledFrechet, protocol, ddof="1")


def _kid(protocol: str) -> TwoSampleMetric:
    title = "Kernel distance of Inception features over all frames: unbiased, 0 for equal distributions"
    return _metric(f"kid@{protocol}", title, _KERNEL, protocol, low=None, subsets="100x1000", seed="0")


def _fd_inf(protocol: str) -> TwoSampleMetric:
    title = "FID extrapolated to infinitely many frames"
    return _metric(f"fd_inf@{protocol}", title, _INFINITY, protocol, low=None, points="15", seed="0")


FID_PYTORCH, FID_CLEAN, FID_TF1 = _fid("pytorch-fid"), _fid("clean-fid"), _fid("torch-fidelity")
KID_PYTORCH, KID_CLEAN, KID_TF1 = _kid("pytorch-fid"), _kid("clean-fid"), _kid("torch-fidelity")
FD_INF_PYTORCH, FD_INF_CLEAN, FD_INF_TF1 = _fd_inf("pytorch-fid"), _fd_inf("clean-fid"), _fd_inf("torch-fidelity")

FRREA = _metric(
    "frrea@react24",
    "FID of every 30th frame (REACT's realism)",
    PooledFrechet,
    "pytorch-fid",
    step=REACT_STEP,
    ddof="1",
    clips="all",
)
