"""What a frame looks like: colour, pixel formats, odd sizes, orientation, panels."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from echo_bench.clip import ImageRef, Panel, VideoRef
from echo_bench.errors import MediaError
from echo_bench.media.decode import frames, still
from tests.unit.media.make import grey, movie, numbers, orient

COLOURS = np.array([[200, 40, 90], [30, 180, 60], [20, 60, 220], [250, 250, 250]], np.uint8)


def quadrants(size: tuple[int, int] = (64, 48)) -> NDArray[np.uint8]:
    """Four colours: top left, top right, bottom left, bottom right."""
    width, height = size
    rows = (np.arange(height) >= height // 2)[:, None]
    columns = (np.arange(width) >= width // 2)[None]
    return COLOURS[2 * rows + columns]


def corners(frame: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The colours well inside the four corners, in the order of :func:`quadrants`."""
    return np.array([frame[4, 4], frame[4, -5], frame[-5, 4], frame[-5, -5]]).astype(np.int64)


def first(path: Path, panel: Panel | None = None) -> NDArray[np.uint8]:
    return next(frames(VideoRef(path, "", panel)))


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "tolerance"),
    [
        ("a.mp4", "libx264", "yuv420p", 4),
        ("a.mp4", "libx264", "yuv444p", 4),
        ("a.mp4", "libx264", "yuv420p10le", 4),
        ("a.mp4", "libx264rgb", "rgb24", 0),
        ("a.mkv", "ffv1", "yuva420p", 4),
        ("a.mkv", "ffv1", "bgra", 0),
        ("a.mov", "qtrle", "argb", 0),
        ("a.mov", "qtrle", "rgb24", 0),
        ("a.avi", "rawvideo", "bgr24", 0),
        ("a.mov", "prores_ks", "yuva444p10le", 4),
    ],
)
def test_colours_survive(tmp_path: Path, name: str, codec: str, pix_fmt: str, tolerance: int) -> None:
    options = {"crf": "4"} if "264" in codec else {}
    path = movie(
        tmp_path / name, stamps=range(3), draw=lambda _: quadrants(), codec=codec, pix_fmt=pix_fmt, options=options
    )
    np.testing.assert_allclose(corners(first(path)), COLOURS, atol=tolerance)


@pytest.mark.parametrize("matrix", [1, 6])
def test_the_matrix_that_the_file_states_is_used(tmp_path: Path, matrix: int) -> None:
    """BT.709 (1) and BT.601 (6) of ISO 23091-2; the wrong one is off by more than 10 levels."""
    path = movie(tmp_path / "a.mp4", draw=lambda _: quadrants(), matrix=matrix, options={"crf": "4"})
    np.testing.assert_allclose(corners(first(path)), COLOURS, atol=4)


def test_grey_video_becomes_rgb(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mkv", codec="ffv1", pix_fmt="gray")
    got = list(frames(VideoRef(path, "")))
    assert numbers(got) == list(range(25))
    assert got[0].shape == (48, 64, 3)


@pytest.mark.parametrize("size", [(45, 33), (64, 33), (45, 48), (1, 1)])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = movie(tmp_path / "a.mkv", draw=lambda i: grey(i, size), codec="ffv1", pix_fmt="yuv420p")
    got = list(frames(VideoRef(path, "")))
    assert got[0].shape == (size[1], size[0], 3)
    assert numbers(got) == list(range(25))


@pytest.mark.parametrize(
    ("matrix", "order", "shape"),
    [
        ((0, 1, -1, 0), [2, 0, 3, 1], (64, 48, 3)),  # clockwise: bottom left comes to the top left
        ((-1, 0, 0, -1), [3, 2, 1, 0], (48, 64, 3)),
        ((0, -1, 1, 0), [1, 3, 0, 2], (64, 48, 3)),
    ],
)
def test_the_rotation_flag_is_applied(
    tmp_path: Path, matrix: tuple[int, int, int, int], order: list[int], shape: tuple[int, int, int]
) -> None:
    lying = movie(tmp_path / "a.mp4", draw=lambda _: quadrants(), options={"crf": "4"})
    frame = first(orient(lying, tmp_path / "turned.mp4", matrix))
    assert frame.shape == shape
    np.testing.assert_allclose(corners(frame), COLOURS[order], atol=4)


def three_panels(index: int) -> NDArray[np.uint8]:
    """Black, the number of the frame, white; 32 px each."""
    parts = (grey(0, (32, 48)), grey(index, (32, 48)), np.full((48, 32, 3), 255, np.uint8))
    return np.concatenate(parts, axis=1)


def test_a_panel_is_its_columns(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mp4", draw=three_panels, options={"crf": "4"})
    whole = list(frames(VideoRef(path, "")))
    for index in range(3):
        part = list(frames(VideoRef(path, "", Panel(index, 3))))
        np.testing.assert_array_equal(part, [frame[:, 32 * index : 32 * index + 32] for frame in whole])
    assert numbers(frames(VideoRef(path, "", Panel(1, 3)))) == list(range(25))


def test_panels_are_counted_on_the_turned_frame(tmp_path: Path) -> None:
    lying = movie(tmp_path / "a.mp4", draw=lambda _: quadrants(), options={"crf": "4"})
    path = orient(lying, tmp_path / "turned.mp4", (0, 1, -1, 0))
    assert first(path, Panel(0, 2)).shape == (64, 24, 3)
    np.testing.assert_allclose(first(path, Panel(0, 2))[[4, -5], 4], COLOURS[[2, 3]], atol=4)


@pytest.mark.parametrize(
    ("index", "count", "message"), [(0, 5, "does not split"), (3, 3, "panel 3 of 3"), (-1, 3, "panel -1")]
)
def test_impossible_panels_are_refused(tmp_path: Path, index: int, count: int, message: str) -> None:
    with pytest.raises(MediaError, match=message):
        first(movie(tmp_path / "a.mp4"), Panel(index, count))


@pytest.mark.parametrize(("name", "tolerance"), [("a.png", 0), ("a.jpg", 6)])
def test_a_still_of_an_image_file(tmp_path: Path, name: str, tolerance: int) -> None:
    av.VideoFrame.from_ndarray(quadrants((45, 33)), "rgb24").save(str(tmp_path / name))
    image = still(ImageRef(tmp_path / name, ""))
    assert image.shape == (33, 45, 3)
    np.testing.assert_allclose(corners(image), COLOURS, atol=tolerance)
    assert still(ImageRef(tmp_path / name, "", Panel(1, 3))).shape == (33, 15, 3)


def test_frames_do_not_share_memory(tmp_path: Path) -> None:
    """What is drawn into one frame must not show in the next, not even where the file holds RGB and frames refer back."""
    path = movie(tmp_path / "a.mov", draw=lambda _: quadrants(), codec="qtrle", pix_fmt="rgb24")
    for frame in frames(VideoRef(path, ""), fps=50):
        np.testing.assert_array_equal(corners(frame), COLOURS)
        frame[:] = 0


def test_equal_bytes_each_time(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (25, 48, 64, 3), dtype=np.uint8)
    path = movie(tmp_path / "a.mp4", draw=lambda i: noise[i])
    np.testing.assert_array_equal(list(frames(VideoRef(path, ""))), list(frames(VideoRef(path, ""))))
