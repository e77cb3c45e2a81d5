"""What the stages of training minimise.

Stage 1 is the avatar alone, who knows what it feels: the flow's error, and what its voice tells of its mouth. In stage 2 user and dialogue
tell how the avatar reacts (:mod:`echo_model.understanding`). What they tell is a guess, and whoever learns from guesses learns to
heed them less; so often the truth is told in its place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_model.batches import Sample, draw
from echo_model.config import TIME
from echo_model.corpus import Entry
from echo_model.generator import Conditions
from echo_model.masks import masks, regions_from
from echo_model.model import Echo
from echo_model.understanding import COURSE, EYES, Understood, rows_of, understood

FACE, MOUTH = 2.0, 20.0  # by how much more errors in the face, and in the mouth, count than those behind
LEAST = 0.25  # errors count by 1 / (1 - time), and that is taken as no less
ROUGH = 0.5  # most noise on previous frames, in departures, so that errors of earlier windows are not believed
UNTOLD = 0.1  # share of windows without the user, for guidance
GIVEN = 0.6  # share of windows in which f_pu is told the true reaction
FELT = 0.3  # share of windows in which c_emo is: were it told as much, faces would follow it alone
LOCATE = 1.0
LIPS = 1.0  # weight of what the voice must tell of the mouth
PARTED = 0.2  # half widths of the mouth: how much it varies how far lips are apart

USER_PATH = ("lcu.", "generator.user.", ".attend_user.", ".look_user.", ".modulate.user.")
"""Parts of names of all numbers that the user's path consists of."""


class EchoTraining(nn.Module):
    """The loss of a stage on a corpus; a call draws a batch from the generator that it is given.

    Parameters
    ----------
    model : Echo
        Its autoencoder and its eyes are not trained.
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
            value.requires_grad_(not name.startswith(("vae.", EYES, COURSE)) and not (alone and in_user_path(name)))

    def settled(self) -> frozenset[str]:
        """Names of what earlier stages have trained before stage 2; none before stage 1."""
        names = (name.removeprefix("model.") for name, _ in self.model.named_parameters(prefix="model"))
        old = {f"model.{name}" for name in names if not in_user_path(name) or is_understanding(name)}
        lips = {name for name, _ in self.lips.named_parameters(prefix="lips")}
        return frozenset() if self.alone else frozenset(old | lips)

    def forward(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Terms of the loss."""
        sample = draw(self.entries, self.batch, rng, self.model.config, whole=not self.alone)
        sample = sample.to(self.model.voice_shift.device)
        terms: dict[str, Tensor] = {}
        if sample.talk is None:
            user, feeling = self._alone(sample)
        else:
            found, terms = understood(self.model, sample.talk, rows_of(sample.window, sample.talk))
            user, feeling = self._lead(sample.reaction, found)
        located = self.model.locator(sample.seen)
        terms["places"] = LOCATE * F.l1_loss(located.float(), sample.places)
        return self._flow(sample, user, feeling) | terms

    def _alone(self, sample: Sample) -> tuple[Tensor, Tensor]:
        """f_pu of nobody, and c_emo of an avatar who knows what it feels and does, but not in all windows."""
        count, lcu, zeros = len(sample.latents), self.model.config.lcu, sample.latents.new_zeros
        nobody, nothing = zeros(count, lcu.readout, lcu.width), zeros(count, 2, lcu.width)
        known = sample.reaction.isfinite().all(1) & (torch.rand(count, device=nobody.device) >= UNTOLD)
        told = sample.reaction.nan_to_num()
        _, feeling = self.model.lcu.reaction(nobody, nothing, told, told)
        return nobody, feeling * known[:, None, None]

    def _lead(self, reaction: Tensor, found: Understood) -> tuple[Tensor, Tensor]:
        """f_pu and c_emo: by chance they are told the true reaction, or the user is blank."""
        chance, own = torch.rand(2, len(reaction), device=reaction.device)
        told, felt = (
            torch.where((number < share)[:, None] & reaction.isfinite(), reaction, guess)
            for number, share, guess in ((chance, GIVEN, found.told), (own, FELT, found.felt))
        )
        user, feeling = self.model.lcu.reaction(found.user, found.feeling, told, felt)
        return user * (chance < 1 - UNTOLD)[:, None, None], feeling

    def _flow(self, sample: Sample, user: Tensor, feeling: Tensor) -> dict[str, Tensor]:
        """Flow matching: error of the clean latents that the flow leads to, more where the face is and late in the flow.

        And how well A_avt alone tells the mean departure of the mouth, and how far it is open: what sounds mean for lips is learned
        before where lips are.
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
        face, lip = (x.reshape(-1, 1, 1, *sample.latents.shape[-2:]) for x in (face, lip))
        wrong = ((clean.float() - sample.latents) / spread).square() / (1 - part).clamp_min(LEAST)
        away = ((sample.latents - sample.still) / spread * lip).sum((-1, -2)) / lip.sum((-1, -2))
        told = self.lips(self.model.generator.heard(voice)[:, -away.shape[1] :].flatten(2))
        parted = self.model.generator.opening(voice)[:, -sample.opening.shape[1] :].float()
        known = sample.opening.isfinite()
        off = ((parted - sample.opening.nan_to_num()) / PARTED).square() * known
        return {
            "flow": ((1 + FACE * face + MOUTH * lip) * wrong).mean(),
            "lips": LIPS * F.mse_loss(told.float(), away),
            "opening": LIPS * off.sum() / known.sum().clamp_min(1),
        }


def in_user_path(name: str) -> bool:
    """Whether a parameter belongs to the user's path.

    Examples
    --------
    >>> in_user_path("generator.blocks.0.modulate.attend_user.out.weight"), in_user_path("generator.voice.0.weight")
    (True, False)
    """
    inside = any(name.startswith(part) or (part.startswith(".") and part in name) for part in USER_PATH)
    return inside and not name.startswith("lcu.reaction.embed_felt.")


def is_understanding(name: str) -> bool:
    """Whether a parameter belongs to what is understood, and not to how that is told.

    Examples
    --------
    >>> is_understanding("lcu.reaction.hear.weight"), is_understanding("lcu.reaction.embed.weight")
    (True, False)
    """
    return name.startswith("lcu.") and not name.startswith("lcu.reaction.embed")
