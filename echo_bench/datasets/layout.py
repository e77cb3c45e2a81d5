"""How the people of a clip lie in the files: named layouts, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from echo_bench.errors import DatasetError

Kind = Literal["pairs", "single", "left-right", "panels"]
HELP = (
    "pairs (ID.user.mp4 + ID.avatar.mp4, or a manifest), single (one talking person per file), "
    "left-right (user left, avatar right) or panels:user,avatar,NAME,... (equal panels from the left; '-' ignores one)"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout.

    Attributes
    ----------
    kind : {"pairs", "single", "left-right", "panels"}
    panels : tuple of str
        For side-by-side kinds: who is in each panel, from the left. ``user`` and ``avatar`` are the two people,
        ``-`` is ignored, any other name is a method whose output the panel shows.
    """

    kind: Kind
    panels: tuple[str, ...] = ()

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the panels that show outputs of methods."""
        return tuple(name for name in self.panels if name not in {"user", "avatar", "-"})

    def __str__(self) -> str:
        return f"panels:{','.join(self.panels)}" if self.kind == "panels" else self.kind


def parse_layout(text: str) -> Layout:
    """Read a layout as given on the command line.

    Raises
    ------
    DatasetError
        When it is none of the named layouts, or a panel is named twice.

    Examples
    --------
    >>> parse_layout("panels:user,l2l,dim").methods
    ('l2l', 'dim')
    """
    if text == "pairs":
        return Layout("pairs")
    if text == "single":
        return Layout("single")
    if text == "left-right":
        return Layout("left-right", ("user", "avatar"))
    head, _, names = text.partition(":")
    panels = tuple(name.strip() for name in names.split(","))
    if head != "panels" or not all(panels):
        raise DatasetError(f"unknown layout {text!r}", where="--layout", fix=f"use {HELP}")
    named = [name for name in panels if name != "-"]
    if len(set(named)) != len(named) or not named:
        raise DatasetError(f"layout {text!r} names a panel twice, or none", where="--layout", fix=f"use {HELP}")
    return Layout("panels", panels)
