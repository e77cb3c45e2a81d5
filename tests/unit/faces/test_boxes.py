"""Overlap of boxes, and suppression."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from echo_bench.faces.boxes import iou, suppress

corner = st.integers(0, 12)
box = st.tuples(corner, corner, st.integers(1, 9), st.integers(1, 9)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


def cells(rectangle: tuple[int, ...]) -> set[tuple[int, int]]:
    left, top, right, bottom = rectangle
    return {(x, y) for x in range(left, right) for y in range(top, bottom)}


@given(box, box)
def test_counts_shared_cells(a, b):
    expected = len(cells(a) & cells(b)) / len(cells(a) | cells(b))
    assert iou(np.array(a, float), np.array([b], float))[0] == pytest.approx(expected)


def test_of_empty_boxes_is_none():
    assert iou(np.zeros(4), np.zeros((1, 4)))[0] == 0


@given(st.lists(box, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_keeps_the_best_of_each_heap(boxes, random):
    """By the definition: walk from best to worst, keep what overlaps nothing kept so far by more than 0.3."""
    scores = np.array([random.random() for _ in boxes])
    array: NDArray[np.float64] = np.array(boxes, float)
    expected: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if all(iou(array[index], array[[k]])[0] <= 0.3 for k in expected):
            expected.append(int(index))
    assert suppress(array, scores, 0.3).tolist() == expected


def test_takes_none():
    assert suppress(np.empty((0, 4)), np.empty(0), 0.3).tolist() == []
