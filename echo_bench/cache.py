"""Where the suite keeps what it can make or fetch again: features, fetched weights, rendered video."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_root() -> Path:
    """The cache folder: `ECHO_BENCH_CACHE`, or the platform's own; it need not exist."""
    named = os.environ.get("ECHO_BENCH_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("echo-bench"))
