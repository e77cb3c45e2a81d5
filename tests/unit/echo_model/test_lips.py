"""Mouths that are opened in still pictures: where lips go, what is dark, and what stays."""

from __future__ import annotations

import pytest
import torch
from echo_model.lips import BESIDE, DARK, IVORY, RAISED, TALL, TEETH, guessed, opened
from echo_model.masks import Regions

SIZE = 100
HALF, HIGH, ROW, COLUMN = (
    0.1,
    0.04,
    60,
    40,
)  # the mouth: its half width and height, the line between its lips, its middle
FACE = Regions(
    *(torch.tensor([place]) for place in ((0.4, 0.5), (0.25, 0.35), (COLUMN / SIZE, ROW / SIZE), (HALF, HIGH)))
)


def lined(row):
    """A bright picture with a dark line across, at a row."""
    picture = torch.full((1, 3, SIZE, SIZE), 0.8)
    picture[:, :, row] = -0.8
    return picture


def light(*openings, picture=None):
    """Of opened pictures, (F, SIZE, SIZE) in [0, 1]; all colours are alike."""
    given = torch.full((1, 3, SIZE, SIZE), 0.8) if picture is None else picture
    found = opened(given, FACE, torch.tensor([openings]))
    assert found.shape == (1, len(openings), 3, SIZE, SIZE)
    return (found[0, :, 0] + 1) / 2


def darkest(column):
    return int(column.argmin())


def test_a_mouth_that_stays_closed_changes_nothing():
    picture = torch.rand(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    found = opened(picture, FACE, torch.tensor([[0.0, -0.3]]))
    assert torch.allclose(found, picture[:, None].expand_as(found), atol=1e-5)


def test_it_is_dark_between_the_lips_as_far_as_they_are_apart():
    """Half of a half width is five pixels; one fifth of them above the line, and none beyond the corners."""
    column = light(0.5)[0, :, COLUMN]
    dark = torch.nonzero(column < 0.9 * (1 - DARK * 0.5)).flatten().tolist()
    teeth = 100 * HALF * min(TEETH * 0.5, TALL)
    assert len(dark) == pytest.approx(100 * HALF * 0.5 - teeth, abs=1)
    assert dark[0] == pytest.approx(ROW - 100 * HALF * 0.5 * RAISED + teeth, abs=1)
    assert float(column[ROW + 1]) == pytest.approx(0.9 * (1 - DARK), abs=0.01)
    away = light(0.5)[0][:, [COLUMN - 11, COLUMN + 11]]
    assert torch.allclose(away, torch.full_like(away, 0.9), atol=1e-4)


def test_upper_teeth_are_seen_below_the_upper_lip_and_not_in_the_corners():
    """Of an opening of one half width, ten pixels, they are 1.5 rows, from two above the line; as light in any face."""
    for shade in (0.8, -0.8):
        (found,) = light(1.0, picture=torch.full((1, 3, SIZE, SIZE), shade))
        assert float(found[ROW - 2, COLUMN]) == pytest.approx((IVORY + 1) / 2, abs=0.01)
        assert float(found[ROW + 1, COLUMN]) == pytest.approx((shade + 1) / 2 * (1 - DARK), abs=0.01)
        (wide,) = light(2.0, picture=torch.full((1, 3, SIZE, SIZE), shade))  # tall enough beside, too
        beside = wide[:, round(COLUMN + 100 * HALF * BESIDE)]
        assert beside.max() <= (shade + 1) / 2 + 1e-4
    assert float(light(0.1)[0].max()) <= 0.9 + 1e-4


@pytest.mark.parametrize(("row", "by"), [(ROW + 2, 8), (ROW - 2, -2), (ROW + 12, 8), (ROW - 15, 0), (ROW + 39, 0)])
def test_lower_lip_and_chin_go_down_and_the_upper_lip_up(row, by):
    """What lies in the middle: lips, chin, nose, and the neck, which stay. An opening of one half width is ten pixels."""
    still = darkest(light(0.0, picture=lined(row))[0, :, COLUMN])
    column = light(1.0, picture=lined(row))[0, :, COLUMN].clone()
    column[ROW - 2 : ROW + 9] = 1.0  # the inside of the mouth
    assert still == row
    assert darkest(column) - row == pytest.approx(by, abs=1 if by == 8 else 0.5)


def test_mouths_open_frame_by_frame_and_more_the_louder():
    rows = light(0.0, 0.2, 0.6, 0.2)
    dark = (rows < 0.5).flatten(1).sum(1).tolist()
    assert dark[0] == 0
    assert 0 < dark[1] < dark[2]
    assert torch.equal(rows[1], rows[3])


def test_guesses_are_as_near_and_as_lively_as_those_of_a_voice():
    rng = torch.Generator().manual_seed(0)
    true, other = torch.randn(2, 50_000, generator=rng)
    told = guessed(true, other)
    assert float(told.std()) == pytest.approx(0.5**0.5, abs=0.01)
    assert float(torch.corrcoef(torch.stack([told, true]))[0, 1]) == pytest.approx(0.5**0.5, abs=0.01)
