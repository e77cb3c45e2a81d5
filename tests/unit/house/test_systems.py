"""The table of published systems: whole, its tests and commands real, its page up to date."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from echo_bench.cli.main import build
from echo_bench.datasets.base import DATASETS
from echo_bench.datasets.published import Published
from echo_bench.importers.base import FORMATS
from echo_bench.methods import METHODS
from echo_bench.metrics import METRICS
from echo_bench.systems import System, Works, read_systems
from tests.conftest import ROOT
from tools.systems_table import published, replaced

SYSTEMS = read_systems()
RUNS = [(system.name, mode, works) for system in SYSTEMS for mode, works in sorted(system.works.items())]


def test_all_46_are_there_once():
    assert [system.number for system in SYSTEMS] == list(range(46))
    assert len({system.name for system in SYSTEMS}) == 46


def test_every_named_test_exists_and_is_collected():
    names = sorted({works.test for _, _, works in RUNS})
    asked = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0", "-p", "no:cacheprovider", *names]
    done = subprocess.run(asked, check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found = {line.partition("[")[0] for line in done.stdout.split("\n") if "::" in line}
    assert found >= set(names)


@pytest.mark.parametrize(("name", "mode", "works"), RUNS, ids=[f"{name}-{mode}" for name, mode, _ in RUNS])
def test_commands_name_what_there_is(name, mode, works):
    words = shlex.split(works.command)
    options = dict(pairwise(words))
    if words[:2] == ["echo-bench", "import"]:
        assert mode == "b"
        assert options["--layout"] in FORMATS.get(words[2]).layouts
    elif words[:3] == ["echo-bench", "data", "prepare"]:
        assert mode == "c"
        assert words[3] in DATASETS
    elif words[:2] == ["echo-bench", "train"]:
        assert words[2] in METHODS
    elif words[:2] == ["echo-bench", "run"]:
        assert set(options.get("--methods", "static").split(",")) <= set(METHODS)
        assert set(options.get("--metrics", "psnr@piq").split(",")) <= set(METRICS)
    else:
        assert words[:2] in (["python", "-c"], ["python", "-m"])


def test_every_published_dataset_is_of_a_system_or_stands_alone():
    """The others are no system's own: dyads of challenges and benchmarks, and footage that everybody uses."""
    named = {shlex.split(works.command)[3] for _, mode, works in RUNS if mode == "c"}
    others = {"dualtalk", "hdtf", "l2l", "lm-listener", "mars", "react", "realtalk", "vico-x", "voxceleb", "crema-d"}
    assert named | others == {name for name in DATASETS if issubclass(DATASETS.get(name), Published)}
    assert not named & others


def test_commands_in_python_run():
    """All lines of `python -c` in one interpreter."""
    lines = Counter(works.command for _, _, works in RUNS if works.command.startswith("python -c"))
    code = "\n".join(shlex.split(line)[2] for line in lines)
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert len(lines) > 3


def test_the_command_lists_them():
    result = CliRunner().invoke(build(), ["systems", "--json"])
    rows = json.loads(result.stdout)
    assert [set(row) for row in rows] == [{"number", "name", "modes", "works", "command"}] * 46
    assert [row["name"] for row in rows if row["number"] in (0, 45)] == ["ECHO", "Teller"]
    assert all(set(row["works"]) <= set(row["modes"]) - {"e"} for row in rows)
    plain = CliRunner().invoke(build(), ["systems"]).stdout.rstrip().split("\n")
    assert len(plain) == 46
    assert plain[10].startswith("10  abcd-  ViCo / RLHG")


@pytest.mark.parametrize(
    ("change", "message"),
    [({"works": {}}, "there is a reason"), ({"reason": "none"}, "there is a reason"), ({"modes": "b"}, "none of its modes"),
     ({"modes": "a", "reported": ("x",)}, "none of its modes"), ({"modes": "ba"}, "pattern"),
     ({"works": {"e": Works(what="", command="", test="")}}, "'a', 'b', 'c' or 'd'")],
)  # fmt: skip
def test_entries_that_do_not_hold_together(change, message):
    entry = {
        "number": 0,
        "name": "x",
        "source": "y",
        "modes": "ae",
        "works": {"a": Works(what="", command="", test="")},
    }
    System(**entry)
    with pytest.raises(ValidationError, match=message):
        System(**entry | change)


def test_reported_names_stand_in_the_published_numbers():
    """Each once, and no system of the suite's list has numbers that the list does not name."""
    named = [name for system in SYSTEMS for name in system.reported]
    known = {number.system for number in published()}
    assert len(set(named)) == len(named)
    assert set(named) <= known
    for system in SYSTEMS:
        own = {name for name in known if name == system.name or name.startswith(f"{system.name} ")}
        assert own <= set(system.reported)


def test_the_page_is_up_to_date():
    """When this fails: python -m tools.systems_table --write docs/systems.md."""
    page = (ROOT / "docs" / "systems.md").read_text("utf-8")
    assert replaced(page) == page
