"""Motion at another frame rate: by time, never by frame number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from echo_bench.importers.base import Recording


def resampled(recording: Recording, fps: float) -> Recording:
    """The recording at `fps`: frame k is the motion at k / fps seconds, on the straight line between its two neighbours in time.

    A frame is valid if the neighbours that it is made of are. A window of a stack is resampled apart from the others, so it is a
    recording of its own here. Above half the new rate nothing is filtered out: that is what showing the motion at `fps` would show.

    Parameters
    ----------
    recording : Recording
        With its `fps` known, and without `window`.
    fps : float

    Returns
    -------
    Recording
        Of round(T * fps / its fps) frames, at least one.

    Examples
    --------
    >>> ramp = Recording(np.arange(6, dtype=np.float32)[:, None], 60.0)
    >>> resampled(ramp, 25.0).motion.ravel()
    array([0. , 2.4], dtype=float32)
    """
    rate = recording.fps
    if rate is None or recording.window is not None:
        raise ValueError("resample one clip of known frame rate")
    if abs(rate - fps) < 1e-9:
        return recording
    count = len(recording.motion)
    places = np.minimum(np.arange(max(1, round(count * fps / rate))) * (rate / fps), count - 1)
    before = np.floor(places + 1e-9).astype(int)
    after = np.minimum(before + 1, count - 1)
    share = np.clip(places - before, 0.0, 1.0)[:, None]
    motion = (1 - share) * recording.motion[before] + share * recording.motion[after]
    valid = None
    if recording.valid is not None:
        valid = recording.valid[before] & (recording.valid[after] | (share[:, 0] < 1e-6))
    return replace(recording, motion=motion.astype(np.float32), fps=fps, valid=valid)
