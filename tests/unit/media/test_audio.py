"""The waveform: alignment with the picture, resampling, channels, stretches, refusals."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, VideoRef
from echo_bench.errors import MediaError, NoAudioError, NoVideoError
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from echo_bench.media.probe import probe
from tests.unit.media.make import Sound, clicks, cut, flashes, grey, movie, recording, tone

RATE = 16000


def onsets(sound: NDArray[np.float32], times: list[float]) -> list[float]:
    """When the click nearest to each time begins: the first sample above half of the peak within 0.2 s; seconds."""
    found = []
    for time in times:
        first = round((time - 0.2) * RATE)
        near = np.abs(sound[first : first + round(0.4 * RATE)])
        found.append((first + int(np.argmax(near > near.max() / 2))) / RATE)
    return found


CONTAINERS = [
    ("a.mp4", "libx264", "aac", 16000),
    ("a.mp4", "libx264", "aac", 44100),
    ("a.mp4", "libx264", "aac", 48000),
    ("a.mp4", "libx264", "libmp3lame", 44100),
    ("a.avi", "mpeg4", "pcm_s16le", 16000),
    ("b-frames.avi", "libx264", "pcm_s16le", 16000),
    ("a.mpg", "mpeg1video", "mp2", 44100),
    ("a.ts", "libx264", "aac", 48000),
    ("a.mkv", "libx264", "aac", 48000),
    ("a.mkv", "libx264", "flac", 44100),
    ("a.webm", "libvpx-vp9", "libopus", 48000),
]


@pytest.mark.parametrize(("name", "codec", "sound_codec", "rate"), CONTAINERS)
def test_a_click_comes_with_its_flash(tmp_path: Path, name: str, codec: str, sound_codec: str, rate: int) -> None:
    """Flashes at frames 25 and 50; the clicks must be within 1 ms (docs/media.md has the table)."""
    layout = "stereo" if name == "a.mpg" else "mono"
    samples = np.repeat(clicks([1.0, 2.0], rate, 3.0)[None], 2 if layout == "stereo" else 1, axis=0)
    sound = Sound(samples, rate, sound_codec, layout)
    path = movie(tmp_path / name, stamps=range(75), draw=flashes([25, 50]), codec=codec, sound=sound)
    white = [k for k, frame in enumerate(frames(VideoRef(path, ""))) if frame.mean() > 128]
    assert white == [25, 50]
    assert onsets(waveform(AudioRef(path, "")), [1.0, 2.0]) == pytest.approx([1.0, 2.0], abs=1e-3)


@pytest.mark.parametrize("start", [0.3, -0.3])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_an_offset_of_the_streams_is_honoured(tmp_path: Path, name: str, start: float) -> None:
    """The picture starts at 2 s, the sound `start` after it, with a click at 1 s of its own."""
    sound = Sound(clicks([1.0], 48000, 2.0)[None], start=2 + start)
    path = movie(tmp_path / name, stamps=range(50, 100), sound=sound)
    wave = waveform(AudioRef(path, ""))
    assert onsets(wave, [1 + start]) == pytest.approx([1 + start], abs=1e-3)
    assert len(wave) / RATE == pytest.approx(2 + start, abs=0.05)


def test_a_hole_is_silent_and_what_follows_stays_in_place(tmp_path: Path) -> None:
    sound = Sound(clicks([0.5, 2.5], 48000, 3.0)[None], codec="pcm_s16le", hole=(48000, 96000))
    wave = waveform(AudioRef(movie(tmp_path / "a.mkv", stamps=range(75), sound=sound), ""))
    assert onsets(wave, [0.5, 2.5]) == pytest.approx([0.5, 2.5], abs=1e-3)
    assert not wave[round(1.1 * RATE) : round(1.9 * RATE)].any()


def test_rounded_time_stamps_do_not_move_samples(tmp_path: Path) -> None:
    """Matroska stamps whole milliseconds, which 1024 samples at 44.1 kHz are not: every sample comes back, once."""
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 44100)).astype(np.float32)
    path = movie(tmp_path / "a.mkv", sound=Sound(noise, 44100, "pcm_s16le"))
    np.testing.assert_allclose(waveform(AudioRef(path, ""), rate=44100), noise[0], atol=1 / 32768)


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.wav", "pcm_s16le", 16000),
        ("a.wav", "pcm_u8", 8000),
        ("a.wav", "pcm_s24le", 44100),
        ("a.wav", "pcm_f32le", 48000),
        ("a.wav", "pcm_f64le", 22050),
        ("a.flac", "flac", 44100),
        ("a.ogg", "libopus", 48000),
        ("a.opus", "libopus", 48000),
        ("a.mp3", "libmp3lame", 44100),
        ("a.m4a", "aac", 44100),
    ],
)
def test_sound_files_give_the_tone_they_hold(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    """Against the sine itself: right rate, level and start (a shift by one sample at 16 kHz would already be 0.09 off)."""
    wave = waveform(AudioRef(recording(tmp_path / name, Sound(tone(440, rate, 2.0)[None], rate, codec)), ""))
    assert wave.dtype == np.float32
    assert len(wave) == pytest.approx(2 * RATE, abs=0.1 * RATE)
    middle = slice(RATE // 2, 3 * RATE // 2)
    np.testing.assert_allclose(wave[middle], tone(440, RATE, 2.0)[middle], atol=0.03)


def test_a_cover_picture_is_not_a_video(tmp_path: Path) -> None:
    """The sound of a file with a cover starts at 0, as without; asked for its video, it has none."""
    path = tmp_path / "a.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        audio = container.add_stream("aac", rate=RATE, layout="mono")
        cover = container.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = Disposition.attached_pic.value
        container.mux(cover.encode(av.VideoFrame.from_ndarray(grey(7), "rgb24")) + cover.encode(None))
        sound = av.AudioFrame.from_ndarray(clicks([0.5], RATE, 1.0)[None], "fltp", layout="mono")
        sound.sample_rate, sound.pts, sound.time_base = RATE, 0, Fraction(1, RATE)
        container.mux(audio.encode(sound) + audio.encode(None))
    assert onsets(waveform(AudioRef(path, "")), [0.5]) == pytest.approx([0.5], abs=1e-3)
    with pytest.raises(NoVideoError, match="no video stream"):
        probe(path)


def test_what_is_above_half_the_rate_is_filtered(tmp_path: Path) -> None:
    """A tone of 10 kHz would come back as 6 kHz; it is 50 dB down. One of 6 kHz keeps its level within 1 %."""
    for hertz, low, high in ((10_000, 0.0, 0.5 * 10 ** (-50 / 20)), (6_000, 0.495, 0.505)):
        path = recording(tmp_path / f"{hertz}.wav", Sound(tone(hertz, 44100, 1.0)[None], 44100, "pcm_f32le"))
        middle = waveform(AudioRef(path, ""))[4000:12000]
        assert low <= float(np.sqrt(2 * np.mean(middle**2))) <= high


def two_voices(path: Path, layout: str = "stereo", channels: int = 2) -> Path:
    """A file whose n-th channel is silent but for a click at n + 1 tenths of a second."""
    samples = np.stack([clicks([(n + 1) / 10], RATE, 1.0) for n in range(channels)])
    return recording(path, Sound(samples, RATE, "pcm_s16le", layout))


@pytest.mark.parametrize(("layout", "channels"), [("stereo", 2), ("5.1", 6)])
def test_channels_are_chosen_or_averaged(tmp_path: Path, layout: str, channels: int) -> None:
    path = two_voices(tmp_path / "a.wav", layout, channels)
    each = [waveform(AudioRef(path, "", channel=n)) for n in range(channels)]
    for n, wave in enumerate(each):
        assert int(np.argmax(wave)) == (n + 1) * RATE // 10
    np.testing.assert_allclose(waveform(AudioRef(path, "")), np.mean(each, axis=0), atol=1e-6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    start=st.integers(0, 1500).map(lambda ms: ms / 1000),
    duration=st.integers(1, 1500).map(lambda ms: ms / 1000),
    name=st.sampled_from(["a.mp4", "a.wav"]),
    rate=st.sampled_from([8000, 16000, 44100]),
)
def test_a_stretch_is_a_slice(tmp_path: Path, start: float, duration: float, name: str, rate: int) -> None:
    path = tmp_path / name
    if not path.exists():
        noise = np.random.default_rng(0).normal(0, 0.1, (1, 3 * 44100)).astype(np.float32)
        sound = Sound(noise, 44100, "pcm_s16le" if name == "a.wav" else "aac")
        movie(path, stamps=range(75), sound=sound) if name == "a.mp4" else recording(path, sound)
    whole = waveform(AudioRef(path, ""), rate=rate)
    part = waveform(AudioRef(path, "", start=start, duration=duration), rate=rate)
    first = round(start * rate)
    np.testing.assert_array_equal(part, whole[first : first + round(duration * rate)])


@pytest.mark.parametrize("delay", [0.2, 0.0, -0.2])
def test_a_delay_shifts_the_sound(tmp_path: Path, delay: float) -> None:
    path = recording(tmp_path / "a.wav", Sound(clicks([0.5], RATE, 1.0)[None], RATE, "pcm_s16le"))
    wave = waveform(AudioRef(path, "", delay=delay))
    assert int(np.argmax(wave)) == round((0.5 + delay) * RATE)
    assert len(wave) == round((1 + delay) * RATE)


def test_a_missing_end_is_silence_up_to_half_a_second(tmp_path: Path) -> None:
    path = recording(tmp_path / "a.wav", Sound(tone(440, RATE, 1.0)[None], RATE, "pcm_s16le"))
    wave = waveform(AudioRef(path, "", duration=1.4))
    assert len(wave) == round(1.4 * RATE)
    assert not wave[RATE + 100 :].any()
    with pytest.raises(MediaError, match=r"the sound ends at 1\.000 s"):
        waveform(AudioRef(path, "", duration=1.6))


@pytest.mark.parametrize(("start", "duration"), [(1.0, None), (3.0, 0.1), (-0.5, None), (0.0, 0.0), (0.0, -1.0)])
def test_a_stretch_outside_the_sound_is_refused(tmp_path: Path, start: float, duration: float | None) -> None:
    path = recording(tmp_path / "a.wav", Sound(tone(440, RATE, 1.0)[None], RATE, "pcm_s16le"))
    with pytest.raises(MediaError, match="asked for"):
        waveform(AudioRef(path, "", start=start, duration=duration))


@pytest.mark.parametrize("channel", [2, -1])
def test_a_channel_that_is_not_there_is_refused(tmp_path: Path, channel: int) -> None:
    with pytest.raises(MediaError, match=f"channel {channel} was asked for, but the sound has 2"):
        waveform(AudioRef(two_voices(tmp_path / "a.wav"), "", channel=channel))


def test_loud_sound_is_clipped_and_nonsense_refused(tmp_path: Path) -> None:
    loud = recording(tmp_path / "a.wav", Sound(tone(440, RATE, 1.0, 2.0)[None], RATE, "pcm_f32le"))
    assert np.abs(waveform(AudioRef(loud, ""))).max() == 1.0
    broken = np.full((1, RATE), np.nan, np.float32)
    with pytest.raises(MediaError, match="not numbers"):
        waveform(AudioRef(recording(tmp_path / "b.wav", Sound(broken, RATE, "pcm_f32le")), ""))


def test_a_silent_file_is_not_a_file_without_sound(tmp_path: Path) -> None:
    silent = movie(tmp_path / "a.mp4", sound=Sound(np.zeros((1, 48000), np.float32)))
    assert not waveform(AudioRef(silent, "")).any()
    with pytest.raises(NoAudioError, match="no audio"):
        waveform(AudioRef(movie(tmp_path / "b.mp4"), ""))


@pytest.mark.parametrize("name", ["a.wav", "a.mp4", "a.m4a", "a.flac", "a.mka"])
def test_sound_that_was_cut_short_is_refused(tmp_path: Path, name: str) -> None:
    codec = {".wav": "pcm_s16le", ".flac": "flac"}.get(Path(name).suffix, "aac")
    sound = Sound(tone(440, 48000, 3.0)[None], codec=codec)
    path = (
        movie(tmp_path / name, stamps=range(75), sound=sound) if name == "a.mp4" else recording(tmp_path / name, sound)
    )
    with pytest.raises(MediaError, match=r"sound is cut short: \d" if name == "a.mka" else r"cut short|damaged"):
        waveform(AudioRef(cut(path, tmp_path / f"cut_{name}", path.stat().st_size // 2), ""))
