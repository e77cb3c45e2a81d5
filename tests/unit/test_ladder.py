"""Every metric moves with the damage it is for, monotonically, and not with damage it is not for."""

import numpy as np
import pytest

from tests.conftest import ROOT
from tools.ladder_motion import DAMAGES, make
from tools.metric_ladder import BLIND, METRICS, RISES, SEES, STILL, climb, responses

PAGE = ROOT / "docs" / "metrics" / "ladder.md"


@pytest.fixture(scope="module")
def table():
    return responses(climb(clips=6, seconds=16, steps=4))


@pytest.mark.parametrize("metric", SEES)
def test_rises_with_what_it_is_for(table, metric):
    found = {damage: table[metric][damage] for damage in SEES[metric]}
    weak = {damage: cell for damage, cell in found.items() if not (cell[0] >= RISES and cell[1] > 0)}
    assert weak == {}


@pytest.mark.parametrize("metric", BLIND)
def test_stays_with_what_it_is_not_for(table, metric):
    moved = {damage: table[metric][damage] for damage in BLIND[metric] if table[metric][damage][1] > STILL}
    assert moved == {}


def test_every_metric_is_for_something():
    assert set(SEES) == set(METRICS)
    assert not {(metric, damage) for metric in BLIND for damage in BLIND[metric] if damage in SEES[metric]}


@pytest.mark.parametrize("damage", DAMAGES)
def test_no_strength_is_no_damage(damage):
    dyads = make(clips=4, seconds=4)
    truth = dyads.cut(dyads.truth)
    np.testing.assert_allclose(DAMAGES[damage](dyads, 0.0), truth, atol=1e-12)
    assert abs(DAMAGES[damage](dyads, 1.0) - truth).max() > 0.01


def test_the_page_shows_this_table():
    rows = [line.split("|") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert tuple(row[1].strip(" `") for row in rows) == METRICS
    assert all(len(row) == len(DAMAGES) + 3 for row in rows)
