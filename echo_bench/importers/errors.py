"""What can be wrong with a file that another system wrote."""

from __future__ import annotations

from echo_bench.errors import EchoBenchError


class FormatError(EchoBenchError):
    """A file is not what its named format and layout say: unreadable, wrong shape, values out of range."""


class UnsafePickleError(FormatError):
    """A pickle asks for more than plain data and numpy arrays; nothing of it was executed."""
