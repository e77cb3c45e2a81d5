"""What the stages of training minimise.

Stage 1 is the avatar alone: the flow's error, and what its voice tells of its mouth. Stage 2 adds what the user and the dialogue tell, and
the reaction that is asked for (:mod:`echo_model.alignment`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_model.alignment import Alignment
from echo_model.batches import PER, Sample, draw
from echo_model.config import TIME
from echo_model.corpus import UNKNOWN, Entry
from echo_model.generator import Conditions
from echo_model.lcu import ACTS, AFFECT, AffectiveUnderstanding, UserWindow
from echo_model.masks import masks, regions_from
from echo_model.model import Echo

FACE, MOUTH = 2.0, 20.0  # by how much more errors in the face, and in the mouth, count than those behind
LEAST = 0.25  # errors count by 1 / (1 - time), and that is taken as no less
ROUGH = 0.5  # most noise on previous frames, in departures, so that errors of earlier windows are not believed
UNTOLD = 0.1  # share of windows without the user, for guidance
ASKED = 0.3  # share of windows in which another reaction is asked for
GIVEN = 0.3  # share of windows in which the true reaction is told, which new faces need not have been understood for
SPARED = 0.2  # weight of the flow's error where another reaction is asked for than is shown
BLURRED = 0.3  # noise on how the user looks and sounds, in departures and deviations: few users are known
TELL = 0.05  # weight of what the understanding paths must tell
REACT = 0.5  # weight of what is told of the reaction, and of the reader
EXPRESS = 1.0  # weight of what is read from the pictures that are made
LOCATE = 1.0
LIPS = 1.0  # weight of what the voice must tell of the mouth

HEARD = ("nod", "laugh", "speaking")
"""Acts that are never others than recorded: voice, and poses that flows start from, show them."""

USER_PATH = ("lcu.", "generator.user.", "generator.feeling.", ".attend_user.", ".look_user.", ".modulate.user.")
"""Parts of names of all numbers that the user's path consists of."""


@dataclass(frozen=True, slots=True)
class Lead:
    """What leads to windows beside image and voice, and what they must show.

    Attributes
    ----------
    user : Tensor of shape (N, readout, lcu width)
    feeling : Tensor of shape (N, 2, lcu width)
    asked : Tensor of shape (N, acts + 3)
        Acts and affect.
    other : Tensor of shape (N,), bool
        Where these are others than the recorded ones.
    """

    user: Tensor
    feeling: Tensor
    asked: Tensor
    other: Tensor


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
        self.alignment = None if alone else Alignment()
        for name, value in model.named_parameters():
            value.requires_grad_(not name.startswith("vae.") and not (alone and in_user_path(name)))

    def settled(self) -> frozenset[str]:
        """Names of what stage 1 has trained before stage 2; none before stage 1."""
        names = (name for name, _ in self.named_parameters() if not name.startswith("alignment."))
        old = (name for name in names if not in_user_path(name.removeprefix("model.")))
        return frozenset() if self.alone else frozenset(old)

    def forward(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Terms of the loss."""
        sample = draw(self.entries, self.batch, rng, self.model.config, whole=not self.alone)
        sample = sample.to(self.model.voice_shift.device)
        lead, told = self._alone(sample) if self.alone else self._together(sample)
        located = self.model.locator(sample.seen)
        return self._flow(sample, lead) | {"places": LOCATE * F.l1_loss(located.float(), sample.places)} | told

    def _alone(self, sample: Sample) -> tuple[Lead, dict[str, Tensor]]:
        count, lcu, zeros = len(sample.latents), self.model.config.lcu, sample.latents.new_zeros
        nobody = zeros(count, lcu.readout, lcu.width)
        return Lead(nobody, zeros(count, 2, lcu.width), sample.other, zeros(count, dtype=torch.bool)), {}

    def _together(self, sample: Sample) -> tuple[Lead, dict[str, Tensor]]:
        """With the user: what leads to the windows, and how well user and dialogue were understood.

        Reactions are foreseen in all windows of a conversation, also in those that are not made; a pretrained reader of the dialogue,
        which takes long, reads it up to those alone.
        """
        made, (user, told) = self._made(sample), self._understood(sample)
        reader = self.model.lcu.lau
        small = isinstance(reader, AffectiveUnderstanding)
        read = torch.arange(len(user), device=user.device) if small else made
        words, sides = (rows[read // sample.reaction.shape[1]] for rows in (sample.words, sample.sides))
        lengths, reaction = sample.lengths.flatten()[read], sample.reaction.flatten(0, 1)
        feeling = self.model.lcu.feeling(words, sides, lengths)
        foreseen = self.model.lcu.reaction.told(user[read], feeling)
        if isinstance(reader, AffectiveUnderstanding):
            told |= {"mood": wrong_mood(reader.logits(words, sides, lengths), sample.mood.flatten()[read])}
        terms = {name: TELL * term for name, term in told.items()}
        terms["reaction"] = REACT * self.alignment.wrong(foreseen, reaction[read])  # type: ignore[union-attr]
        own = made if small else slice(None)
        return self._lead(sample.other, reaction[made], user[made], feeling[own], foreseen[own]), terms

    def _made(self, sample: Sample) -> Tensor:
        """Which of all windows of the conversations, one conversation after the other, are made."""
        rows = torch.arange(len(sample.window), device=sample.window.device)
        return rows // PER * sample.reaction.shape[1] + sample.window

    def _lead(self, others: Tensor, reaction: Tensor, user: Tensor, feeling: Tensor, foreseen: Tensor) -> Lead:
        """By chance another reaction is asked for than the recorded one, or that one is told, or the user is blank."""
        chance = torch.rand(len(user), device=user.device)
        other = (chance < ASKED) & others.isfinite().all(1)
        given, heard = (chance >= ASKED) & (chance < ASKED + GIVEN), chance < 1 - UNTOLD
        free = torch.tensor([act not in HEARD for act in ACTS] + [True] * AFFECT, device=user.device)
        asked = torch.where(other[:, None] & free, others, reaction)
        said = torch.where((other | given)[:, None] & asked.isfinite(), asked, foreseen)
        return Lead(self.model.lcu.reaction(user, said) * heard[:, None, None], feeling, asked, other)

    def _flow(self, sample: Sample, lead: Lead) -> dict[str, Tensor]:
        """Flow matching: error of the clean latents that the flow leads to, more where the face is and late in the flow.

        And how well A_avt alone tells the mean departure of the mouth: what sounds mean for lips is learned before where lips are.
        Where another reaction is asked for, the window is at the beginning of its flow, where the recorded one does not show yet.
        """
        regions = regions_from(sample.regions)
        face, lip = masks(regions, self.model.config.grid)
        voice = self.model.heard(sample.voice) * sample.sounding[..., None]
        made = Conditions(sample.image, sample.still, voice, lead.user, lead.feeling, face, lip)
        spread = self.model.generator.spread
        noise = self.model.generator.start(torch.randn_like(sample.latents), sample.moved)
        times = torch.sigmoid(torch.randn(len(noise), device=noise.device) - 0.5) * ~lead.other
        part = times[:, None, None, None, None]
        rough = ROUGH * torch.rand_like(part) * spread * torch.randn_like(sample.previous)
        noisy = (1 - part) * noise + part * sample.latents
        clean = self.model.generator(noisy, times, sample.previous + rough, sample.given, made)
        face, lip = masks(regions, sample.latents.shape[-1])
        weight = (1 + FACE * face + MOUTH * lip).reshape(-1, 1, 1, *sample.latents.shape[-2:])
        weight = weight * torch.where(lead.other, SPARED, 1.0)[:, None, None, None, None]
        wrong = ((clean.float() - sample.latents) / spread).square() / (1 - part).clamp_min(LEAST)
        away = ((sample.latents - sample.still) / spread * lip.reshape(-1, 1, 1, *sample.latents.shape[-2:])).sum(
            (-1, -2)
        )
        away = away / lip.sum(1)[:, None]
        told = self.lips(self.model.generator.heard(voice)[:, -away.shape[1] :].flatten(2))
        terms = {"flow": (weight * wrong).mean(), "lips": LIPS * F.mse_loss(told.float(), away)}
        if self.alignment is not None:
            at = int(torch.randint(1, clean.shape[1], ()))
            shown = self._pictures(clean, at, sample.image)
            terms["expression"] = EXPRESS * self.alignment.expression(shown, sample.image, regions, lead.asked)
            looks, of, within, doing = (x.flatten(0, 1) for x in (sample.looks, sample.of, sample.within, sample.doing))
            terms["reader"] = REACT * self.alignment.taught(looks, of, regions_from(within), doing)
        return terms

    def _pictures(self, latents: Tensor, at: int, image: Tensor) -> Tensor:
        """Of one latent frame of windows, for all would take long: (N, 4, 3, H, W)."""
        before = latents[:, max(0, at - self.model.vae.context) : at]
        return self.model.vae.decode(latents[:, at : at + 1], image, before).float()

    def _understood(self, sample: Sample) -> tuple[Tensor, dict[str, Tensor]]:
        """f_pu (N / PER * K, readout, width) of all windows, and how well the user was understood."""
        latents, voices = sample.user_latents.flatten(1, 2), self.model.heard(sample.user_voice).flatten(1, 2)
        if self.training:
            latents = latents + BLURRED * self.model.generator.spread * torch.randn_like(latents)
            voices = voices + BLURRED * torch.randn_like(voices)
        user, understood, _ = self.model.lcu(UserWindow(latents, voices, sample.face), None)
        told = self._told(understood, sample.acts, sample.affect) if self.model.config.switches.hbcu else {}
        return user.flatten(0, 1), told

    def _told(self, understood: Tensor, acts: Tensor, affect: Tensor) -> dict[str, Tensor]:
        done, felt = self.model.lcu.hbcu.told(understood)
        known = acts.isfinite()
        missed = F.binary_cross_entropy_with_logits(done.float(), acts.nan_to_num(), reduction="none")
        wrong = (felt.float() - affect.nan_to_num()).square() * affect.isfinite()
        return {"acts": (missed * known).mean(), "affect": wrong.mean()}


def wrong_mood(logits: Tensor, mood: Tensor) -> Tensor:
    """How well feelings (N,) are known; some nobody knows."""
    wrong = F.cross_entropy(logits.float(), mood, ignore_index=UNKNOWN, reduction="sum")
    return wrong / (mood != UNKNOWN).sum().clamp_min(1)


def in_user_path(name: str) -> bool:
    """Whether a parameter belongs to the user's path.

    Examples
    --------
    >>> in_user_path("generator.blocks.0.modulate.attend_user.out.weight"), in_user_path("generator.voice.0.weight")
    (True, False)
    """
    return any(name.startswith(part) or (part.startswith(".") and part in name) for part in USER_PATH)
