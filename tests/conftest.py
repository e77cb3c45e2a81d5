"""Fixtures that every test may use: the shared footage and the golden values."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real footage and motion (research-only, outside the repository).

    `ECHO_BENCH_SHARED` names it; the default is `shared` beside the checkout. Absent, the test is skipped; in CI that is an error.
    """
    folder = Path(os.environ.get("ECHO_BENCH_SHARED", ROOT.parent / "shared"))
    if folder.is_dir():
        return folder.resolve()
    if os.environ.get("CI", "").lower() == "true":
        raise RuntimeError(f"CI must have the shared footage; looked in {folder}")
    pytest.skip(f"no shared footage at {folder}: set ECHO_BENCH_SHARED")
