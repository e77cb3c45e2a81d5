"""Interactivity: how much the eyes move while a person listens.

Source: AnyTalker (2025), equations 5 and 6; the truth of its set InteractiveEyes scores 0.77.
Definition: ``docs/metrics/interactivity.md``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from echo_metrics.errors import MetricInputError

__all__ = ["interactivity"]

Floats = NDArray[np.floating]
Spans = Sequence[tuple[int, int]]


def interactivity(eyes: Sequence[Floats], listening: Sequence[Spans]) -> float:
    """Mean displacement of eye keypoints per frame over listening spans, each weighted by its length; the target is the truth's value.

    Parameters
    ----------
    eyes : list of ndarray of shape (T_i, K, 2)
        Face-aligned eye keypoints of each clip (head motion removed, one scale), in the unit that the result will have. Frames that the
        tracker lost are NaN: steps into or out of them are left out.
    listening : list of lists of (start, end)
        The spans in which that person listens, half-open in frames.

    Returns
    -------
    float
        At least 0. Frozen eyes score 0, tracker noise scores high: more than the truth is not better.

    Raises
    ------
    MetricInputError
        When a track is not (frames, keypoints, 2), a span leaves its clip or overlaps another, or no span has two tracked frames in a row.

    Examples
    --------
    >>> drift = np.arange(10.0)[:, None, None] * np.array([3.0, 4.0])
    >>> interactivity([drift], [[(0, 5)]])
    5.0
    """
    if len(eyes) != len(listening):
        raise MetricInputError(
            f"{len(eyes)} clips and {len(listening)} lists of listening spans: one list per clip is needed"
        )
    spans = [part for i, (track, own) in enumerate(zip(eyes, listening, strict=True)) for part in _spans(track, own, i)]
    steps = [np.linalg.norm(np.diff(span, axis=0), axis=-1).mean(-1) for span in spans]
    motion = [
        (len(span), float(step[np.isfinite(step)].mean()))
        for span, step in zip(spans, steps, strict=True)
        if np.isfinite(step).any()
    ]
    if not motion:
        raise MetricInputError("no listening span has two tracked frames in a row: there is no listening to measure")
    lengths, means = np.array(motion).T
    return float(lengths @ means / lengths.sum())


def _spans(track: Floats, spans: Spans, clip: int) -> list[Floats]:
    if track.ndim != 3 or track.shape[2] != 2 or 0 in track.shape:
        raise MetricInputError(f"clip {clip}: eye keypoints must be (frames, keypoints, 2); got {track.shape}")
    last = 0
    for start, end in sorted(spans):
        if not last <= start < end <= len(track):
            raise MetricInputError(
                f"clip {clip}: span ({start}, {end}) is empty, overlaps another or leaves the clip of {len(track)} frames"
            )
        last = end
    return [track[start:end] for start, end in spans]
