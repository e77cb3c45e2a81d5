"""Mechanisms of the five configurations of the diffusion trunk: joyvasa, facetalk, fd2talk, chatanyone, omnitalker."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from echo_bench.methods.learned.corpus import Example, draw
from echo_bench.methods.learned.talkers import FACE, GAZE, POSE
from tests.unit.learned.corpora import NOD, SMILE
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, drawn, example, trained, without

JAW = 24


def talking(seed: int, frames: int = 130, level: float = 0.0) -> Example:
    """The jaw follows the voice; the rest drifts slowly around a posture of the clip."""
    base, rng = example(seed, frames), np.random.default_rng(seed)
    drift = 0.2 * np.sin(np.arange(frames)[:, None] / 12 + rng.uniform(0, 6, 61))
    target = (level + drift + (0.5 * rng.normal(size=61) if level == 0 else 0)).astype(np.float32)
    target[:, JAW] = 0.1 * base.inputs.avatar_audio[:, 0]
    return replace(base, target=target)


def test_sound_off_the_diagonal_is_not_heard_by_facetalk():
    net = network("facetalk")
    denoise = net.levels[0]
    mass = denoise.sound_bias(40).softmax(-1)
    apart = (torch.arange(40)[:, None] - torch.arange(40)[None]).abs()
    assert mass[:, apart > net.design.diagonal].max() == 0
    assert mass[:, apart == net.design.diagonal].min() > 0
    torch.testing.assert_close(mass.sum(-1), torch.ones(4, 40))


def test_guidance_makes_facetalk_speak_wider(monkeypatch):
    """Where the sound leads to a goal and silence to rest, the goal is reached as many times over as guidance says."""
    net = network("facetalk")
    given = batch(net, 60)

    def towards(number, x, times, told, voice, motion):
        return (voice - x) / (1.0 - times[..., None])

    monkeypatch.setattr(net, "_velocity", towards)
    with torch.inference_mode():
        for scale in (0.5, 1.0, 2.0):
            made = net.sample(given, chance(), guidance=scale)[..., list(FACE)]
            torch.testing.assert_close(made, scale * given.avatar_audio, rtol=1e-4, atol=1e-4)


def test_facetalk_learns_without_sound_too(monkeypatch):
    """What guidance starts from is taught: some windows, and not all, have no sound."""
    net, silent = network("facetalk"), []
    velocity = net._velocity
    monkeypatch.setattr(
        net, "_velocity", lambda *told: (silent.extend((told[4] == 0).all(-1).all(-1).tolist()), velocity(*told))[1]
    )
    torch.manual_seed(0)
    net.loss(net.standardised(draw([talking(0)], 64, 20, np.random.default_rng(0))))
    assert len(silent) == 64
    assert 0.05 < np.mean(silent) < 0.5  # a fifth is withheld


def test_facetalk_makes_expression_alone():
    made = drawn(network("facetalk"), batch(network("facetalk"), 90))
    assert made[..., [*POSE, *GAZE]].abs().max() == 0
    assert made[..., list(FACE)].std() > 1e-3


def test_the_face_of_fd2talk_does_not_know_the_noise_of_the_pose():
    net = network("fd2talk")
    given = batch(net, 90)
    with torch.inference_mode():
        one, other, face = (net.sample(given, chance(), seeds=seeds) for seeds in ((1, 2), (1, 3), (4, 2)))
    assert one[..., list(FACE)].equal(other[..., list(FACE)])
    assert change(one[..., list(POSE)], other[..., list(POSE)]) > 1e-2
    assert one[..., list(POSE)].equal(face[..., list(POSE)])
    assert change(one[..., list(FACE)], face[..., list(FACE)]) > 1e-2  # more than one answer to one voice


def test_the_pose_of_chatanyone_goes_with_the_face():
    """Another face under the same voice and the same noise is another pose; the face does not depend on the pose."""
    net = network("chatanyone")
    given = batch(net, 60)
    with torch.inference_mode():
        one, other, posed = (net.sample(given, chance(), seeds=seeds) for seeds in ((1, 2), (3, 2), (1, 4)))
    assert change(one[..., list(POSE)], other[..., list(POSE)]) > 1e-3
    assert one[..., list(FACE)].equal(posed[..., list(FACE)])


def styled(seed: int) -> Example:
    """Half of the people smile and look down, all through the clip; nothing that is heard tells which."""
    base = talking(seed, 140, level=0.2)
    target = base.target.copy()
    target[:, [SMILE, NOD]] += 0.5 * (seed % 2)
    return replace(base, target=target)


@pytest.mark.parametrize("name", ["joyvasa", "chatanyone", "omnitalker"])
def test_what_is_given_brings_its_style(name):
    """Under one voice and one noise, the motion that stands before a chunk decides how it looks."""
    held = (design := network(name).design).before + design.reference
    net = trained(name, [styled(seed) for seed in range(8)], 60, window=held + 24, batch=8)
    given = batch(net, 24)
    plain, smiling = (net.motion(torch.from_numpy(styled(50 + kind).target[:held]))[None] for kind in (0, 1))
    with torch.inference_mode():
        low, high = (net.sample(given, chance(), reference=ref)[..., SMILE].mean() for ref in (plain, smiling))
    assert high - low > 0.15  # of 2 between the styles; 0.35 to 1.9 by the first weights, 0 without a way


def test_a_chunk_of_joyvasa_is_given_the_frames_before_it(monkeypatch):
    net, seen = network("joyvasa"), []
    make = net._make
    monkeypatch.setattr(
        net, "_make", lambda chunk, voice, given, *rest: (seen.append(given.clone()), make(chunk, voice, given, *rest))
    )
    made = drawn(net, batch(net, 210))
    assert [len(given[0]) for given in seen] == [0, 25, 25]
    assert seen[1].equal(made[:, 75:100])
    assert seen[2].equal(made[:, 175:200])


@pytest.mark.parametrize("name", ["joyvasa", "facetalk", "fd2talk", "chatanyone", "omnitalker"])
def test_the_jaw_follows_the_voice(name):
    net = network(name)
    given = batch(net, 60)
    assert change(drawn(net, given), drawn(net, without(given, "avatar_audio"))) > 1e-3
