"""The metrics as `torchmetrics.Metric`, for training loops: states are float64 sums, so that any number of processes gives one value.

The maths is that of :mod:`echo_metrics`, on the CPU: a tensor is detached and copied there. Every state reduces by sum; merging,
batch size and the number of processes change a value by rounding alone.

==================================================== ===================================================
metric                                               as a sum over
==================================================== ===================================================
every mean over clips: MSE, FD, P-FD, STS, SID,      clips: :class:`ClipMean` with the function of
Var, rPCC, diversity per clip; FRDiv, FRVar, FRSyn;  :mod:`echo_metrics`
concordance; LSE
every mean over frames: PSNR, SSIM, CPBD, CSIM,      frames: ``ClipMean(function, over="frames")``
jerk, speed, blink rate, ViCo's landmark distance
FD and P-FD of all frames                            moments: :class:`Frechet`
Var over all numbers, or summed over columns         numbers and squares: :class:`PooledVariance`
rPCC over the flattened set                          numbers and products: :class:`FlatResidualPearson`
SID over all frames                                  counts in a codebook: :class:`ShannonIndex`
FRDvs                                                reactions and squares: :class:`SpeakerDiversity`
R-F1                                                 matches and events per class: :class:`EventF1`
==================================================== ===================================================

What no sum gives, and why: KID and the extrapolated FD draw subsets of all rows; W1, medians and percentiles need the order of all values;
JS of gaze and pose, and SID whose codebook is not given, need the range or the clusters of the whole truth first; ``dim``'s STS counts
the jumps between consecutive clips, so it depends on their order; FRCorr and FRDist compare each reaction with listeners of other
clips; intervals and ranks resample clips. Run those on the kept outputs after the epoch.
"""

from __future__ import annotations

from echo_bench.training.pooled import (
    EventF1,
    FlatResidualPearson,
    Frechet,
    PooledVariance,
    ShannonIndex,
    SpeakerDiversity,
)
from echo_bench.training.sums import ClipMean

__all__ = [
    "ClipMean",
    "EventF1",
    "FlatResidualPearson",
    "Frechet",
    "PooledVariance",
    "ShannonIndex",
    "SpeakerDiversity",
]
