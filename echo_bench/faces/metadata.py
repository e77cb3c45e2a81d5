"""The geometry metadata inside ``face_landmarker.task``: canonical face and weights of the pose solver.

The file is a protocol buffer (geometry_pipeline_metadata.proto, mesh_3d.proto); only the wire types it uses are read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VARINT, BYTES, FLOAT = 0, 2, 5
VERTEX = 5
"""Floats per vertex: x, y, z, and two texture coordinates."""


@dataclass(frozen=True, slots=True)
class CanonicalFace:
    """The face that head pose is measured against.

    Attributes
    ----------
    vertices : ndarray of shape (468, 3)
        Centimetres; x to the image's right, y up, z towards the camera.
    weights : ndarray of shape (468,)
        Influence of each vertex on the pose; zero for most.
    """

    vertices: NDArray[np.float64]
    weights: NDArray[np.float64]


def parse(data: bytes) -> CanonicalFace:
    """Read the canonical face.

    Parameters
    ----------
    data : bytes
        Content of ``geometry_pipeline_metadata_landmarks.binarypb``.
    """
    mesh = next(value for field, value in _fields(data) if field == 1 and isinstance(value, bytes))
    floats = [value for field, value in _fields(mesh) if field == 3 and isinstance(value, float)]
    vertices = np.array(floats).reshape(-1, VERTEX)[:, :3]
    weights = np.zeros(len(vertices))
    for field, value in _fields(data):
        if field == 2 and isinstance(value, bytes):
            entry = dict(_fields(value))
            weights[int(entry[1])] = entry[2]
    return CanonicalFace(vertices, weights)


def _fields(data: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """Field numbers and values of one message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value: int | float | bytes
        if key & 7 == VARINT:
            value, at = _varint(data, at)
        elif key & 7 == BYTES:
            size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
        elif key & 7 == FLOAT:
            value, at = struct.unpack_from("<f", data, at)[0], at + 4
        else:
            raise ValueError(f"wire type {key & 7} at byte {at} of the geometry metadata")
        yield key >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
