"""What must not change silently: the definition of every metric id, and the public interface. Both are recorded beside this file.

`python -m tests.golden.definitions` records what is new; what vanished or changed has to be taken out by hand: docs/stability.md says
when one may.
"""

from __future__ import annotations

import enum
import hashlib
import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

import typer

from echo_bench import __version__

PROTOCOLS = Path(__file__).with_name("protocols.json")
INTERFACE = Path(__file__).with_name("public_api.txt")
VOCABULARY = (
    "clip", "method", "metric", "extractor", "errors", "registry", "spaces", "motion_io", "datasets.base", "results.schema",
    "results.provenance", "submissions.pack", "submissions.verify",
)  # fmt: skip


def digest(fields: dict[str, Any]) -> str:
    """A short hash of a definition."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True, default=str).encode()).hexdigest()[:16]


def protocols() -> dict[str, str]:
    """Metric id -> hash of what defines it. The title is wording and left out; so is what formulas do, which golden values hold."""
    from echo_metrics import PROTOCOLS as formulas

    from echo_bench.metrics import METRICS

    found = {}
    for name in METRICS:
        if METRICS.origin(name) != "echo-bench":
            continue
        fields = asdict(METRICS.get(name).info)
        del fields["title"]
        found[name] = digest(fields)
    for name, protocol in formulas.items():
        rows = [
            [
                row.name,
                sorted(row.inputs.items()),
                row.direction,
                row.unit,
                sorted(row.truth or {}),
                row.target,
                _plain(list(row.scores())),
            ]
            for row in protocol.metrics
        ]
        fields = {"inputs": sorted(protocol.inputs), "groups": protocol.groups, "trims": protocol.trims, "rows": rows}
        found[f"evaluate:{name}"] = digest(fields | {"published": dict(protocol.published)})
    return dict(sorted(found.items()))


def interface() -> list[str]:
    """One line for everything public: functions and classes with signatures, registered names, commands with options."""
    import echo_metrics

    modules = [info.name for info in pkgutil.iter_modules(echo_metrics.__path__, "echo_metrics.")]
    modules += [f"echo_bench.{name}" for name in VOCABULARY]
    lines = [line for name in modules if "._" not in name for line in _of_module(importlib.import_module(name))]
    return sorted({*lines, *_names(), *_commands()})


def broken(recorded: list[str], present: list[str]) -> list[str]:
    """Recorded lines that no present one serves: the same, or the same name with more parameters that have defaults."""
    named = {line.partition("(")[0]: line for line in present}
    return [
        line for line in recorded if line not in present and not _serves(line, named.get(line.partition("(")[0], ""))
    ]


def _serves(old: str, new: str) -> bool:
    if "(" not in old or "(" not in new:
        return False
    (positional, keywords), (now, now_keywords) = _parameters(old), _parameters(new)
    more = [*now[len(positional) :], *(set(now_keywords) - set(keywords))]
    kept = now[: len(positional)] == positional and set(keywords) <= set(now_keywords)
    return kept and all("=" in each or each.startswith("*") for each in more)


def _parameters(line: str) -> tuple[list[str], list[str]]:
    """Parameters that may be given by place, and those by name alone."""
    text = line.partition("(")[2][:-1]
    parts = re.split(r", (?![^(\[{<]*[)\]}>])", text) if text else []  # not inside a default that has commas itself
    at = parts.index("*") if "*" in parts else len(parts)
    return parts[:at], parts[at + 1 :]


def _of_module(module: ModuleType) -> Iterator[str]:
    for name, thing in vars(module).items():
        own = getattr(thing, "__module__", None) == module.__name__
        if name.startswith("_") or not own or not getattr(thing, "__doc__", None):
            continue
        if inspect.isclass(thing):
            yield from _of_class(f"{module.__name__}.{name}", thing)
        elif inspect.isroutine(thing) or hasattr(thing, "__wrapped__"):
            yield f"{module.__name__}.{name}{_signature(thing)}"


def _of_class(name: str, kind: type) -> Iterator[str]:
    if issubclass(kind, enum.Enum):
        yield f"{name} = {', '.join(member.name for member in kind)}"
        return
    yield f"{name}{_signature(kind)}"
    for attribute, thing in vars(kind).items():
        if not attribute.startswith("_") and inspect.isfunction(thing):
            yield f"{name}.{attribute}{_signature(thing)}"


def _signature(thing: Any) -> str:
    """Names, kinds and defaults of parameters; annotations may become more exact without breaking anybody."""
    try:
        signature = inspect.signature(thing)
    except ValueError:
        return "(...)"
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    text = str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty))
    return _plain(text)


def _plain(thing: object) -> str:
    """The text of a thing without the addresses of functions in it."""
    return re.sub(r" at 0x[0-9a-f]+", "", str(thing))


def _names() -> Iterator[str]:
    from echo_bench.datasets.base import DATASETS
    from echo_bench.extractors import EXTRACTORS
    from echo_bench.methods import METHODS

    for kind, table in (("method", METHODS), ("dataset", DATASETS), ("extractor", EXTRACTORS)):
        yield from (f"{kind} {name}" for name in table if table.origin(name) == "echo-bench")


def _commands() -> Iterator[str]:
    from echo_bench.cli.main import build

    root = typer.main.get_command(build())
    pending = [("echo-bench", root)]
    while pending:
        name, command = pending.pop()
        inner = getattr(command, "commands", {})
        unsaid = getattr(command, "default_command", None)  # the subcommand that is meant where none is given
        pending += [(name if each == unsaid else f"{name} {each}", child) for each, child in inner.items()]
        if not inner:
            options = sorted(option for parameter in command.params for option in parameter.opts)
            yield from (f"{name} {option}" for option in options if option != "--help")
            yield name


def main() -> None:
    """Record what is new; keep what is recorded."""
    recorded = json.loads(PROTOCOLS.read_text("utf-8"))["protocols"] if PROTOCOLS.exists() else {}
    new = {
        name: {"definition": value, "successor": None} for name, value in protocols().items() if name not in recorded
    }
    both = {"version": __version__, "protocols": dict(sorted({**recorded, **new}.items()))}
    PROTOCOLS.write_text(json.dumps(both, indent=1) + "\n", "utf-8")
    kept = INTERFACE.read_text("utf-8").split("\n")[1:] if INTERFACE.exists() else []
    present = interface()
    lines = sorted({*present, *(line for line in broken([line for line in kept if line], present))})
    INTERFACE.write_text("\n".join([f"# {__version__}", *lines]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
