"""A metric's value with everything that must travel with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Direction", "Score"]

Direction = Literal["higher", "lower", "target"]


@dataclass(frozen=True, slots=True)
class Score:
    """One number under one protocol.

    Attributes
    ----------
    value : float or None
        None where the metric does not exist on this input; `warnings` says why.
    unit : str
        Of the value: ``"bit"``, ``"frame"``, ``"px"``, ``"dB"``, ``"s"``, ``"1/s"``; ``"motion"`` and its powers for the unit of the
        columns that were scored; empty for shares and correlations.
    direction : {"higher", "lower", "target"}
        What is better. ``"target"``: as near to `target` as possible, and more is not better.
    target : float or None
        The truth's own value, or what a perfect prediction has. None where that is unknown.
    n : int
        Clips (tracks, spans, responses) behind the value.
    warnings : tuple of str
        What limits the meaning of the value, in the terms of the input.
    protocol : str
        Id of the protocol; values of two ids do not compare.
    """

    value: float | None
    unit: str
    direction: Direction
    target: float | None
    n: int
    warnings: tuple[str, ...]
    protocol: str
