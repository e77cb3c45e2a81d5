"""Does the displayed affect fit the moment: against several right reactions, and against the words.

Affect is ``(T, 2)``, valence and arousal in [-1, 1] at 5 Hz. Definitions, with what they are blind to:
``docs/metrics/appropriateness.md`` and ``docs/metrics/rationality.md`` (protocol ``eb1``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.correlation import lagged_concordance
from echo_metrics.errors import MetricInputError, UndefinedMetricError
from echo_metrics.sequences import Clips, matched_clips

__all__ = ["Appropriateness", "appropriateness", "rationality"]

Floats = NDArray[np.float64]

RATE = 5.0
LONGEST_LAG_S = 1.0
SHORTEST_SPAN_S = 2.0
FACE_LEADS_S, FACE_TRAILS_S = 0.4, 2.0


@dataclass(frozen=True, slots=True)
class Appropriateness:
    """How well reactions fit their moments.

    Attributes
    ----------
    score : float
        Mean of `spans`, in [-1, 1], higher is better. A maximum over many: unrelated motion scores above 0.
    auc : float or None
        Share of (reaction, inappropriate reaction) pairs won, in [0, 1]; 0.5 is chance. None when no inappropriate ones were given.
    spans : tuple of float
        Score of each listening span, mean over samples.
    """

    score: float
    auc: float | None
    spans: tuple[float, ...]


def appropriateness(
    pred: Sequence[ArrayLike],
    appropriate: Sequence[ArrayLike],
    inappropriate: Sequence[ArrayLike] | None = None,
    rate: float = RATE,
) -> Appropriateness:
    """Best lag-tolerant concordance of reactions with any that is right there (protocol ``eb1``).

    Parameters
    ----------
    pred : list of array_like of shape (M, T_i, 2)
        One entry per listening span: affect of M generated samples.
    appropriate : list of array_like of shape (K_i, T_i, 2)
        The right reactions **without the recorded one**. One member that equals the reaction that is scored is left out: itself.
    inappropriate : list of array_like of shape (J_i, T_i, 2), optional
        Wrong reactions, for the AUC.
    rate : float, default 5
        Samples per second.

    Returns
    -------
    Appropriateness

    Raises
    ------
    MetricInputError
        When the lists differ in spans, a span is not ``(reactions, T, 2)`` of one T and finite, lasts less than 2 s, or nothing is left
        to compare with.

    Examples
    --------
    >>> t = np.arange(40) / 5
    >>> joy, concern = (np.stack([x, x / 2], axis=1) for x in (0.6 * np.sin(t), -0.5 * np.cos(2 * t)))
    >>> result = appropriateness([np.roll(joy, 3, axis=0)[None]], [joy[None]], [concern[None]])
    >>> result.score > 0.9, result.auc
    (True, 1.0)
    """
    sets = _spans(pred, "pred"), _spans(appropriate, "appropriate")
    wrong = None if inappropriate is None else _spans(inappropriate, "inappropriate")
    _same_spans(*sets, *([] if wrong is None else [wrong]), rate=rate)
    scores = [_scores(own, right, rate) for own, right in zip(*sets, strict=True)]
    spans = tuple(float(score.mean()) for score in scores)
    if wrong is None:
        return Appropriateness(float(np.mean(spans)), None, spans)
    rivals = [_scores(reactions, right, rate) for reactions, right in zip(wrong, sets[1], strict=True)]
    won = [_share_won(score, rival) for score, rival in zip(scores, rivals, strict=True)]
    return Appropriateness(float(np.mean(spans)), float(np.mean(won)), spans)


def rationality(displayed: Clips, dialogue: Clips, rate: float = RATE) -> float:
    """Lag-tolerant concordance of the displayed affect with the dialogue's, over whole clips (protocol ``eb1``).

    Parameters
    ----------
    displayed : list of array_like of shape (T_i, 2)
        Valence and arousal read from the avatar's face.
    dialogue : list of array_like of shape (T_i, 2)
        Valence and arousal that the words ask of the avatar, held until the next turn.
    rate : float, default 5
        Samples per second.

    Returns
    -------
    float
        Mean over clips, in [-1, 1], higher is better. The face may lead the words by 0.4 s and trail them by 2 s.

    Raises
    ------
    MetricInputError
        When clips differ, last no more than 8 s, or the dialogue of one never changes.

    Examples
    --------
    >>> words = np.repeat([[0.8, 0.5], [-0.6, -0.3], [0.0, 0.0]], 30, axis=0)
    >>> face = 0.6 * np.roll(words, 5, axis=0)
    >>> round(rationality([face], [words]), 2)
    0.88
    """
    lags = range(-round(FACE_LEADS_S * rate), round(FACE_TRAILS_S * rate) + 1)
    faces, words = matched_clips(4 * max(lags) + 1, displayed=displayed, dialogue=dialogue)
    if faces[0].shape[1] != 2:
        raise MetricInputError(f"affect is (frames, 2), valence and arousal; got {faces[0].shape[1]} columns")
    return float(np.mean([_rationality(a, b, lags, i) for i, (a, b) in enumerate(zip(faces, words, strict=True))]))


def _rationality(face: Floats, words: Floats, lags: range, clip: int) -> float:
    alive = np.ptp(words, axis=0) > 0
    if not alive.any():
        raise UndefinedMetricError(
            f"clip {clip}: the dialogue's affect never changes, so no face can follow it; leave it out"
        )
    curves = lagged_concordance(face[:, alive].T, words[:, alive].T, lags)
    return float(_agreeing(curves).mean(axis=0).max())


def _scores(reactions: Floats, right: Floats, rate: float) -> Floats:
    """Score of each reaction, (M,), against the right ones, (K, T, 2)."""
    longest = min(round(LONGEST_LAG_S * rate), reactions.shape[1] // 4)
    a, b = (np.moveaxis(x, 2, 1) for x in (reactions, right))
    curves = _agreeing(lagged_concordance(a[:, None], b[None], range(-longest, longest + 1))).mean(axis=2)
    best = curves.max(axis=2)
    same = (reactions[:, None] == right[None]).all(axis=(2, 3))
    best[same & (same.cumsum(axis=1) == 1)] = -np.inf  # itself; further equals are others that do the same here
    score: Floats = best.max(axis=1)
    if not np.isfinite(score).all():
        raise MetricInputError(
            "a reaction is the only member of its appropriate set: nothing is left to compare it with"
        )
    return score


def _agreeing(concordance: Floats) -> Floats:
    """Two equal constants agree."""
    return np.where(np.isnan(concordance), 1.0, concordance)


def _share_won(scores: Floats, rivals: Floats) -> float:
    return float(((scores[:, None] > rivals) + 0.5 * (scores[:, None] == rivals)).mean())


def _spans(spans: Sequence[ArrayLike], name: str) -> list[Floats]:
    arrays = [np.asarray(span, dtype=np.float64) for span in spans]
    for i, array in enumerate(arrays):
        if array.ndim != 3 or array.shape[2] != 2 or not len(array):
            raise MetricInputError(
                f"{name}[{i}] must be (reactions, frames, 2), valence and arousal; got {array.shape}. Pass a list with one entry per span"
            )
        if not np.isfinite(array).all():
            raise MetricInputError(f"{name}[{i}] holds NaN or Inf: was the face lost there?")
    return arrays


def _same_spans(pred: list[Floats], *others: list[Floats], rate: float) -> None:
    if not pred or any(len(other) != len(pred) for other in others):
        counts = ", ".join(str(len(spans)) for spans in (pred, *others))
        raise MetricInputError(f"every list needs one entry per listening span, at least one; got {counts}")
    for i, spans in enumerate(zip(pred, *others, strict=True)):
        frames = {span.shape[1] for span in spans}
        if len(frames) > 1:
            raise MetricInputError(f"span {i}: reactions last {sorted(frames)} samples: were they cut to the span?")
        if frames.pop() < SHORTEST_SPAN_S * rate:
            raise MetricInputError(
                f"span {i} lasts less than {SHORTEST_SPAN_S:.0f} s: too short to compare reactions; leave it out"
            )
