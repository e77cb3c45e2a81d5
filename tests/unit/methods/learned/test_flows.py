"""Mechanisms of the methods that draw motion by flows: infp, avatar-forcing, ditto-dit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from echo_bench.methods.learned import avatar_forcing, ditto_dit, infp
from echo_bench.methods.learned.corpus import EMOTIONS, Example
from echo_bench.methods.learned.ditto_dit import CONTROLS
from tests.unit.learned.corpora import SMILE
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, drawn, example, trained, without

JOY, ANGER = EMOTIONS.index("joy"), EMOTIONS.index("anger")


def test_infp_hears_both_voices_and_sees_nobody():
    net = network("infp")
    given = batch(net)
    assert torch.equal(drawn(net, given), drawn(net, without(given, "user_motion", "reference")))
    for voice in ("user_audio", "avatar_audio"):
        assert change(drawn(net, given), drawn(net, without(given, voice))) > 1e-3


def test_the_memories_of_infp_are_verbal_and_nonverbal():
    """What the own voice calls up does not depend on the user's, and the other way round."""
    net = network("infp")
    one, two = batch(net, seed=50), batch(net, seed=51)
    mixed = replace(one, user_audio=two.user_audio)
    verbal = net.guide(one) - net.guide(replace(two, user_audio=one.user_audio))
    torch.testing.assert_close(verbal, net.guide(mixed) - net.guide(two), atol=1e-4, rtol=1e-4)


def test_memories_are_read_as_a_mixture():
    net = network("infp")
    span = net.values.detach().flatten(0, 1)
    assert net.guide(batch(net)).abs().max() <= 2 * span.abs().max()


@pytest.mark.parametrize("given_before", [infp.BEFORE, 0])
def test_windows_of_infp_go_on_where_the_last_one_ended(given_before, monkeypatch):
    """What was heard before the second window moves it, through the frames that it is given; given none, it begins afresh."""
    monkeypatch.setattr(infp, "BEFORE", given_before)
    net = network("infp")
    given = batch(net, 130)
    early = given.avatar_audio.clone()
    early[:, :50] = 0
    before, after = drawn(net, given), drawn(net, replace(given, avatar_audio=early))
    assert change(before[:, :50], after[:, :50]) > 1e-3
    assert (change(before[:, 75:], after[:, 75:]) > 1e-6) == (given_before > 0)


def test_infp_reads_the_frames_that_it_is_given_and_no_others():
    net = network("infp")
    x, times, guide = torch.randn(1, 40, infp.LATENTS), torch.full((1, 40), 0.5), torch.randn(1, 40, infp.WIDTH)
    known = (torch.arange(40) < infp.BEFORE).float()[None, :, None]
    before, other, hidden = (
        torch.randn(1, 40, infp.LATENTS),
        torch.randn(1, 40, infp.LATENTS),
        torch.randn(1, 40, infp.LATENTS),
    )
    hidden[:, : infp.BEFORE] = before[:, : infp.BEFORE]
    made = net.velocity(x, times, guide, before, known)
    assert change(made, net.velocity(x, times, guide, other, known)) > 1e-3
    assert torch.equal(made, net.velocity(x, times, guide, hidden, known))


def test_blocks_of_avatar_forcing_see_the_past_and_themselves():
    seen = torch.isfinite(avatar_forcing.block_bias(130)[0])
    assert seen[34].nonzero()[:, 0].tolist() == list(range(40))
    assert seen[129].nonzero()[:, 0].tolist() == list(range(29, 130))


def test_the_past_of_avatar_forcing_is_data():
    """The velocity of a block does not depend on how noisy later blocks are, and does depend on the past."""
    net = network("avatar-forcing")
    given, times = net.seen(batch(net, 60)), torch.full((1, 60), 0.5)
    x = torch.randn(1, 60, 61)
    noisier, moved = times.clone(), x.clone()
    noisier[:, 30:] = 0.1
    moved[:, 10:20] += 1
    before = net.velocity(x, times, given)
    assert change(before[:, :30], net.velocity(x, noisier, given)[:, :30]) < 1e-5
    after = net.velocity(moved, times, given)
    assert change(before[:, :10], after[:, :10]) < 1e-5
    assert change(before[:, 20:30], after[:, 20:30]) > 1e-3


@pytest.mark.parametrize("stream", ["user_motion", "user_audio", "avatar_audio"])
def test_avatar_forcing_is_forced_by_each_track(stream):
    net = network("avatar-forcing")
    given = batch(net, 40)
    assert change(drawn(net, given), drawn(net, without(given, stream))) > 1e-3


def test_made_blocks_of_avatar_forcing_stay():
    net = network("avatar-forcing")
    whole = drawn(net, batch(net, 60))
    part = drawn(net, batch(net, 60).between(0, 40))
    torch.testing.assert_close(part, whole[:, :40], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_of_ditto_is_honoured(control):
    net = network("ditto-dit")
    given = batch(net, 150)
    columns = CONTROLS[control]
    wanted = torch.sin(torch.arange(150.0) / 9)[None, :, None].expand(-1, -1, len(columns))
    with torch.inference_mode():
        made = net.sample(given, chance(), controls={control: wanted})
        free = net.sample(given, chance())
    assert change(made[..., columns], wanted) < 1e-4
    rest = [k for k in range(61) if k not in columns]
    assert change(made[..., rest], free[..., rest]) > 1e-3  # the rest fits to it


def test_chunks_of_ditto_fade_into_each_other():
    """Where two chunks meet, motion jerks no more than within a chunk; hard cuts would."""
    net = network("ditto-dit")
    steady = without(batch(net, 290), "avatar_audio")
    with pytest.MonkeyPatch.context() as patch:
        flat = lambda given, controls, rng: torch.randn(1, 1, 61, generator=rng).expand(1, given.shape[1], 61)  # noqa: E731
        patch.setattr(net, "_chunk", flat)
        motion = drawn(net, steady)
    steps = motion.diff(dim=1).abs().amax(dim=(0, 2))
    starts = [70, 140, 210]
    inside = [t for start in starts for t in range(start - 1, start + ditto_dit.OVERLAP)]
    held = [t for t in range(289) if not any(start - 1 <= t < start + 10 for start in starts)]
    assert steps[held].max() == 0
    assert steps[inside].max() < 0.15 * max(float((motion[0, s + 12] - motion[0, s - 2]).abs().max()) for s in starts)


def happy_or_angry(seed: int) -> Example:
    """A steady face that shows what is felt; the jaw follows the voice whatever is felt."""
    base, felt = example(seed, 80), (JOY, ANGER)[seed % 2]
    target = np.zeros((80, 61), np.float32)
    target[:, SMILE] = 0.5 if felt == JOY else 0.1
    target[:, 24] = 0.2 + 0.1 * base.inputs.avatar_audio[:, 0]
    return replace(base, target=target, emotion=np.full(80, felt))


def test_the_emotion_of_ditto_moves_expression_and_leaves_lips():
    net = trained("ditto-dit", [happy_or_angry(seed) for seed in range(8)], 80, window=80)
    given = batch(net, 80)
    with torch.inference_mode():
        joy, anger = (net.motion.undo(net.sample(given, chance(), emotion=felt)) for felt in (JOY, ANGER))
    smile = float((joy - anger)[..., SMILE].mean())
    assert smile > 0.1
    jaws = np.corrcoef(joy[0, :, 24].numpy(), anger[0, :, 24].numpy())[0, 1]
    assert jaws > 0.8
