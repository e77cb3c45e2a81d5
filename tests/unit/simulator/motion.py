"""Rows of `rig61` by column name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_bench.spaces import RIG61


def row(**values: float) -> NDArray[np.float32]:
    """A still row with some columns set; a name without side ("eyeBlink") sets left and right."""
    motion = np.zeros(RIG61.width, np.float32)
    for name, value in values.items():
        names = [name] if name in RIG61.columns else [f"{name}Left", f"{name}Right"]
        motion[[RIG61.columns.index(column) for column in names]] = value
    return motion
