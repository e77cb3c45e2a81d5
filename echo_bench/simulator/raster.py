"""Triangles to samples: a z-buffer without a graphics driver, so that the same input gives the same bytes anywhere.

Conventions
-----------
Screen coordinates are (column, row, depth) in samples; a sample's centre lies at its index plus one half. Depth grows away
from the camera. The result is a *visibility buffer* (which triangle is seen), which is shaded afterwards, once per sample
(deferred shading: Burns and Hunt, "The Visibility Buffer", JCGT 2013). Triangles are filled column by column, and columns are
contiguous in memory, for the many thin ones are hair, and hair hangs.
No ``fastmath``: reassociated sums would differ between processors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_bench.jit import Number, kernel, step

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

HALF = np.float32(0.5)
FAR = np.float32(1e6)  # samples: beyond any picture
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
        self.depth: Floats = np.empty((height, width), np.float32, order="F")
        self.triangle: Ints = np.empty((height, width), np.int32, order="F")

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
def _bounds(slope_x: Number, slope_y: Number, at: Number) -> tuple[Number, Number, Number, Number]:
    """Where a weight is not negative, as limits of the row that are affine in the column: ``(upper, lean, lower, lean)``.

    The weight is ``at + slope_x * column + slope_y * row``; a side that it does not limit is far away.
    """
    if slope_y == 0.0:
        return -FAR, np.float32(0.0), FAR, np.float32(0.0)
    cut, lean = -at / slope_y, -slope_x / slope_y
    if slope_y > 0.0:
        return cut - SLACK, lean, FAR, np.float32(0.0)
    return -FAR, np.float32(0.0), cut + SLACK, lean


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
        # Weights of the second and third corner are affine in column and row, counted from the first sample of the box.
        db_x, db_y = -(cy - ay) * inverse, (cx - ax) * inverse
        dc_x, dc_y = (by - ay) * inverse, -(bx - ax) * inverse
        x, y = np.float32(left) + HALF - ax, np.float32(top) + HALF - ay
        wb, wc = db_x * x + db_y * y, dc_x * x + dc_y * y
        upper_b, up_b, lower_b, down_b = _bounds(db_x, db_y, wb)
        upper_c, up_c, lower_c, down_c = _bounds(dc_x, dc_y, wc)
        upper_a, up_a, lower_a, down_a = _bounds(-db_x - dc_x, -db_y - dc_y, np.float32(1.0) - wb - wc)
        slope_b, slope_c = screen[b, 2] - screen[a, 2], screen[c, 2] - screen[a, 2]
        z = screen[a, 2] + wb * slope_b + wc * slope_c
        dz, dz_column = db_y * slope_b + dc_y * slope_c, db_x * slope_b + dc_x * slope_c
        reach = np.float32(bottom - top)
        for column in range(left, right + 1):
            x = np.float32(column - left)
            first = max(upper_a + up_a * x, upper_b + up_b * x, upper_c + up_c * x, np.float32(0.0))
            last = min(lower_a + down_a * x, lower_b + down_b * x, lower_c + down_c * x, reach)
            nearest = z + dz_column * x
            for down in range(np.int32(np.ceil(first)), np.int32(np.floor(last)) + 1):
                here = nearest + dz * np.float32(down)
                if here < depth[top + down, column]:
                    depth[top + down, column] = here
                    triangle[top + down, column] = t
