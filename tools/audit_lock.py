"""What the suite is built on: known advisories about the lock, and the licence of everything that an installation brings.

Needs no network. ``python tools/audit_lock.py`` prints advisories and exits with 1 when a pin is affected; ``--licences`` writes the
report docs/licences.md from the metadata of the environment it runs in, which must hold the suite as a user installs it.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "docs" / "licences.md"
# What may be installed with an Apache-2.0 program without terms of its own for the whole; by words of the metadata.
PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|HPND|Unlicense|0BSD|Zlib|MPL|Mozilla Public|CNRI|Public Domain",
    re.IGNORECASE,
)
COPYLEFT = re.compile(r"\b[AL]?GPL|General Public", re.IGNORECASE)
BUNDLED = (
    (
        "av",
        "the wheel brings FFmpeg with libx264 and others (GPL-2.0-or-later); the suite calls it as a library and ships none of it",
    ),
    ("soundfile", "the wheel brings libsndfile (LGPL-2.1-or-later)"),
    ("numpy, scipy", "the wheels bring OpenBLAS (BSD) and libgfortran (GPL-3.0 with the runtime exception)"),
)


@dataclass(frozen=True, slots=True)
class Advisory:
    """A published weakness of some versions of a package."""

    id: str
    package: str
    affected: str
    about: str

    def hits(self, version: str) -> bool:
        """Whether a version is affected."""
        return Version(version) in SpecifierSet(self.affected)


def advisories() -> list[Advisory]:
    """All of tools/advisories.toml."""
    data = tomllib.loads((ROOT / "tools" / "advisories.toml").read_text("utf-8"))
    return [Advisory(**entry) for entry in data["advisory"]]


def lock() -> dict[str, str]:
    """Package -> version of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").split("\n")
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {str(canonicalize_name(name)): version for name, version in pins}


def affected(pins: dict[str, str]) -> list[str]:
    """A line for every pin that an advisory is about."""
    return [
        f"{each.package} {pins[each.package]}: {each.id}, {each.about} (affected: {each.affected})"
        for each in advisories()
        if each.package in pins and each.hits(pins[each.package])
    ]


def floors() -> list[str]:
    """A line for every advisory about the oldest version that pyproject.toml lets a user have."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = {}
    for line in project["dependencies"]:
        requirement = Requirement(line)
        lowest = [s.version for s in requirement.specifier if s.operator == ">="]
        oldest |= {str(canonicalize_name(requirement.name)): version for version in lowest}
    return affected(oldest)


def installed(root: str = "echo-bench") -> dict[str, Distribution]:
    """What an installation of the suite brings, by the metadata of this environment; extras are left out."""
    found: dict[str, Distribution] = {}
    wanted = [root]
    while wanted:
        name = str(canonicalize_name(wanted.pop()))
        if name in found or name.startswith(("nvidia-", "cuda-")):
            continue  # a CUDA build of torch brings NVIDIA's own, under NVIDIA's terms
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # for another platform or Python
        for line in found[name].requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                wanted.append(requirement.name)
    del found[str(canonicalize_name(root))]
    return dict(sorted(found.items()))


def licence(package: Distribution) -> str:
    """The licence as the package states it: expression, classifier, or the first line of its field."""
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classifiers = [c.rpartition(" :: ")[2] for c in metadata.get_all("Classifier") or () if c.startswith("License ::")]
    if named := [c for c in classifiers if c != "OSI Approved"]:
        return ", ".join(named)
    return (metadata.get("License") or "").strip().split("\n")[0][:80]


def unusual(packages: dict[str, Distribution]) -> list[str]:
    """Packages without a licence that is known to fit."""
    stated = {name: licence(package) for name, package in packages.items()}
    return [
        f"{name}: {text or 'states none'}"
        for name, text in stated.items()
        if COPYLEFT.search(text) or not PERMISSIVE.search(text)
    ]


def report() -> Iterator[str]:
    """The lines of docs/licences.md."""
    yield "# Licences of what an installation brings\n"
    yield "Written by `python tools/audit_lock.py --licences` from the packages' own metadata, for the CPU build of torch"
    yield "(a CUDA build brings packages of NVIDIA under NVIDIA's terms).\n"
    yield "| package | licence as stated |\n|---|---|"
    for name, package in installed().items():
        yield f"| {name} | {licence(package)} |"
    yield "\nWheels bring compiled libraries with licences of their own, which metadata does not name:\n"
    yield from (f"- {name}: {what}" for name, what in BUNDLED)
    yield "\nPretrained weights have licences of their own: `echo-bench weights list`. So has footage: [datasets](datasets/)."


def main() -> int:
    """Print what is known; exit code 1 when a pin is affected or a licence does not fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--licences", action="store_true", help="write docs/licences.md")
    if parser.parse_args().licences:
        REPORT.write_text("\n".join(report()) + "\n", "utf-8")
    pins = lock()
    wrong = [*affected(pins), *unusual(installed())]
    for line in wrong:
        print(line)
    for line in floors():
        print(f"allowed by pyproject.toml, not in the lock: {line}")
    print(f"{len(pins)} pins, {len(advisories())} advisories, {len(wrong)} findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
