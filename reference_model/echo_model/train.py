"""Training of the model in the paper's two stages, after the autoencoder.

Stage 1 learns the avatar's voice and lips: the user's path is absent (its condition is zero) and its numbers stay untouched. Then the
understanding learns by itself what user and dialogue tell (ours: :mod:`echo_model.understanding`). Stage 2 brings both together, with the
whole history window by window: it begins where stage 1 ended, for what is new changes nothing yet, and what was trained before goes on
more slowly.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
from torch.distributed import barrier, destroy_process_group, get_rank, init_process_group, is_initialized

from echo_model.config import EchoConfig, config
from echo_model.corpus import Entry, read_corpus
from echo_model.export import save
from echo_model.eyes import Eyes
from echo_model.latents import fit_scale, spread_of, wait, write_latents
from echo_model.loop import Loop, Recipe
from echo_model.model import OWN, Echo
from echo_model.objective import EchoTraining
from echo_model.pretrained import Encoders, read_encoders, with_encoders
from echo_model.train_course import RECIPE as COURSE
from echo_model.train_course import CourseTraining, lessons_of
from echo_model.train_eyes import RECIPE as EYES
from echo_model.train_eyes import EyesTraining
from echo_model.train_vae import RECIPE as VAE
from echo_model.train_vae import VaeTraining
from echo_model.understanding import UnderstandingTraining
from echo_model.vae import Autoencoder, VideoVae

STAGE1 = Recipe(steps=5600, batch=4, rate=4e-3, turn=0.02, average=0.995)
UNDERSTANDING = Recipe(steps=500, batch=4, rate=3e-3, turn=0.01, decay=0.1, average=0.98)
STAGE2 = Recipe(steps=200, batch=2, rate=2e-3, turn=0.01, settled=0.2, average=0.995, save_every=50)
UNDERSTOOD = "understanding"
RECIPES = {"vae": VAE, "eyes": EYES, "stage1": STAGE1, UNDERSTOOD: UNDERSTANDING, "stage2": STAGE2, "course": COURSE}
FITTED = "fitted.pt"  # autoencoder with the scale of its latents


@dataclass(frozen=True, slots=True)
class Trained:
    """What training leaves.

    Attributes
    ----------
    model : Echo
        With averaged weights.
    curve : list of dict
        Rows of the logs of both stages, where the model makes pictures.
    seconds : float
        Of stage 1, understanding, stage 2 and course, earlier parts of the run included; what models of a run share is left out.
    """

    model: Echo
    curve: list[dict[str, float]]
    seconds: float


def train(
    config: EchoConfig,
    entries: Sequence[Entry],
    out: Path,
    recipes: dict[str, Recipe],
    seed: int,
    device: str,
    *,
    recompute: bool = False,
    encoders: Encoders = OWN,
    shard: bool = False,
) -> Trained:
    """Autoencoder, latents, eyes, stage 1, understanding, stage 2, course: each goes on where it was interrupted, and is skipped once done.

    Parameters
    ----------
    config : EchoConfig
    entries : sequence of Entry
        Their latents are written beside them.
    out : Path
        Folder of the run: ``vae``, ``eyes``, ``stage1``, and ``NAME/understanding``, ``NAME/stage2`` and ``NAME/course`` in it hold
        state and log. Models of one folder share autoencoder, eyes and, but for ``no-sdcm``, stage 1: they differ in the user's path.
    recipes : dict
        ``vae``, ``eyes``, ``stage1``, ``understanding``, ``stage2``, ``course``.
    seed : int
    device : str
    recompute : bool
        Gradient checkpointing.
    encoders : Encoders
        What is pretrained. A pretrained autoencoder is not trained; latents are written all the same.
    shard : bool
        Under ``torchrun``: every rank keeps its share of the numbers (FSDP).

    Returns
    -------
    Trained

    Raises
    ------
    ValueError
        When processes cannot have equal parts of a batch, or `out` holds another run (:meth:`echo_model.loop.Loop.run`).
    """
    parts = {name: each.part for name, each in recipes.items()}  # refused before hours are spent on what comes first
    torch.manual_seed(seed)
    model = Echo(config, encoders)
    if encoders.video is None:
        model.vae = train_vae(config, entries, out / "vae", recipes["vae"], seed, device)
    else:
        fit_vae(model.vae, entries, out / "vae", device)
    fit_voice(model, entries)
    fit_spread(model, entries)
    eyes = train_eyes(config, entries, out / "eyes", recipes["eyes"], seed, device)
    curve: list[dict[str, float]] = []
    seconds, lips = 0.0, None
    # Other switches are of the user's path, which is absent in stage 1.
    first = "stage1" if config.switches.sdcm else "stage1-no-sdcm"
    folders = {"stage1": Path(first), "stage2": Path(config.name) / "stage2"}
    for stage in ("stage1", "stage2"):
        alone, recipe = stage == "stage1", recipes[stage]
        if not alone:
            model.lcu.lpe.eyes.load_state_dict(eyes.state_dict())
            seconds += train_understanding(
                model, entries, out / config.name / UNDERSTOOD, recipes[UNDERSTOOD], seed, device
            )
        torch.manual_seed(seed)  # whatever was done in this process before
        training = EchoTraining(model, entries, parts[stage], alone=alone)
        if recompute:
            model.recompute()
        shards = list(model.generator.blocks) if shard else ()
        if lips is not None:
            training.lips.load_state_dict(lips)
        loop = Loop(training, recipe, seed, out / folders[stage], device, training.settled(), shards)
        loop.run()
        whole = loop.whole()
        lips = part_of(whole, "lips.")
        if loop.sharded:  # shares cannot be sharded again
            model = Echo(config, encoders)
            model.load_state_dict(part_of(whole, "model."))
        curve += loop.curve
        seconds += loop.seconds
    seconds += train_course(model, entries, out / config.name / "course", recipes["course"], seed, device)
    return Trained(model, curve, seconds)


def part_of(state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """What belongs to one part of a module, by its own names.

    Examples
    --------
    >>> part_of({"lips.bias": torch.zeros(1), "model.bias": torch.ones(1)}, "lips.")
    {'bias': tensor([0.])}
    """
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def train_eyes(config: EchoConfig, entries: Sequence[Entry], out: Path, recipe: Recipe, seed: int, device: str) -> Eyes:
    """The eyes of a run, trained."""
    torch.manual_seed(seed)  # models of one folder share them, whatever they are
    training = EyesTraining(config, entries, recipe.part)
    Loop(training, recipe, seed, out, device).run()
    return training.eyes


def train_understanding(
    model: Echo, entries: Sequence[Entry], out: Path, recipe: Recipe, seed: int, device: str
) -> float:
    """Train what a model understands of user and dialogue; the seconds that took."""
    torch.manual_seed(seed)
    loop = Loop(UnderstandingTraining(model, entries, recipe.part), recipe, seed, out, device)
    loop.run()
    return loop.seconds


def train_course(model: Echo, entries: Sequence[Entry], out: Path, recipe: Recipe, seed: int, device: str) -> float:
    """Train the course that affect takes, where faces and feelings are known; the seconds that took."""
    lessons = list(lessons_of(entries, model.to("cpu")))
    if not lessons:
        return 0.0
    torch.manual_seed(seed)
    loop = Loop(CourseTraining(model.lcu.course, lessons, recipe.part), recipe, seed, out, device)
    loop.run()
    return loop.seconds


def train_vae(
    config: EchoConfig,
    entries: Sequence[Entry],
    out: Path,
    recipe: Recipe,
    seed: int,
    device: str,
) -> VideoVae:
    """The autoencoder of a run, trained, with the latents of all entries written."""
    torch.manual_seed(seed)  # models of one folder share it, whatever they are
    vae = VideoVae(config.vae)
    fitted, state = out / FITTED, out / "state.pt"
    if state.is_file() and torch.load(state, map_location="cpu", weights_only=True)["step"] < recipe.steps:
        fitted.unlink(missing_ok=True)  # it is another autoencoder when it has gone on
    if not fitted.is_file():
        training = VaeTraining(config.vae, entries, recipe.part)
        Loop(training, recipe, seed, out, device).run()
        vae.load_state_dict(training.vae.state_dict())
    fit_vae(vae, entries, out, device)
    return vae


def fit_vae(vae: Autoencoder, entries: Sequence[Entry], out: Path, device: str) -> None:
    """Fit the scale of the latents and write those of all entries, where that is not done; leaves the autoencoder on the CPU."""
    fitted = out / FITTED
    if not fitted.is_file() and (not is_initialized() or get_rank() == 0):
        out.mkdir(parents=True, exist_ok=True)
        fit_scale(vae, entries, device)
        torch.save(vae.state_dict(), fitted)
    wait()
    vae.load_state_dict(torch.load(fitted, map_location="cpu", weights_only=True))
    write_latents(vae, entries, hashlib.sha256(fitted.read_bytes()).hexdigest(), device)
    vae.to("cpu")


def fit_voice(model: Echo, entries: Sequence[Entry]) -> None:
    """Take shift and scale of the sound from the corpus."""
    rows = torch.from_numpy(np.concatenate([entry.person.voice for entry in entries]))
    model.voice_shift.copy_(rows.mean(0))
    model.voice_scale.copy_(rows.std(0).clamp_min(1e-3))


def fit_spread(model: Echo, entries: Sequence[Entry]) -> None:
    """Take the size of departures from the reference image from the corpus."""
    model.generator.spread.copy_(spread_of(entries))


def main() -> None:
    """Train a model from a corpus: ``python -m echo_model.train echo-tiny --corpus DIR --out DIR``; also under ``torchrun``."""
    parser = argparse.ArgumentParser(prog="python -m echo_model.train", description=main.__doc__)
    parser.add_argument("name", help="echo-tiny, one of its variants, echo-small or echo-base")
    parser.add_argument(
        "--corpus", type=Path, required=True, help="folder that holds the conversations (echo_model.corpus)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; the same folder again goes on")
    steps = [recipe.steps for recipe in RECIPES.values()]
    parser.add_argument(
        "--steps",
        type=int,
        nargs=len(steps),
        default=steps,
        help="of autoencoder, eyes, stage 1, understanding, stage 2, course",
    )
    parser.add_argument(
        "--batch",
        type=int,
        help="conversations per step of all but autoencoder, eyes and course, shared by all processes",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--recompute", action="store_true", help="gradient checkpointing: less memory, a third more time"
    )
    parser.add_argument(
        "--shard", action="store_true", help="under torchrun: every process keeps its share of the model (FSDP)"
    )
    parser.add_argument(
        "--encoders",
        type=Path,
        help="folder of pretrained ones: video, understanding, language and text, or some of them",
    )
    parser.add_argument("--device", default="cpu", help="cpu, cuda")
    given = parser.parse_args()
    device = given.device
    if "WORLD_SIZE" in os.environ:
        device = device if device == "cpu" else f"cuda:{os.environ['LOCAL_RANK']}"
        if device != "cpu":
            torch.cuda.set_device(device)
        # Corpora are encoded meanwhile.
        init_process_group("gloo" if device == "cpu" else "nccl", timeout=timedelta(hours=6))
    recipes = {name: replace(RECIPES[name], steps=steps) for name, steps in zip(RECIPES, given.steps, strict=True)}
    if given.batch is not None:
        recipes |= {
            name: replace(recipes[name], batch=given.batch) for name in RECIPES if name not in ("vae", "eyes", "course")
        }
    encoders = OWN if given.encoders is None else read_encoders(given.encoders)
    chosen = with_encoders(config(given.name), encoders)
    trained = train(
        chosen, read_corpus(given.corpus), given.out, recipes, given.seed, device,
        recompute=given.recompute, encoders=encoders, shard=given.shard,
    )  # fmt: skip
    if not is_initialized() or get_rank() == 0:
        save(trained.model, given.out / f"{chosen.name}.safetensors")
    if is_initialized():
        barrier()  # torchrun stops all when one ends badly, and the first may still be writing
        destroy_process_group()


if __name__ == "__main__":
    main()
