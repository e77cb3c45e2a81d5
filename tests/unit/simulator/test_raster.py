"""The rasteriser against the plain definition of coverage and depth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_bench.simulator.raster import Visibility

SIZE = 24
COORDINATE = st.floats(-10, 34, width=32)
CORNERS = st.lists(st.tuples(COORDINATE, COORDINATE, st.floats(1, 9, width=32)), min_size=3, max_size=9).filter(
    lambda points: len(points) % 3 == 0
)


def drawn(points, two_sided=True):
    screen = np.array(points, np.float32)
    triangles = np.arange(len(screen), dtype=np.int32).reshape(-1, 3)
    buffer = Visibility(SIZE, SIZE)
    buffer.draw(screen, triangles, np.full(len(triangles), two_sided))
    return buffer, screen, triangles


def by_definition(screen, triangles):
    """Depth (triangles, SIZE, SIZE) and margin: how far inside the triangle a sample lies, as its least weight."""
    x, y = np.meshgrid(np.arange(SIZE) + 0.5, np.arange(SIZE) + 0.5)
    depth, margin = [], []
    for a, b, c in screen[triangles].astype(float):
        system = np.array([[a[0], b[0], c[0]], [a[1], b[1], c[1]], [1, 1, 1]])
        weights = np.linalg.solve(system, np.stack([x.ravel(), y.ravel(), np.ones(x.size)]))
        depth.append((weights * np.array([a[2], b[2], c[2]])[:, None]).sum(axis=0).reshape(SIZE, SIZE))
        margin.append(weights.min(axis=0).reshape(SIZE, SIZE))
    return np.array(depth), np.array(margin)


@given(CORNERS)
def test_nearest_covering_triangle_is_seen(points):
    buffer, screen, triangles = drawn(points)
    a, b, c = (screen[triangles[:, i], :2].astype(float) for i in range(3))
    area = np.abs(np.cross(np.pad(b - a, ((0, 0), (0, 1))), np.pad(c - a, ((0, 0), (0, 1))))[:, 2])
    if (area < 2.0).any():
        return
    depth, margin = by_definition(screen, triangles)
    depth = np.where(margin >= 0, depth, np.inf)
    certain = (np.abs(margin) > 0.02).all(axis=0)  # samples on an edge may go either way
    nearest, second = np.sort(np.vstack([depth, np.full((1, SIZE, SIZE), np.inf)]), axis=0)[:2]
    certain &= np.isinf(second) | (
        np.where(np.isinf(second), 0, second) - np.where(np.isinf(nearest), 0, nearest) > 1e-3
    )
    expected = np.where(np.isfinite(nearest), depth.argmin(axis=0), -1)
    assert np.array_equal(buffer.triangle[certain], expected[certain])


def test_neighbours_leave_no_gap():
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(np.linspace(-1, 25, 9), np.linspace(-1, 25, 9)), axis=-1)
    grid[1:-1, 1:-1] += rng.uniform(-1.2, 1.2, (7, 7, 2))
    points = np.concatenate([grid.reshape(-1, 2), np.ones((81, 1))], axis=1).astype(np.float32)
    index = np.arange(81).reshape(9, 9)
    a, b, c, d = index[:-1, :-1].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel(), index[:-1, 1:].ravel()
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32)
    buffer = Visibility(SIZE, SIZE)
    buffer.draw(points, triangles, np.ones(len(triangles), bool))
    assert (buffer.triangle >= 0).all()


def test_backs_are_culled_unless_two_sided():
    facing = [(2, 20, 1), (20, 20, 1), (2, 2, 1)]  # counter-clockwise on the screen
    assert (drawn(facing, two_sided=False)[0].triangle == 0).any()
    assert (drawn(facing[::-1], two_sided=False)[0].triangle == -1).all()
    assert (drawn(facing[::-1], two_sided=True)[0].triangle == 0).any()


@given(CORNERS)
def test_weights_give_back_the_position(points):
    buffer, screen, triangles = drawn(points)
    weights = buffer.weights(screen, triangles)
    rows, columns = np.nonzero(buffer.triangle >= 0)
    corners = screen[triangles[buffer.triangle[rows, columns]]]
    spread = np.ptp(corners[..., :2], axis=1).max(axis=1) + 1
    a, b, c = corners[:, 0, :2], corners[:, 1, :2], corners[:, 2, :2]
    area = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    sound = area > 1.0
    position = (weights[rows, columns][..., None] * corners[..., :2]).sum(axis=1)
    wanted = np.stack([columns + 0.5, rows + 0.5], axis=1)
    assert np.abs(position - wanted)[sound].max(initial=0) < 1e-3 * spread.max(initial=1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -1e30])
def test_a_wild_corner_neither_crashes_nor_spoils_the_rest(value):
    points = [(value, 3, 1), (9, value, 1), (4, 4, 1), (2, 20, 1), (20, 20, 1), (2, 2, 1)]
    buffer, _, _ = drawn(points)
    assert (buffer.triangle == 1).any()
