"""Pickles are read as data: what numpy and plain Python write comes back equal; what could run code is refused and does not run."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
from collections import OrderedDict
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from echo_bench.importers.errors import FormatError, UnsafePickleError
from echo_bench.importers.pickles import MAX_DEPTH, plain, read_pickle

NUMBERS = ["?", "i1", "i2", "i4", "i8", "u1", "u4", "<f2", "<f4", ">f4", "<f8", ">f8"]
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)
PROTO4, STOP = b"\x80\x04", b"."


class Call:
    """Pickles as a call: the way in which every exploit starts."""

    def __init__(self, *reduced: Any) -> None:
        self.reduced = reduced

    def __reduce__(self) -> tuple[Any, ...]:
        return self.reduced


@given(PLAIN, st.integers(2, 5))
@settings(max_examples=60)
def test_plain_data_comes_back_equal(value, protocol):
    assert plain(pickle.dumps(value, protocol)) == value


@given(
    st.sampled_from(NUMBERS).flatmap(lambda d: hnp.arrays(np.dtype(d), hnp.array_shapes(min_side=0))), st.integers(2, 5)
)
@settings(max_examples=60)
def test_arrays_come_back_equal(array, protocol):
    for each in (array, np.asfortranarray(array)):
        back = plain(pickle.dumps({"a": [each]}, protocol))["a"][0]
        np.testing.assert_array_equal(back, each)
        assert back.dtype == each.dtype.newbyteorder("=")


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_scalars_of_numpy_come_back_equal(protocol):
    back = plain(pickle.dumps([np.float32(1.5), np.int64(-3), np.bool_(True)], protocol))
    assert back == [1.5, -3, True]
    assert isinstance(back[0], np.float32)


def test_shared_arrays_stay_shared():
    array = np.arange(3.0)
    first, second = plain(pickle.dumps([array, array]))
    assert first is second


def exploit(name: str, canary: str) -> bytes:
    """A pickle that would create the file `canary` if anything ran it."""
    touch = f"touch {canary}"
    run = f"open({canary!r}, 'w').close()"
    made: dict[str, Any] = {
        "os.system": Call(os.system, (touch,)),
        "subprocess": Call(subprocess.Popen, ((["touch", canary]),)),
        "eval": Call(eval, (run,)),
        "exec": Call(exec, (run,)),
        "getattr chain": Call(getattr, (Call(__import__, ("os",)), "system")),
        "import": Call(__import__, ("os",)),
        "open": Call(open, (canary, "w")),
        "state": Call(OrderedDict, (), {"x": Call(os.system, (touch,))}),
        "in a list": {"motion": [1, (2, {"exp": Call(os.system, (touch,))})]},
        "array of objects": np.array([Call(os.system, (touch,))], dtype=object),
        "in the state of an array": Call(*np.zeros(1).__reduce__()[:2], (1, (1,), np.dtype("f8"), False, Call(os.system, (touch,)))),
        "numpy loader": Call(np.load, (canary,)),
        "numpy runner": Call(np.apply_along_axis, (canary,)),
    }  # fmt: skip
    return pickle.dumps(made[name], 4)


EXPLOITS = [
    "os.system", "subprocess", "eval", "exec", "getattr chain", "import", "open", "state", "in a list", "array of objects",
    "in the state of an array", "numpy loader", "numpy runner",
]  # fmt: skip


@pytest.mark.parametrize("name", EXPLOITS)
def test_an_exploit_is_refused_and_does_not_run(name, tmp_path):
    canary = tmp_path / "canary"
    data = exploit(name, str(canary))
    with pytest.raises(UnsafePickleError):
        plain(data)
    assert not canary.exists()


@pytest.mark.parametrize("name", ["os.system", "eval", "exec", "in a list", "array of objects", "state", "open"])
def test_the_exploits_are_real(name, tmp_path):
    """With the standard loader each of them runs: else the test above would show nothing."""
    canary = tmp_path / "canary"
    data = exploit(name, str(canary))
    pickle.loads(data)
    assert canary.exists()


HAND_MADE = {
    "old call": b"\x80\x02(cos\nsystem\nX\x04\x00\x00\x00trueo.",
    "old instance": b"\x80\x02(X\x04\x00\x00\x00trueios\nsystem\n.",
    "new object": PROTO4 + b"\x8c\x08builtins\x8c\x06object\x93)\x81" + STOP,
    "extension": b"\x80\x02\x82\x01.",
    "persistent id": b"\x80\x02X\x01\x00\x00\x00aQ.",
    "call of a number type": PROTO4 + b"\x8c\x05numpy\x8c\x07ndarray\x93K\x01\x85R" + STOP,
    "state of a token": PROTO4 + b"\x8c\x05numpy\x8c\x05dtype\x93}b" + STOP,
    "bare token": PROTO4 + b"\x8c\x05numpy\x8c\x05dtype\x93" + STOP,
    "codec": PROTO4 + b"\x8c\x07_codecs\x8c\x06encode\x93\x8c\x01a\x8c\x0azlib_codec\x86R" + STOP,
    "dotted name": PROTO4 + b"\x8c\x05numpy\x8c\x10ndarray.__init__\x93" + STOP,
    "type with fields": pickle.dumps(np.zeros(1, [("a", "f4"), ("b", "O")])),
    "text": pickle.dumps(np.array(["a"])),
    "tuple as a key": pickle.dumps({(1, 2): 3}),
}


@pytest.mark.parametrize("name", HAND_MADE)
def test_other_ways_in_are_refused(name):
    with pytest.raises(UnsafePickleError):
        plain(HAND_MADE[name])


def test_a_type_of_objects_hidden_under_plain_bytes_is_refused():
    """Pointers in the bytes of an array: numpy itself would follow them."""
    rows = np.zeros(2, "V8")
    data = pickle.dumps(rows, 2)
    with pytest.raises(UnsafePickleError):
        plain(data)
    with pytest.raises(UnsafePickleError):
        plain(data.replace(b"V8", b"O8"))


BOMBS = {
    "nested lists": PROTO4 + b"]" * 20_000 + b"a" * 19_999 + STOP,
    "nested tuples": PROTO4 + b")" + b"\x85" * 20_000 + STOP,
    "holds itself": PROTO4 + b"]\x94h\x00a" + STOP,
    "array that is announced only": pickle.dumps(np.zeros(1, np.uint8)).replace(
        b"K\x01\x85", b"\x8a\x05\x00\x00\x00\x00\x10\x85"
    ),
    "text that is announced only": PROTO4 + b"\x8d" + struct.pack("<Q", 2**60) + b"a" + STOP,
    "bytes that are announced only": PROTO4 + b"\x8e" + struct.pack("<Q", 2**40) + b"a" + STOP,
    "memo far away": b"\x80\x02Nr\xff\xff\xff\x7f0.",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_as_an_error_without_the_memory_it_asks_for(name):
    import tracemalloc

    tracemalloc.start()
    try:
        with pytest.raises(FormatError):
            plain(BOMBS[name])
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


def test_sharing_does_not_multiply_the_work():
    """Forty lists that each hold the one before twice: 2**40 leaves if every path were walked. They are too deep in the end."""
    value: list[Any] = []
    for _ in range(MAX_DEPTH - 2):
        value = [value, value]
    assert len(plain(pickle.dumps(value))) == 2


@pytest.mark.parametrize(
    "data", [b"", b"N.", b"(lp0\n.", b"\x80\x04", b"\x80\x04N", b"\x80\x04NN.", b"\x80\x09N.", b"hello", b"\x80\x04e."]
)
def test_what_is_no_pickle_is_named_so(data):
    with pytest.raises(FormatError):
        plain(data)


@given(st.binary(max_size=200))
@settings(max_examples=150)
def test_any_bytes_give_data_or_a_named_error(data):
    for candidate in (data, PROTO4 + data, PROTO4 + data + STOP):
        with suppress(FormatError):
            plain(candidate)


@given(st.integers(0, 400), st.integers(0, 255))
@settings(max_examples=150)
def test_any_flipped_byte_gives_data_or_a_named_error(place, byte):
    data = bytearray(pickle.dumps({"n_frames": 1, "motion": [{"exp": np.ones((1, 21, 3), np.float32)}]}))
    data[place % len(data)] = byte
    with suppress(FormatError):
        plain(bytes(data))


def test_the_error_names_the_file(tmp_path):
    path = tmp_path / "template.pkl"
    path.write_bytes(pickle.dumps(os.getcwd))
    with pytest.raises(UnsafePickleError, match=r"template\.pkl: names posix\.getcwd"):
        read_pickle(path)
    with pytest.raises(FormatError, match="cannot be read"):
        read_pickle(tmp_path / "absent.pkl")
