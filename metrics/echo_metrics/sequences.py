"""Lists of motion sequences: what every motion metric accepts, and what it refuses.

A *clip* is an array ``(T_i, D)``: frames of one person, one row per frame. A metric takes a list of them, because clips differ in length
and the official protocols differ in whether a number is computed per clip and averaged, or once over all frames.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError, MetricWarning

__all__ = ["Clips", "Pooling", "as_clips", "matched_clips", "trim_to_shortest"]

Clips = Sequence[ArrayLike]
Floats = NDArray[np.float64]
Pooling = Literal["clip", "corpus"]


def as_clips(clips: Clips, name: str = "motion", min_frames: int = 1) -> list[Floats]:
    """Check a list of ``(T_i, D)`` arrays and return it as float64.

    Raises
    ------
    MetricInputError
        When the list is empty, an array is not ``(frames, dims)``, the dims differ, a clip is too short or holds NaN or Inf.
    """
    if isinstance(clips, np.ndarray) and clips.ndim == 2:
        raise MetricInputError(
            f"{name} is one array {clips.shape}; pass a list with one (frames, dims) array per clip: [{name}]"
        )
    arrays = [np.asarray(clip, dtype=np.float64) for clip in clips]
    if not arrays:
        raise MetricInputError(f"{name} holds no clip: did every clip fail, or was the list filtered to nothing?")
    for i, array in enumerate(arrays):
        _check_clip(array, f"{name} clip {i}", min_frames)
    if len({array.shape[1] for array in arrays}) > 1:
        widths = sorted({array.shape[1] for array in arrays})
        raise MetricInputError(f"{name} clips have {widths} dimensions: were files of two motion layouts mixed?")
    return arrays


def _check_clip(array: Floats, where: str, min_frames: int) -> None:
    if array.ndim != 2 or array.shape[1] == 0:
        raise MetricInputError(f"{where} has shape {array.shape}; a clip is (frames, dims)")
    if len(array) < min_frames:
        raise MetricInputError(f"{where} has {len(array)} frames; at least {min_frames} are needed here")
    if not np.isfinite(array).all():
        frame = int(np.argwhere(~np.isfinite(array).all(1))[0, 0])
        raise MetricInputError(f"{where} holds NaN or Inf, first at frame {frame}: was the face lost there?")


def matched_clips(min_frames: int = 1, **tracks: Clips) -> tuple[list[Floats], ...]:
    """Check lists of clips that belong together frame by frame, and return them in the order given.

    Raises
    ------
    MetricInputError
        As :func:`as_clips`, and when the lists differ in clips, frames or dimensions.
    """
    checked = {name: as_clips(clips, name, min_frames) for name, clips in tracks.items()}
    (first, reference), *others = checked.items()
    for name, clips in others:
        if len(clips) != len(reference):
            raise MetricInputError(
                f"{first} has {len(reference)} clips and {name} has {len(clips)}: is a prediction missing?"
            )
        for i, (a, b) in enumerate(zip(reference, clips, strict=True)):
            _check_pair(a, b, first, name, i)
    return tuple(checked.values())


def _check_pair(a: Floats, b: Floats, first: str, name: str, i: int) -> None:
    if a.shape[1] != b.shape[1]:
        raise MetricInputError(
            f"clip {i}: {first} has {a.shape[1]} dimensions and {name} has {b.shape[1]}: are both in one motion layout?"
        )
    if len(a) != len(b):
        raise MetricInputError(
            f"clip {i}: {first} has {len(a)} frames and {name} has {len(b)}: were the tracks cut to a common length? "
            "echo_metrics.sequences.trim_to_shortest does it, where the protocol allows it"
        )


def pooled(pooling: Pooling, *tracks: list[Floats]) -> tuple[list[Floats], ...]:
    """The tracks as they are for ``"clip"``, each joined into one long clip for ``"corpus"``."""
    check_choice(pooling, Pooling, "pooling")
    return tracks if pooling == "clip" else tuple([np.concatenate(track)] for track in tracks)


def trim_to_shortest(*tracks: Clips) -> tuple[list[NDArray[np.floating]], ...]:
    """Cut the clips of several tracks to the shortest of each clip, from the end (protocols ``dualtalk``, ``timar``).

    Metrics never trim by themselves: a generated clip that stops early would be scored as if nothing were missing.

    Parameters
    ----------
    *tracks : list of ndarray of shape (T_i, D)
        One list per track, one array per clip.

    Raises
    ------
    MetricInputError
        When the tracks differ in their number of clips.

    Examples
    --------
    >>> gt, pred = trim_to_shortest([np.zeros((50, 6))], [np.ones((48, 6))])
    >>> gt[0].shape, pred[0].shape
    ((48, 6), (48, 6))
    """
    if len({len(clips) for clips in tracks}) != 1:
        raise MetricInputError(f"tracks have {[len(clips) for clips in tracks]} clips: is a prediction missing?")
    arrays = [[np.asarray(clip) for clip in clips] for clips in tracks]
    shortest = [min(len(track[i]) for track in arrays) for i in range(len(arrays[0]))]
    return tuple([clip[:frames] for clip, frames in zip(track, shortest, strict=True)] for track in arrays)


def check_choice(value: str, choices: object, argument: str) -> None:
    """Refuse a value that the `Literal` type `choices` does not name."""
    if value not in get_args(choices):
        raise MetricInputError(f"{argument} must be one of {', '.join(map(repr, get_args(choices)))}; got {value!r}")


def warn_constant(clips: Sequence[Floats], name: str, consequence: str) -> None:
    """Warn once, naming how many channels of how many clips never change."""
    dead = [int((np.ptp(clip, axis=0) == 0).sum()) for clip in clips]
    if any(dead):
        warnings.warn(
            f"{name}: {sum(dead)} channels in {sum(d > 0 for d in dead)} of {len(clips)} clips never change; {consequence}",
            MetricWarning,
            stacklevel=3,
        )
