"""Imports point one way, and the light parts stay light."""

from __future__ import annotations

import ast
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
VOCABULARY = {
    "clip",
    "method",
    "metric",
    "extractor",
    "errors",
    "registry",
    "spaces",
    "shared_motion",
    "motion_io",
    "cache",
    "jit",
    "processes",
    "strict_json",
    "systems",
    "__init__",
}
# Each layer may import itself and those before it.
LAYERS: list[set[str]] = [
    VOCABULARY,
    {"media", "faces", "nets", "weights", "simulator"},
    {"importers"},
    {"datasets"},
    {"methods", "extractors", "metrics", "results", "training"},
    {"pipeline", "peers"},
    {"leaderboard", "submissions"},
    {"report"},
    {"validation"},
    {"testing"},
    {"pytest_plugin"},
    {"cli"},
]


def layer(part: str) -> int:
    return next(index for index, names in enumerate(LAYERS) if part in names)


def imported(path: Path) -> list[str]:
    """Modules that a file imports, wherever in it."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


def test_every_part_has_a_layer():
    parts = {p.stem for p in (ROOT / "echo_bench").glob("*.py")} | {
        p.name for p in (ROOT / "echo_bench").iterdir() if p.is_dir() and any(p.glob("*.py"))
    }
    assert parts <= set().union(*LAYERS)


def test_arrows_of_the_harness():
    wrong = []
    for path in sorted((ROOT / "echo_bench").rglob("*.py")):
        own = path.relative_to(ROOT / "echo_bench").parts[0].removesuffix(".py")
        for module in imported(path):
            parts = module.split(".")
            if parts[0] == "echo_bench" and len(parts) > 1 and layer(parts[1]) > layer(own):
                wrong.append(f"{path.relative_to(ROOT)} imports {module}")
    assert wrong == []


@pytest.mark.parametrize("package", ["metrics/echo_metrics", "reference_model/echo_model"])
def test_the_libraries_know_nothing_of_the_harness(package):
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for module in imported(path)
        if module.split(".")[0] == "echo_bench"
    ]
    assert wrong == []


def modules_after(*arguments: str) -> set[str]:
    """Modules that a fresh interpreter has loaded after running some code."""
    code = [*arguments, "import sys", "sys.stderr.write(chr(10).join(sys.modules))"]
    done = subprocess.run([sys.executable, "-c", "\n".join(code)], capture_output=True, text=True, check=True)
    return set(done.stderr.split("\n"))


def test_metrics_load_no_torch():
    loaded = modules_after("import echo_metrics")
    assert not loaded & {"torch", "echo_bench", "numba", "sklearn"}


def test_help_loads_no_torch_and_is_quick():
    """Under 0.5 s of processor time, the best of three: what else the machine does must not matter."""
    help_ = "import sys; sys.argv = ['echo-bench', '--help']\nfrom echo_bench.cli.main import main"
    loaded = modules_after(help_, "try:\n    main()\nexcept SystemExit:\n    pass")
    assert not loaded & {"torch", "numpy", "av", "pandas"}
    command = Path(sys.executable).with_name("echo-bench")
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([command, "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) < 0.5
