"""Light and materials, and the small parts of the head that are painted."""

import numpy as np
import pytest

from echo_bench.simulator import shade as look
from echo_bench.simulator.asset import PARTS, load_rig
from echo_bench.simulator.features import EYE_POINTS, IRIS, PUPIL, TEXELS, glasses, paint_eye, tooth_coordinates
from echo_bench.simulator.figure import Figure
from echo_bench.simulator.raster import Visibility
from echo_bench.simulator.render import lamps
from echo_bench.simulator.rig import Eye, identity, rest
from tests.unit.simulator.motion import row

IDENTITY_CURVE = np.linspace(0, 255, look.CURVE).astype(np.uint8)  # linear light 0..WHITE to 0..255
AMBIENT = np.zeros((7, 3), np.float32)
AMBIENT[4:6], AMBIENT[0], AMBIENT[2], AMBIENT[6] = 1.0, (0, 0, -1), (0, 0, -1), (0, 0, -1)


def shaded(corners, colours, lamp=AMBIENT, light=1.0, normal=(0.0, 0.0, -1.0)):
    """A picture of 2 x 2 pixels of plain triangles under white ambient light over a black room; (2, 2, 3) uint8."""
    screen = np.array(corners, np.float32)
    triangles = np.arange(len(screen), dtype=np.int32).reshape(-1, 3)
    buffer = Visibility(4, 4)
    buffer.draw(screen, triangles, np.ones(len(triangles), bool))
    attributes = np.zeros((len(screen), look.ATTRIBUTES), np.float32)
    attributes[:, look.NORMAL], attributes[:, look.LIGHT] = normal, light
    palette = np.zeros((look.FRAME + 1, 3), np.float32)
    materials = np.array([look.MOUTH, look.FRAME][: len(triangles)], np.uint8)
    palette[materials] = colours
    blank = np.zeros((4, 4, 4), np.float32)
    looks = look.Looks(blank, blank[..., :3].copy(), blank[..., :3].copy(), blank[..., :3].copy(), palette)
    out, room = np.empty((2, 2, 3), np.uint8), np.zeros((2, 2, 3), np.float32)
    look.shade(buffer.triangle, screen, triangles, materials, attributes, looks, lamp, room, IDENTITY_CURVE, out)
    return out


def level(light):
    return np.array(light) / look.WHITE * 255


def test_pixel_is_the_mean_of_its_four_samples():
    """Left edge at column 1, 2 and 3 of 4: a quarter-step more of the room each, by each pixel's samples."""
    for edge, share in ((0, (1, 1)), (1, (0.5, 1)), (2, (0, 1)), (3, (0, 0.5))):
        picture = shaded([(edge, -9, 1), (edge, 99, 1), (99, 9, 1)], [(0.8, 0.4, 0.2)])
        for column in (0, 1):
            assert picture[0, column] == pytest.approx(level(np.array([0.8, 0.4, 0.2]) * share[column]), abs=1.5)


def test_every_sample_has_its_own_triangle():
    """The right lower sample of the first pixel belongs to another triangle than the other three."""
    sheet = [(-9, -9, 2), (-9, 99, 2), (99, -9, 2)]
    dot = [(1, 1, 1), (1, 2, 1), (2, 2, 1)]
    first, second = np.array([0.6, 0.2, 0.2]), np.array([0.1, 0.9, 0.5])
    picture = shaded(sheet + dot, [first, second])
    assert picture[0, 0] == pytest.approx(level(0.75 * first + 0.25 * second), abs=1.5)
    assert picture[1, 1] == pytest.approx(level(first), abs=1.5)


def test_occlusion_darkens_and_tints_with_the_surfaces_own_colour():
    sheet = [(-9, -9, 2), (-9, 99, 2), (99, -9, 2)]
    open_, crease = (shaded(sheet, [(0.8, 0.4, 0.2)], light=light)[0, 0].astype(float) for light in (1.0, 0.4))
    assert (crease < 0.85 * open_).all()
    assert crease[0] / crease[2] > 1.1 * open_[0] / open_[2]


def test_key_light_falls_from_its_side():
    """A surface turned to the lamp is brighter than one turned away, which the fill light still reaches."""
    sheet = [(-9, -9, 2), (-9, 99, 2), (99, -9, 2)]
    framing = identity(4).framing
    lamp = lamps(framing)
    side = np.sign(framing.key)
    towards, away = (
        shaded(sheet, [(0.5, 0.5, 0.5)], lamp, normal=(s * 0.8, 0.0, -0.6))[0, 0, 0] for s in (side, -side)
    )
    assert towards > 1.5 * away > 20


def test_every_tooth_runs_from_gum_to_edge():
    """The cutting edge is the low end of the upper row and the high end of the lower one."""
    rig = load_rig()
    teeth = np.unique(rig.triangles[rig.parts == PARTS["teeth"]])
    down = tooth_coordinates(teeth)[:, 1]
    drop = np.zeros_like(rig.neutral)
    rig.arkit.add_to(drop, np.array([name == "jawOpen" for name in rig.arkit.names], np.float32))
    for members, sign in ((drop[teeth, 1] == 0, 1), (drop[teeth, 1] > 0, -1)):
        height = rig.neutral[teeth[members], 1]
        assert (down[members].min(), down[members].max()) == (0.0, 1.0)
        assert np.corrcoef(height, down[members])[0, 1] == pytest.approx(sign)


def test_eye_has_white_iris_and_pupil():
    eye = paint_eye(identity(4)).mean(axis=-1)
    axis = (np.arange(TEXELS) + 0.5) / TEXELS * 2 - 1
    radius = np.hypot(*np.meshgrid(axis, axis))
    pupil, iris = eye[radius < 0.8 * PUPIL], eye[(radius > 1.2 * PUPIL) & (radius < 0.8 * IRIS)]
    white = eye[(radius > 1.2 * IRIS) & (radius < 0.7)]
    assert pupil.max() < 0.02 < iris.mean() < 0.5 * white.mean()


def test_upper_lid_shades_the_eyeball():
    figure = Figure(identity(4))
    figure.move(row())
    start = len(rest(identity(4)))
    light = figure.attributes[start : start + len(EYE_POINTS), look.LIGHT]
    front = EYE_POINTS[:, 2] < -0.8
    top, middle = front & (EYE_POINTS[:, 1] < -0.3), front & (np.abs(EYE_POINTS[:, 1]) < 0.2)
    assert light[top].mean() < 0.75 * light[middle].mean()
    assert 0.8 < light[middle].mean() <= 1.0


@pytest.mark.parametrize("seed", [1, 7])
def test_glasses_sit_before_the_eyes(seed):
    person = identity(seed)
    frame, rig = glasses(person), load_rig()
    for members in (rig.eye_left, rig.eye_right):
        eye = Eye.of(rest(person), members)
        rim = frame.vertices[np.hypot(*(frame.vertices - eye.centre)[:, :2].T) < 0.024]
        assert rim[:, 2].max() < eye.centre[2] - 0.5 * eye.radius
        assert np.ptp(rim[:, 0]) > 0.035
    assert glasses(identity(0)) is None
