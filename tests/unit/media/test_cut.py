"""Where a file goes on after its clip, the reference ends with the clip; where it does not, nothing is changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from echo_bench.clip import AudioRef, Panel, Track, VideoRef
from echo_bench.media.audio import waveform
from echo_bench.media.cut import cut, seconds_of
from echo_bench.media.decode import frame_count
from tests.footage import left_right_clips
from tests.unit.media.make import Sound, movie, recording, tone


def track(path: Path, **changes: object) -> Track:
    return Track(video=VideoRef(path, "00", Panel(1, 2), **changes), audio=AudioRef(path, "00", channel=0, **changes))


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    """Two seconds of video with sound."""
    return left_right_clips(tmp_path_factory.mktemp("clips"), ("a",), 2.0) / "a.mp4"


@pytest.mark.parametrize("seconds", [1.99, 2.0, 2.01, 5.0])
def test_a_file_that_ends_with_its_clip_is_left_whole(path, seconds):
    assert cut(track(path), seconds) == track(path)


def test_a_file_that_goes_on_is_cut(path):
    part = cut(track(path), 1.2)
    assert part == track(path, duration=1.2)
    assert frame_count(part.video) == 30
    assert len(waveform(part.audio)) == round(1.2 * 16000)


def test_a_stretch_is_cut_as_a_file_is(path):
    assert cut(track(path, start=1.5), 1.0) == track(path, start=1.5)
    assert cut(track(path, start=0.5), 1.0) == track(path, start=0.5, duration=1.0)
    assert cut(track(path, duration=0.7), 1.0) == track(path, duration=0.7)
    assert cut(track(path, duration=1.7), 1.0) == track(path, duration=1.0)


def test_what_cannot_be_read_is_left_as_it_is(tmp_path):
    """Whoever reads it says why."""
    (tmp_path / "text.mp4").write_text("not a video")
    for name in ("text.mp4", "none.mp4"):
        assert cut(track(tmp_path / name), 1.0) == track(tmp_path / name)


@pytest.mark.parametrize(("name", "codec"), [("a.wav", "pcm_s16le"), ("a.ogg", "libopus"), ("a.mp3", "libmp3lame")])
def test_sound_is_as_long_as_what_is_heard(name, codec, tmp_path):
    ref = AudioRef(recording(tmp_path / name, Sound(tone(440, 48000, 2.0)[None], codec=codec)), "00")
    assert seconds_of(ref) == pytest.approx(len(waveform(ref)) / 16000, abs=0.05)


@pytest.mark.parametrize("start", [0.0, 0.5])
def test_sound_of_a_video_is_measured_on_the_clock_of_the_video(start, tmp_path):
    path = movie(tmp_path / "a.mkv", sound=Sound(tone(440, 48000, 1.0)[None], start=start))
    ref = AudioRef(path, "00")
    assert seconds_of(ref) == pytest.approx(len(waveform(ref)) / 16000, abs=0.05)
    assert cut(Track(audio=ref), 0.8).audio == replace(ref, duration=0.8)
