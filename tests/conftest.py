"""Fixtures that every test may use: the shared footage, a cache of its own, synthetic footage."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.footage import left_right_clips

ROOT = Path(__file__).resolve().parent.parent
settings.register_profile("suite", deadline=None)  # a busy machine is no reason to fail
settings.load_profile("suite")
IN_CI = os.environ.get("CI", "").lower() == "true"


def shared_folder() -> Path | None:
    """The folder of real footage and motion, if it is here."""
    folder = Path(os.environ.get("ECHO_BENCH_SHARED", ROOT.parent / "shared"))
    return folder.resolve() if folder.is_dir() else None


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real footage and motion (research-only, outside the repository).

    `ECHO_BENCH_SHARED` names it; the default is `shared` beside the checkout. Absent, the test is skipped; in CI that is an error.
    """
    folder = shared_folder()
    if folder is not None:
        return folder
    if IN_CI:
        raise RuntimeError("CI must have the shared footage: set ECHO_BENCH_SHARED")
    pytest.skip("no shared footage beside the checkout: set ECHO_BENCH_SHARED")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests neither read nor fill the user's cache; weights come from the shared folder, or from where they were fetched to."""
    folder = shared_folder()
    if "ECHO_BENCH_WEIGHTS" not in os.environ:
        from echo_bench.weights.store import cache_dir

        os.environ["ECHO_BENCH_WEIGHTS"] = str(folder / "weights" if folder else cache_dir())
    os.environ["ECHO_BENCH_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["ECHO_BENCH_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def tracker_weights(_own_cache: None) -> Path:
    """The face tracker's weights; absent, the test is skipped, and in CI that is an error."""
    from echo_bench.errors import WeightsMissingError
    from echo_bench.weights.store import weight_path

    try:
        return weight_path("tracker")
    except WeightsMissingError as error:
        if IN_CI:
            raise
        pytest.skip(str(error))


@pytest.fixture
def footage(tmp_path: Path) -> Callable[..., Path]:
    """Make a folder of small synthetic side-by-side clips: moving patterns, no faces."""

    def make(names: tuple[str, ...] = ("a", "b", "c"), seconds: float = 1.2) -> Path:
        return left_right_clips(tmp_path / "footage", names, seconds)

    return make
