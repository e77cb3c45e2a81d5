"""Try every fault many times on real runs and print the table of docs/reliability.md.

From the root of the checkout, in the environment of the suite: ``python -m tools.fault_table --kills 50 --others 10``.
Linux only. A fault is drawn anew in each trial (seeds 1, 2, ...); the footage is made first.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.soak.faults import FAULTS, Bench, Trial

MEANING = {0: "finished", 1: "finished, failed clips named", 2: "stopped by a named error", 137: "killed", -9: "killed"}


def row(name: str, trials: list[Trial]) -> str:
    """The table's line of one fault."""
    codes = Counter(MEANING.get(trial.code, f"exit {trial.code}") for trial in trials)
    ends = ", ".join(f"{times} {code}" for code, times in codes.most_common())
    lost = sum(not trial.whole for trial in trials)
    unnamed = sum("Error" in trial.said.partition(":")[0] for trial in trials)
    return f"| {name} | {len(trials)} | {lost} | {unnamed} | {ends} |"


def main() -> int:
    """Print the table; exit code 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="kills of the run at random moments")
    parser.add_argument("--others", type=int, default=10, help="trials of every other fault")
    options = parser.parse_args()
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ECHO_BENCH_CACHE"] = str(Path(folder, "cache"))
        bench = Bench(Path(folder))
        print(
            "| fault | tried | data lost | tracebacks | how the run that it met ended |\n|---|---|---|---|---|",
            flush=True,
        )
        for number, (name, fault) in enumerate(FAULTS.items()):
            trials = []
            for seed in range(1, 1 + (options.kills if number == 0 else options.others)):
                out = Path(folder, "trial")
                trials.append(fault(bench, out, random.Random(seed)))
                shutil.rmtree(out, ignore_errors=True)  # a run that could not start made none
                print(f"{name}, seed {seed}: {trials[-1]}", file=sys.stderr, flush=True)
            lost += sum(not trial.whole for trial in trials)
            if trials:
                print(row(name, trials), flush=True)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
