"""Turn-taking: backchannels in the right places, reactions and answers after the right time.

Times are in seconds. Sources: Ruede et al., IWSDS 2017 (backchannel margins); Stivers et al., PNAS 2009 (floor transfer offset).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError

__all__ = [
    "BackchannelTiming",
    "Latencies",
    "as_times",
    "backchannel_timing",
    "floor_transfer_offsets",
    "response_latency",
]

Floats = NDArray[np.float64]
Turns = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class BackchannelTiming:
    """Generated backchannels against real ones.

    Attributes
    ----------
    precision, recall, f1 : float
        Of one-to-one matches within the margin, in [0, 1]; higher is better.
    delay : float or None
        Mean time by which a matched one comes after the real one, in seconds; None without a match.
    """

    precision: float
    recall: float
    f1: float
    delay: float | None


@dataclass(frozen=True, slots=True)
class Latencies:
    """Delays of responses.

    Attributes
    ----------
    delays : tuple of float
        Seconds from each answered stimulus to its response, in the order of the stimuli.
    unanswered : int
        Stimuli without a response in time. Read it beside the delays: one fast response to ten stimuli is not a fast listener.
    """

    delays: tuple[float, ...]
    unanswered: int


def backchannel_timing(gt: ArrayLike, pred: ArrayLike, margin: tuple[float, float] = (-0.5, 0.5)) -> BackchannelTiming:
    """Are backchannels (a nod, a smile, "mhm") placed where the real listener placed them?

    Parameters
    ----------
    gt, pred : array_like of shape (n,) and (m,)
        Onsets of real and generated backchannels in one clip, in seconds.
    margin : (float, float), default (-0.5, 0.5)
        Seconds before and after a real onset within which one counts. Published results use several (-0.5..0.5, 0..1): say which.

    Returns
    -------
    BackchannelTiming
        With no real and no generated one all three are 1: silence was right.

    Raises
    ------
    MetricInputError
        When onsets are not finite vectors or the margin is empty.

    Notes
    -----
    Each real backchannel is matched with at most one generated one, as many as possible. A listener has more right moments than those
    a single recording used, so precision is a lower bound.

    Examples
    --------
    >>> backchannel_timing([1.0, 4.0, 9.0], [1.2, 1.3, 8.9])
    BackchannelTiming(precision=0.6666666666666666, recall=0.6666666666666666, f1=0.6666666666666666, delay=0.05)
    """
    real, made = np.sort(as_times(gt, "gt")), np.sort(as_times(pred, "pred"))
    low, high = margin
    if not low < high:
        raise MetricInputError(f"the margin must be (earliest, latest) in seconds; got {margin}")
    if not len(real) and not len(made):
        return BackchannelTiming(1.0, 1.0, 1.0, None)
    delays = _match(real, made, low, high)
    hits = len(delays)
    return BackchannelTiming(
        precision=hits / max(1, len(made)),
        recall=hits / max(1, len(real)),
        f1=2 * hits / (len(real) + len(made)),
        delay=round(float(np.mean(delays)), 12) if delays else None,
    )


def _match(real: Floats, made: Floats, low: float, high: float) -> list[float]:
    """Delays of a largest one-to-one matching: sorted windows of one width are matched best from the left."""
    delays, i, j = [], 0, 0
    while i < len(real) and j < len(made):
        delay = float(made[j] - real[i])
        if low <= delay <= high:
            delays.append(delay)
        i, j = i + (delay >= low), j + (delay <= high)
    return delays


def response_latency(stimuli: ArrayLike, responses: ArrayLike, longest: float = 2.0) -> Latencies:
    """Delay from each stimulus to the first response after it.

    Parameters
    ----------
    stimuli : array_like of shape (n,)
        Onsets of what asks for a reaction (the partner's smile, the end of a phrase), in seconds.
    responses : array_like of shape (m,)
        Onsets of the avatar's reactions, in seconds. One response answers one stimulus, the earliest that waits.
    longest : float, default 2
        Seconds after which a stimulus counts as unanswered.

    Returns
    -------
    Latencies

    Raises
    ------
    MetricInputError
        When times are not finite vectors or `longest` is not positive.

    Examples
    --------
    >>> response_latency([1.0, 5.0, 9.0], [1.5, 12.0])
    Latencies(delays=(0.5,), unanswered=2)
    """
    asked, answers = np.sort(as_times(stimuli, "stimuli")), np.sort(as_times(responses, "responses"))
    if not longest > 0:
        raise MetricInputError(f"longest must be a positive number of seconds; got {longest}")
    delays = tuple(_match(asked, answers, 0.0, longest))
    return Latencies(delays, len(asked) - len(delays))


def floor_transfer_offsets(user: Turns, avatar: Turns) -> Floats:
    """Silence (positive) or overlap (negative) at each change from the user's turn to the avatar's, in seconds.

    Parameters
    ----------
    user, avatar : list of (start, end)
        Turns in seconds, backchannels left out.

    Returns
    -------
    ndarray of shape (changes,), float64
        Start of the avatar's turn minus the end of the user's turn that began last before it, for each of the avatar's turns before which
        the user spoke on after the avatar's last.
        In conversation the median is about 0.2 s, most within -0.2 to 0.5 s. A turn inside the user's own is an interruption and counts
        with its whole overlap.

    Raises
    ------
    MetricInputError
        When a turn ends before it starts.

    Examples
    --------
    >>> floor_transfer_offsets([(0, 4), (8, 10)], [(4.25, 7), (9.5, 12)])
    array([ 0.25, -0.5 ])
    """
    asked, taken = (sorted(turns) for turns in (user, avatar))
    for start, end in (*asked, *taken):
        if not start < end:
            raise MetricInputError(f"turn ({start}, {end}) must end after it starts, in seconds")
    offsets, done = [], -np.inf
    for start, end in taken:
        before = [turn for turn in asked if turn[0] < start and turn[1] > done]
        if before:
            offsets.append(start - before[-1][1])
        done = end
    return np.asarray(offsets, dtype=np.float64)


def as_times(values: ArrayLike, name: str) -> Floats:
    """The values as a finite float64 vector, which may be empty.

    Raises
    ------
    MetricInputError
        When they are not one.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise MetricInputError(f"{name} must be a finite vector of times; got shape {array.shape}")
    return array
