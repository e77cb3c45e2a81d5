"""Cards: a claim that holds passes, each kind of broken claim is named, and boards say which ids failed."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from echo_bench.leaderboard.build import build
from echo_bench.metrics.cards import Verdict, failed_cards
from echo_bench.validation import claims
from echo_bench.validation.cards import card_page, cards_of, index_page, verdicts_json
from echo_bench.validation.claims import CLAIMS
from echo_bench.validation.heatmap import draw_heatmap
from echo_bench.validation.lab import Response
from echo_bench.validation.ladders import drawn_ladder, filmed_ladder, motion_ladder
from tests.byhand import result, score

RISING, FLAT = np.array([0.0, 0.3, 0.6, 1.0]), np.zeros(4)
ID = "fd_exp@dim-native"
NEEDS_SAMPLES = "frdiv@react24-nan-aware-native"  # several per clip, and a damaged truth is one
CLIPS = [SimpleNamespace(id=name, identities={"avatar": name}) for name in "ab"]
KNOWN = {*motion_ladder(), *drawn_ladder(CLIPS), *filmed_ladder()}


def found(**changed):
    """Responses of an id that keeps its claims, but for those that are given."""
    seen = {name: Response(RISING, {3: 1.0}) for name in CLAIMS["fd_exp@dim"].sees}
    blind = {name: Response(FLAT, {3: 0.0}) for name in (*CLAIMS["fd_exp@dim"].blind, "harmless")}
    return {ID: seen | blind | {name.replace("_", "-"): each for name, each in changed.items()}}


def faults(**changed):
    (card,) = cards_of(found(**changed))
    return card.faults


def test_kept_claims_have_no_fault():
    assert faults() == ()


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"freeze": Response(FLAT, {3: 1.0})}, "does not see freeze"),
        ({"freeze": Response(RISING[[0, 3, 2, 1]], {3: 1.0})}, "does not rise with freeze (Spearman 0.20)"),
        ({"freeze": Response(RISING, {3: 0.5, 5: 1.0})}, "tells freeze at half strength in 50% of draws of 3 clips"),
        ({"reverse": Response(0.1 * RISING, {})}, "moves with reverse (10% of its most loss)"),
        ({"harmless": Response(0.1 * RISING, {})}, "moves with harmless (10% of its most loss)"),
    ],
)
def test_a_broken_claim_is_named(changed, fault):
    assert faults(**changed) == (fault,)


def test_claims_name_known_damages_and_never_both_ways():
    for claim in CLAIMS.values():
        assert {*claim.sees, *claim.blind} <= KNOWN
        assert not {*claim.sees} & {*claim.blind}


def test_every_native_default_id_has_a_claim():
    from echo_bench.metric import is_native
    from echo_bench.metrics import DEFAULT

    without = {id_ for id_ in DEFAULT if is_native(id_) and not claims.claim_of(id_).sees}
    assert without == {NEEDS_SAMPLES}


def test_every_measured_id_that_is_judged_has_a_claim():
    from echo_bench.metric import Direction, is_native
    from echo_bench.metrics import DEFAULT, EMBEDDED, METRICS

    judged = [
        id_
        for id_ in (*DEFAULT, *EMBEDDED)
        if not is_native(id_) and METRICS.get(id_).info.direction is not Direction.NONE
    ]
    assert [id_ for id_ in judged if not claims.claim_of(id_).sees] == []


def test_pages_and_verdicts(tmp_path):
    cards = cards_of(found(freeze=Response(FLAT, {3: 1.0})))
    assert "**Does not hold:** does not see freeze." in card_page(cards[0], "here")
    assert f"[`{ID}`](fd_exp-dim-native.md) | fails | does not see freeze" in index_page(
        cards, motion_ladder(), "here", "command"
    )
    assert json.loads(verdicts_json(cards, "here")) == {ID: {"faults": ["does not see freeze"], "where": "here"}}
    draw_heatmap(cards, list(motion_ladder()), tmp_path / "map.png")
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")


def test_a_card_without_anything_to_see_holds_nothing():
    """`frsyn` is for late motion: without that on the ladder, stillness alone is no claim that held."""
    still = {"frsyn@p": {name: Response(FLAT, {3: 0.0}) for name in ("shrink", "sound-late", "harmless")}}
    (card,) = cards_of(still)
    assert (card.faults, card.verdict) == ((), "untried")
    assert "**Untried:**" in card_page(card, "here")
    assert "| untried |" in index_page([card], motion_ladder(), "here", "command")
    (kept,) = cards_of({"frsyn@p": still["frsyn@p"] | {"late": Response(RISING, {3: 1.0})}})
    assert kept.verdict == "holds"


def test_a_value_that_is_missing_does_not_pass_for_stillness():
    gone = Response(np.array([0.0, 0.0, np.nan, np.nan]), {3: 0.0})
    assert faults(reverse=gone) == ("has no value at some strength of reverse",)
    assert faults(harmless=gone) == ("has no value at some strength of harmless",)


def test_a_board_says_which_ids_fail(monkeypatch):
    monkeypatch.setattr(
        "echo_bench.leaderboard.build.failed_cards", lambda: {"m@p": Verdict(("does not see freeze",), "five clips")}
    )
    board = build([result("a", score("m@p", 1.0), score("n@p", 1.0))])
    flags = {column.metric: column.flags for column in board.columns}
    assert flags == {"m@p": ("fails its own report card (five clips): does not see freeze",), "n@p": ()}
    assert any("fails its own report card" in note for note in board.notes)


def test_the_committed_verdicts_are_of_known_ids():
    from echo_bench.metrics import METRICS

    assert set(failed_cards()) <= set(METRICS)
