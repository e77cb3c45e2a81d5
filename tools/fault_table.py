"""Try every fault many times on real runs and print the table of docs/reliability.md.

From the root of the checkout, in the environment of the suite: ``python -m tools.fault_table --kills 50 --others 10``; with
``--ray``, on a Ray cluster of two nodes that is started for it. Linux only. A fault is drawn anew in each trial
(seeds 1, 2, ...); the footage is made first.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cluster import faults as ray_faults
from tests.soak.faults import FAULTS, Bench, Trial

ROOT = Path(__file__).parents[1]
MEANING = {0: "finished", 1: "finished, failed clips named", 2: "stopped by a named error", 137: "killed", -9: "killed"}


def row(name: str, trials: list[Trial]) -> str:
    """The table's line of one fault."""
    codes = Counter(MEANING.get(trial.code, f"exit {trial.code}") for trial in trials)
    ends = ", ".join(f"{times} {code}" for code, times in codes.most_common())
    lost = sum(not trial.whole for trial in trials)
    unnamed = sum("Error" in trial.said.partition(":")[0] for trial in trials)
    return f"| {name} | {len(trials)} | {lost} | {unnamed} | {ends} |"


@contextmanager
def benches(folder: Path, *, ray: bool) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Where runs are tried, and what they meet."""
    if not ray:
        yield Bench(folder), FAULTS
        return
    with ray_faults.two_nodes() as cluster:
        yield ray_faults.RayBench(folder, cluster), ray_faults.FAULTS


def trials_of(name: str, fault: Any, bench: Any, seeds: range) -> list[Trial]:
    """Try one fault with each seed."""
    trials = []
    for seed in seeds:
        out = bench.folder / "trial"
        trials.append(fault(bench, out, random.Random(seed)))
        print(f"{name}, seed {seed}: {trials[-1]}", file=sys.stderr, flush=True)
        shutil.rmtree(out, ignore_errors=True)  # a run that could not start made none
    return trials


def main() -> int:
    """Print the table; exit code 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="kills of the run at random moments")
    parser.add_argument("--others", type=int, default=10, help="trials of every other fault")
    parser.add_argument("--first", type=int, default=1, help="first seed, to go on with a table")
    parser.add_argument("--ray", action="store_true", help="on a Ray cluster of two nodes")
    options = parser.parse_args()
    # The runs are of this checkout, whatever the environment has installed: two states of the code would differ in every result.
    os.environ["PYTHONPATH"] = os.pathsep.join(str(ROOT / part) for part in ("", "metrics", "reference_model"))
    lost = 0
    with tempfile.TemporaryDirectory() as name:
        os.environ["ECHO_BENCH_CACHE"] = str(Path(name, "cache"))
        with benches(Path(name), ray=options.ray) as (bench, faults):
            print("| fault | tried | data lost | tracebacks | how the run that it met ended |\n|---|---|---|---|---|")
            for index, (what, fault) in enumerate(faults.items()):
                number = options.others if index else options.kills
                trials = trials_of(what, fault, bench, range(options.first, options.first + number))
                lost += sum(not trial.whole for trial in trials)
                if trials:
                    print(row(what, trials), flush=True)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
