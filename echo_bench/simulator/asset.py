"""The baked mesh and its shapes, decoded.

Vertices are metres in the *camera's* axes: x to the image's right, y downwards, z away from the camera, so a face looks along -z.
The origin is where the skull meets the neck. "Left" and "right" are the person's.

Source: MakeHuman/MPFB's base mesh and targets and the "Face Units" pack, all CC0 (tools/bake_rig.py, docs/datasets/dyad-mini.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from echo_bench.jit import kernel

Floats = NDArray[np.float32]
PARTS = {"skin": 0, "mouth": 1, "teeth": 2, "tongue": 3, "lashes": 4}


@dataclass(frozen=True, slots=True)
class Displacements:
    """Named sparse displacements of the mesh.

    Attributes
    ----------
    names : tuple of str
    offsets : ndarray of shape (names + 1,), int64
        Rows ``offsets[k]:offsets[k + 1]`` belong to name k.
    vertex : ndarray of shape (rows,), int64
    delta : ndarray of shape (rows, 3), float32
        Metres, camera axes.
    """

    names: tuple[str, ...]
    offsets: NDArray[np.int64]
    vertex: NDArray[np.int64]
    delta: Floats

    def add_to(self, vertices: Floats, weights: Floats) -> None:
        """Add the weighted displacements to `vertices` in place; `weights` has one entry per name."""
        _add_sparse(vertices, weights, self.offsets, self.vertex, self.delta)


@kernel
def _add_sparse(
    vertices: Floats, weights: Floats, offsets: NDArray[np.int64], vertex: NDArray[np.int64], delta: Floats
) -> None:
    for k in range(len(weights)):
        weight = weights[k]
        if weight == 0.0:
            continue
        for row in range(offsets[k], offsets[k + 1]):
            for axis in range(3):
                vertices[vertex[row], axis] += weight * delta[row, axis]


@dataclass(frozen=True, slots=True)
class Rig:
    """The asset, decoded.

    Attributes
    ----------
    neutral : ndarray of shape (vertices, 3), float32
        The mean person at rest; also the coordinates in which skin and clothes are painted.
    triangles : ndarray of shape (triangles, 3), int32
        Counter-clockwise seen from outside.
    parts : ndarray of shape (triangles,), uint8
        Values of :data:`PARTS`.
    follow : ndarray of shape (vertices,), uint8
        How far each vertex follows the head, in 255ths.
    light : ndarray of shape (vertices,), float32
        Ambient light that reaches the vertex, in [0, 1]; the mouth's inside was baked with the jaw open.
    lips : ndarray of shape (vertices,), float32
        1 on the red of the lips.
    uv : ndarray of shape (vertices, 2), float32
        MakeHuman's texture coordinates; used to tell one tooth from the next.
    lids : tuple of two (upper, lower) pairs of ndarray of int64
        Vertices of the middle of the lids' edges, of the left and of the right eye.
    eye_left, eye_right : ndarray of int64
        Vertices of the person's eyeballs; no triangle uses them.
    shapes, arkit : Displacements
        Identity features, and the 52 ARKit actions in the order of :data:`echo_bench.spaces.ARKIT`.
    """

    neutral: Floats
    triangles: NDArray[np.int32]
    parts: NDArray[np.uint8]
    follow: NDArray[np.uint8]
    light: Floats
    lips: Floats
    uv: Floats
    lids: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]
    eye_left: NDArray[np.int64]
    eye_right: NDArray[np.int64]
    shapes: Displacements
    arkit: Displacements


@lru_cache(maxsize=1)
def load_rig() -> Rig:
    """The baked head, neck and shoulders; read once."""
    asset = files("echo_bench.simulator") / "assets" / "rig.npz"
    with asset.open("rb") as stream, np.load(stream, allow_pickle=False) as raw:
        step = float(raw["quantum"][0]) * np.array([1, -1, -1])  # y up, z forward -> y down, z away
        displacements = [
            Displacements(
                tuple(str(name) for name in raw[f"{kind}_names"]),
                raw[f"{kind}_offsets"].astype(np.int64),
                raw[f"{kind}_vertex"].astype(np.int64),
                (raw[f"{kind}_triple"] * step).astype(np.float32),
            )
            for kind in ("shape", "arkit")
        ]
        edges = np.split(raw["lid_edges"].astype(np.int64), np.cumsum(raw["lid_counts"])[:-1])
        return Rig(
            neutral=(raw["neutral"] * step).astype(np.float32),
            triangles=raw["triangles"].astype(np.int32),
            parts=raw["parts"],
            follow=raw["head_weight"],
            light=(raw["light"] / 255).astype(np.float32),
            lips=(raw["lips"] / 255).astype(np.float32),
            uv=raw["uv"].astype(np.float32),
            lids=((edges[0], edges[1]), (edges[2], edges[3])),
            eye_left=raw["eye_left"].astype(np.int64),
            eye_right=raw["eye_right"].astype(np.int64),
            shapes=displacements[0],
            arkit=displacements[1],
        )
