"""Mechanisms of the methods with a latent of what is to be done: react-transvae, belfusion, dawn-nar, emotional-conversation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from echo_bench.methods.learned import belfusion, dawn_nar
from echo_bench.methods.learned.corpus import Example
from echo_bench.methods.learned.dawn_nar import BEAT, POSE_BLINK
from echo_bench.methods.learned.emotional_conversation import GRID, PITCH, POSE, YAW, cells
from echo_bench.methods.learned.windows import roll
from tests.unit.learned.corpora import SMILE
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, change, corpus, drawn, example, trained, without

BLINK = 8
BEHAVIOUR = belfusion.PAST + belfusion.WINDOW - belfusion.BEFORE  # frames of a training window of belfusion


def drifting(seed: int, frames: int = 160) -> Example:
    """Slow motion around a posture of the clip's own, so that a window that knows nothing of the last one leaps."""
    rng = np.random.default_rng(seed)
    phase, level = rng.uniform(0, 6, 61), rng.normal(0, 1.0, 61)
    moving = level + 0.2 * np.sin(np.arange(frames)[:, None] / 12 + phase)
    return replace(example(seed, frames), target=moving.astype(np.float32))


def seams(motion: torch.Tensor, at: list[int]) -> float:
    """Mean step of motion (B, T, 61) from one frame to the next at the seams, in median steps elsewhere."""
    steps = motion.diff(dim=1).pow(2).mean(-1).sqrt()
    inner = [t for t in range(steps.shape[1]) if t + 1 not in at]
    return float(steps[:, [t - 1 for t in at]].mean() / steps[:, inner].median())


def moody(seed: int) -> Example:
    """Somebody who smiles all through the clip, or not at all, for no reason that can be heard or seen."""
    base = example(seed, 60)
    target = np.zeros((60, 61), np.float32)
    target[:, SMILE] = 0.1 + 0.6 * (seed % 2)
    return replace(base, target=target)


@pytest.mark.parametrize(
    ("name", "window", "least"),
    [("react-transvae", 60, 0.9), ("belfusion", BEHAVIOUR, 0.6)],  # an unused latent leaves 0.6 of the first
)
def test_one_user_gets_several_reactions(name, window, least):
    """More than one mood is drawn for the same user, where a regression would answer with the mean."""
    net = trained(name, [lengthened(moody(seed), window) for seed in range(8)], 60, window=window, batch=8)
    given = batch(net, 60)
    levels = [float(drawn(net, given, seed)[0, 20:, SMILE].mean()) for seed in range(12)]
    assert max(levels) - min(levels) > least  # the moods are 2 apart
    assert drawn(net, given, 3).equal(drawn(net, given, 3))


def lengthened(clip: Example, frames: int) -> Example:
    base = example(0, frames)
    return replace(base, target=np.resize(clip.target, (frames, 61)))


def test_the_latent_of_transvae_is_read_from_the_reaction_alone():
    net = network("react-transvae")
    truth = net.motion(torch.from_numpy(corpus()[0].target)[None])
    mean, log_variance = net.recognised(truth)
    assert mean.shape == log_variance.shape == (1, 32)
    assert change(mean, net.recognised(truth * 0.3)[0]) > 1e-3


def test_one_latent_of_transvae_holds_for_the_whole_clip():
    net = network("react-transvae")
    given = batch(net, 90)
    torch.testing.assert_close(drawn(net, given)[:, :50], drawn(net, given.between(0, 50)), atol=1e-4, rtol=1e-4)


def test_behaviours_of_belfusion_go_on_where_the_last_one_ended(monkeypatch):
    """Told what was shown before, the step at a seam is smaller than that of behaviours that begin afresh."""
    net = trained("belfusion", [drifting(seed) for seed in range(12)], 40, window=BEHAVIOUR)
    given = without(batch(net, 130), "user_motion", "user_audio", "avatar_audio")
    joined = torch.cat([drawn(net, given, seed) for seed in range(4)])

    def afresh(frames, length, overlap, make):
        return roll(frames, length, overlap, lambda known, end, before: make(known, end, None))

    monkeypatch.setattr(belfusion, "roll", afresh)
    apart = torch.cat([drawn(net, given, seed) for seed in range(4)])
    assert seams(joined, [50, 90]) < 0.7 * seams(apart, [50, 90])


def test_belfusion_remembers_the_speaker():
    """What the user did before the window still moves the reaction in it."""
    net = network("belfusion")
    given = batch(net, 90)
    past = given.user_motion.clone()
    past[:, :30] = 0
    other = net.heard(replace(given, user_motion=past))
    assert change(net.heard(given)[:, 40:], other[:, 40:]) > 1e-4


def test_dawn_makes_all_frames_in_as_many_calls_whatever_the_length(monkeypatch):
    net = network("dawn-nar")
    calls = []
    velocity = net.velocity
    monkeypatch.setattr(net, "velocity", lambda x, *rest: (calls.append(x.shape[1]), velocity(x, *rest))[1])
    counts = []
    for frames in (40, 160):
        calls.clear()
        drawn(net, batch(net, frames))
        assert set(calls) == {frames}
        counts.append(len(calls))
    assert counts == [dawn_nar.STEPS] * 2


def test_dawn_does_not_get_worse_with_length():
    """Four times the length of training: the error of the jaw, which follows the voice, stays as it is."""

    def talking(seed: int, frames: int) -> Example:
        base = example(seed, frames)
        target = np.zeros((frames, 61), np.float32)
        target[:, 24] = 0.3 + 0.1 * base.inputs.avatar_audio[:, 0]
        return replace(base, target=target)

    net = trained("dawn-nar", [talking(seed, 160) for seed in range(6)], 80, window=2 * BEAT)
    made = torch.cat([drawn(net, batch(net, 200), seed) for seed in range(4)])[
        ..., 24
    ]  # of one draw the halves differ by chance
    truth = net.motion(torch.from_numpy(talking(50, 200).target))[:, 24]
    error = (made - truth).pow(2).mean(dim=0)
    assert error.mean() < 0.6  # of a variance of 1
    assert error[150:].mean() < 1.2 * error[:50].mean() + 0.05


def test_pose_and_blink_of_dawn_come_from_pbnet():
    net = network("dawn-nar")
    given = batch(net, 100)
    posed = net.posed(given.avatar_audio, torch.zeros(1, 5, dawn_nar.LATENT))
    assert posed.shape == (1, 100, len(POSE_BLINK))
    other = torch.zeros(1, 5, dawn_nar.LATENT)
    other[:, 4] = 3.0
    moved = (net.posed(given.avatar_audio, other) - posed).abs().amax(dim=(0, 2))
    assert moved[80:].min() > 10 * moved[:10].max()  # a beat's latent moves its own second
    other[:, 4], other[:, 0] = 0.0, 3.0
    assert (net.posed(given.avatar_audio, other) - posed).abs().amax(dim=(0, 2)).min() > 1e-3  # the clip's, all of it


def blinking(seed: int) -> Example:
    """A blink of 5 frames at a time that nothing tells, about once a second."""
    rng = np.random.default_rng(seed)
    target = np.zeros((100, 61), np.float32)
    for second in range(4):
        at = 25 * second + int(rng.integers(2, 18))
        target[at : at + 5, BLINK] = target[at : at + 5, BLINK + 1] = (0.5, 0.9, 1.0, 0.9, 0.5)
    return replace(example(seed, 100), target=target)


def test_dawn_blinks():
    """Drawn latents give blinks and not their mean."""
    net = trained("dawn-nar", [blinking(seed) for seed in range(12)], 70, window=75)
    given = batch(net, 100)
    lids = torch.cat([net.motion.undo(drawn(net, given, seed))[..., BLINK] for seed in range(4)])
    assert (lids.amax(dim=1) > 0.4).all()
    assert lids.median() < 0.3


def felt(seed: int) -> Example:
    """Gaze, head and smile of a clip follow its emotion, and so does the sound of the voice."""
    base, kind, rng = example(seed, 40), seed % 2, np.random.default_rng(seed)
    sign = 2 * kind - 1
    voice = base.inputs.avatar_audio + 2 * sign
    target = 0.05 * rng.normal(size=(40, 61)).astype(np.float32)
    target[:, YAW] += 0.3 * sign
    target[:, PITCH] -= 0.2 * sign
    target[:, 52] += 0.2 * sign
    target[:, SMILE] += 0.3 * sign
    return replace(base, inputs=replace(base.inputs, avatar_audio=voice), target=target, emotion=np.full(40, 1 + kind))


@pytest.fixture(scope="module")
def feeling():
    return trained("emotional-conversation", [felt(seed) for seed in range(8)], 80, window=30, batch=8)


def shown(net, kind: int, seed: int = 0) -> torch.Tensor:
    """Motion that is made from a voice of one kind."""
    voice = torch.from_numpy(felt(100 + kind).inputs.avatar_audio)[None]
    given = replace(batch(net, 40), avatar_audio=net.audio(voice))
    return drawn(net, given, seed)[0]


def test_the_emotion_is_read_from_the_voice(feeling):
    for kind in (0, 1):
        voice = feeling.audio(torch.from_numpy(felt(100 + kind).inputs.avatar_audio)[None])
        assert (feeling.emotion(voice)[0, 10:].argmax(-1) == 1 + kind).float().mean() > 0.9


def test_gaze_and_pose_alone_show_the_emotion(feeling):
    """The collaborative classifier tells what was made of one emotion from what was made of the other, the rest taken away."""
    told: dict[int, list[float]] = {0: [], 1: []}
    for kind, found in told.items():
        for seed in range(4):
            cues = torch.zeros(1, 40, 61)
            cues[..., [*POSE, YAW, PITCH]] = shown(feeling, kind, seed)[None][..., [*POSE, YAW, PITCH]]
            logits = feeling.judged(cues)[0].detach()
            found.append(float(logits[2] - logits[1]))
    # Where the boundary lies differs from training to training, as it has never seen a face that stands still.
    assert min(told[1]) > max(told[0]) + 0.5


def divergence(one: torch.Tensor, other: torch.Tensor) -> float:
    """Jensen-Shannon divergence of two sets of gaze cells."""
    p, q = (
        F.one_hot(cells(rows[..., YAW : PITCH + 1]).flatten(), GRID * GRID).float().mean(0) for rows in (one, other)
    )
    mixed = (p + q) / 2 + 1e-9
    return float(sum((each * ((each + 1e-9) / mixed).log()).sum() for each in (p, q)) / 2)


def test_gaze_of_an_emotion_is_that_of_the_truth(feeling):
    truths = [feeling.motion(torch.from_numpy(felt(kind).target)) for kind in (0, 1)]
    made = [shown(feeling, kind)[10:] for kind in (0, 1)]
    same = sum(divergence(truths[k], made[k]) for k in (0, 1))
    swapped = sum(divergence(truths[k], made[1 - k]) for k in (0, 1))
    assert same < 0.7 * swapped


def test_gaze_is_drawn_and_other_seeds_look_elsewhere():
    net = network("emotional-conversation")
    given = batch(net, 30)
    assert change(drawn(net, given, 0)[..., YAW], drawn(net, given, 1)[..., YAW]) > 1e-2


def test_each_cue_reads_what_was_shown_before():
    """Autoregression: other shown motion in frame 5 moves all frames after it, and none before."""
    net = network("emotional-conversation")
    given = batch(net, 12)
    emotion = net.emotion(given.avatar_audio).softmax(-1)
    past = torch.zeros(1, 12, 61)
    other = past.clone()
    other[:, 5] = 3.0
    torch.manual_seed(1)
    one = net.unroll(given, emotion, past, None)[0]
    torch.manual_seed(1)
    two = net.unroll(given, emotion, other, None)[0]
    moved = (one - two).abs().amax(dim=(0, 2))
    assert moved[:6].max() == 0
    assert moved[6:].min() > 1e-4
