"""No bias of our own between mouth and voice: a clip in sync is in sync, in whatever file it came.

syncnet-python 0.2.3 takes frames from a re-encoded AVI and sound from the original, and reports +1 to +4 for such clips.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from echo_metrics.lipsync import sync_scores
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, VideoRef
from echo_bench.extractors.syncnet import LipRows, sound_windows
from echo_bench.faces.iou_tracks import Follower
from echo_bench.faces.syncnet_crop import Cropper
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from tests.unit.media.make import Sound, flashes, movie

FRAMES = 70
FACE = np.array([[8, 8, 56, 56.0]])
FLASHES = np.flatnonzero(np.random.default_rng(3).random(FRAMES) < 0.3).tolist()
FILES = [
    ("a.mp4", "libx264", "aac", 16000),
    ("a.mp4", "libx264", "aac", 44100),
    ("a.mp4", "libx264", "aac", 48000),
    ("a.avi", "mpeg4", "pcm_s16le", 16000),
    ("b.avi", "libx264", "pcm_s16le", 16000),
]


def hiss(rate: int, late: int) -> NDArray[np.float32]:
    """Noise as long as the white frames, `late` frames after them."""
    loud = np.zeros(round(FRAMES / 25 * rate), np.float32)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, len(loud)).astype(np.float32)
    for frame in FLASHES:
        part = slice(round((frame + late) / 25 * rate), round((frame + late + 1) / 25 * rate))
        loud[part] = noise[part]
    return loud


def brightness(windows: NDArray[Any]) -> NDArray[np.float32]:
    """What a net could see of five frames: how bright each is."""
    rows = np.zeros((len(windows), 1024), np.float32)
    rows[:, :5] = windows.reshape(len(windows), -1, 5, 3).mean(axis=(1, 3)) > 128
    return rows


def loudness(windows: list[NDArray[np.float32]]) -> NDArray[np.float64]:
    """What a net could hear of twenty steps: how loud each four are."""
    rows = np.zeros((len(windows), 1024))
    energy = np.array(windows)[:, 0, 0].reshape(len(windows), 5, 4).mean(axis=2)
    rows[:, :5] = energy > (energy.max() + energy.min()) / 2
    return rows


@pytest.mark.parametrize("late", [0, 3])
@pytest.mark.parametrize(("name", "codec", "sound_codec", "rate"), FILES)
def test_offset_is_that_of_the_clip(
    tmp_path: Path, name: str, codec: str, sound_codec: str, rate: int, late: int
) -> None:
    """From the file through our decoding, cropping and windows to the distance stage."""
    sound = Sound(hiss(rate, late)[None], rate, sound_codec)
    path = movie(tmp_path / name, stamps=range(FRAMES), draw=flashes(FLASHES), codec=codec, sound=sound)
    faces = Follower()
    cropper, rows = Cropper(faces), LipRows(brightness)
    for frame in frames(VideoRef(path, "")):
        rows.add(cropper.push(frame, FACE))
    rows.add(cropper.finish())
    lip = rows.finish(faces.tracks, faces.frames, VideoRef(path, ""))["lip"]
    samples = np.rint(waveform(AudioRef(path, "")) * 32767).astype(np.int16)
    audio = loudness(list(sound_windows(samples, len(samples) // 640)))
    common = min(len(lip), len(audio))
    found = sync_scores(lip[:common].astype(np.float64), audio[:common])
    assert found.offset == -late
    assert found.confidence > 0.2
