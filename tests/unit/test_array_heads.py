"""numpy reads the head of an array as Python and as the name of a type: whatever stands there, each of our readers names it."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.moments import Moments
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echo_bench.clip import MotionRef
from echo_bench.datasets import windows
from echo_bench.errors import EchoBenchError
from echo_bench.importers.arrays import read_npy, read_npz
from echo_bench.motion_io import load_motion

BODY = np.zeros((1, 64, 184), np.float32).tobytes()
LAWFUL = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 64, 184), }"
HEADS = {
    "nothing": "",
    "half a dictionary": "{'descr': '<f4', 'shape': (",
    "brackets without end": "(" * 3000,
    "a word": "shape",
    "a call": "{'descr': __import__('os').getcwd(), 'fortran_order': False, 'shape': (1,)}",
    "bad indentation": "\n  {\n {",
    "a string without end": LAWFUL.replace("'<f4'", "'<f4"),
    "three quotes": LAWFUL.replace("'<f4'", "'''"),
    "a NUL": LAWFUL.replace("<f4", "\0"),
    "an escape": LAWFUL.replace("<f4", "\\x"),
    "a set": "{1, 2}",
    "keys of two types": "{'descr': '<f4', 1: 2}",
    "no keys": "{}",
    "another name": LAWFUL.replace("descr", "dtype"),
    "no type": LAWFUL.replace("<f4", "<q9"),
    "a type of commas": LAWFUL.replace("<f4", "f4,,"),
    "a type that is a number": LAWFUL.replace("'<f4'", "4"),
    "a type that is a list": LAWFUL.replace("'<f4'", "[('a',)]"),
    "a type that is a tuple": LAWFUL.replace("'<f4'", "()"),
    "a type that is a dictionary": LAWFUL.replace("'<f4'", "{'names': 1}"),
    "objects": LAWFUL.replace("<f4", "|O"),
    "text": LAWFUL.replace("<f4", "<U4"),
    "an order that is none": LAWFUL.replace("False", "3"),
    "a shape that is a number": LAWFUL.replace("(1, 64, 184)", "5"),
    "a shape of text": LAWFUL.replace("(1, 64, 184)", "('a',)"),
    "a shape below zero": LAWFUL.replace("(1, 64, 184)", "(-1, 64, 184)"),
    "a shape beyond all files": LAWFUL.replace("(1, 64, 184)", "(9" + "9" * 30 + ", 64, 184)"),
    "a shape of nothing and too much": LAWFUL.replace("(1, 64, 184)", "(0, 9" + "9" * 30 + ")"),
    "hundreds of axes": LAWFUL.replace("(1, 64, 184)", f"({'1, ' * 300})"),
    "a number of 5000 digits": LAWFUL.replace("(1, 64, 184)", f"({'9' * 3900},)"),
}


def npy(head: str, body: bytes = BODY) -> bytes:
    """An npy of version 1 with this head."""
    raw = head.encode("latin1", "replace")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(raw)) + raw + body


def npz(path: Path, names: tuple[str, ...], array: bytes) -> None:
    """A zip that has the same array under several names."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(f"{name}.npy", array)


def of_npy(read: Callable[[Path], object]) -> Callable[[Path, bytes], object]:
    def run(path: Path, array: bytes) -> object:
        path.write_bytes(array)
        return read(path)

    return run


def of_npz(read: Callable[[Path], object], *names: str) -> Callable[[Path, bytes], object]:
    def run(path: Path, array: bytes) -> object:
        npz(path, names, array)
        return read(path)

    return run


READERS = {
    "npy": of_npy(read_npy),
    "a stack's length": of_npy(windows.count),
    "a stack's rows": of_npy(lambda path: windows.rows(path, 3, 9)),
    "motion": of_npz(lambda path: load_motion(MotionRef(path, "", "rig61", "native", 25.0)), "motion", "valid"),
    "moments": of_npz(Moments.load, "n", "sum", "outer"),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("head", HEADS)
def test_a_head_that_is_none_is_a_named_error(head, reader, tmp_path):
    with pytest.raises((EchoBenchError, MetricInputError)):
        READERS[reader](tmp_path / "a", npy(HEADS[head]))


@pytest.mark.parametrize("head", sorted(set(HEADS) - {"objects", "text"}))
def test_a_zip_of_such_arrays_is_a_named_error(head, tmp_path):
    npz(tmp_path / "a.npz", ("exp",), npy(HEADS[head]))
    with pytest.raises(EchoBenchError, match=r"is no npy|announces"):
        read_npz(tmp_path / "a.npz")


@pytest.mark.parametrize("head", ["objects", "text"])
def test_members_that_are_no_numbers_are_left_out(head, tmp_path):
    npz(tmp_path / "a.npz", ("exp",), npy(HEADS[head]))
    assert read_npz(tmp_path / "a.npz") == {}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters(max_codepoint=255), max_size=40),
    place=st.integers(0, len(LAWFUL)),
    cut=st.integers(0, len(LAWFUL)),
)
def test_any_change_of_a_head_is_read_or_named(text, place, cut, tmp_path):
    array = npy(LAWFUL[:place] + text + LAWFUL[max(place, cut) :])
    for reader in READERS.values():
        try:
            reader(tmp_path / "a", array)
        except (EchoBenchError, MetricInputError):
            continue


def test_a_lawful_head_is_read(tmp_path):
    (tmp_path / "a.npy").write_bytes(npy(LAWFUL))
    assert read_npy(tmp_path / "a.npy").shape == (1, 64, 184)
    assert windows.count(tmp_path / "a.npy") == 1
    assert windows.rows(tmp_path / "a.npy", 60, 64).shape == (4, 56)


def test_a_stack_that_ends_before_the_frames_do_is_named(tmp_path):
    (tmp_path / "a.npy").write_bytes(npy(LAWFUL))
    with pytest.raises(EchoBenchError, match="has 64 frames, and 32 to 96 are asked for"):
        windows.rows(tmp_path / "a.npy", 32, 96)


def test_columns_that_lie_first_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.asfortranarray(np.zeros((2, 64, 184), np.float32)))
    with pytest.raises(EchoBenchError, match="with its last axis outermost"):
        windows.count(tmp_path / "a.npy")
