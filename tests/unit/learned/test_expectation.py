"""What is expected and what departs from it: how the two are learnt apart, put together, and kept to the streams that are given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from echo_bench.methods.learned.corpus import collate, draw
from echo_bench.methods.learned.expectation import DepartingNetwork, Expectation, pieces
from tests.unit.learned.corpora import corpus, example
from tests.unit.learned.untrained import learned, network
from tests.unit.methods.learned.toys import batch, chance, change, without


class Coin(DepartingNetwork):
    """Departs by +1 or -1 for the whole clip."""

    streams = ("user_audio",)

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] = []
        self.push = torch.nn.Parameter(torch.ones(()))

    def loss(self, batch):
        self.seen.append(batch.target)
        return {"coin": (self.push * batch.target).pow(2).mean()}

    def sample(self, batch, rng):
        return (2.0 * torch.randint(2, (1,), generator=rng) - 1.0).expand(*batch.user_audio.shape[:2], 61)


DEPARTING = [name for name in learned() if isinstance(network(name), DepartingNetwork)]


@pytest.fixture
def coin():
    torch.manual_seed(0)
    net = Coin().eval()
    net.fit_scales(corpus())
    return net


def test_the_methods_that_draw_reactions_draw_departures():
    assert set(DEPARTING) >= {"arig", "avatar-forcing", "belfusion", "infp", "l2l-vq", "react-transvae", "teller-rvq"}


def test_motion_is_what_is_expected_and_a_departure_of_the_temperature(coin, monkeypatch):
    given = batch(coin)
    expected = coin.expectation(given)
    for temperature in (0.0, 0.3):
        monkeypatch.setattr(Coin, "temperature", temperature)
        apart = coin.made(given, chance()) - expected
        torch.testing.assert_close(apart.abs(), torch.full_like(apart, temperature), atol=1e-6, rtol=0)


def test_a_departure_is_learnt_from_what_the_expectation_leaves(coin):
    windows = coin.standardised(draw(corpus(), 3, 80, np.random.default_rng(0)))
    terms = coin.terms(windows)
    assert set(terms) == {"coin", "expected-motion", "expected-velocity", "expected-affect"}
    torch.testing.assert_close(coin.seen[0], windows.target - coin.expectation(windows))


def test_departures_do_not_move_the_expectation(coin):
    """Else the expectation would make departures easy instead of small."""
    windows = coin.standardised(draw(corpus(), 3, 80, np.random.default_rng(0)))
    coin.terms(windows)["coin"].backward()
    assert coin.push.grad is not None
    assert all(weight.grad is None for weight in coin.expectation.parameters())


def test_the_expectation_is_causal_and_knows_its_streams_alone():
    torch.manual_seed(0)
    net = Expectation(("user_audio",)).eval()
    given = collate([example(0, 80)])
    later = given.user_audio.clone()
    later[:, 50:] += 1.0
    before, after = net(given), net(replace(given, user_audio=later))
    assert change(before[:, :50], after[:, :50]) < 1e-6
    assert change(before[:, 50:], after[:, 50:]) > 1e-3
    assert torch.equal(before, net(without(given, "user_motion", "avatar_audio", "reference", "target")))


@pytest.mark.parametrize("name", DEPARTING)
def test_no_more_is_expected_from_than_the_mechanism_is_given(name):
    """A stream that does not move a departure does not move the expected motion either."""
    net = network(name)
    given = batch(net, 40)
    for stream in ("user_motion", "user_audio", "avatar_audio"):
        blind = without(given, stream)
        with torch.inference_mode():
            ignored = torch.equal(net.sample(given, chance()), net.sample(blind, chance()))
            assert torch.equal(net.expectation(given), net.expectation(blind)) == ignored


def test_windows_are_cut_into_pieces_in_order():
    windows = collate([example(seed, 60) for seed in range(2)])
    cut = pieces(windows, 20)
    assert cut.target.shape == (6, 20, 61)
    for number in range(6):
        window, start = number // 3, 20 * (number % 3)
        assert torch.equal(cut.target[number], windows.target[window, start : start + 20])
        assert torch.equal(cut.user_audio[number], windows.user_audio[window, start : start + 20])
        assert torch.equal(cut.reference[number], windows.reference[window])
