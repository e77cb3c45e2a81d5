"""Whether a face does what words tell it to (``text_control@eb1``); ours.

PortraitTalk (arXiv 2412.07754) announces a measure of its own and does not define it; this one is no claim to be it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from echo_metrics.errors import MetricInputError

__all__ = ["TextControl", "text_control"]


class TextControl(NamedTuple):
    """How far words are followed.

    Attributes
    ----------
    accuracy : float
        Share of the deeds asked for that are shown, over all clips, in [0, 1].
    chance : float
        The same with each clip's words against what another clip shows, mean over all other clips: what a face that does not listen
        scores. A method that shows every deed all the time has an accuracy of 1 and a chance of 1.
    """

    accuracy: float
    chance: float


def text_control(asked: Sequence[Collection[str]], shown: Sequence[Collection[str]]) -> TextControl:
    """Accuracy of deeds told in words.

    Parameters
    ----------
    asked : sequence of collections of str
        For each clip, the deeds that its words ask for, such as ``{"nod", "smile"}``.
    shown : sequence of collections of str
        For each clip, the deeds that a fixed detector finds in what was made (:mod:`echo_metrics.detection`).

    Returns
    -------
    TextControl

    Raises
    ------
    MetricInputError
        With fewer than two clips, with lists of unequal length, or when nothing was asked for.

    Examples
    --------
    >>> text_control([{"nod"}, {"shake"}], [{"nod"}, {"shake", "smile"}])
    TextControl(accuracy=1.0, chance=0.0)
    """
    if len(asked) != len(shown) or len(asked) < 2:
        raise MetricInputError(
            f"{len(asked)} clips with words and {len(shown)} with deeds: both need the same clips, two or more"
        )
    deeds = [set(words) for words in asked]
    number = sum(map(len, deeds))
    if number == 0:
        raise MetricInputError("no clip asks for anything: were the words read in another vocabulary?")
    met = np.array([[len(words & set(made)) for made in shown] for words in deeds])
    own = int(np.trace(met))
    return TextControl(own / number, (int(met.sum()) - own) / (number * (len(deeds) - 1)))
