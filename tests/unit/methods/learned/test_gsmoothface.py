"""Mechanism of gsmoothface: coefficients count as their shapes move the face."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from echo_bench.methods.learned.corpus import Example, collate
from echo_bench.methods.learned.gsmoothface import basis
from echo_bench.methods.learned.lips import LIPS
from echo_bench.simulator.asset import load_rig
from echo_bench.spaces import ARKIT
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, drawn, example, trained, without


def test_the_basis_moves_the_rig():
    """Against the displacements that the renderer adds."""
    rig, weights = load_rig(), np.zeros(52, np.float32)
    weights[LIPS] = np.random.default_rng(0).random(len(LIPS), np.float32)
    moved = np.zeros_like(rig.neutral)
    rig.arkit.add_to(moved, weights)
    ours = basis() @ torch.from_numpy(weights[LIPS])
    assert float(ours.norm()) == pytest.approx(1000 * float(np.linalg.norm(moved)), rel=1e-5)


def test_the_vertex_loss_is_that_of_the_vertices():
    net, error = network("gsmoothface"), torch.randn(2, 5, len(LIPS))
    vertices = ((error * net.motion.std[LIPS]) @ basis().mT).unflatten(-1, (-1, 3))
    torch.testing.assert_close(net.vertex_error(error), vertices.pow(2).sum(-1).mean(), rtol=1e-4, atol=1e-6)


def test_a_coefficient_weighs_as_its_shape_moves_the_face():
    """Finite differences of the loss in each coefficient: twice the mean squared displacement by its shape."""
    net = network("gsmoothface").double()
    with torch.no_grad():
        net.motion.std.fill_(1.0)
    step, unit = 1e-3, torch.eye(len(LIPS), dtype=torch.float64)[:, None]
    bend = torch.stack([net.vertex_error(step * each) + net.vertex_error(-step * each) for each in unit]) / step**2
    expected = 2 * basis().double().unflatten(0, (-1, 3)).pow(2).sum(1).mean(0)
    torch.testing.assert_close(bend, expected, rtol=1e-4, atol=1e-9)
    jaw, dimple = (LIPS.index(ARKIT.index(name)) for name in ("jawOpen", "mouthDimpleLeft"))
    assert bend[jaw] > 10 * bend[dimple]


def speaking(seed: int) -> Example:
    """Jaw and mouth follow the voice."""
    base = example(seed, 60)
    target = np.full((60, 61), 0.3, np.float32)
    target[:, LIPS] += 0.1 * base.inputs.avatar_audio[:, :1]
    return replace(base, target=target)


def test_lips_are_learned_from_vertices_alone():
    net = trained("gsmoothface", [speaking(0)], 50, window=60, batch=1, rate=3e-3)
    given = net.standardised(collate([speaking(0)]))
    with torch.inference_mode():
        made = net.sample(given, chance())
    jaw = ARKIT.index("jawOpen")
    assert torch.corrcoef(torch.stack([made[0, :, jaw], given.target[0, :, jaw]]))[0, 1] > 0.9


def test_all_of_the_voice_so_far_is_attended_to():
    net = network("gsmoothface")
    given = batch(net, 120)
    other = replace(given, avatar_audio=given.avatar_audio.clone())
    other.avatar_audio[:, :20] += 1.0
    one, two = drawn(net, given), drawn(net, other)
    assert change(one[:, -1], two[:, -1]) > 1e-5
    assert change(one, drawn(net, without(given, "avatar_audio"))) > 1e-3
    assert one[..., [k for k in range(61) if k not in LIPS]].abs().max() == 0
