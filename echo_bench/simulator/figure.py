"""One person as one mesh: body, eyeballs, collar, glasses and hair, with what the renderer needs to know of every vertex."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_bench.jit import Number, kernel
from echo_bench.simulator import shade as look
from echo_bench.simulator.asset import PARTS, load_rig
from echo_bench.simulator.features import EYE_POINTS, EYE_TRIANGLES, glasses, paint_eye, paint_teeth, tooth_coordinates
from echo_bench.simulator.hair import Strands, grow
from echo_bench.simulator.hairstyles import STYLES
from echo_bench.simulator.identity import Framing, Identity
from echo_bench.simulator.paint import HEIGHT, WIDTH, linear, paint_skin, unroll
from echo_bench.simulator.raster import Visibility
from echo_bench.simulator.rig import Eye, carry, express, eye_turns, follow_turns, rest
from echo_bench.simulator.wardrobe import below_neckline, cloth_coordinates, collar, dress, paint_cloth

Floats = NDArray[np.float32]

NEAR = np.float32(0.05)  # metres in front of the lens, where everything nearer is drawn
HEAD_CENTRE = -0.035  # height of the head's middle above the joint of skull and neck, metres downwards
SLIVER = 2  # samples, of four to a pixel: a piece of hair of which less is ever seen is left out
GLANCES = [(pitch, yaw) for pitch in (-0.35, 0.0, 0.35) for yaw in (-0.9, -0.6, -0.3, 0.0, 0.3, 0.6, 0.9)]  # radians
MATERIAL = {"skin": look.SKIN, "mouth": look.MOUTH, "teeth": look.TEETH, "tongue": look.MOUTH, "lashes": look.LASH}


class Figure:
    """The mesh of one person, and its state at one moment.

    Parameters
    ----------
    person : Identity

    Attributes
    ----------
    triangles : ndarray of shape (triangles, 3), int32
    materials : ndarray of shape (triangles,), uint8
    two_sided : ndarray of shape (triangles,), bool
    attributes : ndarray of shape (vertices, 9), float32
        See :mod:`echo_bench.simulator.shade`.
    looks : Looks
        Textures, and the colours of what has none.
    """

    def __init__(self, person: Identity) -> None:
        rig = load_rig()
        self.person = person
        body = rest(person)
        self._loose = [piece for piece in (collar(person), glasses(person)) if piece is not None]
        self._hair = grow(person)
        self._eyes = [Eye.of(body, members) for members in (rig.eye_left, rig.eye_right)]
        self._assemble(len(body))
        still = np.zeros((len(body), look.ATTRIBUTES), np.float32)
        look.smooth_normals(body, rig.triangles, still)
        self._dressing = dress(person, still[:, look.NORMAL])
        self._describe()
        self._drop_hidden_hair()
        palette = np.zeros((look.FRAME + 1, 3), np.float32)
        palette[look.MOUTH] = (0.24, 0.055, 0.05)
        palette[look.LASH] = 0.4 * linear(person.hair.brow_colour)
        palette[look.HAIR] = linear(person.hair.colour)
        palette[look.FRAME] = (0.02, 0.02, 0.022) if person.glasses == "square" else (0.10, 0.06, 0.03)
        recede = STYLES[person.hair.style].recede
        skin, cloth = (
            np.ascontiguousarray(picture.swapaxes(0, 1))
            for picture in (paint_skin(person, recede), paint_cloth(person))
        )
        self.looks = look.Looks(skin, cloth, paint_eye(person), paint_teeth(), palette)

    def _assemble(self, body: int) -> None:
        """Number the vertices (body, eyes, loose pieces, hair) and collect the triangles."""
        rig = load_rig()
        ball = len(EYE_POINTS)
        self._eye_start, self._loose_start = body, body + 2 * ball
        triangles = [rig.triangles, EYE_TRIANGLES + body, EYE_TRIANGLES + body + ball]
        materials = [np.array([MATERIAL[name] for name in PARTS], np.uint8)[rig.parts]]
        materials.append(np.full(2 * len(EYE_TRIANGLES), look.EYE, np.uint8))
        at = self._loose_start
        for piece, material in zip(self._loose, (look.CLOTH, look.FRAME), strict=False):
            triangles.append(piece.triangles + at)
            materials.append(np.full(len(piece.triangles), material, np.uint8))
            at += len(piece.vertices)
        self._solid = np.concatenate(triangles).astype(np.int32)
        self._hair_start = at
        triangles.append(ribbon_triangles(self._hair) + at)
        materials.append(np.full(len(triangles[-1]), look.HAIR, np.uint8))
        self.triangles = np.concatenate(triangles).astype(np.int32)
        self.materials = np.concatenate(materials)
        self.two_sided = np.isin(self.materials, [look.CLOTH, look.LASH, look.HAIR, look.FRAME])
        count = at + 2 * len(self._hair.points)
        self.attributes = np.zeros((count, look.ATTRIBUTES), np.float32)
        self._points = np.zeros((at, 3), np.float32)
        self._follow = np.concatenate(
            [rig.follow, np.full(2 * ball, 255, np.uint8), *(piece.follow for piece in self._loose)]
        )
        self._strand_points, self._strand_outward = (np.empty_like(self._hair.points) for _ in range(2))
        self._screen = np.empty((count, 3), np.float32)

    def _describe(self) -> None:
        """Fill in the attributes that never change."""
        rig, a = load_rig(), self.attributes
        body, ball = slice(0, self._eye_start), len(EYE_POINTS)
        a[body, look.SKIN_UV] = unroll(rig.neutral) / np.array([WIDTH, HEIGHT], np.float32)
        teeth = np.unique(rig.triangles[rig.parts == PARTS["teeth"]])
        a[teeth, look.SKIN_UV] = tooth_coordinates(teeth)
        a[body, look.LIGHT] = rig.light
        a[body, look.COVER] = below_neckline(rig.neutral, self.person.clothes.garment)
        a[body, look.CLOTH_UV] = cloth_coordinates(rig.neutral)
        for start in (self._eye_start, self._eye_start + ball):
            a[start : start + ball, look.SKIN_UV] = 0.5 + 0.5 * EYE_POINTS[:, :2]
        at = self._loose_start
        for piece in self._loose:
            rows = slice(at, at + len(piece.vertices))
            self._points[rows] = piece.vertices
            a[rows, look.LIGHT], a[rows, look.COVER], a[rows, look.CLOTH_UV] = piece.light, 1.0, piece.paint
            at = rows.stop
        pair = np.repeat(self._hair.tint, 2)
        pair[0::2] *= 0.86
        pair[1::2] *= 1.10
        a[at:, 4], a[at:, look.LIGHT] = pair, np.repeat(self._hair.light, 2)
        self._fixed = self._points[self._loose_start :].copy()

    def _drop_hidden_hair(self, samples: int = 512) -> None:
        """Forget the pieces of strands that lie under others however the head turns: half of all hair and more."""
        buffer, solid = Visibility(samples, samples), len(self._solid)
        most = np.zeros(len(self.triangles), np.int64)
        for pitch, yaw in GLANCES:
            self.move(np.array([*52 * [0.0], pitch, yaw, *7 * [0.0]], np.float32))
            buffer.draw(self.project(self.person.framing, samples), self.triangles, self.two_sided)
            seen = np.bincount(buffer.triangle[buffer.triangle >= 0], minlength=len(most))
            np.maximum(most, seen, out=most)
        either = most[solid:].reshape(2, -1).max(axis=0) > SLIVER  # the two halves of a piece stay together
        kept = np.concatenate([np.ones(solid, np.bool_), either, either])
        self.triangles, self.materials, self.two_sided = (
            self.triangles[kept],
            self.materials[kept],
            self.two_sided[kept],
        )

    def move(self, row: Floats) -> None:
        """Take the posture of a motion row: vertex positions and normals."""
        points, ball = self._points, len(EYE_POINTS)
        points[: self._eye_start] = express(self.person, row) + self._dressing
        for k, (eye, gaze) in enumerate(zip(self._eyes, eye_turns(row), strict=True)):
            start = self._eye_start + k * ball
            direction = (EYE_POINTS @ gaze.T).astype(np.float32)
            points[start : start + ball] = eye.centre + eye.radius * direction
            self.attributes[start : start + ball, look.LIGHT] = self._lid_shadow(direction, k)
        points[self._loose_start :] = self._fixed
        turns, shifts = follow_turns(row)
        carry(points, self._follow, turns, shifts, points)
        carry(self._hair.points, self._hair.follow, turns, shifts, self._strand_points)
        carry(self._hair.outward, self._hair.follow, turns, np.zeros_like(shifts), self._strand_outward)
        look.smooth_normals(points, self._solid, self.attributes)

    def _lid_shadow(self, direction: Floats, side: int) -> Floats:
        """Ambient light on an eyeball: darker under the upper lid and in the corners."""
        under = np.clip((direction[:, 1] + 0.55) / 0.55, 0.0, 1.0)
        corner = np.clip((0.95 - np.abs(direction[:, 0])) / 0.45, 0.0, 1.0)
        return np.asarray((0.30 + 0.62 * under) * (0.45 + 0.55 * corner), np.float32)

    def project(self, framing: Framing, samples: int) -> Floats:
        """Screen positions (vertices, 3) of everything, hair widened to ribbons.

        Parameters
        ----------
        framing : Framing
        samples : int
            Samples across the picture.
        """
        focal = np.float32(samples * framing.distance / framing.span)
        middle = np.array([(0.5 + framing.x) * samples, (0.5 + framing.y) * samples], np.float32)
        offset = np.array([0.0, -HEAD_CENTRE, framing.distance], np.float32)
        _project(self._points, offset, focal, middle, self._screen)
        _widen(
            self._strand_points,
            self._strand_outward,
            self._hair.width,
            self._hair.follow,
            self._hair.count,
            offset,
            focal,
            middle,
            self._screen[self._hair_start :],
            self.attributes[self._hair_start :],
        )
        return self._screen


def ribbon_triangles(hair: Strands) -> NDArray[np.int32]:
    """Two triangles for each segment of each strand; point i becomes vertices 2 i and 2 i + 1."""
    index = np.arange(len(hair.points)).reshape(-1, hair.count)
    a, b = 2 * index[:, :-1].ravel(), 2 * index[:, 1:].ravel()
    return np.concatenate([np.stack([a, a + 1, b], 1), np.stack([a + 1, b + 1, b], 1)]).astype(np.int32)


@kernel
def _project(points: Floats, offset: Floats, focal: Number, middle: Floats, screen: Floats) -> None:
    for i in range(len(points)):
        z = max(points[i, 2] + offset[2], NEAR)
        scale = focal / z
        screen[i, 0] = middle[0] + scale * (points[i, 0] + offset[0])
        screen[i, 1] = middle[1] + scale * (points[i, 1] + offset[1])
        screen[i, 2] = z


@kernel
def _widen(
    points: Floats,
    outward: Floats,
    width: Floats,
    follow: NDArray[np.uint8],
    count: Number,
    offset: Floats,
    focal: Number,
    middle: Floats,
    screen: Floats,
    attributes: Floats,
) -> None:
    """Ribbons that face the camera: screen positions, normals and tangents of two vertices per strand point."""
    for i in range(len(points)):
        first, last = i % count == 0, i % count == count - 1
        back, ahead = (i if first else i - 1), (i if last else i + 1)
        z = max(points[i, 2] + offset[2], NEAR)
        scale = focal / z
        x, y = middle[0] + scale * (points[i, 0] + offset[0]), middle[1] + scale * (points[i, 1] + offset[1])
        tx, ty, tz = (
            points[ahead, 0] - points[back, 0],
            points[ahead, 1] - points[back, 1],
            points[ahead, 2] - points[back, 2],
        )
        flat = np.sqrt(tx * tx + ty * ty) + np.float32(1e-9)
        # Hair behind skull and neck cannot be seen: without width its triangles are skipped.
        hidden = outward[i, 2] > np.float32(0.25) + np.float32(0.0035) * np.float32(255 - follow[i])
        step = np.float32(0.0) if hidden else scale * width[i]
        px, py = -ty / flat * step, tx / flat * step
        for side in range(2):
            sign = np.float32(1.0 if side else -1.0)
            v = 2 * i + side
            screen[v, 0], screen[v, 1], screen[v, 2] = x + sign * px, y + sign * py, z
            for axis in range(3):
                attributes[v, axis] = outward[i, axis]
            attributes[v, 6], attributes[v, 7], attributes[v, 8] = tx, ty, tz
