"""Shannon index of diversity (SID): how many different motion words a face uses, as entropy.

Source: Boese0601/Dyadic-Interaction-Modeling code/metrics/eval_utils.py (``dim``); ZiqiaoPeng/DualTalk metric/metric.py
(``dualtalk-swapped``); CoderChen01/towards-seamless-interaction util/metrics.py (``timar``). The idea: Ng et al., CVPR 2022.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.sequences import Clips, Pooling, as_clips, check_choice, matched_clips, pooled

__all__ = ["MotionWords", "check_shannon_index", "shannon_index", "word_entropy"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Codebook = Literal["gt", "pred"]
Fit = Callable[[Floats, int, int], "MotionWords"]

EPSILON = 1e-6  # inside the logarithm, as in the official code


def shannon_index(
    gt: Clips,
    pred: Clips,
    clusters: int,
    pooling: Pooling = "corpus",
    codebook: Codebook = "gt",
    seed: int = 0,
    fit: Fit | None = None,
) -> float:
    """Shannon index of diversity (SID) in bits: entropy of motion words; higher is more diverse, at most ``log2(clusters)``.

    k-means words are fitted on the truth and the prediction's frames are counted into them. Print the truth's own value beside it.

    Parameters
    ----------
    gt, pred : list of ndarray of shape (T_i, D)
    clusters : int
        ``dim``: 40 expression, 20 pose, corpus. ``dualtalk``: 40 expression, 10 jaw, 10 rotation, clip.
    pooling : {"corpus", "clip"}
    codebook : {"gt", "pred"}
        ``"pred"`` is DualTalk's published code (``dualtalk-swapped``, TIMAR's ``reverse_sid``), which swapped its arguments: words of the
        *prediction*, entropy of the *truth* (ZiqiaoPeng/DualTalk#7). It rates the truth, not the method.
    seed : int
        ``random_state`` of k-means. Other seeds move the value by about 0.04 (standard deviation): read differences below 0.1 as noise.
        So does another order of the clips: k-means chooses its first words among the rows by their number, as the official code does.
    fit : callable, optional
        From frames, clusters and seed to words, in the place of :class:`MotionWords`: for whoever meets one truth many times and keeps
        its words.

    Raises
    ------
    MetricInputError
        When there are fewer frames than clusters, or (``"clip"``) the lists do not match clip by clip, or (``"corpus"``) in columns.

    Warns
    -----
    MetricWarning
        When the codebook's side has fewer distinct frames than clusters: fewer words exist than were asked for.

    Examples
    --------
    >>> clip = np.random.default_rng(0).normal(size=(400, 2))
    >>> 0 <= shannon_index([clip], [clip], clusters=8) <= 3
    True
    """
    check_choice(codebook, Codebook, "codebook")
    if clusters < 2:
        raise MetricInputError(f"clusters must be at least 2; got {clusters}: one word carries no information")
    truth, prediction = pooled(pooling, *_clips(gt, pred, pooling))
    words, counted = (truth, prediction) if codebook == "gt" else (prediction, truth)
    make = fit or MotionWords
    counts = [make(w, clusters, seed).count(c) for w, c in zip(words, counted, strict=True)]
    return float(np.mean([word_entropy(own) for own in counts]))


def _clips(gt: Clips, pred: Clips, pooling: Pooling) -> tuple[list[Floats], ...]:
    """Clips of both sides; frames of a whole set are counted, not paired, so only their columns must match."""
    if pooling == "clip":
        return matched_clips(gt=gt, pred=pred)
    truth, prediction = as_clips(gt, "gt"), as_clips(pred, "pred")
    if truth[0].shape[1] != prediction[0].shape[1]:
        raise MetricInputError(
            f"gt has {truth[0].shape[1]} columns and pred {prediction[0].shape[1]}: were they cut from one layout?"
        )
    return truth, prediction


class MotionWords:
    """A codebook: k-means on the frames of one set, into which others are counted.

    Counts of parts of a set add up, entropies do not: fit once, count batch by batch, add, and take :func:`word_entropy` at the end.

    Parameters
    ----------
    frames : array_like of shape (frames, D)
    clusters : int
    seed : int, default 0
        ``random_state`` of k-means.

    Raises
    ------
    MetricInputError
        When there are fewer frames than clusters.

    Warns
    -----
    MetricWarning
        When there are fewer distinct frames than clusters.

    Examples
    --------
    >>> frames = np.repeat([[0.0], [9.0]], 50, axis=0)
    >>> sorted(MotionWords(frames, clusters=2).count(frames[:70]).tolist())
    [20, 50]
    """

    def __init__(self, frames: ArrayLike, clusters: int, seed: int = 0) -> None:
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning

        rows = np.asarray(frames, dtype=np.float64)
        if len(rows) < clusters:
            raise MetricInputError(
                f"{len(rows)} frames cannot make {clusters} clusters: use longer clips, pooling='corpus' or fewer clusters"
            )
        self.clusters = clusters
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # said below, in the terms of the metric
            self._model = KMeans(n_clusters=clusters, random_state=seed, n_init="auto").fit(rows)
        self._found = len(np.unique(self._model.labels_))
        self.tell_of_missing()

    def tell_of_missing(self) -> None:
        """Warn, as at construction, when fewer words exist than were asked for; for words that are used again."""
        if self._found < self.clusters:
            text = f"only {self._found} of {self.clusters} motion words exist: the codebook's side repeats the same frames (is it static?)"
            warnings.warn(text, MetricWarning, stacklevel=3)

    def count(self, frames: ArrayLike) -> Counts:
        """How often each word occurs among `frames`, (frames, D): (clusters,) int64, summing to the number of frames."""
        return np.bincount(self._model.predict(np.asarray(frames, dtype=np.float64)), minlength=self.clusters)


def word_entropy(counts: Counts) -> float:
    """Entropy of motion words in bits, as the official loop computes it, from counts of shape (clusters,)."""
    share = counts / counts.sum()
    return -float(sum((share * np.log2(share + EPSILON)).tolist()))  # in order, as the official loop


def check_shannon_index(value: float, clusters: int) -> None:
    """Refuse a reported SID that no `clusters` words can have.

    Raises
    ------
    MetricInputError
        When the value is negative or above ``log2(clusters)``.

    Notes
    -----
    Avatar Forcing states K = 15 for expression and prints 3.972 for the truth; log2(15) = 3.907, so another K or a sum made that number.

    Examples
    --------
    >>> check_shannon_index(3.972, clusters=40)
    """
    bound = float(np.log2(clusters))
    if not 0 <= value <= bound:
        raise MetricInputError(
            f"SID {value:.3f} lies outside [0, log2({clusters}) = {bound:.3f}]: it was made with other clusters, or is a sum of two SIDs"
        )
