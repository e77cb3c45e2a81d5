"""Compiled loops, kept on disk where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])
Number = Any
"""A scalar inside a kernel: numba infers its exact type, which numpy's stubs cannot follow through min, max and promotion."""


def kernel(loop: Loop) -> Loop:
    """Compile `loop` without the interpreter; keep the machine code beside the module, or in the user's cache.

    A division by zero gives infinity or NaN as in numpy: checking each divisor costs a picture 6 % of its time.

    numba refuses ``cache=True`` with a RuntimeError when neither folder can be written (a read-only installation without a
    home): the loop is then compiled anew in each process, which costs seconds and changes nothing else.
    """
    try:
        return cast(Loop, numba.njit(cache=True, nogil=True, error_model="numpy")(loop))
    except RuntimeError:
        return cast(Loop, numba.njit(nogil=True, error_model="numpy")(loop))


def step(loop: Loop) -> Loop:
    """Compile a part of a kernel and put it in its caller's place: a call per sample would cost more than what it does.

    numba renews a kernel's machine code on disk when the kernel's own file changes; keep its steps there, or touch it.
    """
    return cast(Loop, numba.njit(nogil=True, forceinline=True, error_model="numpy")(loop))
