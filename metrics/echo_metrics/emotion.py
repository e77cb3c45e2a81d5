"""Emotion: recognised labels, valence and arousal over time, and whether what is shown fits.

Conventions
-----------
Labels are hashable (words or class numbers), one per clip or response. Valence and arousal lie in [-1, 1]. What reads them from a face
is a net of its own: name it, and print what it says about the real videos (the ceiling) beside every number.

Metrics
-------
* :func:`accuracy`, :func:`macro_f1` -- of recognised labels.
* :func:`concordance`, :func:`windowed_valence_error` -- of valence and arousal with the real ones.
* :func:`appropriateness`, :func:`rationality` -- against several right reactions, and the words (:mod:`echo_metrics.appropriateness`).
* :func:`vad_transition_agreement`, :func:`label_appropriateness`, :func:`emotion_conditional_distance` -- three further ids.

Sources: sanjayss34/lm-listener d8714a1 evaluate_listener.py; preke/PELD. Definitions: ``docs/metrics/emotion.md``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.appropriateness import Appropriateness, appropriateness, rationality
from echo_metrics.correlation import concordance_correlation
from echo_metrics.distribution import jensen_shannon
from echo_metrics.errors import MetricInputError
from echo_metrics.sequences import Clips, Pooling, check_choice, matched_clips, pooled
from echo_metrics.vad import PELD_VAD, nearest_emotion, peld_response, vad_transition_agreement

__all__ = [
    "PELD_VAD",
    "Appropriateness",
    "accuracy",
    "appropriateness",
    "concordance",
    "emotion_conditional_distance",
    "label_appropriateness",
    "macro_f1",
    "nearest_emotion",
    "peld_response",
    "rationality",
    "vad_transition_agreement",
    "windowed_valence_error",
]

Labels = Sequence[Hashable]
WindowValue = Literal["mean", "peak"]

WINDOW = 30  # frames: 1 s of lm-listener's 30 fps


def accuracy(gt: Labels, pred: Labels) -> float:
    """Share of labels recognised as intended, in [0, 1]; higher is better (Acc_emo is this in percent).

    Parameters
    ----------
    gt, pred : sequence of hashable
        Intended and recognised label of each clip. A clip in which nothing was recognised belongs in here, as a wrong label: leaving it out
        flatters.

    Raises
    ------
    MetricInputError
        When the lists differ in length or are empty.

    Examples
    --------
    >>> accuracy(["joy", "fear"], ["joy", "surprise"])
    0.5
    """
    _check_labels(gt=gt, pred=pred)
    return float(np.mean([a == b for a, b in zip(gt, pred, strict=True)]))


def macro_f1(gt: Labels, pred: Labels, classes: Labels | None = None) -> float:
    """Mean over classes of F1, in [0, 1]; higher is better.

    Parameters
    ----------
    gt, pred : sequence of hashable
    classes : sequence of hashable, optional
        The classes to average over. Default: those that occur on either side, as scikit-learn does; then methods that never predict a
        rare class are averaged over fewer classes than others: name them to compare methods. A named class that never occurs scores 0.

    Raises
    ------
    MetricInputError
        When the lists differ in length or are empty, or a label is not among the classes.

    Examples
    --------
    >>> round(macro_f1(["joy", "joy", "fear"], ["joy", "fear", "fear"]), 4)
    0.6667
    """
    _check_labels(gt=gt, pred=pred)
    seen = set(gt) | set(pred)
    if classes is not None and not seen <= set(classes):
        raise MetricInputError(f"labels {sorted(map(str, seen - set(classes)))} are not among the classes")
    true, found = Counter(gt), Counter(pred)
    hits = Counter(a for a, b in zip(gt, pred, strict=True) if a == b)
    names = seen if classes is None else set(classes)
    return float(np.mean([2 * hits[name] / max(1, true[name] + found[name]) for name in names]))


def concordance(gt: Clips, pred: Clips, pooling: Pooling = "clip") -> NDArray[np.float64]:
    """Concordance of each affect dimension with the real one's, in [-1, 1]; higher is better.

    Parameters
    ----------
    gt, pred : list of array_like of shape (T_i, D)
        Valence, arousal, ... over time.
    pooling : {"clip", "corpus"}
        Mean of the clips' values, or one value over the frames of all clips. Pooled, differences *between* clips count as agreement: a
        prediction that knows each clip's mean and nothing else may score high.

    Returns
    -------
    ndarray of shape (D,), float64
        A motionless side scores 0; two equal constants 1.

    Raises
    ------
    MetricInputError
        When the lists differ in clips, frames or dimensions, or hold NaN or Inf.

    Examples
    --------
    >>> t = np.arange(50.0)
    >>> affect = np.stack([np.sin(t), np.cos(t)], axis=1)
    >>> concordance([affect], [affect * [1, -1]]).round(3)
    array([ 1., -1.])
    """
    truths, predictions = pooled(pooling, *matched_clips(2, gt=gt, pred=pred))
    values = np.array([concordance_correlation(a.T, b.T) for a, b in zip(truths, predictions, strict=True)])
    mean: NDArray[np.float64] = np.where(np.isnan(values), 1.0, values).mean(axis=0)
    return mean


def windowed_valence_error(
    gt: Sequence[ArrayLike], pred: Sequence[ArrayLike], window: int = WINDOW, value: WindowValue = "mean"
) -> float:
    """Mean squared difference of valence between windows, lower is better (protocol ``lm-listener``).

    Parameters
    ----------
    gt, pred : list of array_like of shape (T_i,)
        Valence per frame, officially EMOCA's emotion recogniser at 30 fps.
    window : int, default 30
        Frames of the windows, which do not overlap; the rest of a clip is dropped, and a shorter clip is one window.
    value : {"mean", "peak"}
        What stands for a window: its mean, or its most extreme value (the official code computes both and prints the mean).

    Returns
    -------
    float
        Mean over windows, then over clips.

    Raises
    ------
    MetricInputError
        When the lists differ in clips or frames, are not one-dimensional, or hold NaN or Inf.

    Examples
    --------
    >>> windowed_valence_error([np.zeros(60)], [np.repeat([0.5, 1.0], 30)])
    0.625
    """
    check_choice(value, WindowValue, "value")
    if window < 1:
        raise MetricInputError(f"a window must last at least one frame; got {window}")
    truths, predictions = matched_clips(gt=_columns(gt, "gt"), pred=_columns(pred, "pred"))
    errors = [_windows(a, window, value) - _windows(b, window, value) for a, b in zip(truths, predictions, strict=True)]
    return float(np.mean([(error**2).mean() for error in errors]))


def _columns(clips: Sequence[ArrayLike], name: str) -> list[NDArray[np.float64]]:
    arrays = [np.asarray(clip, dtype=np.float64) for clip in clips]
    for i, array in enumerate(arrays):
        if array.ndim != 1:
            raise MetricInputError(
                f"{name}[{i}] must be valence per frame, (frames,); got {array.shape}. Pass a list of clips"
            )
    return [array[:, None] for array in arrays]


def _windows(clip: NDArray[np.float64], window: int, value: WindowValue) -> NDArray[np.float64]:
    size = min(window, len(clip))
    rows = clip[: len(clip) // size * size, 0].reshape(-1, size)
    if value == "mean":
        return np.asarray(rows.mean(axis=1))
    return np.asarray(rows[np.arange(len(rows)), np.abs(rows).argmax(axis=1)])


def label_appropriateness(displayed: Labels, appropriate: Sequence[Collection[Hashable]]) -> float:
    """Share of responses whose displayed emotion is among those that fit their context (``emotion-label@eb1``), higher is better.

    Parameters
    ----------
    displayed : sequence of hashable
        Recognised emotion of each response.
    appropriate : sequence of collections
        The fitting emotions of each response. Print their mean number: a set that allows everything is satisfied by everything.

    Raises
    ------
    MetricInputError
        When the lists differ in length or are empty, or a set is empty or a bare word.

    Examples
    --------
    >>> label_appropriateness(["joy", "fear"], [{"joy", "surprise"}, {"sadness"}])
    0.5
    """
    _check_labels(displayed=displayed, appropriate=appropriate)
    for i, allowed in enumerate(appropriate):
        if isinstance(allowed, str) or not len(allowed):
            raise MetricInputError(f"appropriate[{i}] must be a set of at least one emotion; got {allowed!r}")
    return float(np.mean([label in allowed for label, allowed in zip(displayed, appropriate, strict=True)]))


def emotion_conditional_distance(context: Labels, gt: Labels, pred: Labels) -> float:
    """How differently the avatar's emotions are distributed given the user's, in bits (``emotion-conditional@eb1``); lower is better.

    Jensen-Shannon divergence of the true and the predicted histogram for each emotion of the user, weighted by how often it occurs.

    Parameters
    ----------
    context, gt, pred : sequence of hashable
        The user's emotion, the real avatar's and the generated one's, one per response.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    MetricInputError
        When the lists differ in length or are empty.

    Examples
    --------
    >>> user, listener = ["joy", "joy", "anger"], ["joy", "joy", "fear"]
    >>> emotion_conditional_distance(user, listener, listener), emotion_conditional_distance(user, listener, ["fear"] * 3)
    (0.0, 0.6666666666666666)
    """
    _check_labels(context=context, gt=gt, pred=pred)
    names = list(dict.fromkeys([*gt, *pred]))
    divergence = 0.0
    for emotion, count in Counter(context).items():
        rows = [i for i, other in enumerate(context) if other == emotion]
        truth, prediction = (Counter(side[i] for i in rows) for side in (gt, pred))
        divergence += count * jensen_shannon([truth[n] for n in names], [prediction[n] for n in names])
    return divergence / len(context)


def _check_labels(**sides: Sequence[object]) -> None:
    lengths = {name: len(labels) for name, labels in sides.items()}
    if len(set(lengths.values())) > 1 or not all(lengths.values()):
        listed = ", ".join(f"{name}: {count}" for name, count in lengths.items())
        raise MetricInputError(f"one entry per clip or response is needed on every side, at least one; got {listed}")
