"""Names to things, lazily: nothing is imported until it is asked for.

A registry knows its in-tree entries as ``"module:attribute"`` strings and finds out-of-tree ones by entry point, so that
``echo-bench list`` costs no heavy import and an installed package adds methods, datasets, metrics and extractors.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

from echo_bench.errors import NameCollisionError, UnavailableError, UnknownNameError

T = TypeVar("T")


class Registry(Generic[T]):
    """A lazy table of names.

    Parameters
    ----------
    kind : str
        What it holds, for messages: ``method``, ``dataset``, ...
    builtin : mapping of str to str
        In-tree names -> ``"module:attribute"``.
    group : str
        Entry-point group of installed packages.

    Raises
    ------
    NameCollisionError
        On first use, when an installed package claims a name that is taken.
    """

    def __init__(self, kind: str, builtin: Mapping[str, str], group: str) -> None:
        self.kind = kind
        self.group = group
        self._builtin = dict(builtin)
        self._targets: dict[str, tuple[str, str]] | None = None

    def _table(self) -> dict[str, tuple[str, str]]:
        """Name -> (target, package that provides it)."""
        if self._targets is None:
            targets = {name: (target, "echo-bench") for name, target in self._builtin.items()}
            for point in entry_points(group=self.group):
                origin = point.dist.name if point.dist else "an unnamed package"
                if point.name in targets:
                    raise NameCollisionError(
                        f"{self.kind} {point.name!r} is claimed by {origin} and by {targets[point.name][1]}",
                        where=f"entry points {self.group}",
                        fix="rename it in one of the two packages, or uninstall one",
                    )
                targets[point.name] = (point.value, origin)
            self._targets = targets
        return self._targets

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._table()))

    def __contains__(self, name: object) -> bool:
        return name in self._table()

    def __len__(self) -> int:
        return len(self._table())

    def origin(self, name: str) -> str:
        """The installed package that provides `name`."""
        self._require(name)
        return self._table()[name][1]

    def get(self, name: str) -> T:
        """Import and return what `name` stands for.

        Raises
        ------
        UnknownNameError
            With the nearest names and all available ones.
        UnavailableError
            When the module behind it cannot be imported.
        """
        self._require(name)
        target, origin = self._table()[name]
        module, _, attribute = target.partition(":")
        try:
            found: Any = importlib.import_module(module)
        except ImportError as error:
            raise UnavailableError(
                f"{self.kind} {name!r} of {origin} cannot be imported: {error}",
                fix=f"install what {origin} needs for it",
            ) from error
        for part in attribute.split("."):
            found = getattr(found, part)
        value: T = found
        return value

    def _require(self, name: str) -> None:
        table = self._table()
        if name in table:
            return
        near = difflib.get_close_matches(name, table, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        raise UnknownNameError(f"unknown {self.kind} {name!r}", fix=f"{hint}available: {', '.join(sorted(table))}")
