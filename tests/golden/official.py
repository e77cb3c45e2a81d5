"""Golden tests with official weights skip by the table that `echo-bench doctor` reads."""

from __future__ import annotations

import pytest

from echo_bench.weights.golden import CHECKS


def require(name: str) -> None:
    """Skip unless everything that the check needs is here."""
    if missing := CHECKS[name].missing():
        pytest.skip("; ".join(missing))
