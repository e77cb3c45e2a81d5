"""Real footage (fixture `shared`), against a raw PyAV loop over the same file."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, Panel, VideoRef
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frame_count, frames
from echo_bench.media.encode import reencode
from echo_bench.media.probe import probe


def raw(path: Path, limit: int | None = None) -> list[NDArray[np.uint8]]:
    """The frames of a file in the order of decoding, time stamps unseen."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in islice(container.decode(video=0), limit)]


# Clip, frame rate by its time stamps, frames in it, frames at 25 fps. Counted with a PyAV loop; OpenCV 5.0 counts the same.
CLIPS = [
    ("vico/cte53x3i02lo.mp4", 30, 150, 125),
    ("vico/d336vte2a17j.mp4", 30, 210, 175),
    ("grid/bbaf2n.mpg", 25, 75, 75),
    ("lrs3/0Fi83BHQsMA_00002.mp4", 25, 41, 41),
    ("styletalk/KristiNoem.mp4", 30, 542, 452),
    ("dim_demo/Demo3.mp4", 150, 1179, 197),
]


@pytest.mark.parametrize(("name", "fps", "stored", "at_25"), CLIPS)
def test_counts(shared: Path, name: str, fps: int, stored: int, at_25: int) -> None:
    path = shared / "clips" / name
    info = probe(path)
    assert (info.fps, info.frames) == (pytest.approx(fps), stored)
    assert frame_count(VideoRef(path, "")) == at_25
    assert sum(1 for _ in frames(VideoRef(path, ""))) == at_25


@pytest.mark.parametrize(
    ("name", "fps"), [("vico/cte53x3i02lo.mp4", 30), ("grid/bbaf2n.mpg", 25), ("lrs3/OzA6jRYjVQs_00004.mp4", 25)]
)
def test_at_its_own_rate_every_frame_comes_once(shared: Path, name: str, fps: int) -> None:
    path = shared / "clips" / name
    np.testing.assert_array_equal(list(frames(VideoRef(path, ""), fps=fps)), raw(path))


def test_thirty_frames_become_twenty_five_by_time(shared: Path) -> None:
    path = shared / "clips/vico/cte53x3i02lo.mp4"
    everything = raw(path)
    for k, frame in enumerate(frames(VideoRef(path, ""))):
        np.testing.assert_array_equal(frame, everything[k * 30 // 25])


def test_five_panels_of_a_file_tagged_150_fps(shared: Path) -> None:
    path = shared / "clips/dim_demo/Demo3.mp4"
    everything = raw(path, 120)
    for panel in range(5):
        got = list(frames(VideoRef(path, "", Panel(panel, 5)), limit=20))
        assert got[0].shape == (256, 256, 3)
        np.testing.assert_array_equal(got, [everything[6 * k][:, 256 * panel : 256 * panel + 256] for k in range(20)])


def test_sound_of_mpeg_1_is_as_long_as_its_picture(shared: Path) -> None:
    path = shared / "clips/grid/bbaf2n.mpg"
    wave = waveform(AudioRef(path, ""))
    assert len(wave) / 16000 == pytest.approx(probe(path).duration, abs=0.05)
    assert 0.01 < float(np.sqrt(np.mean(wave**2))) < 0.5


def test_reencoding_costs_little(shared: Path, tmp_path: Path) -> None:
    """H.264 at CRF 28 stays recognisable (PSNR 30 to 45 dB on this clip) and shorter than the source."""
    ref = VideoRef(shared / "clips/vico/cte53x3i02lo.mp4", "", Panel(0, 2), duration=1.0)
    coarse = VideoRef(reencode(ref, tmp_path / "a.mp4"), "")
    error = np.asarray(list(frames(ref)), float) - np.asarray(list(frames(coarse)), float)
    assert 30 < 10 * np.log10(255**2 / np.mean(error**2)) < 45
