"""The landmark AV offset on real speech: GRID clips are in sync, and a delay of the audio must show to the frame."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.lipsync import landmark_offset, speech_envelope

from echo_bench.clip import AudioRef, VideoRef
from echo_bench.faces.lips import lip_opening
from echo_bench.faces.track import FaceTracker
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames

RATE, FPS = 16000, 25


@pytest.fixture(scope="module")
def grid(shared):
    """Lip opening, valid frames and waveform of each clip."""
    tracker = FaceTracker(shared / "weights" / "face_landmarker.task")
    clips = {}
    for path in sorted((shared / "clips" / "grid").glob("*.mpg")):
        tracker.reset()
        for frame in frames(VideoRef(path, ""), fps=FPS):
            tracker.push(frame)
        track = tracker.finish()
        clips[path.stem] = lip_opening(track.landmarks), track.valid, waveform(AudioRef(path, ""), rate=RATE)
    return clips


def offsets(grid, delay):
    """Offset of each clip whose audio comes `delay` frames late, silence before it."""

    def offset(opening, valid, sound):
        late = np.concatenate([np.zeros(delay * RATE // FPS, sound.dtype), sound])[: len(sound)]
        return landmark_offset(opening, speech_envelope(late, RATE, FPS, len(opening)), valid=valid).offset

    return np.array([offset(*clip) for clip in grid.values()])


def test_grid_is_in_sync(grid):
    """When this was written: -1, 0, 0, 0, and for sbia1a the side peak at 7 (0.52, against 0.49 at 0), as 3 s may give."""
    found = np.abs(offsets(grid, delay=0))
    assert len(found) == 5
    assert np.median(found) <= 1
    assert (found <= 1).sum() >= 4


@pytest.mark.parametrize("delay", [5, 9])
def test_late_audio_shows_to_the_frame(grid, delay):
    moved = offsets(grid, delay) - offsets(grid, 0)
    assert (moved == -delay).sum() >= 4
