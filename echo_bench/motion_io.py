"""Motion files: npz without pickle, with equal bytes for equal content."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import MotionRef
from echo_bench.errors import MethodError
from echo_bench.spaces import SPACES

LARGEST = 2**30
"""Bytes that a motion file may unfold to: a day of the widest space."""
# What the readers of zip and npy raise on damaged and on hostile files (MemoryError: a shape that no memory holds).
_UNREADABLE = (
    OSError, EOFError, LookupError, ValueError, TypeError, AttributeError, OverflowError, RuntimeError, MemoryError,
    SyntaxError, struct.error, zipfile.BadZipFile, zlib.error, tokenize.TokenError,
)  # fmt: skip
EPOCH = (1980, 1, 1, 0, 0, 0)  # numpy.savez stamps the present time into the file; equal motion must have equal bytes


def save_motion(
    path: Path,
    motion: NDArray[np.float32],
    valid: NDArray[np.bool_],
    *,
    space: str = "rig61",
    source: Literal["native", "tracker"] = "native",
    fps: float = 25.0,
) -> MotionRef:
    """Write motion (T, D) float32 and valid (T,) bool, atomically.

    Returns
    -------
    MotionRef
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in (("motion", motion.astype(np.float32)), ("valid", valid.astype(np.bool_))):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", EPOCH), member.getvalue(), zipfile.ZIP_DEFLATED)
    data = buffer.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    return MotionRef(path, hashlib.sha256(data).hexdigest(), space, source, fps)


def load_motion(ref: MotionRef) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Read motion (T, D) float32 and valid (T,) bool.

    Raises
    ------
    MethodError
        When the file is not such an npz, or has another width than its space, or holds NaN in valid frames.
    """
    try:
        with zipfile.ZipFile(ref.path) as archive:
            unfolded = sum(entry.file_size for entry in archive.infolist())
        if unfolded > LARGEST:
            raise MethodError(f"unfolds to {unfolded} bytes, and at most {LARGEST} are read", where=ref.path)
        with np.load(ref.path, allow_pickle=False) as data:
            motion = np.asarray(data["motion"], np.float32)
            valid = np.asarray(data["valid"], bool) if "valid" in data else np.asarray(np.isfinite(motion).all(axis=-1))
    except _UNREADABLE as error:
        raise MethodError(f"not a motion npz (`motion`, `valid`): {error}", where=ref.path) from error
    space = SPACES.get(ref.space)
    if motion.ndim != 2 or (space and motion.shape[1] != space.width) or valid.shape != motion.shape[:1]:
        raise MethodError(f"motion {motion.shape} and valid {valid.shape} do not fit {ref.space}", where=ref.path)
    if not np.isfinite(motion[valid]).all():
        raise MethodError("motion holds NaN or Inf in frames marked valid", where=ref.path)
    return motion, valid
