"""Our reader of MATLAB 5 files beside scipy's, on what scipy writes, and on what made scipy's crash."""

from __future__ import annotations

import io
import random
from contextlib import suppress

import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from echo_bench.importers.mat5 import matrices

KINDS = ["i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f4", "<f8"]
MOST = 2**20


def written(variables: dict[str, object], *, compressed: bool = False) -> bytes:
    file = io.BytesIO()
    scipy.io.savemat(file, variables, do_compression=compressed)
    return file.getvalue()


@given(
    st.sampled_from(KINDS).flatmap(lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=2, max_dims=3))),
    st.booleans(),
)
@settings(max_examples=60)
def test_arrays_are_those_that_scipy_reads(array, compressed):
    data = written({"first": np.zeros((2, 2)), "coeff": array}, compressed=compressed)
    found = dict(matrices(data, MOST))
    np.testing.assert_array_equal(found["coeff"], scipy.io.loadmat(io.BytesIO(data))["coeff"])
    assert list(found) == ["first", "coeff"]
    assert found["coeff"].dtype == array.dtype


def test_what_is_no_array_of_real_numbers_has_no_value():
    variables = {"text": "abc", "struct": {"a": 1}, "complex": np.ones((2, 2)) * 1j, "x": np.eye(2)}
    found = dict(matrices(written(variables), MOST))
    assert [name for name, value in found.items() if value is None] == ["text", "struct", "complex"]
    np.testing.assert_array_equal(found["x"], np.eye(2))


def test_a_bomb_grows_no_further_than_it_may():
    with pytest.raises(ValueError, match="larger than it may be"):
        dict(matrices(written({"x": np.zeros((1000, 1000))}, compressed=True), MOST))


@pytest.mark.parametrize(
    "data", [b"", bytes(128), written({"x": np.eye(9)})[:-20], written({"x": np.eye(9)}, compressed=True)[:-20]]
)
def test_what_ends_early_is_named_so(data):
    with pytest.raises(ValueError, match=r"header|early|cut short"):
        dict(matrices(data, MOST))


def test_thousands_of_damaged_files_give_arrays_or_an_error():
    """One in some thousand of these is a segmentation fault in scipy 1.17's reader."""
    whole = written({"coeff": np.arange(257.0 * 4, dtype=np.float32).reshape(4, 257)})
    draw = random.Random(1)
    for _ in range(5000):
        data = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(min(len(data), 300))] = draw.randrange(256)
        with suppress(ValueError):
            dict(matrices(bytes(data), MOST))
