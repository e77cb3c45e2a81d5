"""Seconds of processor time that `import echo_metrics` takes, and the first use of its table, beside importing its peers.

python benchmarks/import_time.py [--rounds 7]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys

STATEMENTS = (
    "pass",
    "import echo_metrics",
    "import echo_metrics; echo_metrics.evaluate",
    "import numpy",
    "import scipy.linalg",
    "import sklearn.cluster",
    "import torchmetrics",
)


def seconds(statement: str, rounds: int) -> float:
    """Least processor time of some fresh interpreters."""
    times = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", statement], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def main() -> None:
    """Print the table; the bare interpreter is taken off."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    bare, *rest = [seconds(statement, options.rounds) for statement in STATEMENTS]
    for statement, time in zip(STATEMENTS[1:], rest, strict=True):
        print(f"{statement:44s} {time - bare:6.3f} s")


if __name__ == "__main__":
    main()
