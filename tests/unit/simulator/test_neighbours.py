"""Neighbours: users who behave alike, never oneself, never the other of the pair."""

import numpy as np
import pytest
from echo_metrics.reactions import as_neighbours
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_bench.simulator.neighbours import ALIKE, LONGEST_LAG, neighbour_matrix
from tests.unit.simulator.content import CLIPS, dialogue, performance
from tests.unit.simulator.oracle import five_hertz


def walks(seed, clips, frames=60):
    steps = np.random.default_rng(seed).normal(size=(clips, frames, 2))
    return list(np.tanh(0.2 * steps.cumsum(axis=1)))


def concordance(a, b):
    """By its definition."""
    both = 2 * np.mean((a - a.mean()) * (b - b.mean()))
    return both / (a.var() + b.var() + (a.mean() - b.mean()) ** 2)


def likeness(a, b):
    best = -1.0
    for lag in range(-LONGEST_LAG, LONGEST_LAG + 1):
        x, y = (a[lag:], b[: len(b) - lag]) if lag >= 0 else (a[:lag], b[-lag:])
        best = max(best, np.mean([concordance(x[:, d], y[:, d]) for d in range(2)]))
    return best


def test_alike_is_what_the_definition_says():
    tracks = walks(0, 12)
    matrix = neighbour_matrix(tracks, [None] * 12)
    for n in range(12):
        scores = np.array([-np.inf if m == n else likeness(tracks[n], tracks[m]) for m in range(12)])
        assert (matrix[n] == ((scores >= ALIKE) | (scores == scores.max()))).all()


@settings(max_examples=30)
@given(st.integers(0, 100), st.integers(2, 5))
def test_no_row_is_empty_and_nobody_is_their_own_neighbour(seed, clips):
    matrix = neighbour_matrix(walks(seed, clips), [None] * clips)
    assert as_neighbours(matrix, clips).any(axis=1).all()
    assert not matrix.diagonal().any()


def test_the_other_of_a_pair_is_no_neighbour_however_alike():
    a, b = walks(1, 2)
    matrix = neighbour_matrix([a, a, b], ["attic", "attic", None])
    assert matrix.tolist() == [[False, False, True], [False, False, True], matrix[2].tolist()]
    assert matrix[2].any()


def test_a_late_copy_is_alike_up_to_a_second():
    a, b = walks(2, 2, frames=100)
    assert neighbour_matrix([a[5:], a[:-5], b[5:]], [None] * 3)[0, 1]


def test_the_content_has_neighbours():
    users = [five_hertz(performance(clip).affect["user"]) for clip in CLIPS]
    matrix = neighbour_matrix(users, [dialogue(clip).pair for clip in CLIPS])
    assert as_neighbours(matrix, len(CLIPS)).sum() < len(CLIPS) ** 2 / 2
    attic = [CLIPS.index("ood-pair-attic-a"), CLIPS.index("ood-pair-attic-b")]
    assert not matrix[np.ix_(attic, attic)].any()


def test_one_conversation_has_no_neighbours():
    with pytest.raises(ValueError, match="no other clip"):
        neighbour_matrix(walks(3, 2), ["attic", "attic"])
