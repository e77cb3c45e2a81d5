"""Mechanisms of the methods that regress motion or tell one most likely answer: rlhg-lstm, dualtalk, dim."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from echo_bench.methods.learned.corpus import Example
from tests.unit.learned.corpora import SMILE
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, change, corpus, drawn, example, trained, without

USER = ("user_motion", "user_audio")


def posed(seed: int) -> Example:
    """Somebody who keeps the posture that the clip began with."""
    base = example(seed, 40)
    level = np.random.default_rng(seed).normal(0, 0.3, 61).astype(np.float32)
    return replace(base, target=np.tile(level, (40, 1)))


def test_the_first_frame_of_rlhg_is_the_look_at_the_start():
    """ViCo's h0 and c0 come from the reference: without them all clips would begin alike."""
    net = trained("rlhg-lstm", [posed(seed) for seed in range(4)], 60, window=20)
    errors, looks = [], []
    for seed in range(4):
        given = replace(batch(net, 20), reference=net.motion(torch.from_numpy(posed(seed).target[:1])[None]))
        errors.append(F.mse_loss(drawn(net, given)[:, 0], given.reference[:, 0]))
        looks.append(given.reference[:, 0])
    apart = torch.cat(looks).var(0).mean()
    assert max(errors) < 0.3 * apart


def test_rlhg_goes_without_a_look():
    net = network("rlhg-lstm")
    given = batch(net)
    blind, mean = (replace(given, reference=torch.full_like(given.reference, value)) for value in (torch.nan, 0.0))
    assert torch.equal(drawn(net, blind), drawn(net, mean))


def test_another_attitude_is_another_listener():
    net = network("rlhg-lstm")
    given = batch(net)
    one, two = (net(given, F.one_hot(torch.full((1, 80), k), 3).float()) for k in (0, 2))
    assert change(one, two) > 0.01


def test_the_attitude_is_settled_after_the_opening():
    net = network("rlhg-lstm")
    given = batch(net, 120)
    attitude = net.attitudes(given)
    torch.testing.assert_close(attitude.sum(-1), torch.ones(1, 120))
    assert change(attitude[:, 49:], attitude[:, 49:50]) == 0
    assert change(attitude[:, :49], attitude[:, 49:50]) > 0


@pytest.mark.parametrize("name", ["rlhg-lstm", "dualtalk", "dim"])
@pytest.mark.parametrize("streams", [("user_motion",), ("user_audio",), ("avatar_audio",)])
def test_each_track_matters(name, streams):
    net = network(name)
    given = batch(net)
    assert change(drawn(net, given), drawn(net, without(given, *streams))) > 1e-3


def test_dualtalk_learns_to_follow_the_user():
    """The avatar's smile is the user's, 4 frames late: found with the user's track, lost without."""
    net = trained("dualtalk", corpus(), 50, window=48)
    given, truth = batch(net, 100), example(50, 100).target[:, SMILE]
    followed, deaf = (drawn(net, each)[0, :, SMILE].numpy() for each in (given, without(given, *USER)))
    assert np.corrcoef(followed, truth)[0, 1] > 0.7
    assert abs(np.corrcoef(deaf, truth)[0, 1]) < 0.5


def test_dualtalk_lets_either_track_attend_to_the_other():
    net = network("dualtalk")
    bias = torch.zeros(4, 5, 5)
    own, other = torch.randn(1, 5, 88), torch.randn(1, 5, 88)
    for block in (net.own_to_other, net.other_to_own):
        assert change(block(own, bias, other, bias), block(own, bias, torch.zeros_like(other), bias)) > 1e-3


def alone(net, given, avatar):
    """Both roles of dim before they meet; nothing is masked."""
    user = net.coded(given.user_motion)[1]
    shown = torch.zeros_like(user[..., :1])
    return net.alone_states((user, avatar), (shown, shown), given)


def test_dim_contrasts_roles_that_have_not_met():
    """Were one role's summary made of the other, telling a conversation's two sides together would be no task."""
    net = network("dim")
    given = batch(net)
    avatar = net.coded(net.motion(torch.from_numpy(example(51, 80).target)[None]))[1]
    user_first, avatar_first = alone(net, given, avatar)
    user_after, _ = alone(net, without(given, *USER), torch.randn_like(avatar))
    assert change(avatar_first, alone(net, without(given, *USER), avatar)[1]) == 0
    assert change(user_first, alone(net, without(given, "avatar_audio"), torch.randn_like(avatar))[0]) == 0
    assert change(user_first, user_after) > 1e-3
    met = net.states(user_first, avatar_first)[1]
    assert change(met, net.states(user_after, avatar_first)[1]) > 1e-3


def test_masked_motion_is_hidden_from_dim():
    net = network("dim")
    given = batch(net)
    user = net.coded(given.user_motion)[1]
    hidden, shown = torch.ones_like(user[..., :1]), torch.zeros_like(user[..., :1])
    one, two = (net.alone_states((user, torch.randn_like(user)), (shown, hidden), given)[1] for _ in range(2))
    assert torch.equal(one, two)


def test_dim_codes_both_roles_with_many_codes():
    net = trained("dim", corpus(), 70, window=80, batch=4, rate=1e-3)
    used = [net.coded(net.motion(torch.from_numpy(clip.inputs.user_motion)[None]))[2] for clip in corpus()]
    assert len(torch.cat(used).unique()) > 40
