"""Nets for tests: parameters drawn at random, with batch norms that do something, so that a wrong layer shows."""

from __future__ import annotations

from echo_bench.peers.compare import randomised, relative

__all__ = ["randomised", "relative"]
