"""Errors of what lips seem to say: by hand, against an independent recursion, and what looks alike."""

from __future__ import annotations

from functools import cache

import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.visemes import VISEMES, edit_distance, error_rate, visemes
from hypothesis import given
from hypothesis import strategies as st

PAT, BAT, CAT = (["P", "AE1", "T"], ["B", "AE1", "T"], ["K", "AE1", "T"])
WORDS = st.text("abc", max_size=7)


def recursive(a: str, b: str) -> int:
    """Levenshtein's definition."""

    @cache
    def distance(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        return min(distance(i - 1, j) + 1, distance(i, j - 1) + 1, distance(i - 1, j - 1) + (a[i - 1] != b[j - 1]))

    return distance(len(a), len(b))


@given(WORDS, WORDS)
def test_distance_is_that_of_the_definition(a, b):
    assert edit_distance(a, b) == recursive(a, b) == edit_distance(b, a)


@given(WORDS, WORDS, WORDS)
def test_distance_is_a_metric(a, b, c):
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


def test_what_looks_alike_is_no_error_of_visemes():
    """SPECTRE's point: pat and bat differ for letters and ears, not for eyes; cat differs for all."""
    assert error_rate(["pat"], ["bat"]) == pytest.approx(1 / 3)
    assert error_rate([PAT], [BAT]) == pytest.approx(1 / 3)
    assert error_rate([visemes(PAT)], [visemes(BAT)]) == 0
    assert error_rate([visemes(PAT)], [visemes(CAT)]) == pytest.approx(1 / 3)
    words = [[tuple(visemes(word)) for word in sentence] for sentence in ([PAT, CAT], [BAT, PAT])]
    assert error_rate([words[0]], [words[1]]) == 0.5


def test_there_are_sixteen_classes():
    assert set(VISEMES.values()) == set("pTtSfkirsu@aeEoO")
    assert len(VISEMES) == 39 + 3  # ARPAbet's, the schwa, and two that stress makes others
    assert visemes(["AH0", "AH1", "AH", "ER0", "IY2"]) == ["@", "E", "E", "@", "i"]


@given(st.lists(WORDS, min_size=1, max_size=4).filter(any))
def test_rate_is_0_for_itself_and_1_for_silence(sentences):
    assert error_rate(sentences, sentences) == 0
    assert error_rate(sentences, [""] * len(sentences)) == 1


def test_sentences_weigh_by_their_length():
    assert error_rate(["a", "bcd"], ["x", "bcd"]) == 0.25
    assert error_rate(["a"], ["abcd"]) == 3


def test_refusals():
    with pytest.raises(MetricInputError, match="'pat' is no phone"):
        visemes(["pat"])
    with pytest.raises(MetricInputError, match="2 sentences were said and 1 read"):
        error_rate(["a", "b"], ["a"])
    with pytest.raises(MetricInputError, match="nothing was said"):
        error_rate([""], ["a"])
