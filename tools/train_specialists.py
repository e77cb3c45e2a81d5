"""Train the embedded nets, on the CPU, from nothing but the repository and the tracker's weights.

    python -m tools.train_specialists rignet          # or syncnet-eb, emonet-eb, facenet-eb, videonet-eb, imagenet-eb, all

Writes ``echo_bench/nets/assets/NAME.safetensors`` (float16) and ``NAME.json``, the card: command, corpus, seed, curve, what val says.
Frames are drawn once and kept in ``--cache``. One thread by default: more threads add in another order and give other last bits.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import torch

from echo_bench.datasets.dyad_mini_content import CONTENT, DATA
from tools.specialists.corpus import Corpus, corpus
from tools.specialists.loop import Training, save, train
from tools.specialists.train_faces import emonet_eb, facenet_eb, rignet
from tools.specialists.train_pictures import imagenet_eb, videonet_eb
from tools.specialists.train_sync import syncnet_eb

ASSETS = Path(__file__).parents[1] / "echo_bench" / "nets" / "assets"
PLANS: dict[str, tuple[Callable[[Corpus, Corpus, int, int], Training], int]] = {
    "rignet": (rignet, 2400),
    "syncnet-eb": (syncnet_eb, 900),
    "emonet-eb": (emonet_eb, 1000),
    "facenet-eb": (facenet_eb, 1200),
    "imagenet-eb": (imagenet_eb, 1000),
    "videonet-eb": (videonet_eb, 1200),
}
"""Net -> how it is trained, and for how many steps."""


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=[*PLANS, "all"])
    parser.add_argument("--cache", type=Path, default=Path(".cache/specialists"))
    parser.add_argument("--data", type=Path, default=CONTENT / DATA, help="folder of dyad-mini's speech")
    parser.add_argument("--out", type=Path, default=ASSETS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=float, default=1.0, help="times the usual number")
    parser.add_argument("--jobs", type=int, default=1, help="processes that draw frames")
    given = parser.parse_args()
    torch.set_num_threads(1)
    shown = {split: corpus(split, given.data, given.cache / split, given.jobs) for split in ("train", "val")}
    for name in PLANS if given.name == "all" else [given.name]:
        one(name, shown["train"], shown["val"], given)


def one(name: str, learnt: Corpus, held: Corpus, given: argparse.Namespace) -> None:
    """Train one net and write it with its card."""
    make, usual = PLANS[name]
    torch.manual_seed(given.seed)
    plan = make(learnt, held, round(usual * given.steps), given.seed)
    curve = train(plan)
    given.out.mkdir(parents=True, exist_ok=True)
    save(plan.net, given.out / f"{name}.safetensors")
    card = {
        "net": name,
        "command": f"python -m tools.train_specialists {name}",
        "commit": commit(),
        "corpus": {"speech": given.data.name, "stretches": len(learnt.face), "sha256": learnt.digest()},
        "seed": given.seed,
        "steps": plan.steps,
        "parameters": sum(p.numel() for p in plan.net.parameters()),
        "seconds": round(curve[-1][2]),
        "torch": torch.__version__,
        "loss": [[step, round(loss, 4)] for step, loss, _ in curve],
        "val": {key: round(value, 4) for key, value in plan.judge().items()},
    }
    (given.out / f"{name}.json").write_text(json.dumps(card, indent=1) + "\n")
    print(name, card["val"])


def commit() -> str:
    """The commit that the training code, the renderer and the behaviour are of."""
    return subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
