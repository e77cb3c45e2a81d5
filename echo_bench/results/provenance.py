"""Where a number comes from: the versions that can change it, and the one line to paste in a paper."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from echo_bench import __version__
from echo_bench.metric import MetricInfo

LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "av", "ai-edge-litert")


@cache
def provenance() -> dict[str, str]:
    """Versions of this suite, Python and the libraries behind the numbers; the commit, where it runs from a checkout."""
    found = {"echo-bench": __version__, "python": platform.python_version(), "machine": platform.machine()}
    found |= {name: version(name) for name in LIBRARIES}
    if commit := _commit():
        found["commit"] = commit
    return found


@cache
def host() -> dict[str, str]:
    """What differs between machines without changing the maths: kernel, processors."""
    return {"platform": platform.platform(), "processors": str(os.cpu_count())}


def signature(info: MetricInfo, n: int, versions: Mapping[str, str] | None = None) -> str:
    """The short signature of a score: what changes its number.

    Parameters
    ----------
    info : MetricInfo
    n : int
        Clips behind the value.
    versions : mapping of str, optional
        Of the software that made it, as :func:`provenance` names them; default: of this one.

    Examples
    --------
    >>> from echo_bench.metric import Direction
    >>> info = MetricInfo("sid_exp@dim", "SID", "bit", Direction.TARGET, (), signature=(("K", "40"),))
    >>> signature(info, 4).startswith("sid_exp@dim|n:4|K:40|dec:pyav")
    True
    """
    made = versions if versions is not None else {"av": version("av"), "echo-bench": __version__}
    fields = [("n", str(n)), *info.signature, ("dec", f"pyav{made.get('av')}"), ("eb", made.get("echo-bench"))]
    return "|".join([info.id, *(f"{name}:{value}" for name, value in fields)])


def clips_sha256(ids: Iterable[str]) -> str:
    """A hash of which clips a value is of, in whatever order.

    Examples
    --------
    >>> clips_sha256(["b", "a"]) == clips_sha256(["a", "b"]) != clips_sha256(["a", "c"])
    True
    """
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


def _commit() -> str | None:
    """The commit of the checkout this package runs from, with ``+`` when it has changes; None when installed."""
    here = Path(__file__).resolve().parents[2]
    if not (here / ".git").exists():
        return None
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=True)
        changes = subprocess.run(["git", "status", "--porcelain"], cwd=here, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip() + ("+" if changes.stdout else "")
