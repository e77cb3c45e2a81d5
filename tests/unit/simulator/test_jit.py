"""Compiled loops where machine code cannot be kept."""

import numba
import pytest

from echo_bench.jit import kernel


def test_kernel_without_a_place_to_keep_it_is_compiled_all_the_same():
    """A function without a source file is the case that numba has no cache folder for, whoever runs the test."""
    space: dict = {}
    exec("def triple(x):\n    return 3 * x\n", space)
    with pytest.raises(RuntimeError, match="no locator available"):
        numba.njit(cache=True)(space["triple"])
    assert kernel(space["triple"])(14) == 42
