"""Appropriateness and rationality: formula, leave-one-out, lags, graded damage, chance, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.emotion import appropriateness, rationality
from echo_metrics.errors import MetricInputError
from hypothesis import given
from hypothesis import strategies as st


def affect(seed, count=1, frames=60):
    """Smooth random affect within [-1, 1]: (count, frames, 2)."""
    noise = np.random.default_rng(seed).normal(size=(count, frames + 7, 2))
    smooth = np.apply_along_axis(np.convolve, 1, noise, np.ones(8) / 8, mode="valid")
    return smooth.clip(-1, 1)


def ccc(u, v):
    return 2 * np.cov(u, v, bias=True)[0, 1] / (u.var() + v.var() + (u.mean() - v.mean()) ** 2)


def by_hand(reaction, right, longest=5):
    """The definition of docs/metrics/appropriateness.md, with loops."""
    best = -2.0
    for member in right:
        for lag in range(-longest, longest + 1):
            pairs = [(t, t - lag) for t in range(len(reaction)) if 0 <= t - lag < len(reaction)]
            mine, theirs = (list(index) for index in zip(*pairs, strict=True))
            best = max(best, np.mean([ccc(reaction[mine, d], member[theirs, d]) for d in range(2)]))
    return best


def test_formula():
    pred, right, wrong = affect(1, 3), affect(2, 4), affect(3, 2)
    result = appropriateness([pred], [right], [wrong])
    scores, rivals = [by_hand(p, right) for p in pred], [by_hand(w, right) for w in wrong]
    assert result.score == pytest.approx(np.mean(scores), rel=1e-9)
    assert result.spans == (pytest.approx(np.mean(scores), rel=1e-9),)
    assert result.auc == pytest.approx(np.mean([[s > r for r in rivals] for s in scores]))


def test_lag_shrinks_with_the_span():
    pred, right = affect(1, 1, frames=12), affect(2, 2, frames=12)
    assert appropriateness([pred], [right]).score == pytest.approx(by_hand(pred[0], right, longest=3), rel=1e-9)


@given(st.integers(-5, 5))
def test_forgives_a_second_either_way(shift):
    base = affect(4, frames=80)
    shifted = base[:, 10 + shift : 70 + shift] + 1e-12  # not equal to the member it resembles
    assert appropriateness([shifted], [base[:, 10:70]]).score == pytest.approx(1, abs=1e-9)


def test_leaves_out_itself_and_no_other_that_does_the_same():
    """Where nothing happens, right reactions are equal; the scored one must still find one that does what it does."""
    calm = np.tile(affect(5), (3, 1, 1))
    assert appropriateness([calm[:1]], [calm]).score == 1
    with pytest.raises(MetricInputError, match="only member"):
        appropriateness([calm[:1]], [calm[:1]])


def test_does_not_forgive_three_seconds():
    base = affect(4, frames=80)
    assert appropriateness([base[:, 15:75]], [base[:, :60]]).score < 0.7


def test_leaves_the_reaction_out_of_its_own_set():
    """The truth must not be compared with itself; and alternatives are scored against the others."""
    right = affect(5, 4)
    alone = appropriateness([right[:1]], [right[1:]]).score
    assert appropriateness([right[:1]], [right]).score == pytest.approx(alone) != 1
    with pytest.raises(MetricInputError, match="nothing is left"):
        appropriateness([right[:1]], [right[:1]])


def test_any_right_reaction_is_right():
    """Where a distance to the recorded reaction would punish three of four."""
    right, near = affect(6, 4), affect(7, 4) * 0.05
    scores = [appropriateness([(right[i] + near[i])[None]], [right]).score for i in range(4)]
    assert min(scores) > 0.95


def test_falls_with_damage():
    right, noise = affect(8, 3), affect(9)
    values = [appropriateness([right[:1] * 0.9 + n * noise], [right]).score for n in (0, 0.3, 1, 3)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.9 > 0.5 > values[-1]


def test_strength_and_sign_matter():
    right = affect(10, 1)
    scores = [appropriateness([k * right], [right]).score for k in (0.99, 0.5, 0.1, 0, -1)]
    assert scores == sorted(scores, reverse=True)
    assert scores[3] == 0  # a static face


def test_auc_is_a_half_by_chance_and_one_when_right():
    many = [appropriateness([affect(i, 4)], [affect(100 + i, 5)], [affect(200 + i, 4)]).auc for i in range(40)]
    assert np.mean(many) == pytest.approx(0.5, abs=0.06)
    right, wrong = affect(11, 5), affect(12, 4)
    assert appropriateness([right[:1] * 0.95], [right], [wrong]).auc == 1
    assert appropriateness([wrong], [right], [wrong]).auc == 0.5


def test_chance_level_rises_with_the_set():
    """Documented: a maximum over more reactions is larger, so scores of different K do not compare."""
    one, seven = (np.mean([appropriateness([affect(i)], [affect(50 + i, k)]).score for i in range(30)]) for k in (1, 7))
    assert 0 < one + 0.1 < seven


@given(st.permutations(range(3)))
def test_order_of_spans_and_members_does_not_matter(order):
    pred, right = [affect(i, 2) for i in range(3)], [affect(20 + i, 3) for i in range(3)]
    shuffled = appropriateness([pred[i] for i in order], [right[i][::-1] for i in order])
    assert shuffled.score == pytest.approx(appropriateness(pred, right).score, rel=1e-12)


@pytest.mark.parametrize(
    ("pred", "right", "wrong", "message"),
    [
        ([], [], None, "at least one"),
        ([affect(1)], [], None, "one entry per listening span"),
        ([affect(1)], [affect(2)], [], "one entry per listening span"),
        ([affect(1)[0]], [affect(2)], None, "Pass a list with one entry per span"),
        ([affect(1)], [affect(2, frames=50)], None, "cut to the span"),
        ([affect(1, frames=9)], [affect(2, frames=9)], None, "less than 2 s"),
        ([affect(1) * np.nan], [affect(2)], None, "face lost"),
    ],
)
def test_appropriateness_refuses(pred, right, wrong, message):
    with pytest.raises(MetricInputError, match=message):
        appropriateness(pred, right, wrong)


WORDS = np.tile(np.repeat([[0.8, 0.5], [-0.6, -0.3], [0.0, 0.0], [-0.5, 0.6]], 12, axis=0), (2, 1))


def test_rationality_formula():
    face = affect(1, frames=len(WORDS))[0]
    curve = [
        np.mean([ccc(face[max(0, k) : 96 + min(0, k), d], WORDS[max(0, -k) : 96 - max(0, k), d]) for d in range(2)])
        for k in range(-2, 11)
    ]
    assert rationality([face], [WORDS]) == pytest.approx(max(curve), rel=1e-9)


@pytest.mark.parametrize("delay", range(-2, 11))
def test_a_face_may_trail_the_words_by_two_seconds(delay):
    long = np.concatenate([WORDS, WORDS])
    assert rationality([long[20 - delay : 120 - delay]], [long[20:120]]) == pytest.approx(1)


def test_a_face_must_not_know_the_words_long_before():
    long = np.concatenate([WORDS, WORDS])
    assert rationality([long[26:126]], [long[20:120]]) < 0.8


def test_rationality_falls_with_damage_and_sees_the_sign():
    noise = affect(3, frames=len(WORDS))[0]
    values = [rationality([0.7 * WORDS + n * noise], [WORDS]) for n in (0, 0.5, 2)]
    assert values == sorted(values, reverse=True)
    slow = np.repeat(WORDS, 3, axis=0)
    assert rationality([-slow], [slow]) < 0 == rationality([0 * slow], [slow])


def test_a_channel_that_never_changes_says_nothing():
    flat = WORDS * [1, 0]
    face = WORDS * 0.8
    assert rationality([face], [flat]) == pytest.approx(ccc(face[:, 0], flat[:, 0]))


@pytest.mark.parametrize(
    ("face", "words", "message"),
    [
        (WORDS[:40], WORDS[:40], "at least 41"),
        (WORDS, 0 * WORDS, "never changes"),
        (WORDS[:-1], WORDS, "common length"),
        (WORDS[:, :1], WORDS[:, :1], "valence and arousal"),
    ],
)
def test_rationality_refuses(face, words, message):
    with pytest.raises(MetricInputError, match=message):
        rationality([face], [words])
