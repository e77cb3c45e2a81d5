"""LVE, EVE, AVD, FDD and MOD: values of the official code, closed forms, what cancels, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.lips import avd, avd_bs52, eve, eve_bs52, fdd, fdd_bs52, lve, lve_bs52, mod, mod_bs52
from numpy.random import RandomState

LIPS, UPPER = [3, 4, 4, 7, 20], [0, 1, 9, 30, 31, 31]


def meshes(seed, frames=25, vertices=40):
    stream = RandomState(seed)
    return 0.05 * stream.randn(vertices, 3) + 0.001 * stream.randn(frames, vertices, 3).cumsum(axis=0)


def coefficients(seed, frames=30):
    return RandomState(seed).rand(frames, 52)


GT, PRED = [meshes(7)], [meshes(8)]
TEMPLATE = meshes(9, frames=1)[0]


@pytest.mark.parametrize(
    ("value", "official"),
    [
        (
            lve(GT, PRED, LIPS),
            0.04033831239750386,
        ),  # CodeTalker main/cal_metric.py; torchmetrics lip_vertex_error agrees
        (lve(GT, PRED, LIPS, "rooted"), 0.20078286334176876),  # MeshTalk's text
        (lve(GT, PRED, LIPS, "unils"), 200.84400015311348),  # UniLS 04dcd18 calc_val_metrics
        (avd(GT, PRED), 134.78618620493512),  # the same
        (fdd(GT, PRED, UPPER, "unils"), 109.36130343791994),  # the same
        (fdd(GT, PRED, UPPER, template=TEMPLATE), -0.0002470458800252894),  # CodeTalker, DIM print_biwi_metrics
        (fdd(GT, PRED, UPPER, "vigilante"), -0.00023355325997358482),  # talking-head-metrics d236adb FDDCalculator
        (mod(GT, PRED, LIPS), 0.06205854026067412),  # the same, MODCalculator
    ],
)
def test_golden_official(value, official):
    """The official arithmetic on these meshes and regions (with repeated indices, as UniLS has), run in torch or numpy float64."""
    assert value == pytest.approx(official, rel=1e-9)


def test_published_toy_values_are_one_number():
    """2.38e-5, 4.68e-3 and 4.879 are three LVE of one clip: the last is the root of the first in mm, the second lies below it."""
    assert 1000 * np.sqrt(2.38e-5) == pytest.approx(4.879, abs=1e-3)
    squared, rooted, unils = (lve(GT, PRED, LIPS, definition) for definition in ("squared", "rooted", "unils"))
    assert unils == pytest.approx(1000 * np.sqrt(squared), rel=1e-12)
    assert 1000 * rooted < unils


def test_formula_of_the_worst_lip():
    frames = [max(((GT[0][t, v] - PRED[0][t, v]) ** 2).sum() for v in LIPS) for t in range(25)]
    assert lve(GT, PRED, LIPS) == pytest.approx(np.mean(frames), rel=1e-12)
    assert eve(GT, PRED, LIPS) == pytest.approx(np.mean(np.sqrt(frames)), rel=1e-12)


def test_a_moved_vertex_has_its_distance():
    moved = [clip.copy() for clip in GT]
    moved[0][:, 3] += [0.002, 0, 0]
    assert lve(GT, moved, LIPS) == pytest.approx(4e-6)
    assert lve(GT, moved, LIPS, "unils") == pytest.approx(2)
    assert eve(GT, moved, [3, 4]) == pytest.approx(0.002)
    assert avd(GT, moved) == pytest.approx(2 / np.sqrt(40))
    assert mod(GT, moved, LIPS, "distance") == pytest.approx(0.002 / 5)
    assert lve(GT, moved, UPPER) == 0


def test_opening_sees_the_gap_alone():
    """Up and down shifts leave the extent; 1 mm at the top lip opens by 1 mm."""
    mouth = np.zeros((4, 2, 3))
    mouth[:, 0, 1] = 0.01
    opened = mouth + np.array([[[0, 0.001, 0], [0, 0, 0]]])
    assert mod([mouth], [mouth + 0.5], [0, 1]) == pytest.approx(0, abs=1e-12)
    assert mod([mouth], [opened], [0, 1]) == pytest.approx(0.001)


@pytest.mark.parametrize("definition", ["codetalker", "unils", "vigilante"])
def test_dynamics_say_how_much_a_face_moves(definition):
    half = [TEMPLATE + 0.5 * (clip - TEMPLATE) for clip in GT]
    still = [np.broadcast_to(TEMPLATE, clip.shape) for clip in GT]
    values = [fdd(GT, pred, UPPER, definition, TEMPLATE) for pred in (GT, half, still)]
    assert values[0] == 0
    assert 0 < values[1] < values[2]
    swapped = fdd(half, GT, UPPER, definition, TEMPLATE)
    assert swapped == pytest.approx(values[1] if definition == "unils" else -values[1], rel=1e-9)


def test_signed_dynamics_cancel():
    """Right motion on the wrong vertices: the mean hides it, UniLS's absolute values do not."""
    swapped = [clip.copy() for clip in GT]
    swapped[0][:, [0, 1]] = (GT[0] - TEMPLATE)[:, [1, 0]] + TEMPLATE[[0, 1]]
    assert fdd(GT, swapped, [0, 1], template=TEMPLATE) == pytest.approx(0, abs=1e-15)
    assert fdd(GT, swapped, [0, 1], "vigilante") == pytest.approx(0, abs=1e-12)
    assert fdd(GT, swapped, [0, 1], "unils") > 1


def test_sum_of_coordinates_is_blind_to_a_diagonal():
    wave = np.zeros((20, 1, 3))
    wave[:, 0, :2] = np.outer(np.sin(np.arange(20)), [1, -1])
    assert fdd([wave], [0 * wave], [0], "unils") == pytest.approx(0, abs=1e-9)
    assert fdd([wave], [0 * wave], [0], "vigilante") > 0.1


@pytest.mark.parametrize(("metric", "columns"), [(lve_bs52, range(22, 49)), (eve_bs52, [*range(5), *range(8, 22)])])
def test_arkit_masks(metric, columns):
    """One coefficient at a time, only those of the region count."""
    base = [np.zeros((4, 52))]
    counted = [metric(base, [np.eye(52)[[c] * 4]]) > 0 for c in range(52)]
    assert [c for c, seen in enumerate(counted) if seen] == list(columns)


def test_arkit_closed_forms():
    a, b = coefficients(1), coefficients(2)
    assert lve_bs52([a], [b]) == pytest.approx(((a - b)[:, 22:49] ** 2).max(axis=1).mean())
    assert avd_bs52([a], [b]) == pytest.approx(np.sqrt(((a - b) ** 2).mean()))
    upper = [*range(5), *range(8, 22)]
    assert fdd_bs52([a], [b]) == pytest.approx(((a**2).std(0) - (b**2).std(0))[upper].mean())
    assert mod_bs52([a], [b]) == pytest.approx(np.abs((a - b)[:, 24] - (a - b)[:, 26]).mean())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lve([], [], LIPS), "one prediction per clip"),
        (lambda: lve(GT, [PRED[0][:-1]], LIPS), "cut to a common length"),
        (lambda: lve(GT, [PRED[0] * np.nan], LIPS), "NaN"),
        (lambda: lve(GT, PRED, []), "at least one"),
        (lambda: lve(GT, PRED, [40]), "of this topology"),
        (lambda: lve(GT, PRED, [-1]), "of this topology"),
        (lambda: lve(GT, PRED, LIPS, "l2"), "definition"),
        (lambda: fdd(GT, PRED, UPPER), "needs the neutral face"),
        (lambda: fdd(GT, PRED, UPPER, template=TEMPLATE[:5]), "the template must be"),
        (lambda: fdd([GT[0][:1]], [PRED[0][:1]], UPPER, "unils"), "no dynamics"),
        (lambda: lve_bs52([np.zeros((5, 51))], [np.zeros((5, 51))]), "ARKit"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(MetricInputError, match=message):
        call()
