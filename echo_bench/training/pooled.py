"""Metrics of the frames of all clips at once, from moments and counts that add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from echo_metrics.errors import MetricInputError
from echo_metrics.events import GLARE_CLASSES, EventSet, event_counts
from echo_metrics.frechet import Moments, frechet_distance
from echo_metrics.sequences import matched_clips
from echo_metrics.shannon import MotionWords, word_entropy
from torch import Tensor

from echo_bench.training.sums import Batch, Sums, arrays


class Frechet(Sums):
    """Fréchet distance of the frames of all clips (``eb1``); with a partner, of (partner, listener) pairs: P-FD.

    Parameters
    ----------
    columns : int
        Of one track.
    paired : bool, default False
        Take the partner's tracks as a third argument.
    """

    def __init__(self, columns: int, paired: bool = False) -> None:
        super().__init__()
        self.paired = paired
        width = columns * (1 + paired)
        shapes: dict[str, tuple[int, ...]] = {"n": (), "sum": (width,), "outer": (width, width)}
        self.add_sums(**{f"{side}_{name}": shape for side in ("gt", "pred") for name, shape in shapes.items()})

    def update(self, gt: Batch, pred: Batch, partner: Batch | None = None) -> None:
        """Add clips of shape (T_i, columns).

        Raises
        ------
        MetricInputError
            When the sides do not match frame by frame, or a partner is missing or unasked.
        """
        if (partner is None) == self.paired:
            raise MetricInputError("the partner's tracks belong to P-FD (paired=True), and to nothing else")
        given = {"gt": gt, "pred": pred} | ({} if partner is None else {"partner": partner})
        tracks = matched_clips(1, **{name: arrays(batch) for name, batch in given.items()})
        truth, prediction, *other = (np.concatenate(clips) for clips in tracks)
        for side, frames in (("gt", truth), ("pred", prediction)):
            moments = Moments.from_features(np.concatenate([*other, frames], axis=1))
            self.add(**{f"{side}_{name}": getattr(moments, name) for name in ("n", "sum", "outer")})

    def compute(self) -> Tensor:
        """The distance of all frames so far."""
        sides = [
            Moments(int(self.seen(f"{side}_n")), self.array(f"{side}_sum"), self.array(f"{side}_outer"))
            for side in ("gt", "pred")
        ]
        return self.finished(frechet_distance(*sides))


class PooledVariance(Sums):
    """Var over the frames of all clips: ``"flat"`` (``dim``) or ``"sum"``; the other definitions are a :class:`ClipMean`.

    Parameters
    ----------
    columns : int
    definition : {"flat", "sum"}
        See :func:`echo_metrics.motion.variance`.
    """

    def __init__(self, columns: int, definition: Literal["flat", "sum"] = "flat") -> None:
        super().__init__()
        self.definition = definition
        self.add_sums(n=(), sum=(columns,), squares=(columns,))

    def update(self, motion: Batch) -> None:
        """Add clips of shape (T_i, columns)."""
        (clips,) = matched_clips(motion=arrays(motion))
        frames = np.concatenate(clips)
        self.add(n=len(frames), sum=frames.sum(axis=0), squares=(frames**2).sum(axis=0))

    def compute(self) -> Tensor:
        """The variance of all frames so far."""
        n = self.seen("n")
        mean, square = self.array("sum") / n, self.array("squares") / n
        if self.definition == "flat":
            return self.finished(float(square.mean() - mean.mean() ** 2))
        return self.finished(float((square - mean**2).sum()))


class FlatResidualPearson(Sums):
    """rPCC of the whole set, flattened (``dim``): :func:`echo_metrics.motion.residual_pearson` with corpus pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.add_sums(n=(), sums=(3,), products=(3, 3))

    def update(self, gt: Batch, pred: Batch, partner: Batch) -> None:
        """Add clips of shape (T_i, D) of the three sides."""
        tracks = matched_clips(gt=arrays(gt), pred=arrays(pred), partner=arrays(partner))
        flat = np.stack([np.concatenate(clips).ravel() for clips in tracks])
        self.add(n=flat.shape[1], sums=flat.sum(axis=1), products=flat @ flat.T)

    def compute(self) -> Tensor:
        """The difference of the two correlations so far.

        Raises
        ------
        MetricInputError
            When a side is constant.
        """
        mean = self.array("sums") / self.seen("n")
        covariance = self.array("products") / self.seen("n") - np.outer(mean, mean)
        spread = np.sqrt(np.diag(covariance).clip(min=0))
        if not spread.all():
            raise MetricInputError("a flattened side is constant, so its correlation does not exist")
        truth, prediction = covariance[:2, 2] / (spread[:2] * spread[2])
        return self.finished(float(abs(truth - prediction)))


class ShannonIndex(Sums):
    """SID over the frames of all clips (``dim``), in the motion words of a truth that is given beforehand.

    Parameters
    ----------
    truth : tensor or list of tensors
        Clips of the whole test set: officially its words are fitted on them.
    clusters : int
    seed : int, default 0
    """

    counts: Tensor

    def __init__(self, truth: Batch, clusters: int, seed: int = 0) -> None:
        super().__init__()
        (clips,) = matched_clips(truth=arrays(truth))
        self.words = MotionWords(np.concatenate(clips), clusters, seed)
        self.add_sums(counts=(clusters,))

    def update(self, pred: Batch) -> None:
        """Add predicted clips of shape (T_i, D)."""
        (clips,) = matched_clips(pred=arrays(pred))
        self.add(counts=self.words.count(np.concatenate(clips)).astype(np.float64))

    def compute(self) -> Tensor:
        """The entropy of the words so far, in bits."""
        counts = self.array("counts")
        if not counts.any():
            raise MetricInputError("ShannonIndex has seen nothing yet: call update before compute")
        return self.finished(word_entropy(counts.astype(np.int64)))


class SpeakerDiversity(Sums):
    """FRDvs: :func:`echo_metrics.reaction.frdvs` from sums over speakers.

    Parameters
    ----------
    samples, frames, channels : int
        Of the reactions to one speaker. The state is as large as they are.
    """

    def __init__(self, samples: int, frames: int, channels: int) -> None:
        super().__init__()
        self.add_sums(n=(), sum=(samples, frames, channels), squares=(samples, frames, channels))

    def update(self, pred: Tensor) -> None:
        """Add reaction sets of shape (speakers, samples, frames, channels)."""
        reactions = np.stack(arrays(pred)).astype(np.float64)
        self.add(n=len(reactions), sum=reactions.sum(axis=0), squares=(reactions**2).sum(axis=0))

    def compute(self) -> Tensor:
        """Mean squared difference of reactions to two speakers.

        Raises
        ------
        MetricInputError
            When fewer than two speakers were seen.
        """
        n = self.seen("n")
        if n < 2:
            raise MetricInputError("one speaker has no diversity between speakers")
        spread = self.array("squares") - self.array("sum") ** 2 / n
        return self.finished(float(2 * spread.mean() / (n - 1)))


class EventF1(Sums):
    """R-F1 (``glare``): :func:`echo_metrics.reaction.event_f1` from counts.

    Parameters
    ----------
    classes : sequence of str
    threshold : float, default 0.5
    """

    counts: Tensor

    def __init__(self, classes: Sequence[str] = GLARE_CLASSES, threshold: float = 0.5) -> None:
        super().__init__()
        self.classes, self.threshold = tuple(classes), threshold
        self.add_sums(counts=(len(self.classes), 2))

    def update(self, gt: EventSet, pred: EventSet) -> None:
        """Add clips, each a list of (label, start, end)."""
        counted = event_counts(gt, pred, self.classes, self.threshold)
        self.add(counts=np.array([counted[label] for label in self.classes], dtype=np.float64))

    def compute(self) -> Tensor:
        """Mean over classes of F1 so far."""
        matched, given = self.array("counts").T
        return self.finished(float((2 * matched / given.clip(min=1)).mean()))
