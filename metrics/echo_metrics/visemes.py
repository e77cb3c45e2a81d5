"""Errors of what lips seem to say: of letters, words, phones and visemes, by edit distance.

Speech is read from the lips of a video by a net of the user's choice; what is compared here is its transcript with what was said. Sounds
that look alike (pat, bat) are one viseme, so that lips are not blamed for what cannot be seen. Names of phones are ARPAbet's; visemes are
the 16 classes of Amazon Polly's table for American English, which SPECTRE (arXiv 2207.11094) scores by.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from types import MappingProxyType

import numpy as np

from echo_metrics.errors import MetricInputError

__all__ = ["VISEMES", "edit_distance", "error_rate", "visemes"]

Symbols = Sequence[Hashable]

_CLASSES = {
    "p": "B M P", "t": "D L N T", "S": "CH JH SH ZH", "T": "DH TH", "f": "F V", "k": "G HH K NG", "i": "IH IY Y", "r": "R",
    "s": "S Z", "u": "UH UW W", "@": "AX AH0 ER0", "a": "AA AE AW AY", "e": "EY", "E": "AH EH ER", "o": "OW", "O": "AO OY",
}  # fmt: skip
VISEMES = MappingProxyType({phone: name for name, phones in _CLASSES.items() for phone in phones.split()})
"""ARPAbet phone to viseme; a stress mark counts for AH and ER alone, which without stress are the schwas."""


def visemes(phones: Sequence[str]) -> list[str]:
    """The visemes of ARPAbet phones.

    Parameters
    ----------
    phones : sequence of str
        With or without stress marks.

    Raises
    ------
    MetricInputError
        When a name is no phone of ARPAbet.

    Examples
    --------
    >>> visemes(["B", "AE1", "T"]) == visemes(["P", "AE1", "T"])
    True
    """
    found = [VISEMES.get(phone) or VISEMES.get(phone.rstrip("012")) for phone in phones]
    if None in found:
        raise MetricInputError(
            f"{phones[found.index(None)]!r} is no phone of ARPAbet: were letters passed, or another alphabet?"
        )
    return [name for name in found if name is not None]


def edit_distance(said: Symbols, read: Symbols) -> int:
    """Least number of symbols to insert, remove or replace that make one sequence of the other (Levenshtein, 1966).

    Examples
    --------
    >>> edit_distance("kitten", "sitting")
    3
    """
    columns = np.arange(len(read) + 1)
    row = columns.copy()
    for number, symbol in enumerate(said, start=1):
        replaced = row[:-1] + np.array([symbol != other for other in read], dtype=np.int64)
        best = np.concatenate([[number], np.minimum(replaced, row[1:] + 1)])
        row = np.minimum.accumulate(best - columns) + columns  # insertions, from left to right
    return int(row[-1])


def error_rate(said: Sequence[Symbols], read: Sequence[Symbols]) -> float:
    """Edits per symbol that was said, over all sentences: of letters CER, of words WER, of :func:`visemes` VER, of words of them VWER.

    Parameters
    ----------
    said, read : sequence of sequences
        Sentences as sequences of symbols; `read` is what was read from the lips.

    Returns
    -------
    float
        0 where all is right; above 1 where more was read than said.

    Raises
    ------
    MetricInputError
        When the numbers of sentences differ, or nothing was said.

    Examples
    --------
    >>> error_rate(["pat", "it"], ["bat", "it"])
    0.2
    """
    if len(said) != len(read):
        raise MetricInputError(f"{len(said)} sentences were said and {len(read)} read: is one missing?")
    symbols = sum(len(sentence) for sentence in said)
    if symbols == 0:
        raise MetricInputError("nothing was said: an error rate needs at least one symbol")
    return sum(edit_distance(*pair) for pair in zip(said, read, strict=True)) / symbols
