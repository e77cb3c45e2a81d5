"""Triangles to samples: a z-buffer without a graphics driver, so that the same input gives the same bytes anywhere.

Conventions
-----------
Screen coordinates are (column, row, depth) in samples; a sample's centre lies at its index plus one half. Depth grows away
from the camera. The result is a *visibility buffer* (which triangle is seen), which is shaded afterwards, once per sample
(deferred shading: Burns and Hunt, "The Visibility Buffer", JCGT 2013).
No ``fastmath``: reassociated sums would differ between processors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_bench.jit import Number, kernel, step

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

HALF = np.float32(0.5)
SLACK = np.float32(1e-3)  # samples by which triangles overlap, so that rounding opens no gap between neighbours


class Visibility:
    """What is seen at each sample; reused from frame to frame.

    Parameters
    ----------
    height, width : int
        Samples.

    Attributes
    ----------
    depth : ndarray of shape (height, width), float32
        Depth of the nearest triangle; infinite where there is none.
    triangle : ndarray of shape (height, width), int32
        Its row, or -1.
    """

    def __init__(self, height: int, width: int) -> None:
        self.depth: Floats = np.empty((height, width), np.float32)
        self.triangle: Ints = np.empty((height, width), np.int32)

    def draw(self, screen: Floats, triangles: Ints, two_sided: NDArray[np.bool_]) -> None:
        """Empty the buffer and draw `triangles` into it.

        Parameters
        ----------
        screen : ndarray of shape (vertices, 3), float32
            Column, row and depth.
        triangles : ndarray of shape (triangles, 3), int32
            Corners, counter-clockwise on the screen (rows growing downwards) when they face the camera.
        two_sided : ndarray of shape (triangles,), bool
            Triangles that are also seen from behind.
        """
        self.depth.fill(np.inf)
        self.triangle.fill(-1)
        _draw(screen, triangles, two_sided, self.depth, self.triangle)

    def weights(self, screen: Floats, triangles: Ints) -> Floats:
        """Barycentric weights (height, width, 3) of the corners of the triangle seen at each sample; zeros where there is none."""
        weights = np.zeros((*self.triangle.shape, 3), np.float32)
        _weigh(self.triangle, screen, triangles, weights)
        return weights


@step
def barycentric(screen: Floats, a: Number, b: Number, c: Number, x: Number, y: Number) -> tuple[Number, Number]:
    """Weights of the corners b and c at the screen position (x, y)."""
    ax, ay = screen[a, 0], screen[a, 1]
    bx, by, cx, cy = screen[b, 0] - ax, screen[b, 1] - ay, screen[c, 0] - ax, screen[c, 1] - ay
    inverse = np.float32(1.0) / (cx * by - bx * cy)
    x, y = x - ax, y - ay
    return (cx * y - cy * x) * inverse, (by * x - bx * y) * inverse


@kernel
def _weigh(triangle: Ints, screen: Floats, triangles: Ints, weights: Floats) -> None:
    for row in range(triangle.shape[0]):
        for column in range(triangle.shape[1]):
            t = triangle[row, column]
            if t >= 0:
                x, y = np.float32(column) + HALF, np.float32(row) + HALF
                wb, wc = barycentric(screen, triangles[t, 0], triangles[t, 1], triangles[t, 2], x, y)
                weights[row, column, 0] = np.float32(1.0) - wb - wc
                weights[row, column, 1] = wb
                weights[row, column, 2] = wc


@step
def _inverse(slope: Number) -> Number:
    return np.float32(0.0) if slope == 0.0 else np.float32(1.0) / slope


@step
def _span(weight: Number, inverse: Number, first: Number, last: Number) -> tuple[Number, Number]:
    """Narrow the steps [first, last] of a row to those at which ``weight + step / inverse`` is not negative."""
    edge = -weight * inverse
    if inverse > 0.0:
        return max(first, edge - SLACK), last
    if inverse < 0.0:
        return first, min(last, edge + SLACK)
    return first, (last if weight >= 0.0 else np.float32(-1.0))


@kernel
def _draw(screen: Floats, triangles: Ints, two_sided: NDArray[np.bool_], depth: Floats, triangle: Ints) -> None:
    height, width = depth.shape
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, bx, by, cx, cy = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1], screen[c, 0], screen[c, 1]
        area = (cx - ax) * (by - ay) - (bx - ax) * (cy - ay)
        if not (area > 0.0 or (area < 0.0 and two_sided[t])):
            continue
        top = int(min(max(np.ceil(min(ay, by, cy) - HALF), np.float32(0.0)), np.float32(height)))
        bottom = int(max(min(np.floor(max(ay, by, cy) - HALF), np.float32(height - 1)), np.float32(-1.0)))
        left = int(min(max(np.ceil(min(ax, bx, cx) - HALF), np.float32(0.0)), np.float32(width)))
        right = int(max(min(np.floor(max(ax, bx, cx) - HALF), np.float32(width - 1)), np.float32(-1.0)))
        if top > bottom or left > right:
            continue
        inverse = np.float32(1.0) / area
        # Weights of the second and third corner are affine in column and row.
        db_x, db_y = -(cy - ay) * inverse, (cx - ax) * inverse
        dc_x, dc_y = (by - ay) * inverse, -(bx - ax) * inverse
        az, slope_b, slope_c = screen[a, 2], screen[b, 2] - screen[a, 2], screen[c, 2] - screen[a, 2]
        dz = db_x * slope_b + dc_x * slope_c
        inverse_a, inverse_b, inverse_c = _inverse(-db_x - dc_x), _inverse(db_x), _inverse(dc_x)
        reach = np.float32(right - left)
        x = np.float32(left) + HALF - ax
        for row in range(top, bottom + 1):
            y = np.float32(row) + HALF - ay
            wb, wc = db_x * x + db_y * y, dc_x * x + dc_y * y
            first, last = _span(wb, inverse_b, np.float32(0.0), reach)
            first, last = _span(wc, inverse_c, first, last)
            first, last = _span(np.float32(1.0) - wb - wc, inverse_a, first, last)
            if first > last:
                continue
            z = az + wb * slope_b + wc * slope_c
            depths, owners = depth[row], triangle[row]
            for column in range(left + int(np.ceil(first)), left + int(np.floor(last)) + 1):
                step = np.float32(column - left)
                if z + step * dz < depths[column]:
                    depths[column] = z + step * dz
                    owners[column] = t
