"""Weights that were fetched once, for tests: from the folder in use, or from the user's own cache; absent, the test is skipped."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from echo_bench.weights.manifest import weight
from echo_bench.weights.store import verify


def fetched(*names: str) -> dict[str, Path]:
    """The checked file of each name; skips with the command that brings what is missing."""
    local = os.environ.get("ECHO_BENCH_WEIGHTS")
    user = Path(platformdirs.user_cache_dir("echo-bench")) / "weights"
    folders = [Path(local), user] if local else [user]
    found, missing = {}, []
    for name in names:
        entry = weight(name)
        path = next((folder / entry.file for folder in folders if (folder / entry.file).is_file()), None)
        if path is None:
            missing.append(name)
        else:
            verify(entry, path)
            found[name] = path
    if missing:
        pytest.skip(f"needs weights: echo-bench weights fetch {' '.join(missing)}")
    return found


def use(folder: Path, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let the store find these weights, and no others, in `folder`."""
    for path in fetched(*names).values():
        (folder / path.name).symlink_to(path)
    monkeypatch.setenv("ECHO_BENCH_WEIGHTS", str(folder))
