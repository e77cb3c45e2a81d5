"""The tables of docs/metrics/README.md, made from the code that they describe.

    python -m tools.protocol_tables --write docs/metrics/README.md

replaces what stands between the two marks of that page.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from echo_metrics import PROTOCOLS
from echo_metrics.bindings import Metric, Options, Protocol

BEGIN, END = "<!-- protocols: generated -->\n", "<!-- end of protocols -->\n"


def overview() -> str:
    """One line per protocol."""
    rows = [f"| [`{one.id}`](#{one.id}) | {one.summary} | {one.source} |" for one in PROTOCOLS.values()]
    return "\n".join(["| id | what it is | source |", "|---|---|---|", *rows])


def section(protocol: Protocol) -> str:
    """Inputs and rows of one protocol."""
    lines = [
        f"### {protocol.id}",
        "",
        _inputs(protocol),
        "",
        "| score | function | arguments | unit | better |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_row(metric, protocol) for metric in protocol.metrics)])


def _inputs(protocol: Protocol) -> str:
    meanings: dict[str, list[str]] = {}
    for name, given in protocol.inputs.items():
        meanings.setdefault(given.meaning, []).append(f"`{name}`")
    lines = [f"* {', '.join(names)}: {meaning}" for meaning, names in meanings.items()]
    if len(protocol.groups) > 1:
        groups = "; ".join(" + ".join(f"`{name}`" for name in group) for group in protocol.groups)
        lines.append(f"* Give one or more of these whole: {groups}.")
    if protocol.trims:
        lines.append("* Tracks of a clip are cut to the shortest, with a warning.")
    return "\n".join(lines)


def _row(metric: Metric, protocol: Protocol) -> str:
    names = ", ".join(f"`{name}`" for name, _, _ in metric.scores())
    better = (
        metric.direction
        if metric.direction != "target"
        else "nearer the truth's"
        if metric.truth
        else f"nearer {metric.target:g}"
    )
    bound = ", ".join(
        source if parameter == source else f"{parameter}={source}" for parameter, source in metric.inputs.items()
    )
    function = f"`{metric.function.__module__.removeprefix('echo_metrics.')}.{metric.function.__name__}`"
    factors = [f"{name} x {protocol.published[name]:g}" for name, _, _ in metric.scores() if name in protocol.published]
    notes = [*_options(metric), *([f"printed {', '.join(factors)}"] if factors else []), *filter(None, [metric.caveat])]
    arguments = f"({bound})" + "".join(f"; {note}" for note in notes)
    return f"| [{names}]({metric.page}.md) | {function} | {arguments} | {metric.unit} | {better} |"


def _options(metric: Metric) -> list[str]:
    """Options that all parts share, then those of single parts."""
    own = [f"{part}: {_listed(options)}" for part, options in metric.parts.items() if options]
    return [*([_listed(metric.options)] if metric.options else []), *own]


def _listed(options: Options) -> str:
    return ", ".join(f"{key}={_shown(value)}" for key, value in options.items())


def _shown(value: object) -> str:
    return getattr(value, "__name__", repr(value))


def generated() -> str:
    """All of it."""
    return "\n\n".join([overview(), *map(section, PROTOCOLS.values())]) + "\n"


def replaced(page: str) -> str:
    """The page with its generated part made anew."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{generated()}\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    if options.write:
        options.write.write_text(replaced(options.write.read_text("utf-8")), encoding="utf-8")
    else:
        print(generated())


if __name__ == "__main__":
    main()
