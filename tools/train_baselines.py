"""Train every learned method on dyad-mini and make the board of its test split from them: leaderboards/dyad-mini-test.

    python -m tools.train_baselines --out runs/baselines --seeds 0 1 2

One command from nothing to the board; what is there already is not made again, and a run that was interrupted goes on. Every checkpoint
is that of the `echo-bench train` command in its card; the corpus is read once for all. The weights of the first seed ship with the suite
(echo_bench/methods/learned/weights), those of the others as sha256 and command in ``seeds.json``. With --steps and --limit it tries all of
that on a tiny budget.
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

from echo_bench.cli.train_command import Material, fit, learner, read_material
from echo_bench.methods import METHODS
from echo_bench.methods.learned.checkpoint import FOLDER
from echo_bench.methods.learned.method import Learned
from tools.baselines.board import (
    DECIDING,
    NATIVE,
    RIVALS,
    SIMPLE,
    SPLIT,
    YARDSTICKS,
    against,
    diversity,
    of_seed,
    score,
    spread,
)  # fmt: skip
from tools.baselines.limits import write_limits
from tools.baselines.pages import write_pages
from tools.baselines.undrawn import Undrawn

BOARD = Path("leaderboards/dyad-mini-test")
OTHERS = 1  # reactions to one clip from the other seeds, which are scored on what decides alone


def learned() -> list[str]:
    """Names of the methods that learn and ship trained."""
    kinds = {name: METHODS.get(name) for name in METHODS}
    return [name for name, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, Learned) and kind.ships]


def train(
    names: list[str], seed: int, out: Path, read: list[Material], rehearsals: int, steps: int | None, limit: int | None
) -> Path:
    """Checkpoints of one seed, those that are missing trained; `read` keeps the corpus. Returns the folder that holds them all."""
    weights = out / f"seed-{seed}" / "weights"
    weights.mkdir(parents=True, exist_ok=True)
    for name in names:
        folder = out / f"seed-{seed}" / name
        if not (folder / f"{name}.safetensors").is_file():
            if not read:
                read.append(read_material(Undrawn(out / "stills", limit), out, "cpu", rehearsals))
            kind = learner(name)
            command = f"echo-bench train {name} --dataset dyad-mini --seed {seed} --out {folder}"
            command += f" --rehearsals {rehearsals}" if rehearsals else ""
            command += f" --steps {steps}" if steps else ""
            command += f" # with the first {limit} clips alone" if limit else ""
            recipe = replace(kind.recipe, steps=steps) if steps else kind.recipe
            fit(kind, read[0], recipe, seed, folder, command, lambda _what, _done, _total: None)
            print(f"trained {name}, seed {seed}", flush=True)
        for suffix in ("safetensors", "json"):
            shutil.copy2(folder / f"{name}.{suffix}", weights)
    return weights


def main() -> None:
    """Read the command line, train, score and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/baselines"), help="folder of the runs")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--methods", nargs="+", default=learned(), help="only these of the learned methods")
    parser.add_argument("--samples", type=int, default=3, help="reactions of a stochastic method to one clip")
    parser.add_argument(
        "--rehearsals", type=int, default=4, help="further performances of each conversation to learn from"
    )
    parser.add_argument("--steps", type=int, help="of each training; default is the method's own")
    parser.add_argument("--limit", type=int, help="only the first clips of each split; results are marked partial")
    parser.add_argument("--board", type=Path, default=BOARD, help="where the board is written")
    parser.add_argument("--train-only", action="store_true", help="stop before anything is scored")
    given = parser.parse_args()
    first, read, seeds = given.seeds[0], [], {}
    for seed in given.seeds:
        weights = train(given.methods, seed, given.out, read, given.rehearsals, given.steps, given.limit)
        if given.train_only:
            continue
        simple = (*YARDSTICKS, *RIVALS, *(name for name in SIMPLE if name in METHODS)) if seed == first else ()
        metrics, samples = (NATIVE, given.samples) if seed == first else (DECIDING, min(OTHERS, given.samples))
        rows = (*simple, *given.methods)
        scored = given.out / f"seed-{seed}" / "scored"
        results = score(rows, weights, scored, metrics, seed=0, samples=samples, limit=given.limit)
        seeds[str(seed)] = of_seed(results, weights)
    if seeds:
        run = given.out / f"seed-{first}" / "scored"
        differences = against(run, given.methods)
        shares = diversity(run, given.methods, Undrawn(run.parent / "stills", given.limit).clips(SPLIT))
        given.board.mkdir(parents=True, exist_ok=True)
        over = spread(seeds, given.board)
        write_limits(run.parent / "weights", differences, shares)
        write_pages(run, differences, shares, over, given.board)
        print(
            f"written to {given.board}; the weights of seed {first} belong in {FOLDER}; then `echo-bench leaderboard build`"
        )


if __name__ == "__main__":
    main()
