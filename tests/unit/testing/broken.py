"""A metric that keeps the contract, and one that breaks each clause."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from echo_metrics.errors import MetricInputError

from echo_bench.metric import Direction, MetricInfo
from echo_bench.metrics.base import MeanStat


class Good:
    """Mean squared error of motion."""

    info = MetricInfo(
        "toy@test", "a toy", "", Direction.LOWER, ("pred:native", "truth:native"), range=(0.0, None), aggregation="mean"
    )

    def clip(self, samples):
        pred, truth = (samples[0][f"{side}:native"] for side in ("pred", "truth"))
        frames = min(len(pred["motion"]), len(truth["motion"]))
        keep = pred["valid"][:frames] & truth["valid"][:frames]
        a, b = (each["motion"][:frames][keep].astype(np.float64) for each in (pred, truth))
        if not len(a) or not np.isfinite(a).all():
            raise MetricInputError("no frames, or frames that hold no numbers")
        return MeanStat(1, float(np.square(a - b).mean()))

    def merge(self, a, b):
        return MeanStat(a.n + b.n, a.total + b.total)

    def finalize(self, stat):
        return stat.total / stat.n


class Offset(Good):
    def finalize(self, stat):
        return super().finalize(stat) + 1


class OneSided(Good):
    def clip(self, samples):
        pred, truth = (samples[0][f"{side}:native"]["motion"] for side in ("pred", "truth"))
        found = super().clip(samples)
        return replace(found, total=found.total * (1 + abs(float(pred[0, 0] - truth[0, 0] * 0.5))))


class LastCounts(Good):
    def merge(self, a, b):
        return MeanStat(a.n + b.n, 0.9 * a.total + b.total)


class Remembers(Good):
    def __init__(self):
        self.seen = 0

    def clip(self, samples):
        found = super().clip(samples)
        self.seen += 1
        return replace(found, total=found.total * self.seen)


@dataclass
class Sum:
    n: int
    total: float


class AddsInPlace(Good):
    def clip(self, samples):
        found = super().clip(samples)
        return Sum(found.n, found.total)

    def merge(self, a, b):
        a.n, a.total = a.n + b.n, a.total + b.total
        return a

    def finalize(self, stat):
        return stat.total


class MeanOfMeans(Good):
    def merge(self, a, b):
        return MeanStat(1, (a.total / a.n + b.total / b.n) / 2)


class SumCalledMean(Good):
    def finalize(self, stat):
        return stat.total


class SeesNothing(Good):
    info = replace(Good.info, range=(-1.0, None))

    def finalize(self, stat):
        return -1.0


class LikesDamage(Good):
    info = replace(Good.info, range=(None, 0.0))

    def finalize(self, stat):
        return -super().finalize(stat)


class Turns(Good):
    def finalize(self, stat):
        return abs(np.sin(600 * super().finalize(stat))).item()


class NarrowRange(Good):
    info = replace(Good.info, range=(0.0, 1e-4))


class TakesNaN(Good):
    def clip(self, samples):
        a, b = (np.nan_to_num(samples[0][f"{side}:native"]["motion"].astype(np.float64)) for side in ("pred", "truth"))
        frames = min(len(a), len(b))
        return MeanStat(1, float(np.square(a[:frames] - b[:frames]).sum()))


class Crashes(Good):
    def clip(self, samples):
        return MeanStat(1, 1.0 / len(samples[0]["pred:native"]["motion"]) * super().clip(samples).total)


class Unmasked(Good):
    def clip(self, samples):
        found, motion = super().clip(samples), samples[0]["pred:native"]["motion"]
        return replace(found, total=found.total + 0 * float(motion.sum()))


class Unpicklable(Good):
    def __init__(self):
        self.weight = lambda x: x


class NumpyScalar(Good):
    def finalize(self, stat):
        return np.float64(super().finalize(stat))


class Scribbles(Good):
    def clip(self, samples):
        found = super().clip(samples)
        samples[0]["pred:native"]["motion"][0] += 0.1
        return found


class SinglePrecision(Good):
    def clip(self, samples):
        found = super().clip(samples)
        return replace(found, total=found.total * (1 + (samples[0]["pred:native"]["motion"].dtype == np.float32)))


BREAKS = [
    (Offset, "identity", "the truth against itself gets 1"),
    (OneSided, "symmetry", "when truth and prediction change places"),
    (LastCounts, "permutation", "order must not matter"),
    (Remembers, "batch", "keeps state"),
    (AddsInPlace, "batch", "changes its arguments"),
    (MeanOfMeans, "merge", "not associative"),
    (SumCalledMean, "merge", "declared as a mean of clips"),
    (SeesNothing, "monotone", "damage is not seen"),
    (LikesDamage, "monotone", "damage is not seen"),
    (Turns, "monotone", "more damage must not be better"),
    (NarrowRange, "range", "outside the declared range"),
    (TakesNaN, "bad-input", "NaN in the prediction gives"),
    (Crashes, "bad-input", "no frames in the prediction raises ZeroDivisionError"),
    (Unmasked, "masked", "frames marked invalid hold NaN"),
    (Unpicklable, "pickling", "cannot be pickled"),
    (NumpyScalar, "dtype", "returns float64"),
    (Scribbles, "dtype", "changes the arrays"),
    (SinglePrecision, "dtype", "in single and in double precision"),
]
