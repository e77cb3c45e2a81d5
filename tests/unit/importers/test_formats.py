"""Every layout of every format: what a file of it holds, what is refused, and that no bytes lead to anything but a named error."""

from __future__ import annotations

import shutil
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echo_bench.errors import EchoBenchError, UnknownNameError
from echo_bench.importers.base import FORMATS, Format, Layout, layout_of, read_motion
from echo_bench.importers.errors import FormatError
from echo_bench.spaces import SPACES
from tests.unit.importers.files import MAKERS

KINDS = list(MAKERS)
FILES = [kind for kind in KINDS if kind not in {("dawn", "pose-blink"), ("nphm", "frames")}]


def layout_named(kind: tuple[str, str]) -> Layout:
    return layout_of(FORMATS.get(kind[0]), kind[1])[1]


def test_every_layout_has_a_file_here():
    known = {
        (name, layout)
        for name in FORMATS
        if isinstance(FORMATS.get(name), Format)
        for layout in FORMATS.get(name).layouts
    }
    assert known == set(MAKERS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_file_holds_comes_out_in_the_columns_of_its_space(kind, tmp_path):
    made = MAKERS[kind](tmp_path)
    layout = layout_named(kind)
    recording = read_motion(layout, made.path, made.fps)
    assert recording.motion.dtype == np.float32
    assert recording.motion.shape == (len(made.motion), SPACES[layout.space].width)
    np.testing.assert_allclose(recording.motion, made.motion, rtol=1e-6, atol=2e-5)
    assert recording.valid.all()
    assert recording.fps > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_rate_is_stated_once(kind, tmp_path):
    """By the format, the file or the user; two different ones are an error, and so is none."""
    made = MAKERS[kind](tmp_path)
    layout = layout_named(kind)
    if made.fps is None:
        stated = read_motion(layout, made.path).fps
        assert read_motion(layout, made.path, stated).fps == stated
        with pytest.raises(FormatError, match="frames per second, not 17"):
            read_motion(layout, made.path, 17.0)
    else:
        with pytest.raises(FormatError, match="give it with --fps"):
            read_motion(layout, made.path)
        with pytest.raises(FormatError, match="give the frame rate"):
            read_motion(layout, made.path, float("nan"))


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("damage", ["missing", "empty", "half", "garbage", "folder"])
def test_a_damaged_file_is_one_named_error(kind, damage, tmp_path):
    made = MAKERS[kind](tmp_path)
    data = made.path.read_bytes()
    made.path.unlink()
    if damage == "folder":
        made.path.mkdir()
    elif damage != "missing":
        made.path.write_bytes(
            {"empty": b"", "half": data[: len(data) // 2], "garbage": b"\x93\xff\x00 garbage" * 50}[damage]
        )
    with pytest.raises(FormatError) as caught:
        read_motion(layout_named(kind), made.path, made.fps)
    assert str(made.path) in str(caught.value)


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind[0] not in {"arkit", "openface", "metahuman"}])
def test_another_formats_file_is_refused(kind, tmp_path):
    """No file of one layout passes for another with other arrays in it."""
    layout = layout_named(kind)
    for other in FILES:
        if (
            other[0] == kind[0]
            or layout_named(other).space == layout.space
            or layout.suffix != layout_named(other).suffix
        ):
            continue
        folder = tmp_path / "-".join(other)
        folder.mkdir()
        with pytest.raises(FormatError):
            read_motion(layout, MAKERS[other](folder).path, 25.0)


def test_a_layout_is_never_guessed():
    with pytest.raises(UnknownNameError, match="dualtalk-truth, dualtalk-result, dim, l2l"):
        layout_of(FORMATS.get("flame"), None)
    with pytest.raises(UnknownNameError, match="no layout 'vico'"):
        layout_of(FORMATS.get("deep3d"), "vico")
    assert layout_of(FORMATS.get("deep3d"), None)[0] == "coeff257"
    with pytest.raises(UnknownNameError, match="did you mean"):
        FORMATS.get("deep3")


@pytest.mark.parametrize("kind", [("deep3d", "coeff257"), ("flame", "dim"), ("smplx", "beat2"), ("bfm73", "vico-bin")])
def test_nan_is_named_with_its_frame(kind, tmp_path):
    made = MAKERS[kind](tmp_path)
    layout = layout_named(kind)
    whole = layout.read(made.path)
    whole.motion[7, 3] = np.nan
    with pytest.raises(FormatError, match="NaN or Inf in frame 7"):
        read_motion(
            Layout(layout.space, "", "", "", lambda _: whole, made.fps), made.path, None if layout.fps else made.fps
        )


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changed_bytes_give_motion_or_a_named_error(kind, data, tmp_path):
    """Flips, cuts, insertions: no crash, no hang, nothing but named errors."""
    source = tmp_path / "source"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir()
    made = MAKERS[kind](source)
    raw = bytearray(made.path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, min(len(raw), 600)) | st.integers(0, len(raw)))
        change = data.draw(st.sampled_from(["flip", "cut", "insert"]))
        if change == "flip" and place < len(raw):
            raw[place] = data.draw(st.integers(0, 255))
        elif change == "cut":
            del raw[place : place + data.draw(st.integers(1, 50))]
        else:
            raw[place:place] = data.draw(st.binary(min_size=1, max_size=8))
    made.path.write_bytes(bytes(raw))
    with suppress(EchoBenchError):
        recording = read_motion(layout_named(kind), made.path, made.fps)
        assert recording.motion.shape[1] == SPACES[layout_named(kind).space].width
