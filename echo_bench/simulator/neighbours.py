"""Whose reaction is right for whom else: REACT's neighbour matrix, for the clips of one split.

REACT (Song et al., arXiv 2302.06514 and 2306.06583) calls a listener's real reaction appropriate to another speaker who behaves much
alike; its matrix has one row per speaker and one column per listener. The same is done here with what the users feel while they speak,
which is known. Two things differ: the recorded reaction is left out of its own row (REACT keeps it, so that truth scores perfectly),
and the two conversations of a pair are never neighbours, since they are made to sound alike where the right reactions are opposite.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from echo_metrics.correlation import lagged_concordance
from numpy.typing import ArrayLike, NDArray

RATE = 5.0  # samples per second
ALIKE = 0.5  # concordance from which two users behave alike
LONGEST_LAG = 5  # samples, 1 s


def neighbour_matrix(shown: Sequence[ArrayLike], pairs: Sequence[str | None]) -> NDArray[np.bool_]:
    """Which clip's recorded reaction is right in which clip.

    Parameters
    ----------
    shown : sequence of array_like of shape (T_i, 2)
        Valence and arousal of each clip's user at 5 Hz, longer than 1 s.
    pairs : sequence of str or None
        The pair that each clip belongs to.

    Returns
    -------
    ndarray of shape (N, N), bool
        Entry (n, m): the reaction of clip m is right for the user of clip n. Users are alike when the concordance of their feelings
        (mean of valence and arousal, over the shorter of the two clips) reaches 0.5 at one of the lags up to 1 s. Who is like
        nobody has the one most like them, so that no row is empty. The diagonal is False.

    Raises
    ------
    ValueError
        When there are fewer than two clips that may be neighbours of each other.

    Examples
    --------
    >>> t = np.arange(50) / 5
    >>> glad, glad_too, sad = (np.stack([x, x / 2], axis=1) for x in (np.sin(t), 0.9 * np.sin(t), -np.sin(t)))
    >>> neighbour_matrix([glad, glad_too, sad], [None, None, None]).astype(int).tolist()
    [[0, 1, 0], [1, 0, 0], [0, 1, 0]]
    """
    likeness = np.array([[_likeness(np.asarray(a, float), np.asarray(b, float)) for b in shown] for a in shown])
    barred = np.array(
        [[i == j or (a is not None and a == b) for j, b in enumerate(pairs)] for i, a in enumerate(pairs)]
    )
    if barred.all(axis=1).any():
        raise ValueError("a clip has no other clip to be a neighbour of: is the split cut to one conversation or pair?")
    likeness = np.where(barred, -np.inf, likeness)
    matrix = likeness >= ALIKE
    matrix[np.arange(len(matrix)), likeness.argmax(axis=1)] = True
    return matrix


def _likeness(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The best concordance (mean of the columns) of two tracks over the shorter one's length."""
    frames = min(len(a), len(b))
    curves = lagged_concordance(a[:frames].T, b[:frames].T, range(-LONGEST_LAG, LONGEST_LAG + 1))
    return float(np.nan_to_num(curves).mean(axis=0).max())
