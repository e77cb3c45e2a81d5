"""Pickles as data: a small interpreter that knows containers, numbers, text and numpy arrays, and can call nothing.

`pickle.loads` runs whatever a file names. This reader never imports and never calls what a file names: it walks the opcodes itself, and
the few globals with which numpy writes arrays (below) are only tokens to it. An array is made from its bytes, shape and a plain
number type, once all three agree. Everything else, object arrays included, is refused.

Limits: 512 MiB, two million opcodes, 32 levels of nesting; dictionary keys are text or whole numbers, which hash without recursion.

Source of the opcodes: CPython ``Lib/pickletools.py``, protocols 2 to 5; of numpy's globals: ``ndarray.__reduce_ex__``, numpy 1 and 2.
"""

from __future__ import annotations

import pickletools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from echo_bench.importers.errors import FormatError, UnsafePickleError

MAX_BYTES = 512 * 2**20
MAX_OPCODES = 2_000_000
MAX_DEPTH = 32
NUMBER = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248])")


def read_pickle(path: Path) -> Any:
    """The plain data of a pickle.

    Parameters
    ----------
    path : Path

    Returns
    -------
    object
        Of dict, list, tuple, str, bytes, numbers, None and ndarray of numbers.

    Raises
    ------
    FormatError
        When it cannot be read, or is no pickle.
    UnsafePickleError
        When it holds anything else.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FormatError(f"is larger than {MAX_BYTES >> 20} MiB", where=path)
        return plain(path.read_bytes())
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", where=path) from error
    except FormatError as error:
        error.where = path
        raise


def plain(data: bytes) -> Any:
    """The plain data in the bytes of a pickle; see :func:`read_pickle`.

    Examples
    --------
    >>> import os, pickle
    >>> plain(pickle.dumps({"fps": 25, "exp": np.zeros((1, 2), np.float32)}))["exp"]
    array([[0., 0.]], dtype=float32)
    >>> plain(pickle.dumps(os.getcwd))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    echo_bench.importers.errors.UnsafePickleError: names posix.getcwd, ... -> ...
    """
    machine = _Machine()
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if count == 0 and (opcode.name != "PROTO" or argument not in (2, 3, 4, 5)):
                raise FormatError("is not a pickle of protocol 2 to 5")
            if count > MAX_OPCODES:
                raise UnsafePickleError(f"has more than {MAX_OPCODES} opcodes")
            machine.step(opcode.name, argument)
        return _resolved(machine.result(), {}, 0)
    except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise FormatError(f"is not a readable pickle: {type(error).__name__}") from error


class _Token:
    """A global that numpy names when it writes an array."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Number:
    """``numpy.dtype(code)``, and its byte order once the state has come."""

    def __init__(self, code: str) -> None:
        self.code, self.order = code, "="

    def build(self, state: Any) -> None:
        _, order, *rest = state
        if order not in ("<", ">", "|", "=") or any(part is not None for part in rest[:3]):
            raise UnsafePickleError("holds a structured numpy type")
        self.order = order

    def dtype(self) -> np.dtype[Any]:
        if not NUMBER.fullmatch(self.code):
            raise UnsafePickleError(
                f"holds an array of type {self.code[:20]!r}",
                fix="only numbers are read; save arrays of objects as lists",
            )
        return np.dtype(self.order + self.code.lstrip("<>|="))


class _Array:
    """An array or a scalar of numpy that is being read."""

    def __init__(self) -> None:
        self.value: Any = None

    def build(self, state: Any) -> None:
        _, shape, number, fortran, data = state
        self.fill(data, number, shape, "F" if fortran else "C")

    def fill(self, data: Any, number: Any, shape: Any, order: Any) -> None:
        if not isinstance(number, _Number) or not isinstance(data, bytes | bytearray) or order not in ("C", "F"):
            raise UnsafePickleError("holds an array of objects", fix="only arrays of numbers are read")
        if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
            raise UnsafePickleError("holds an array of no possible shape")
        flat = np.frombuffer(bytes(data), number.dtype())
        self.value = flat.reshape(shape, order=order).astype(flat.dtype.newbyteorder("="))


def _encoded(text: Any, coding: Any) -> bytes:
    """Protocol 2 has no bytes and writes them as text."""
    if not isinstance(text, str) or coding != "latin1":
        raise UnsafePickleError("encodes text in another way than numpy does")
    return text.encode("latin1")


def _started(kind: Any, *_start: Any) -> _Array:
    if not isinstance(kind, _Token) or kind.name != "ndarray":
        raise UnsafePickleError("reconstructs something else than an array")
    return _Array()


def _from_buffer(data: Any, number: Any, shape: Any, order: Any) -> _Array:
    array = _Array()
    array.fill(data, number, shape, order)
    return array


def _scalar(number: Any, data: Any) -> _Array:
    array = _Array()
    array.fill(data, number, (), "C")
    array.value = array.value[()]
    return array


def _number(code: Any, *_flags: Any) -> _Number:
    if not isinstance(code, str):
        raise UnsafePickleError("holds a type of numpy that is not named by its code")
    return _Number(code)


_CORE = ("numpy.core", "numpy._core")
_GLOBALS: dict[tuple[str, str], str] = {
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): "dtype",
    ("_codecs", "encode"): "encode",
    ("__builtin__", "bytes"): "bytes",
    **{(f"{core}.multiarray", "_reconstruct"): "_reconstruct" for core in _CORE},
    **{(f"{core}.multiarray", "scalar"): "scalar" for core in _CORE},
    **{(f"{core}.numeric", "_frombuffer"): "_frombuffer" for core in _CORE},
}
_MAKERS: dict[str, Callable[..., Any]] = {
    "dtype": _number,
    "encode": _encoded,
    "bytes": lambda: b"",  # protocol 2 writes no bytes as a call without arguments
    "_reconstruct": _started,
    "scalar": _scalar,
    "_frombuffer": _from_buffer,
}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_ARGUMENTS = {
    "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8",
    "SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8",
}  # fmt: skip
_EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class _Machine:
    """The stack and the memo of a pickle."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def result(self) -> Any:
        if len(self._stack) != 1:
            raise FormatError("is not a readable pickle: it does not end with one object")
        return self._stack[0]

    def step(self, name: str, argument: Any) -> None:
        if name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name])
        elif name in _ARGUMENTS:
            self._stack.append(argument)
        elif name in _EMPTY:
            self._stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            self._stack.append(tuple(self._take(_TUPLES[name])))
        elif name not in ("PROTO", "FRAME", "STOP"):
            handler = getattr(self, f"_{name.lower()}", None)
            if handler is None:
                raise UnsafePickleError(f"uses the opcode {name}", fix="only plain data and numpy arrays are read")
            handler(argument)

    def _take(self, count: int) -> list[Any]:
        low = self._marks[-1] if self._marks else 0
        if len(self._stack) - low < count:
            raise IndexError
        taken = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        return taken

    def _since_mark(self) -> list[Any]:
        start = self._marks.pop()
        taken = self._stack[start:]
        del self._stack[start:]
        return taken

    def _mark(self, _: Any) -> None:
        self._marks.append(len(self._stack))

    def _tuple(self, _: Any) -> None:
        self._stack.append(tuple(self._since_mark()))

    def _append(self, _: Any) -> None:
        self._extend(self._take(1))

    def _appends(self, _: Any) -> None:
        self._extend(self._since_mark())

    def _extend(self, items: list[Any]) -> None:
        if type(self._stack[-1]) is not list:
            raise TypeError
        self._stack[-1].extend(items)

    def _setitem(self, _: Any) -> None:
        self._update(self._take(2))

    def _setitems(self, _: Any) -> None:
        self._update(self._since_mark())

    def _update(self, items: list[Any]) -> None:
        if type(self._stack[-1]) is not dict or len(items) % 2:
            raise TypeError
        for key, value in zip(items[::2], items[1::2], strict=True):
            if type(key) not in (str, int):
                raise UnsafePickleError(f"has a dictionary with a key of type {type(key).__name__.strip('_')}")
            self._stack[-1][key] = value

    def _memoize(self, _: Any) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def _binput(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    _long_binput = _binput

    def _binget(self, index: int) -> None:
        self._stack.append(self._memo[index])

    _long_binget = _binget

    def _stack_global(self, _: Any) -> None:
        self._name(*self._take(2))

    def _global(self, both: str) -> None:
        self._name(*both.split(" ", 1))

    def _name(self, module: Any, name: Any) -> None:
        known = isinstance(module, str) and isinstance(name, str) and _GLOBALS.get((module, name))
        if not known:
            shown = f"{module}.{name}" if isinstance(module, str) and isinstance(name, str) else "something unnamed"
            raise UnsafePickleError(
                f"names {shown[:80]}, which is no plain data: the file could run code when it is loaded",
                fix="nothing of it was run; save dict, list, str, numbers and numpy arrays only",
            )
        self._stack.append(_Token(known))

    def _reduce(self, _: Any) -> None:
        maker, arguments = self._take(2)
        if not isinstance(maker, _Token) or maker.name not in _MAKERS or type(arguments) is not tuple:
            raise UnsafePickleError("calls something that makes no array")
        self._stack.append(_MAKERS[maker.name](*arguments))

    def _build(self, _: Any) -> None:
        (state,) = self._take(1)
        if not isinstance(self._stack[-1], _Array | _Number):
            raise UnsafePickleError("sets the state of something that is no array")
        self._stack[-1].build(state)


def _resolved(value: Any, done: dict[int, Any], depth: int) -> Any:
    """Containers with their arrays put in; what is shared is visited once, so that sharing cannot multiply the work."""
    if isinstance(value, _Array) and value.value is not None:
        return value.value
    if isinstance(value, _Token | _Number | _Array):
        raise UnsafePickleError("holds a bare numpy type or an unfinished array")
    if type(value) not in (list, tuple, dict):
        return bytes(value) if isinstance(value, bytearray) else value
    if depth >= MAX_DEPTH:
        raise UnsafePickleError(f"is nested deeper than {MAX_DEPTH} levels, or holds itself")
    if id(value) not in done:
        if isinstance(value, dict):
            done[id(value)] = {key: _resolved(item, done, depth + 1) for key, item in value.items()}
        else:
            done[id(value)] = type(value)([_resolved(item, done, depth + 1) for item in value])
    return done[id(value)]
