"""Media: right picture, right sound, each stream once, broken sources as reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from echo_bench.clip import AudioRef, Panel, Track, VideoRef
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from echo_bench.media.hashing import file_sha256
from echo_bench.media.probe import probe
from echo_bench.method import Artefact
from echo_bench.report.media import write_media
from echo_bench.report.resize import fitted
from tests.reportbyhand import SCRIPT, make_video, track


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def tiles(inputs, folder):
    return write_media(inputs, folder)


def pitch(path) -> float:
    sound = waveform(AudioRef(path, ""), rate=16000)
    return float(np.abs(np.fft.rfft(sound)).argmax() * 16000 / len(sound))


def test_each_seat_has_its_own_picture_and_sound(tiles):
    for seat, tone in ((("first", "user", ""), 200), (("first", "truth", ""), 400), (("first", "method", "good"), 600)):
        tile = tiles[seat]
        assert pitch(tile.video) == pytest.approx(tone, abs=3)
        facts = probe(tile.video)
        assert (facts.video_codec, facts.fps, facts.frames, facts.height) == ("h264", 25.0, 50, 128)
        assert tile.poster.read_bytes()[:2] == b"\xff\xd8"
        assert not tile.reason


def test_equal_streams_are_written_once(tiles, folder):
    assert tiles["first", "truth", ""] == tiles["first", "method", "ground-truth"] == tiles["first", "method", SCRIPT]
    assert tiles["first", "user", ""] == tiles["<i>second</i>", "user", ""]
    assert len(list(folder.glob("*.mp4"))) == 3
    assert (
        len({tiles["first", kind, name].sound for kind, name in (("user", ""), ("truth", ""), ("method", "good"))}) == 3
    )


def test_existing_files_are_reused_and_progress_told(inputs, tiles, folder):
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    seen: list[tuple[str, int, int]] = []
    assert write_media(inputs, folder, lambda *step: seen.append(step)) == tiles
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert seen[-1] == ("media", len(tiles), len(tiles))


def test_broken_and_absent_sources_are_reasons(tiles, folder):
    broken = tiles["first", "method", "broken"]
    assert broken.video is None
    assert broken.reason.startswith("cannot be shown: bad.mp4: ")
    assert str(folder.parent) not in broken.reason
    assert tiles["first", "method", "motion"].motion_only
    assert not [path for path in folder.iterdir() if path.suffix not in (".mp4", ".jpg")]


def test_a_missing_sound_costs_the_sound_only(inputs, tmp_path):
    bad = tmp_path / "voice.wav"
    bad.write_text("no sound")
    clip = inputs.clips[0]
    user = replace(clip.user, audio=AudioRef(bad, "11" * 32))
    changed = replace(inputs, clips=[replace(clip, user=user, artefacts={})])
    for _ in range(2):  # the reason is told again when the file is reused
        tile = write_media(changed, tmp_path / "media")["first", "user", ""]
        assert tile.video is not None
        assert tile.reason.startswith("without sound: voice.wav: ")
        assert not probe(tile.video).has_audio


def test_panel_delay_and_length_of_the_clip_are_honoured(inputs, tmp_path):
    source = make_video(tmp_path / "wide.mp4", 0)
    sha = file_sha256(source)
    half = VideoRef(source, sha, Panel(1, 2))
    late = AudioRef(source, sha, delay=0.5)
    clip = replace(
        inputs.clips[0],
        duration=1.0,
        user=Track(),
        truth=None,
        traces={},
        artefacts={"m": Artefact("first", "m", 0, 0, video=half, audio=late)},
    )
    tiles = write_media(replace(inputs, clips=[clip]), tmp_path / "media")
    tile = tiles["first", "method", "m"]
    assert tiles["first", "user", ""].reason == "no video"
    facts = probe(tile.video)
    assert (facts.width, facts.frames) == (48, 25)
    sound = waveform(AudioRef(tile.video, ""))
    assert np.abs(sound[:7000]).max() < 0.01 < np.abs(sound[9000:]).max()
    shown = next(frames(VideoRef(tile.video, ""), limit=1)).astype(float)
    wanted = next(frames(half, limit=1)).astype(float)
    assert np.abs(shown - wanted).mean() < 6


@pytest.mark.parametrize(("shape", "size"), [((720, 1280), (256, 456)), ((300, 300), (256, 256)), ((64, 97), (64, 96))])
def test_frames_are_fitted_evenly(shape, size):
    ramp = np.broadcast_to(np.linspace(0, 255, shape[1])[None, :, None], (*shape, 3)).astype(np.uint8)
    small = fitted(ramp, 256)
    assert small.shape == (*size, 3)
    assert small.dtype == np.uint8
    assert np.abs(small[0, :, 0].astype(float) - np.linspace(0, 255, size[1])).max() < 4


def test_a_track_is_told_by_content_not_by_path(inputs, tiles, folder, tmp_path):
    moved = tmp_path / "elsewhere.mp4"
    moved.write_bytes(inputs.clips[0].user.video.path.read_bytes())
    clip = replace(inputs.clips[0], user=track(moved), artefacts={}, truth=None)
    assert write_media(replace(inputs, clips=[clip]), folder)["first", "user", ""] == tiles["first", "user", ""]
