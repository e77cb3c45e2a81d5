"""Arrays of several reactions to several speakers: their shapes, and what is refused.

A *reaction set* is ``(N, M, T, D)``: N speaker clips, M sampled reactions to each, T frames, D channels. Real listeners and speakers are
*tracks* ``(N, T, D)``. An *appropriateness matrix* ``(N, N)`` says with 1 in row n, column m that the real listener m is an appropriate
answer to speaker n; rows and columns are in the order of the clips.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError

__all__ = ["as_neighbours", "as_reactions", "as_tracks", "check_same_frames"]

Floats = NDArray[np.floating]


def as_reactions(pred: ArrayLike, min_samples: int = 1, min_clips: int = 1) -> Floats:
    """Check a reaction set (N, M, T, D).

    Raises
    ------
    MetricInputError
        When it has another rank, an axis is empty, or too few samples or clips for the metric, or it holds NaN or Inf.
    """
    array = _finite(np.asarray(pred), 4, "pred", "(clips, samples, frames, channels)")
    if array.shape[1] < min_samples:
        raise MetricInputError(
            f"pred has {array.shape[1]} reaction per speaker; {min_samples} are needed to say how much the reactions to one speaker differ"
        )
    if array.shape[0] < min_clips:
        raise MetricInputError(
            f"pred has {array.shape[0]} clip; {min_clips} are needed to compare reactions to different speakers"
        )
    return array


def as_tracks(tracks: ArrayLike, name: str) -> Floats:
    """Check listeners or speakers (N, T, D).

    Raises
    ------
    MetricInputError
        When the array has another rank, an axis is empty, or it holds NaN or Inf.
    """
    return _finite(np.asarray(tracks), 3, name, "(clips, frames, channels)")


def _finite(array: Floats, rank: int, name: str, axes: str) -> Floats:
    if array.ndim != rank or 0 in array.shape:
        raise MetricInputError(f"{name} must be a non-empty array {axes}; got shape {array.shape}")
    if not np.isfinite(array).all():
        clip = int(np.argwhere(~np.isfinite(array))[0, 0])
        raise MetricInputError(f"{name} holds NaN or Inf, first in clip {clip}: was the face lost there?")
    return array


def check_same_frames(pred: Floats, tracks: Floats, name: str) -> None:
    """Refuse a reaction set and tracks that differ in clips, frames or channels.

    Raises
    ------
    MetricInputError
        REACT's ``evaluate.py`` cuts to 750 frames and ``run_baselines.py`` keeps 751: such rows are not comparable.
    """
    for axis, unit in ((0, "clips"), (2, "frames"), (3, "channels")):
        have, want = pred.shape[axis], tracks.shape[max(axis - 1, 0)]
        if have != want:
            hint = ": were the tracks cut to a common length?" if unit == "frames" else ""
            raise MetricInputError(f"pred has {have} {unit} and {name} has {want}{hint}")


def as_neighbours(neighbours: ArrayLike, clips: int) -> NDArray[np.bool_]:
    """Check an appropriateness matrix (N, N) of 0 and 1.

    Raises
    ------
    MetricInputError
        When it is not square over the clips (REACT's ``matrix_split.py`` silently skips rows that it cannot find), holds other values, or a
        speaker has no appropriate listener.
    """
    matrix = np.asarray(neighbours)
    if matrix.shape != (clips, clips):
        raise MetricInputError(
            f"the appropriateness matrix is {matrix.shape} for {clips} clips; is it the slice of this split, in the order of its clips?"
        )
    if not np.isin(matrix, (0, 1)).all():
        raise MetricInputError("the appropriateness matrix must hold 0 and 1 only; threshold it first")
    empty = np.flatnonzero(~matrix.astype(bool).any(1))
    if len(empty):
        raise MetricInputError(f"speaker {empty[0]} has no appropriate listener: its row of the matrix is all 0")
    return matrix.astype(bool)
