"""The 46 published systems that the suite covers, and what of each runs here (``systems.toml``).

A mode is one of ``a`` (a compact re-implementation of the mechanism), ``b`` (an importer of the system's files), ``c`` (a dataset),
``d`` (a metric or protocol of the paper) and ``e`` (numbers that the paper reports). Modes ``a`` to ``d`` work when a test executes
them; reported numbers never count.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FILE = Path(__file__).with_name("systems.toml")
MODES = {"a": "mechanism", "b": "importer", "c": "dataset", "d": "metric", "e": "reported numbers"}


class Works(BaseModel):
    """A mode that runs.

    Attributes
    ----------
    what : str
    command : str
        A line that runs it.
    test : str
        The pytest id of the test that executes it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str
    command: str
    test: str


class System(BaseModel):
    """A published system.

    Attributes
    ----------
    number : int
        0 to 45; 0 is ECHO.
    name, source : str
        The paper's name of it, and where it was published.
    modes : str
        Letters of all modes that make sense for it.
    works : dict
        Letter to what runs.
    reported : tuple of str
        The names under which published numbers of it stand in ``leaderboards/reported/published.csv``.
    reason : str
        Why nothing runs; empty where something does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    name: str
    source: str
    modes: str = Field(pattern="^a?b?c?d?e?$")
    works: dict[Literal["a", "b", "c", "d"], Works] = {}
    reported: tuple[str, ...] = ()
    reason: str = ""

    @model_validator(mode="after")
    def _holds_together(self) -> System:
        if strange := set(self.works) - set(self.modes):
            raise ValueError(f"{self.name}: {sorted(strange)} work and are none of its modes")
        if self.reported and "e" not in self.modes:
            raise ValueError(f"{self.name}: numbers are reported, and that is none of its modes")
        if bool(self.works) == bool(self.reason):
            raise ValueError(f"{self.name}: either something works or there is a reason")
        return self

    @property
    def command(self) -> str:
        """The line that runs its first mode that works; empty where none does."""
        return next((self.works[mode].command for mode in sorted(self.works)), "")


def read_systems() -> list[System]:
    """All systems, by number.

    Examples
    --------
    >>> [system.name for system in read_systems()][:2]
    ['ECHO', 'Encode-in-Style']
    """
    return [System(**each) for each in tomllib.loads(FILE.read_text("utf-8"))["systems"]]
