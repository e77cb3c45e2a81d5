"""68 landmarks per frame as an array, in the order of iBUG 300-W: jaw 0-16, brows, nose, eyes 36-47, mouth 48-67."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from echo_bench.importers.arrays import numbers, read_npy
from echo_bench.importers.base import Format, Layout, Recording
from echo_bench.importers.errors import FormatError

CHIN, EYE_LEFT_IN_IMAGE, EYE_RIGHT_IN_IMAGE = 8, slice(36, 42), slice(42, 48)


def reader(axes: int) -> Callable[[Path], Recording]:
    """The reader of arrays (T, 68, `axes`), x to the image's right and y downwards.

    Its FormatError says when the array has another shape, or a face is mirrored or upside down throughout.
    """

    def read(path: Path) -> Recording:
        points = numbers(read_npy(path), "the array", (None, 68, axes), path)
        eyes = points[:, EYE_RIGHT_IN_IMAGE].mean(axis=1) - points[:, EYE_LEFT_IN_IMAGE].mean(axis=1)
        chin = points[:, CHIN, 1] - points[:, 36:48, 1].mean(axis=1)
        if np.nanmedian(eyes[:, 0]) <= 0 or np.nanmedian(chin) <= 0:
            raise FormatError(
                "shows a face that is mirrored or upside down",
                where=path,
                fix="points 36-41 lie left of 42-47 in the image, x grows to the right and y downwards",
            )
        return Recording(points.reshape(len(points), -1).astype(np.float32))

    return read


LANDMARKS = Format(
    name="landmarks",
    title="68 landmarks (LMD, LVE and landmark-driven systems)",
    source="iBUG 300-W mark-up; 1adrianb/face-alignment output",
    layouts={
        "68x2": Layout("landmarks68-2d", "npy (T, 68, 2)", "pixels, or as in the file", ".npy", reader(2)),
        "68x3": Layout("landmarks68-3d", "npy (T, 68, 3)", "pixels, or as in the file", ".npy", reader(3)),
    },
)
