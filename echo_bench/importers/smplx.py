"""SMPL-X npz as BEAT2, EMAGE, AMUSE and EVA store it; what belongs to the head is kept."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from echo_bench.importers.arrays import member, read_npz
from echo_bench.importers.base import Format, Layout, Recording
from echo_bench.importers.errors import FormatError

JOINTS = {"jaw": 22, "neck": 12, "head": 15, "left eye": 23, "right eye": 24}
"""Joint -> its place in ``poses``: columns 3 * place to 3 * place + 3."""


def read_smplx(path: Path) -> Recording:
    """``expressions`` (T, 100) and jaw, neck, head and eyes of ``poses`` (T, 165), at ``mocap_frame_rate``.

    Raises
    ------
    FormatError
    """
    arrays = read_npz(path)
    poses, exp = member(arrays, "poses", (None, 165), path), member(arrays, "expressions", (None, 100), path)
    if len(poses) != len(exp):
        raise FormatError(f"has {len(poses)} frames of poses and {len(exp)} of expressions", where=path)
    rate = arrays.get("mocap_frame_rate")
    if rate is not None and rate.size != 1:
        raise FormatError("mocap_frame_rate is no single number", where=path)
    joints = [poses[:, 3 * place : 3 * place + 3] for place in JOINTS.values()]
    fps = float(rate.reshape(-1)[0]) if rate is not None else None
    return Recording(np.hstack([exp, *joints]).astype(np.float32), fps)


SMPLX = Format(
    name="smplx",
    title="SMPL-X parameters (BEAT2, AMUSE, EVA)",
    source="PantoMatrix/PantoMatrix (BEAT2, EMAGE); vchoutas/smplx joint_names.py",
    layouts={
        "beat2": Layout(
            "smplx115",
            "npz `poses` (T, 165), `expressions` (T, 100), `mocap_frame_rate`",
            "axis-angle rad",
            ".npz",
            read_smplx,
            None,
            {"jaw": (-1.6, 1.6), "pose": (-math.pi, math.pi), "gaze": (-math.pi, math.pi)},
        )
    },
)
