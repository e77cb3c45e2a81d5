"""Noise that is like departures: what is fitted is what was put in, and noise has it."""

from __future__ import annotations

import pytest
import torch
from echo_model.noise import Departures

from tests.unit.echo_model.small import CONFIG

SHAPE = (CONFIG.vae.channels, CONFIG.vae.grid, CONFIG.vae.grid)
NUMBERS = SHAPE[0] * SHAPE[1] * SHAPE[2]


@pytest.fixture(scope="module")
def people():
    """Departures along two directions, one slow and large, one quick and small, and a little of everything."""
    rng = torch.Generator().manual_seed(0)
    directions = torch.linalg.qr(torch.randn(NUMBERS, 2, generator=rng))[0].T
    rows = []
    for _ in range(12):
        along, state = [], torch.zeros(2)
        for _ in range(400):
            state = torch.tensor([0.9, 0.0]) * state + torch.tensor([0.19**0.5, 1.0]) * torch.randn(2, generator=rng)
            along.append(state)
        told = torch.stack(along) * torch.tensor([20.0, 5.0])
        rows.append((told @ directions + 0.1 * torch.randn(400, NUMBERS, generator=rng)).view(400, *SHAPE))
    return directions, rows


@pytest.fixture(scope="module")
def fitted(people):
    torch.manual_seed(0)
    found = Departures(CONFIG)
    found.fit(people[1])
    return found


def test_before_it_is_fitted_noise_is_white():
    white = torch.randn(2, CONFIG.current, *SHAPE)
    assert torch.equal(Departures(CONFIG)(white), white)


def test_what_was_put_in_is_found(people, fitted):
    directions, _ = people
    assert (fitted.basis[:2] * directions).sum(1).abs().tolist() == pytest.approx([1.0, 1.0], abs=1e-2)
    assert (fitted.basis @ fitted.basis.T - torch.eye(len(fitted.basis))).abs().max() < 1e-4
    assert fitted.size[[0, 1]].tolist() == pytest.approx([20.0, 5.0], rel=0.1)
    assert fitted.stay[[0, 1]].tolist() == pytest.approx([0.9, 0.0], abs=0.05)
    assert float(fitted.size[-1]) == pytest.approx(0.1, rel=0.1)


def test_noise_has_the_size_and_the_pace_of_departures(people, fitted):
    rng = torch.Generator().manual_seed(1)
    made = fitted(torch.randn(3000, CONFIG.current, *SHAPE, generator=rng)).flatten(2)
    along = made @ people[0].T
    assert along.std((0, 1)).tolist() == pytest.approx([20.0, 5.0], rel=0.1)
    assert along[:, 0].std(0).tolist() == pytest.approx(along[:, -1].std(0).tolist(), rel=0.1)
    lagged = (along[:, 1:] * along[:, :-1]).mean((0, 1)) / along.square().mean((0, 1))
    assert lagged.tolist() == pytest.approx([0.9, 0.0], abs=0.05)
    rest = made - along @ people[0]
    assert float(rest.std()) == pytest.approx(0.1, rel=0.1)


def test_it_is_fitted_on_fewer_people_than_it_has_directions():
    found = Departures(CONFIG)
    found.fit([torch.randn(6, *SHAPE, generator=torch.Generator().manual_seed(2))])
    assert int(found.basis.any(1).sum()) == 3
    assert found(torch.randn(1, CONFIG.current, *SHAPE)).isfinite().all()
