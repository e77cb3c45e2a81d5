"""What a row of the protocol table is: a function, the inputs it takes, and what its number means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from echo_metrics.score import Direction

__all__ = ["Input", "Metric", "Protocol", "of"]

Options = Mapping[str, object]
Reader = Callable[[Any, str], Mapping[str, Any]]
Check = Callable[[Mapping[str, Any]], None]
NONE: Options = MappingProxyType({})
WHOLE = ""  # the part that is all columns


def of(*names: str, **renamed: str) -> dict[str, str]:
    """Which input each parameter of a function takes: of the same name, or ``parameter="input"``."""
    return {name: name for name in names} | renamed


def as_it_is(value: Any, _: str) -> Mapping[str, Any]:
    """An input without columns to name: the metric's own function checks it."""
    return {WHOLE: value}


@dataclass(frozen=True, slots=True)
class Input:
    """One argument of ``evaluate``.

    Attributes
    ----------
    meaning : str
        Shape and content, for messages and tables.
    read : callable
        Takes the value and its name, checks it, and returns it cut into named parts.
    """

    meaning: str
    read: Reader = as_it_is


@dataclass(frozen=True, slots=True)
class Metric:
    """One row: a function bound to inputs and options.

    Attributes
    ----------
    name : str
        Of the score; ``_part`` is appended where columns are scored apart.
    function : callable
    inputs : mapping
        Parameter of the function to name of the input (:func:`of`).
    direction : {"higher", "lower", "target"}
    unit : str
        See :class:`echo_metrics.score.Score`.
    page : str
        Page of ``docs/metrics`` that defines it.
    parts : mapping of str to options
        Parts that are scored apart, with the options that differ between them.
    options : mapping
        Arguments that are the same for all parts.
    truth : mapping or None
        Inputs under which the same function gives the target.
    target : float or None
        What a perfect prediction has, where that is one number.
    caveat : str
        What to know about every value of this row; becomes a warning of the score.
    check : callable or None
        Looks at the arguments by name and warns (:mod:`echo_metrics.limits`).
    """

    name: str
    function: Callable[..., Any]
    inputs: Mapping[str, str]
    direction: Direction
    unit: str
    page: str
    parts: Mapping[str, Options] = field(default_factory=lambda: {WHOLE: NONE})
    options: Options = field(default_factory=dict)
    truth: Mapping[str, str] | None = None
    target: float | None = None
    caveat: str = ""
    check: Check | None = None

    def scores(self) -> Iterator[tuple[str, str, Options]]:
        """Name, part and all options of each score of this row."""
        for part, own in self.parts.items():
            yield f"{self.name}_{part}" if part else self.name, part, {**self.options, **own}


@dataclass(frozen=True, slots=True)
class Protocol:
    """A named way to score: inputs, rows, source.

    Attributes
    ----------
    id : str
    summary : str
        One line: who uses it, for what.
    source : str
        Repository and file, or paper.
    inputs : mapping of str to Input
    groups : tuple of tuple of str
        Inputs that belong together. A call gives one or more groups, whole.
    metrics : tuple of Metric
        A row is scored when all its inputs are given.
    trims : bool
        Whether the official code cuts the tracks of a clip to the shortest.
    published : mapping of str to float
        Factor under which papers print a score, where it is not 1.
    """

    id: str
    summary: str
    source: str
    inputs: Mapping[str, Input]
    groups: tuple[tuple[str, ...], ...]
    metrics: tuple[Metric, ...]
    trims: bool = False
    published: Mapping[str, float] = field(default_factory=dict)
