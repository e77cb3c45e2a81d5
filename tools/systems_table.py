"""The tables of docs/systems.md, made from echo_bench/systems.toml.

python -m tools.systems_table --write docs/systems.md

replaces what stands between the two marks of that page.
"""

from __future__ import annotations

import argparse
from functools import cache
from pathlib import Path

from echo_bench.leaderboard.reported import Reported, read_reported
from echo_bench.systems import MODES, System, read_systems

PUBLISHED = Path(__file__).parents[1] / "leaderboards" / "reported" / "published.csv"

BEGIN, END = "<!-- systems: generated -->\n", "<!-- end of systems -->\n"


def replaced(page: str) -> str:
    """The page with its tables made anew."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    systems = read_systems()
    return f"{head}{BEGIN}\n{overview(systems)}\n\n{details(systems)}\n\n{END}{tail}"


def overview(systems: list[System]) -> str:
    """How many systems have how many modes that run."""
    working = [system for system in systems if system.works]
    counts = ", ".join(f"{name} {sum(m in s.works for s in systems)}" for m, name in MODES.items() if m != "e")
    return f"{len(working)} of {len(systems)} systems have a mode that runs ({counts})."


def details(systems: list[System]) -> str:
    """One line per mode that runs, and one per system without."""
    lines = ["| no. | system | published | mode | what runs | command |", "|---" * 6 + "|"]
    for system in systems:
        head = f"| {system.number} | {system.name} | {system.source}"
        for mode, works in sorted(system.works.items()):
            lines.append(f"{head} | {MODES[mode]} | {works.what} | `{works.command}` |")
            head = "| | |"
        if not system.works:
            lines.append(f"{head} | none | {system.reason} | |")
        if "e" in system.modes:
            lines.append(f"| | | | {MODES['e']} | {reported(system)} | |")
    return "\n".join(lines)


@cache
def published() -> tuple[Reported, ...]:
    """All published numbers."""
    return tuple(read_reported(PUBLISHED))


def reported(system: System) -> str:
    """How many numbers of a system are on boards of reported numbers, and of how many tables."""
    own = [number for number in published() if number.system in system.reported]
    if not own:
        return "none that could be verified"
    tables = len({(number.dataset, number.protocol) for number in own})
    return f"{len(own)} {'number' if len(own) == 1 else 'numbers'} of {tables} {'table' if tables == 1 else 'tables'}"


def main() -> None:
    """Write the tables into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, required=True)
    page: Path = parser.parse_args().write
    page.write_text(replaced(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
