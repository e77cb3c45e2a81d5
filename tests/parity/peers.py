"""Importing the packages we compare with: absent, a test is skipped, unless ECHO_BENCH_PARITY=1 says that they must be here."""

from __future__ import annotations

import importlib
import importlib.util
import os
from types import ModuleType

import pytest

from echo_bench.peers.torchvision_repair import repair_torchvision


def peer(module: str, *, needs_torchvision: bool = False) -> ModuleType:
    """Import a peer, e.g. `peer("piq", needs_torchvision=True)`; `needs_torchvision` repairs that package first.

    Raises
    ------
    RuntimeError
        When it is not installed although ECHO_BENCH_PARITY=1: an environment made for parity must not pass by skipping.
    """
    wanted = [module, "torchvision"] if needs_torchvision else [module]
    missing = [name for name in wanted if importlib.util.find_spec(name.split(".")[0]) is None]
    if missing:
        if os.environ.get("ECHO_BENCH_PARITY") == "1":
            raise RuntimeError(f"ECHO_BENCH_PARITY=1, and {', '.join(missing)} is not installed")
        pytest.skip(f"needs {', '.join(missing)}: tox -e parity")
    if needs_torchvision:
        repair_torchvision()
    return importlib.import_module(module)
