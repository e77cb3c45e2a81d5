"""Facts of a file, and the files that are refused."""

from __future__ import annotations

import socket
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from echo_bench.errors import MediaError, NoVideoError
from echo_bench.media.probe import probe
from tests.unit.media.make import Sound, cut, grey, movie, orient, recording, stop_clock, tone

SECOND = tone(440, 48000, 1.0)[None]


def test_facts_of_a_plain_file(tmp_path: Path) -> None:
    info = probe(movie(tmp_path / "a.mp4", sound=Sound(np.repeat(SECOND, 2, 0), layout="stereo")))
    assert (info.width, info.height, info.rotation) == (64, 48, 0)
    assert (info.fps, info.frames, info.duration) == pytest.approx((25.0, 25, 1.0))
    assert info.video_codec == "h264"
    assert (info.has_audio, info.audio_rate, info.audio_channels) == (True, 48000, 2)
    assert info.audio_start == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize(("clockwise", "matrix"), [(90, (0, 1, -1, 0)), (180, (-1, 0, 0, -1)), (270, (0, -1, 1, 0))])
def test_size_is_the_one_that_is_shown(tmp_path: Path, clockwise: int, matrix: tuple[int, int, int, int]) -> None:
    info = probe(orient(movie(tmp_path / "a.mp4"), tmp_path / "turned.mp4", matrix))
    assert info.rotation == clockwise
    assert (info.width, info.height) == ((48, 64) if clockwise in (90, 270) else (64, 48))


@pytest.mark.parametrize("start", [0.2, -0.2])
@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mkv", "pcm_s16le"), ("a.ts", "mp2")])
def test_start_of_the_sound_is_signed(tmp_path: Path, name: str, codec: str, start: float) -> None:
    """Both streams are moved by 2 s, so that neither starts before 0. Codecs put up to 1024 samples of priming before."""
    sound = Sound(SECOND, codec=codec, start=2 + start)
    found = probe(movie(tmp_path / name, stamps=range(50, 75), sound=sound)).audio_start
    assert -1025 / 48000 - 1e-3 <= found - start <= 1e-3


def test_rate_comes_from_the_time_stamps(tmp_path: Path) -> None:
    """Every fourth slot of a file that says 100 fps."""
    path = movie(tmp_path / "a.mkv", stamps=range(0, 100, 4), clock=Fraction(1, 100))
    assert probe(path).fps == pytest.approx(25.0)


def test_a_container_without_a_count_is_counted(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mpg", codec="mpeg1video")
    assert (probe(path).frames, probe(path).duration) == (25, pytest.approx(1.0))


def test_length_follows_the_edit_list(tmp_path: Path) -> None:
    """Frames before time 0 are in the file, but no player shows them."""
    info = probe(movie(tmp_path / "a.mp4", stamps=range(-10, 25)))
    assert (info.frames, info.duration) == (25, pytest.approx(1.0))


def test_a_file_without_sound(tmp_path: Path) -> None:
    info = probe(movie(tmp_path / "a.mp4"))
    assert (info.has_audio, info.audio_rate, info.audio_channels, info.audio_start) == (False, None, None, 0.0)


def _write(text: str) -> bytes:
    return text.encode() * 200


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (_write("one line of text\n"), "cannot be opened as media"),
        (_write("\x1b[31mtext in colour\x1b[0m\n"), "cannot be opened as media"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1\nhttp://localhost/a.ts\n", "cannot be opened as media"),
        (b"ffconcat version 1.0\nfile a.mp4\n", "media"),
        (bytes(100_000), "cannot be opened as media"),
    ],
)
def test_what_is_not_media_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    movie(tmp_path / "a.mp4")
    path = tmp_path / "named.mp4"
    path.write_bytes(data)
    with pytest.raises(MediaError, match=message) as caught:
        probe(path)
    assert "named.mp4" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile a.ts\n"),
        ("notes.txt", "a line of text\n" * 100),
    ],
)
def test_playlists_and_text_are_refused(tmp_path: Path, name: str, text: str) -> None:
    """FFmpeg opens all of these; what they name is in no hash, and text drawn as a picture is not footage."""
    movie(tmp_path / "a.ts")
    movie(tmp_path / "a.mp4")
    (tmp_path / name).write_text(text)
    with pytest.raises(MediaError, match="is text or a playlist"):
        probe(tmp_path / name)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such file"):
        probe(tmp_path / "absent.mp4")
    with pytest.raises(MediaError, match="is a folder"):
        probe(tmp_path)


def test_sound_alone_is_not_a_video(tmp_path: Path) -> None:
    with pytest.raises(NoVideoError, match="no video stream"):
        probe(recording(tmp_path / "a.wav", Sound(SECOND, codec="pcm_s16le")))


@pytest.mark.parametrize("size", [(8194, 16), (16, 8194)])
def test_absurd_sizes_are_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    path = movie(tmp_path / "a.avi", stamps=range(1), draw=lambda _: grey(0, size), codec="mjpeg", pix_fmt="yuvj420p")
    with pytest.raises(MediaError, match=f"{size[0]} x {size[1]} px"):
        probe(path)


def test_the_largest_size_is_read(tmp_path: Path) -> None:
    path = movie(
        tmp_path / "a.avi", stamps=range(1), draw=lambda _: grey(0, (8192, 16)), codec="mjpeg", pix_fmt="yuvj420p"
    )
    assert probe(path).width == 8192


def test_a_clock_that_stands_is_refused(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mp4", options={"bf": "0"})
    with pytest.raises(MediaError, match="0 fps"):
        probe(stop_clock(path, tmp_path / "zero.mp4"))


def test_a_raw_stream_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no time stamps"):
        probe(movie(tmp_path / "a.h264"))


def test_a_mirroring_matrix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="mirrors"):
        probe(orient(movie(tmp_path / "a.mp4"), tmp_path / "mirrored.mp4", (-1, 0, 0, 1)))


@pytest.mark.parametrize(
    ("name", "part"),
    [("a.mp4", 0.6), ("a.mp4", 0.9), ("a.mkv", 0.5), ("a.mkv", 0.9), ("a.avi", 0.5), ("a.avi", 0.8), ("frag.mp4", 0.8)],
)
def test_a_file_that_was_cut_short_says_how_short(tmp_path: Path, name: str, part: float) -> None:
    flags = "frag_keyframe+empty_moov" if name == "frag.mp4" else "+faststart"
    options = {"movflags": flags} if name.endswith("mp4") else {}
    whole = movie(
        tmp_path / name, stamps=range(100), container_options=options, codec="mpeg4" if "avi" in name else "libx264"
    )
    short = cut(whole, tmp_path / f"cut_{name}", round(part * whole.stat().st_size))
    with pytest.raises(MediaError, match=r"cut short or damaged: \d\.\d\d s can be read of the \d\.\d\d s it states"):
        probe(short)


def test_one_byte_less_is_noticed(tmp_path: Path) -> None:
    whole = movie(tmp_path / "a.mp4", container_options={"movflags": "+faststart"})
    with pytest.raises(MediaError, match=r"of the 1\.00 s"):
        probe(cut(whole, tmp_path / "cut.mp4", -1))


def test_an_mp4_cut_before_its_index_is_refused(tmp_path: Path) -> None:
    whole = movie(tmp_path / "a.mp4")
    with pytest.raises(MediaError, match="cut short"):
        probe(cut(whole, tmp_path / "cut.mp4", whole.stat().st_size // 2))


def test_wherever_an_mp4_is_cut_it_is_refused(tmp_path: Path) -> None:
    """In its index, where the stream is listed but its codec is not known, and in its data."""
    whole = movie(tmp_path / "a.mp4", container_options={"movflags": "+faststart"})
    with pytest.raises(NoVideoError, match="no video stream that can be decoded"):
        probe(cut(whole, tmp_path / "cut.mp4", whole.read_bytes().index(b"stbl")))
    for keep in range(1, whole.stat().st_size, 11):
        with pytest.raises(MediaError, match=rf"cut_{keep}\.mp4"):
            probe(cut(whole, tmp_path / f"cut_{keep}.mp4", keep))


def test_a_length_that_cannot_be_read_is_not_stated(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mkv")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"00:00:01.000000000", b"00:00:0x.000000000"))
    assert path.read_bytes() != data
    assert probe(path).frames == 25


def test_what_is_stated_counts_from_the_first_frame(tmp_path: Path) -> None:
    whole = movie(tmp_path / "a.mp4", stamps=range(30, 80), container_options={"movflags": "+faststart"})
    with pytest.raises(MediaError, match=r"of the 2\.00 s it states"):
        probe(cut(whole, tmp_path / "cut.mp4", round(0.8 * whole.stat().st_size)))


def test_a_media_file_cannot_reach_the_network(tmp_path: Path) -> None:
    """A playlist that names a server on this computer: nothing may call there."""
    path = tmp_path / "list.m3u8"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n")
        with pytest.raises(MediaError, match="media"):
            probe(path)
        with pytest.raises(TimeoutError):
            server.accept()
