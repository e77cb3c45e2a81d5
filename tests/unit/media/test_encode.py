"""What is written: pixels, sound in sync, equal bytes, nothing half-written."""

from __future__ import annotations

import signal
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, Panel, VideoRef
from echo_bench.errors import MediaError
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from echo_bench.media.encode import reencode, write_video
from echo_bench.media.probe import probe
from tests.unit.media.make import clicks, flashes, grey, movie, numbers, tone
from tests.unit.media.test_audio import onsets


def scene(index: int, height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """A coloured texture that drifts."""
    y, x = np.mgrid[:height, :width] + index
    return np.stack([127 + 100 * np.sin(x / 5), 127 + 100 * np.cos(y / 7), (x + y) * 2 % 200], axis=-1).astype(np.uint8)


def psnr(a: list[NDArray[np.uint8]], b: list[NDArray[np.uint8]]) -> float:
    return float(10 * np.log10(255**2 / np.mean((np.asarray(a, float) - np.asarray(b, float)) ** 2)))


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", (grey(i) for i in range(40)), fps=30)
    assert path == tmp_path / "a.mp4"
    assert numbers(frames(VideoRef(path, ""), fps=30)) == list(range(40))
    info = probe(path)
    assert (info.fps, info.duration, info.has_audio) == (pytest.approx(30.0), pytest.approx(40 / 30, abs=1e-3), False)


def test_colours_survive(tmp_path: Path) -> None:
    colours = np.array([[200, 40, 90], [30, 180, 60], [20, 60, 220], [128, 128, 128]], np.uint8)
    image = colours.repeat(16, axis=0)[None].repeat(48, axis=0)
    got = next(frames(VideoRef(write_video(tmp_path / "a.mp4", [image], crf=4), "")))
    np.testing.assert_allclose(got[24, 8::16].astype(int), colours, atol=3)


def test_a_higher_factor_is_smaller_and_worse(tmp_path: Path) -> None:
    source = [scene(i) for i in range(25)]
    paths = [write_video(tmp_path / f"{crf}.mp4", source, crf=crf) for crf in (4, 18, 28, 40)]
    sizes = [path.stat().st_size for path in paths]
    quality = [psnr(list(frames(VideoRef(path, ""))), source) for path in paths]
    assert sizes == sorted(sizes, reverse=True)
    assert quality == sorted(quality, reverse=True)


@pytest.mark.parametrize(("size", "pix_fmt"), [((64, 48), "yuv420p"), ((45, 33), "yuv444p"), ((64, 33), "yuv444p")])
def test_browsers_can_play_it(tmp_path: Path, size: tuple[int, int], pix_fmt: str) -> None:
    """H.264 4:2:0 and AAC, the index before the data, the matrix stated; odd sizes keep their size instead of 4:2:0."""
    source = (grey(i, size) for i in range(5))
    path = write_video(tmp_path / "a.mp4", source, audio=tone(440, 16000, 0.2))
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0].codec_context, container.streams.audio[0].codec_context
        assert (video.name, video.pix_fmt, (video.width, video.height)) == ("h264", pix_fmt, size)
        assert (video.colorspace, video.color_range) == (6, 1)
        assert (audio.name, audio.sample_rate, len(audio.layout.channels)) == ("aac", 16000, 1)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_sound_stays_in_sync(tmp_path: Path, rate: int) -> None:
    draw = flashes([25, 50])
    path = write_video(
        tmp_path / "a.mp4", (draw(i) for i in range(75)), audio=clicks([1.0, 2.0], rate, 3.0), audio_rate=rate
    )
    assert [k for k, frame in enumerate(frames(VideoRef(path, ""))) if frame.mean() > 128] == [25, 50]
    assert probe(path).audio_start == pytest.approx(0.0, abs=1e-3)
    assert onsets(waveform(AudioRef(path, "")), [1.0, 2.0]) == pytest.approx([1.0, 2.0], abs=1e-3)


def test_sound_survives(tmp_path: Path) -> None:
    sound = tone(440, 16000, 3.0)
    path = write_video(tmp_path / "a.mp4", (grey(i) for i in range(25)), audio=sound)
    got = waveform(AudioRef(path, "", duration=3.0))
    np.testing.assert_allclose(got[1600:-1600], sound[1600:-1600], atol=0.02)


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    sound = tone(440, 16000, 1.0)
    a, b = (write_video(tmp_path / name, (scene(i) for i in range(25)), audio=sound) for name in ("a.mp4", "b.mp4"))
    assert a.read_bytes() == b.read_bytes()


def test_nothing_of_this_moment_or_machine_is_in_the_file(tmp_path: Path) -> None:
    """No version of FFmpeg, and one thread, which x264 notes down: its bytes depend on their number."""
    data = write_video(
        tmp_path / "a.mp4", (grey(i, (64, 640)) for i in range(5)), audio=tone(440, 16000, 0.2)
    ).read_bytes()
    assert b"Lavf" not in data
    assert b"Lavc" not in data
    assert b" threads=1 " in data


def test_sound_lies_beside_its_picture(tmp_path: Path) -> None:
    """Also in a file longer than the 10 s that the muxer waits by itself: a player that streams must not read ahead."""
    source = (grey(i, (16, 16)) for i in range(15 * 25))
    path = write_video(tmp_path / "a.mp4", source, audio=tone(440, 16000, 15.0))
    with av.open(str(path)) as container:
        packets = [(packet.pos, float(packet.dts * packet.time_base)) for packet in container.demux() if packet.size]
    times = [time for _, time in sorted(packets)]
    assert np.abs(np.diff(times)).max() < 1.5


def test_frames_are_consumed_one_at_a_time(tmp_path: Path) -> None:
    given: list[weakref.ref[NDArray[np.uint8]]] = []
    most = 0

    def source() -> Iterator[NDArray[np.uint8]]:
        nonlocal most
        for index in range(100):
            frame = grey(index)
            given.append(weakref.ref(frame))
            most = max(most, sum(one() is not None for one in given))
            yield frame

    write_video(tmp_path / "a.mp4", source())
    assert len(given) == 100
    assert most <= 4


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [grey(0)])
    before = path.read_bytes()

    def source() -> Iterator[NDArray[np.uint8]]:
        yield from (grey(i) for i in range(100))  # enough for the encoder to have written some
        raise KeyError("the model failed")

    with pytest.raises(KeyError, match="the model failed"):
        write_video(path, source())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_who_reads_the_old_file_keeps_it(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [grey(0)])
    before = path.read_bytes()
    with path.open("rb") as reader:
        write_video(path, (grey(i) for i in range(100)))
        assert reader.read() == before
    assert path.read_bytes() != before


_ENDLESS = """
import itertools, sys
import numpy as np
from echo_bench.media.encode import write_video
def source():
    for index in itertools.count():
        if index == 50:
            print("writing", flush=True)
        yield np.full((48, 64, 3), index % 256, np.uint8)
write_video(sys.argv[1], source())
"""


def test_a_killed_writer_leaves_no_video(tmp_path: Path) -> None:
    """The draft stays behind, hidden and under another suffix, so that no one takes it for a video."""
    path = tmp_path / "a.mp4"
    with subprocess.Popen([sys.executable, "-c", _ENDLESS, path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGKILL)
    assert not path.exists()
    assert all(file.name.startswith(".") and file.suffix == ".tmp" for file in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ([], {}, "no frames"),
        ([grey(0), grey(1, (32, 32))], {}, "frame 1"),
        ([grey(0).astype(np.float32)], {}, "frame 0 is float32"),
        ([grey(0)[..., 0]], {}, r"shape \(48, 64\)"),
        ([grey(0)], {"fps": 0.0}, "0.0 frames per second"),
        ([grey(0)], {"codec": "no-such-codec"}, "cannot be encoded"),
        ([grey(0)], {"audio": np.zeros((2, 100), np.float32)}, r"sound of shape \(2, 100\)"),
        ([grey(0)], {"audio": np.full(100, np.nan, np.float32)}, "sound"),
        ([grey(0)], {"audio": np.zeros(100, np.float32), "audio_rate": 12345}, "cannot be encoded"),
    ],
)
def test_what_cannot_be_written_is_refused(
    tmp_path: Path, given: list[NDArray[np.uint8]], options: dict[str, object], message: str
) -> None:
    with pytest.raises(MediaError, match=message):
        write_video(tmp_path / "a.mp4", given, **options)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="folder does not exist"):
        write_video(tmp_path / "absent" / "a.mp4", [grey(0)])


def test_reencode_is_decode_and_write(tmp_path: Path) -> None:
    source = movie(tmp_path / "a.mp4", stamps=range(50), draw=lambda i: np.concatenate([scene(i), grey(i)], axis=1))
    ref = VideoRef(source, "", Panel(1, 2), start=0.4, duration=1.0)
    path = reencode(ref, tmp_path / "b.mp4", fps=25)
    assert numbers(frames(VideoRef(path, ""))) == list(range(10, 35))
    again = write_video(tmp_path / "c.mp4", frames(ref), crf=28)
    assert path.read_bytes() == again.read_bytes()
