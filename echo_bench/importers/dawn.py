"""DAWN's driving pose and blink: a folder per clip. Its authors' min and max are in their code, so the values stay normalised."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from echo_bench.importers.arrays import numbers, read_npy
from echo_bench.importers.base import Format, Layout, Recording
from echo_bench.importers.errors import FormatError


def read_dawn(path: Path) -> Recording:
    """``dri_pose.npy`` (T, 6) and ``dri_blink.npy`` (T, 2) of a folder.

    Raises
    ------
    FormatError
    """
    pose = numbers(read_npy(path / "dri_pose.npy"), "dri_pose", (None, 6), path)
    blink = numbers(read_npy(path / "dri_blink.npy"), "dri_blink", (None, 2), path)
    if len(pose) != len(blink):
        raise FormatError(f"has {len(pose)} frames of pose and {len(blink)} of blinking", where=path)
    return Recording(np.hstack([pose, blink]).astype(np.float32))


DAWN = Format(
    name="dawn",
    title="DAWN pose and blink",
    source="Hanbo-Cheng/DAWN-pytorch README and test scripts",
    layouts={
        "pose-blink": Layout(
            "dawn8", "folder: `dri_pose.npy` (T, 6), `dri_blink.npy` (T, 2)", "min-max normalised", "", read_dawn, 25.0,
            {"pose": (-3.0, 3.0), "blink": (-3.0, 3.0)},
        )
    },
)  # fmt: skip
