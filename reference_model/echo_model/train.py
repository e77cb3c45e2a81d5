"""Training of the model in the paper's two stages, after the autoencoder.

Stage 1 learns the avatar's voice and lips: the user's path is absent (its condition is zero) and its numbers stay untouched. Stage 2
brings in the understanding of the user, fed with the whole history window by window, and aligns it at three levels (ours): P_usr and
S_usr must tell what the user does, S_usr also what the user feels, and the affective reader what the avatar should.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributed import destroy_process_group, get_rank, init_process_group, is_initialized
from torch.nn import functional as F

from echo_model.batches import PER, Sample, draw
from echo_model.config import TIME, EchoConfig, config
from echo_model.corpus import Entry, read_corpus
from echo_model.export import save
from echo_model.generator import Conditions
from echo_model.lcu import AffectiveUnderstanding, UserWindow
from echo_model.loop import Loop, Recipe
from echo_model.masks import masks, regions_from
from echo_model.model import OWN, Echo
from echo_model.pretrained import Encoders, read_encoders, with_encoders
from echo_model.train_vae import RECIPE as VAE
from echo_model.train_vae import VaeTraining, encode_corpus
from echo_model.vae import Autoencoder, VideoVae

STAGE1 = Recipe(steps=3600, batch=4, rate=4e-3, turn=0.02, average=0.995)
STAGE2 = Recipe(steps=1500, batch=2, rate=2e-3, turn=0.01, average=0.995, save_every=50)
RECIPES = {"vae": VAE, "stage1": STAGE1, "stage2": STAGE2}
FACE, MOUTH = 2.0, 20.0  # by how much more errors in the face, and in the mouth, count than those behind
LEAST = 0.25  # errors count by 1 / (1 - time), and that is taken as no less
ROUGH = 0.5  # most noise on previous frames, in departures, so that errors of earlier windows are not believed
UNTOLD = 0.1  # share of windows without the user, for guidance
TELL = 0.05  # weight of what the understanding paths must tell
LOCATE = 1.0
LIPS = 1.0  # weight of what the voice must tell of the mouth
FITTED = "fitted.pt"  # autoencoder with the scale of its latents

USER_PATH = ("lcu.", "generator.user.", "generator.feeling.", ".attend_user.", ".look_user.", ".modulate.user.")
"""Parts of names of all numbers that the user's path consists of."""


class EchoTraining(nn.Module):
    """The loss of a stage on a corpus; a call draws a batch from the generator that it is given.

    Parameters
    ----------
    model : Echo
        Its autoencoder is not trained.
    entries : sequence of Entry
    batch : int
        Conversations.
    alone : bool
        Stage 1: the avatar by itself. Else stage 2.
    """

    def __init__(self, model: Echo, entries: Sequence[Entry], batch: int, *, alone: bool) -> None:
        super().__init__()
        self.model, self.entries, self.batch, self.alone = model, entries, batch, alone
        self.lips = nn.Linear(TIME * model.config.width, model.config.vae.channels)
        for name, value in model.named_parameters():
            value.requires_grad_(not name.startswith("vae.") and not (alone and in_user_path(name)))

    def forward(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Terms of the loss."""
        sample = draw(self.entries, self.batch, rng, self.model.config, whole=not self.alone)
        sample = sample.to(self.model.voice_shift.device)
        told: dict[str, Tensor] = {}
        if self.alone:
            shape = (len(sample.latents), self.model.config.lcu.readout, self.model.config.lcu.width)
            user, feeling = sample.latents.new_zeros(shape), sample.latents.new_zeros(shape[0], 2, shape[2])
        else:
            user, told = self._understood(sample)
            feeling = self.model.lcu.feeling(sample.words, sample.sides, sample.lengths)
            told |= self._mood(sample)
        located = self.model.locator(sample.image)
        return (
            self._flow(sample, user, feeling)
            | {"places": LOCATE * F.l1_loss(located.float(), sample.regions)}
            | {name: TELL * term for name, term in told.items()}
        )

    def _flow(self, sample: Sample, user: Tensor, feeling: Tensor) -> dict[str, Tensor]:
        """Flow matching: error of the clean latents that the flow leads to, more where the face is and late in the flow.

        And how well A_avt alone tells the mean departure of the mouth: what sounds mean for lips is learned before where lips are.
        """
        regions = regions_from(sample.regions)
        face, lip = masks(regions, self.model.config.grid)
        voice = self.model.heard(sample.voice) * sample.sounding[..., None]
        made = Conditions(sample.image, sample.still, voice, user, feeling, face, lip)
        spread = self.model.generator.spread
        noise = self.model.generator.start(torch.randn_like(sample.latents), sample.moved)
        times = torch.sigmoid(torch.randn(len(noise), device=noise.device) - 0.5)
        part = times[:, None, None, None, None]
        rough = ROUGH * torch.rand_like(part) * spread * torch.randn_like(sample.previous)
        noisy = (1 - part) * noise + part * sample.latents
        clean = self.model.generator(noisy, times, sample.previous + rough, sample.given, made)
        face, lip = masks(regions, sample.latents.shape[-1])
        weight = (1 + FACE * face + MOUTH * lip).reshape(-1, 1, 1, *sample.latents.shape[-2:])
        wrong = ((clean.float() - sample.latents) / spread).square() / (1 - part).clamp_min(LEAST)
        away = ((sample.latents - sample.still) / spread * lip.reshape(-1, 1, 1, *sample.latents.shape[-2:])).sum(
            (-1, -2)
        )
        away = away / lip.sum(1)[:, None]
        told = self.lips(self.model.generator.heard(voice)[:, -away.shape[1] :].flatten(2))
        return {"flow": (weight * wrong).mean(), "lips": LIPS * F.mse_loss(told.float(), away)}

    def _understood(self, sample: Sample) -> tuple[Tensor, dict[str, Tensor]]:
        """f_pu (B, readout, width) of the window to be made, after all windows before it; and how well the user was understood."""
        latents, voices = sample.user_latents.flatten(1, 2), self.model.heard(sample.user_voice).flatten(1, 2)
        user, understood, _ = self.model.lcu(UserWindow(latents, voices, sample.face), None)
        rows = torch.arange(len(sample.latents), device=sample.latents.device)
        last = user[rows // PER, sample.window]
        heard = (torch.rand(len(last), 1, 1, device=last.device) > UNTOLD).to(last)
        return last * heard, self._told(understood, sample.acts, sample.affect)

    def _told(self, understood: Tensor, acts: Tensor, affect: Tensor) -> dict[str, Tensor]:
        done, felt = self.model.lcu.hbcu.told(understood)
        known = acts.isfinite()
        missed = F.binary_cross_entropy_with_logits(done.float(), acts.nan_to_num(), reduction="none")
        wrong = (felt.float() - affect.nan_to_num()).square() * affect.isfinite()
        return {"acts": (missed * known).mean(), "affect": wrong.mean()}

    def _mood(self, sample: Sample) -> dict[str, Tensor]:
        """How well the reader of the dialogue knows the avatar's feeling; a pretrained one is not taught."""
        reader = self.model.lcu.lau
        if not isinstance(reader, AffectiveUnderstanding):
            return {}
        logits = reader.logits(sample.words, sample.sides, sample.lengths)
        return {"mood": F.cross_entropy(logits.float(), sample.mood, ignore_index=-1)}


def in_user_path(name: str) -> bool:
    """Whether a parameter belongs to the user's path.

    Examples
    --------
    >>> in_user_path("generator.blocks.0.modulate.attend_user.out.weight"), in_user_path("generator.voice.0.weight")
    (True, False)
    """
    return any(name.startswith(part) or (part.startswith(".") and part in name) for part in USER_PATH)


@dataclass(frozen=True, slots=True)
class Trained:
    """What training leaves.

    Attributes
    ----------
    model : Echo
        With averaged weights.
    curve : list of dict
        Rows of the logs of both stages.
    seconds : float
        Of both stages, earlier parts of the run included.
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
    """Autoencoder, latents, stage 1, stage 2: each goes on where it was interrupted, and is skipped where it is done.

    Parameters
    ----------
    config : EchoConfig
    entries : sequence of Entry
        Their latents are written beside them.
    out : Path
        Folder of the run: ``vae``, ``stage1`` and ``NAME/stage2`` of each model in it hold state and log. Models that are trained in one
        folder share the autoencoder, and stage 1 where it is the same: variants but ``no-sdcm`` differ in the user's path alone.
    recipes : dict
        ``vae``, ``stage1``, ``stage2``.
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
    """
    torch.manual_seed(seed)
    model = Echo(config, encoders)
    if encoders.video is None:
        model.vae = train_vae(config, entries, out / "vae", recipes["vae"], seed, device)
    else:
        fit_vae(model.vae, entries, out / "vae", device)
    fit_voice(model, entries)
    fit_spread(model, entries)
    curve, seconds = [], 0.0
    alone = (
        "stage1" if config.switches.sdcm else "stage1-no-sdcm"
    )  # other switches are of the user's path, which is absent
    folders = {"stage1": Path(alone), "stage2": Path(config.name) / "stage2"}
    for stage in ("stage1", "stage2"):
        recipe = recipes[stage]
        torch.manual_seed(seed)  # whatever was done in this process before
        training = EchoTraining(model, entries, recipe.part, alone=stage == "stage1")
        if recompute:
            model.recompute()
        shards = list(model.generator.blocks) if shard else ()
        loop = Loop(training, recipe, seed, out / folders[stage], device, shards)
        loop.run()
        if loop.sharded:  # shares cannot be sharded again
            model = Echo(config, encoders)
            model.load_state_dict(
                {
                    name.removeprefix("model."): value
                    for name, value in loop.whole().items()
                    if name.startswith("model.")
                }
            )
        curve += loop.curve
        seconds += loop.seconds
    return Trained(model, curve, seconds)


def train_vae(
    config: EchoConfig, entries: Sequence[Entry], out: Path, recipe: Recipe, seed: int, device: str
) -> VideoVae:
    """The autoencoder of a run, trained, with the latents of all entries written."""
    torch.manual_seed(seed)  # models of one folder share it, whatever they are
    vae = VideoVae(config.vae)
    if not (out / FITTED).is_file():
        training = VaeTraining(config.vae, entries, recipe.part)
        Loop(training, recipe, seed, out, device).run()
        vae.load_state_dict(training.vae.state_dict())
    fit_vae(vae, entries, out, device)
    return vae


def fit_vae(vae: Autoencoder, entries: Sequence[Entry], out: Path, device: str) -> None:
    """Write the latents of all entries and fit their scale, unless that was done before; leaves the autoencoder on the CPU."""
    fitted = out / FITTED
    if not fitted.is_file():
        if not is_initialized() or get_rank() == 0:
            out.mkdir(parents=True, exist_ok=True)
            encode_corpus(vae, entries, device)
            torch.save(vae.state_dict(), fitted)
        if is_initialized():
            torch.distributed.barrier()
    vae.to("cpu").load_state_dict(torch.load(fitted, map_location="cpu", weights_only=True))


def fit_voice(model: Echo, entries: Sequence[Entry]) -> None:
    """Take shift and scale of the sound from the corpus."""
    rows = torch.from_numpy(np.concatenate([entry.person.voice for entry in entries]))
    model.voice_shift.copy_(rows.mean(0))
    model.voice_scale.copy_(rows.std(0).clamp_min(1e-3))


def fit_spread(model: Echo, entries: Sequence[Entry]) -> None:
    """Take the size of departures from the reference image from the corpus."""
    squares = [
        np.square(entry.latents().astype(np.float32) - entry.still().astype(np.float32)).mean((0, 2, 3))
        for entry in entries
    ]
    spread = torch.from_numpy(np.sqrt(np.mean(squares, axis=0)))
    model.generator.spread.copy_(spread.clamp_min(1e-3)[:, None, None])


def main() -> None:
    """Train a model from a corpus: ``python -m echo_model.train echo-tiny --corpus DIR --out DIR``; also under ``torchrun``."""
    parser = argparse.ArgumentParser(prog="python -m echo_model.train", description=main.__doc__)
    parser.add_argument("name", help="echo-tiny, one of its variants, echo-small or echo-base")
    parser.add_argument(
        "--corpus", type=Path, required=True, help="folder that holds the conversations (echo_model.corpus)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; the same folder again goes on")
    steps = [recipe.steps for recipe in RECIPES.values()]
    parser.add_argument("--steps", type=int, nargs=3, default=steps, help="of autoencoder, stage 1 and stage 2")
    parser.add_argument("--batch", type=int, help="conversations per step of both stages, shared by all processes")
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
        init_process_group("gloo" if device == "cpu" else "nccl")
        device = device if device == "cpu" else f"cuda:{os.environ['LOCAL_RANK']}"
    recipes = {name: replace(RECIPES[name], steps=steps) for name, steps in zip(RECIPES, given.steps, strict=True)}
    if given.batch is not None:
        recipes |= {name: replace(recipes[name], batch=given.batch) for name in ("stage1", "stage2")}
    encoders = OWN if given.encoders is None else read_encoders(given.encoders)
    chosen = with_encoders(config(given.name), encoders)
    trained = train(
        chosen, read_corpus(given.corpus), given.out, recipes, given.seed, device,
        recompute=given.recompute, encoders=encoders, shard=given.shard,
    )  # fmt: skip
    if not is_initialized() or get_rank() == 0:
        save(trained.model, given.out / f"{chosen.name}.safetensors")
    if is_initialized():
        destroy_process_group()


if __name__ == "__main__":
    main()
