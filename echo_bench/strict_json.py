"""JSON of strangers: read whole or refused, never half understood.

The parser of the standard library takes what no other does (NaN, an object with the same key twice) and stops at some bombs with
errors of other kinds (deep nesting, numbers of millions of digits, lone surrogates). Here all of that is one :class:`ValueError`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

LARGEST = 64 * 2**20
"""Bytes; the largest file that this suite writes is a tenth of it."""


def parse_json(data: bytes) -> Any:
    """The value of a JSON text in UTF-8.

    Raises
    ------
    ValueError
        Malformed, larger than :data:`LARGEST`, nested too deeply, or with a repeated key, a number that is not finite or has
        thousands of digits, or text that is no Unicode.

    Examples
    --------
    >>> parse_json(b'{"a": [1, 0.5]}')
    {'a': [1, 0.5]}
    >>> parse_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: key 'a' appears twice
    """
    if len(data) > LARGEST:
        raise ValueError(f"{len(data)} bytes, and at most {LARGEST} are read")
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate cannot be written again
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"key {next(name for name in names if names.count(name) > 1)!r} appears twice")
    return found


def _constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text[:20]} is out of range")
    return number
