"""Frames by time stamp, whatever the file is like."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echo_bench.clip import ImageRef, VideoRef
from echo_bench.errors import MediaError, NoVideoError
from echo_bench.media.decode import frame_count, frames, still
from tests.unit.media.make import Sound, cut, grey, movie, numbers, pictures, recording, tone


def ref(path: Path, **stretch: float) -> VideoRef:
    return VideoRef(path, "", **stretch)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "libx264"),
        ("a.mkv", "libx264"),
        ("a.ts", "libx264"),
        ("a.avi", "mpeg4"),
        ("b-frames.avi", "libx264"),
        ("a.mpg", "mpeg1video"),
        ("a.webm", "libvpx-vp9"),
    ],
)
def test_every_frame_once_at_the_files_own_rate(tmp_path: Path, name: str, codec: str) -> None:
    path = movie(tmp_path / name, codec=codec)
    got = list(frames(ref(path)))
    assert numbers(got) == list(range(25))
    assert got[0].shape == (48, 64, 3)
    assert got[0].dtype == np.uint8
    assert all(frame.flags.c_contiguous and frame.flags.writeable for frame in got)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.avi"])
@pytest.mark.parametrize("first", [-10, 30])
def test_time_zero_is_the_first_frame(tmp_path: Path, name: str, first: int) -> None:
    """Negative and late time stamps. In an mp4 the frames before 0 are cut by its edit list, elsewhere they are moved to 0."""
    codec = "mpeg4" if name == "a.avi" else "libx264"
    options = {"bf": "0"}
    got = numbers(frames(ref(movie(tmp_path / name, stamps=range(first, first + 40), codec=codec, options=options))))
    if (
        name == "a.avi" and first > 0
    ):  # AVI has an empty slot for each frame of the time before: the first picture stays
        got = sorted(set(got))
    assert got == list(range(10 if first < 0 and name == "a.mp4" else 0, 40))


def test_a_file_tagged_150_fps_with_each_frame_repeated(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mp4", stamps=range(150), clock=Fraction(1, 150), draw=lambda i: grey(i // 5))
    assert numbers(frames(ref(path), fps=30)) == list(range(30))
    assert numbers(frames(ref(path), fps=25)) == [math.floor(k * 30 / 25) for k in range(25)]


def shown(stamps: list[int], clock: Fraction, fps: int) -> list[int]:
    """The definition in exact arithmetic: at k / fps the last frame whose stamp is not later, until the last frame ends."""
    count = math.ceil((stamps[-1] + 1 - stamps[0]) * clock * fps)
    return [
        max(i for i, stamp in enumerate(stamps) if (stamp - stamps[0]) * clock <= Fraction(k, fps))
        for k in range(count)
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    gaps=st.lists(st.integers(1, 12), min_size=1, max_size=30),
    fps=st.sampled_from([10, 12, 20, 25, 30, 50]),
    name=st.sampled_from(["a.mp4", "a.mkv"]),
)
def test_variable_rate_follows_the_definition(tmp_path: Path, gaps: list[int], fps: int, name: str) -> None:
    stamps = [0, *np.cumsum(gaps).tolist()]
    path = movie(tmp_path / name, stamps=stamps, clock=Fraction(1, 60), options={"bf": "0"})
    assert numbers(frames(ref(path), fps=fps)) == shown(stamps, Fraction(1, 60), fps)
    assert frame_count(ref(path), fps) == len(shown(stamps, Fraction(1, 60), fps))


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.ts", "libx264"), ("a.avi", "mpeg4")]
)
def test_a_stretch_is_a_slice(tmp_path: Path, name: str, codec: str) -> None:
    """Also where it is found by a seek: pixels equal, not only numbers."""
    path = movie(tmp_path / name, stamps=range(100), codec=codec)
    whole = list(frames(ref(path)))
    for start, count in ((0, 100), (1, 3), (26, 2), (63, 20), (97, 3)):
        part = list(frames(ref(path, start=start / 25, duration=count / 25)))
        np.testing.assert_array_equal(part, whole[start : start + count])
    np.testing.assert_array_equal(list(frames(ref(path, start=3.0))), whole[75:])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    start=st.integers(0, 900).map(lambda ms: ms / 1000),
    duration=st.integers(1, 100).map(lambda ms: ms / 1000) | st.none(),
    fps=st.sampled_from([8.0, 23.976, 25.0, 29.97, 30.0, 60.0]),
    limit=st.integers(0, 40) | st.none(),
)
def test_the_count_is_known_before(
    tmp_path: Path, start: float, duration: float | None, fps: float, limit: int | None
) -> None:
    path = tmp_path / "a.mp4"
    if not path.exists():
        movie(path)
    stretch = VideoRef(path, "", start=start, duration=duration)
    count = frame_count(stretch, fps)
    assert len(list(frames(stretch, fps=fps, limit=limit))) == (count if limit is None else min(count, limit))


def test_a_stretch_may_end_one_frame_after_the_video(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mp4")
    assert numbers(frames(ref(path, start=0.8, duration=0.24))) == [20, 21, 22, 23, 24, 24]


@pytest.mark.parametrize(
    ("start", "duration"), [(1.0, None), (-0.1, None), (0.0, 1.1), (0.5, 0.6), (0.0, 0.0), (0.2, -0.1)]
)
def test_a_stretch_outside_the_video_is_refused(tmp_path: Path, start: float, duration: float | None) -> None:
    stretch = VideoRef(movie(tmp_path / "a.mp4"), "", start=start, duration=duration)
    with pytest.raises(MediaError, match=r"the video is 1\.000 s long"):
        next(frames(stretch))


@pytest.mark.parametrize("fps", [0.0, -25.0, math.nan, math.inf])
def test_an_absurd_rate_is_refused(tmp_path: Path, fps: float) -> None:
    with pytest.raises(MediaError, match="per second"):
        next(frames(ref(movie(tmp_path / "a.mp4")), fps=fps))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(part=st.floats(0.05, 0.999), name=st.sampled_from(["a.mp4", "a.mkv", "a.ts", "a.avi", "a.mpg"]))
def test_a_file_that_was_cut_is_refused_or_whole(tmp_path: Path, part: float, name: str) -> None:
    """Never fewer frames than the file says. Streams made for broadcast say nothing: there only a torn frame shows."""
    path = tmp_path / name
    if not path.exists():
        codec = {".avi": "mpeg4", ".mpg": "mpeg1video"}.get(path.suffix, "libx264")
        movie(
            path, stamps=range(50), codec=codec, container_options={"movflags": "+faststart"} if "mp4" in name else {}
        )
    short = cut(path, tmp_path / f"cut_{name}", int(part * path.stat().st_size))
    try:
        got = numbers(frames(ref(short)))
    except MediaError as error:
        assert short.name in str(error)  # noqa: PT017 - both outcomes are right
    else:
        assert got == list(range(50)) or path.suffix in (".ts", ".mpg")


def test_damage_in_the_middle_is_refused(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mp4", stamps=range(100))
    data = bytearray(path.read_bytes())
    first = data.index(b"mdat") + 4
    middle = first + (data.index(b"moov") - first) // 2
    data[middle - 200 : middle + 200] = bytes(400)
    path.write_bytes(data)
    with pytest.raises(MediaError, match="damaged"):
        list(frames(ref(path)))


def test_a_broadcast_stream_with_a_torn_frame_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (50, 48, 64, 3), dtype=np.uint8)
    path = movie(tmp_path / "a.ts", stamps=range(50), draw=lambda i: noise[i])
    torn = cut(path, tmp_path / "torn.ts", -188)
    with pytest.raises(MediaError, match=r"its frame at \d\.\d\d s of \d\.\d\d s is not whole"):
        list(frames(ref(torn)))


def test_frames_that_change_size_are_refused(tmp_path: Path) -> None:
    images = [grey(0)] * 10 + [grey(0, (32, 48))] * 10
    with pytest.raises(MediaError, match=r"change from 64 x 48 to 32 x 48 px at 0\.40 s"):
        list(frames(ref(pictures(tmp_path / "a.mkv", images, range(20)))))


def test_time_stamps_that_run_backwards_are_refused(tmp_path: Path) -> None:
    stamps = [*range(10), 25, 12, *range(13, 25)]
    with pytest.raises(MediaError, match=r"run backwards at 0\.48 s"):
        list(frames(ref(pictures(tmp_path / "a.mkv", [grey(0)] * len(stamps), stamps))))


def test_packets_that_give_no_frame_are_noticed(tmp_path: Path) -> None:
    """Blank packets at the end, which the decoder passes over without an error."""
    path = movie(tmp_path / "a.mkv", stamps=range(50), codec="mpeg1video")
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packets = [(packet.pos, bytes(packet)) for packet in container.demux(video=0) if packet.size]
    for _, content in packets[-10:]:
        at = data.rindex(content)
        data[at : at + len(content)] = bytes(len(content))
    path.write_bytes(data)
    with pytest.raises(MediaError, match=r"only 1\.\d\d s of its 2\.00 s can be decoded"):
        list(frames(ref(path)))


def test_a_video_without_one_whole_frame(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mp4", container_options={"movflags": "+faststart"})
    with pytest.raises(NoVideoError, match="no frame of it can be decoded"):
        next(frames(ref(cut(path, tmp_path / "cut.mp4", path.read_bytes().index(b"mdat") + 4))))


def test_sound_has_no_frames(tmp_path: Path) -> None:
    path = recording(tmp_path / "a.wav", Sound(tone(440, 16000, 1.0)[None], rate=16000, codec="pcm_s16le"))
    with pytest.raises(NoVideoError, match="no video stream"):
        next(frames(ref(path)))


def test_a_still_of_a_video_is_the_frame_shown_then(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mp4", stamps=range(100))
    assert numbers(still(ImageRef(path, "", time=time)) for time in (0.0, 0.037, 0.04, 2.5)) == [0, 0, 1, 12]
    with pytest.raises(MediaError, match=r"the video is 4\.000 s long"):
        still(ImageRef(path, "", time=4.0))


_PEAK = """
import resource, sys
from pathlib import Path
from echo_bench.clip import VideoRef
from echo_bench.media.decode import frames
count = sum(1 for _ in frames(VideoRef(Path(sys.argv[1]), ""), fps=float(sys.argv[2])))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    """400 frames of 0.7 MB (280 MB in all) need no more than 40 do. Peak memory of the process, FFmpeg's included."""
    path = movie(
        tmp_path / "a.mp4", stamps=range(40), draw=lambda i: grey(i, (640, 360)), options={"preset": "ultrafast"}
    )
    peaks = {}
    for fps in (25, 250):
        run = subprocess.run([sys.executable, "-c", _PEAK, path, str(fps)], capture_output=True, text=True, check=True)
        count, kilobytes = run.stdout.split()
        peaks[int(count)] = int(kilobytes)
    assert set(peaks) == {40, 400}
    assert peaks[400] - peaks[40] < 20_000
