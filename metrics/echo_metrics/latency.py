"""Latency of a generator: real-time factor, first-frame delay, and whether it is causal at all.

Conventions
-----------
Times are seconds on one monotonic clock. A method that looks at input it could not have had yet has no latency worth printing, so
:func:`causality` belongs beside every number here: change the future of the input, and the past of the output must not move.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from echo_metrics.errors import MetricInputError
from echo_metrics.moments import Floats, Matrix, as_rows

Generator = Callable[[Matrix], Floats]


def real_time_factor(processing_seconds: float, media_seconds: float) -> float:
    """Seconds of computing per second of output (RTF), lower is better; below 1 is faster than real time.

    Parameters
    ----------
    processing_seconds : float
        Wall-clock time from the first input handed over to the last frame returned; say whether feature extraction and encoding are in.
    media_seconds : float
        Duration of the output: frames / fps.

    Raises
    ------
    MetricInputError
        When a time is not positive and finite.

    Examples
    --------
    >>> real_time_factor(5.0, 10.0)
    0.5
    """
    for name, seconds in (("processing", processing_seconds), ("media", media_seconds)):
        if not (np.isfinite(seconds) and seconds > 0):
            raise MetricInputError(f"{name} time must be positive, in seconds; got {seconds}")
    return processing_seconds / media_seconds


def first_frame_delay(requested_at: float, delivered_at: ArrayLike) -> float:
    """Seconds from the request to the first frame, lower is better.

    Parameters
    ----------
    requested_at : float
        When the input for the first frame was handed over.
    delivered_at : array_like of shape (frames,)
        When each frame was returned, in the order of the frames. Frames of one chunk share a time.

    Raises
    ------
    MetricInputError
        When there is no frame, a time is not finite, or frames arrive before the request or out of order.

    Examples
    --------
    >>> first_frame_delay(10.0, [10.5, 10.5, 10.54])
    0.5
    """
    times = np.asarray(delivered_at, np.float64)
    if times.ndim != 1 or times.size == 0 or not (np.isfinite(times).all() and np.isfinite(requested_at)):
        raise MetricInputError(
            f"delivery times must be one finite time per frame, at least one; got shape {times.shape}"
        )
    if times[0] < requested_at or (np.diff(times) < 0).any():
        raise MetricInputError(
            "frames arrive before the request, or out of order: were the times read from one monotonic clock?"
        )
    return float(times[0] - requested_at)


@dataclass(frozen=True, slots=True)
class Causality:
    """What the output did when the future of the input was changed.

    Attributes
    ----------
    is_causal : bool
        Whether no frame moved that should not.
    look_ahead : int
        Most frames by which an output ran ahead of the input it depends on, over the cuts tried: 0 for a causal method. It is a lower
        bound: another input might show more.
    deviation : float
        Largest absolute change among frames that should not move, in units of the output.
    """

    is_causal: bool
    look_ahead: int
    deviation: float


def causality(
    generate: Generator,
    signal: Floats,
    cuts: Sequence[int],
    *,
    samples_per_frame: int = 1,
    allowed_look_ahead: int = 0,
    tolerance: float = 0.0,
    seed: int = 0,
) -> Causality:
    """Perturb the input from each cut on, and see whether output frames before it move.

    The future is replaced by noise with the mean and spread of each channel of the signal, so that it stays plausible and no two runs
    agree by chance.

    Parameters
    ----------
    generate : callable
        The method, from input rows (samples, channels) to output rows (frames, channels). Its own seed must be fixed.
    signal : ndarray of shape (samples, channels)
        Input that is real enough for the method to respond.
    cuts : sequence of int
        Output frames: frame c and later may use the new input, earlier ones may not.
    samples_per_frame : int, default 1
        Input rows per output frame: 640 for 16 kHz audio at 25 fps.
    allowed_look_ahead : int, default 0
        Frames of future the method declares to use, such as the chunk it waits for.
    tolerance : float, default 0
        Absolute change that counts as none, for nets whose kernels are not bit-reproducible.
    seed : int, default 0
        Seed of the noise.

    Returns
    -------
    Causality

    Raises
    ------
    MetricInputError
        When a cut leaves no past or no future, the output has the wrong length, or equal input gives unequal output.

    Examples
    --------
    >>> signal = np.random.default_rng(0).normal(size=(50, 2))
    >>> causality(lambda rows: np.cumsum(rows, axis=0), signal, cuts=[10, 40]).is_causal
    True
    >>> causality(lambda rows: rows - rows.mean(axis=0), signal, cuts=[10, 40]).look_ahead
    40
    """
    rows = as_rows(signal, "signal").astype(np.float64)
    frames = len(rows) // samples_per_frame
    if not cuts or not all(allowed_look_ahead < cut < frames for cut in cuts):
        raise MetricInputError(
            f"cuts must lie between {allowed_look_ahead + 1} and {frames - 1}, so that a past and a future are left; got {list(cuts)}"
        )
    before = _output(generate, rows, frames)
    if np.abs(_output(generate, rows, frames) - before).max() > tolerance:
        raise MetricInputError(
            "equal input gave unequal output: fix the seed of the method before asking whether it is causal"
        )
    rng = np.random.default_rng(seed)
    look_ahead, deviation = 0, 0.0
    for cut in cuts:
        changed = rows.copy()
        future = changed[cut * samples_per_frame :]
        future[:] = rng.normal(rows.mean(axis=0), rows.std(axis=0) + 1e-3, future.shape)
        change = np.abs(_output(generate, changed, frames) - before).reshape(frames, -1).max(axis=1)
        moved = np.flatnonzero(change[:cut] > tolerance)
        look_ahead = max(look_ahead, cut - int(moved[0]) if moved.size else 0)
        deviation = max(deviation, float(change[: cut - allowed_look_ahead].max()))
    return Causality(look_ahead <= allowed_look_ahead, look_ahead, deviation)


def _output(generate: Generator, rows: Matrix, frames: int) -> Matrix:
    output = np.asarray(generate(rows.copy()), np.float64)
    if len(output) != frames:
        raise MetricInputError(f"{len(output)} output frames for an input of {frames}: is samples_per_frame right?")
    if not np.isfinite(output).all():
        raise MetricInputError("the output holds NaN or Inf: no change can be read from it")
    return output
