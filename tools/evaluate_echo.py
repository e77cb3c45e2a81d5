"""Evaluate the reference model and its variants on dyad-mini's test split, and write the page of it.

    python -m tools.evaluate_echo --weights FOLDER --out runs/echo-eval [--only ablations|full] [--workers 2] [--publish]

`--weights` holds ``NAME.safetensors`` with cards, as `echo-bench train` writes them; variants that are not there are named and left out.
The same command goes on where it stopped, and makes again what belongs to other checkpoints. Parts: **ablations** compares all variants
on the last ten seconds of twelve conversations; **full** is echo-tiny on every conversation, three sampling seeds, or with
``--seconds N`` on the first N seconds of each.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from echo_bench.datasets.base import Dataset, DatasetOptions
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.errors import WeightsMissingError
from tools.echo_eval.clips import Beginnings, Conversations
from tools.echo_eval.curves import write_curves
from tools.echo_eval.pages import ABLATIONS, CURVES, FOLDER, FULL, publish, write_page
from tools.echo_eval.parts import ablations, full
from tools.echo_eval.runs import ECHO, VARIANTS, Place


def main() -> None:
    """Read the command line, evaluate, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--out", type=Path, default=Path("runs/echo-eval"), help="folder of the runs")
    parser.add_argument("--only", choices=("ablations", "full"), help="default: both")
    parser.add_argument("--samples", type=int, default=5, help="reactions to each of eight clips, for diversity")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="sampling seeds of the full part")
    parser.add_argument("--seconds", type=float, help="of each conversation in the full part; default: all")
    parser.add_argument("--workers", type=int, default=1, help="processes; no number depends on it")
    parser.add_argument("--publish", action="store_true", help=f"copy what is committed to {FOLDER}")
    given = parser.parse_args()
    place = Place(given.weights, given.out, given.workers)
    if ECHO not in place.present():
        raise WeightsMissingError(
            f"has no {ECHO}.safetensors", where=given.weights, fix=f"`echo-bench train {ECHO} --out DIR`"
        )
    missing = [name for name in VARIANTS if name not in place.present()]
    print(f"variants here: {', '.join(place.present())}; missing: {', '.join(missing) or 'none'}", flush=True)
    if given.only != "full":
        ablations(place, Conversations(given.out / "pictures", workers=given.workers), given.samples).write(
            given.out / ABLATIONS
        )
    if given.only != "ablations":
        full(place, split_of(given.seconds, place), given.seconds, given.seeds).write(given.out / FULL)
    write_curves([place.card(name) for name in place.present()], given.out / CURVES)
    print(f"written: {write_page(given.out)}")
    if given.publish:
        publish(given.out)


def split_of(seconds: float | None, place: Place) -> Dataset:
    """The test split, whole or its first seconds."""
    options = DatasetOptions(workers=place.workers)
    return DyadMini(options) if seconds is None else Beginnings(place.out / "beginnings", seconds, options)


if __name__ == "__main__":
    main()
