"""What user and dialogue tell, and how far that is from the truth: the loss of the understanding.

S_usr must tell what the user does and feels, the affective reader what the avatar feels, and both how the avatar reacts: in all windows of
a conversation, also in those that are not made. At full scale the models that understand come pretrained. Ours learn it in a stage
of their own before they lead the generator: windows to read cost little, windows to make much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_model.corpus import UNKNOWN, Entry
from echo_model.feeling import AFFECT, AffectiveUnderstanding
from echo_model.frames import floated
from echo_model.lcu import SIZES, UserWindow
from echo_model.model import Echo
from echo_model.talks import PER, Dialogues, Talk, draw_dialogues, draw_talk

BLURRED = 0.3  # noise on how the user looks and sounds, in departures and deviations: few users are known
STRANGE = 1.0  # how far voices are moved, in deviations and for a whole conversation: fewer voices are known than faces
UNHEARD = 0.3  # share of conversations whose user is not heard, so that what is seen suffices
TELL = 0.5  # weight of what the user does and feels
REACT = 0.5  # weight of what is told of the reaction
UNSAID = 0.5  # share of windows in which f_pu must tell the reaction without c_emo: dialogues are known by heart, and would be all it heeds
MOOD = 0.5  # weight of what the avatar is read to feel
EYES = "lcu.lpe.eyes."  # parameters whose names begin so were learnt before, and stay
COURSE = "lcu.course."  # and these are learnt after (echo_model.train_course)
MORE = 4  # times as many dialogues are read: that costs little, and people say more than they show


@dataclass(frozen=True, slots=True)
class Understood:
    """What leads N windows.

    Attributes
    ----------
    user : Tensor of shape (N, readout, lcu width)
        f_pu.
    feeling : Tensor of shape (N, 2, lcu width)
        c_emo.
    told, felt : Tensor of shape (N, acts + 3)
        The reaction as both tell it, and as c_emo tells it by itself.
    """

    user: Tensor
    feeling: Tensor
    told: Tensor
    felt: Tensor


def understood(model: Echo, talk: Talk, made: Tensor) -> tuple[Understood, dict[str, Tensor]]:
    """What leads the windows `made` (N,) of all windows of a talk, one conversation after the other, and the terms of the loss.

    A pretrained reader of the dialogue, which takes long, reads it up to those windows alone.
    """
    user, terms = heard(model, talk)
    count, reader = talk.reaction.shape[1], model.lcu.lau
    small = isinstance(reader, AffectiveUnderstanding)
    read = torch.arange(len(user), device=user.device) if small else made
    reaction = talk.reaction.flatten(0, 1)[read]
    words = (talk.words, talk.sides, talk.lengths)
    if not small:
        words = (talk.words[made // count], talk.sides[made // count], talk.lengths.flatten()[made])
    feeling = model.lcu.feeling(*words)
    told, felt = model.lcu.reaction.told(user[read], feeling)
    if model.training:
        told = told - felt * (torch.rand_like(felt[:, :1]) < UNSAID)
    terms |= {"reaction": REACT * wrong(told, reaction), "felt": REACT * wrong(felt, reaction)}
    own = made if small else slice(None)
    return Understood(user[made], feeling[own], told[own], felt[own]), terms


def rows_of(window: Tensor, talk: Talk) -> Tensor:
    """Which rows of all windows of a talk are the windows (N,), an equal number of each conversation."""
    conversations, count = talk.reaction.shape[:2]
    whose = torch.arange(len(window), device=window.device) // (len(window) // conversations)
    return whose * count + window


def reading(reader: AffectiveUnderstanding, said: Dialogues) -> dict[str, Tensor]:
    """How well the dialogue tells what the avatar feels, in words and in numbers."""
    moods, affect = reader.told(said.words, said.sides, said.lengths)
    wanted = said.reaction[..., -AFFECT:].flatten(0, 1)
    return {"mood": MOOD * wrong_mood(moods, said.mood.flatten()), "levels": MOOD * wrong(affect, wanted)}


def heard(model: Echo, talk: Talk) -> tuple[Tensor, dict[str, Tensor]]:
    """f_pu (N * K, readout, width) of all windows, and how well it is known what the user does and feels."""
    latents, voices = talk.latents.flatten(1, 2), model.heard(talk.voice).flatten(1, 2)
    if model.training:
        latents = latents + BLURRED * model.generator.spread * torch.randn_like(latents)
        voices = strange(voices + BLURRED * torch.randn_like(voices))
    user, read, _ = model.lcu(UserWindow(latents, voices, talk.mask, *shown(talk)), None)
    if not model.config.switches.hbcu:
        return user.flatten(0, 1), {}
    done, felt = model.lcu.hbcu.told(read)
    known = talk.acts.isfinite()
    missed = F.binary_cross_entropy_with_logits(done.float(), talk.acts.nan_to_num(), reduction="none")
    acts = (missed * known).sum() / known.sum().clamp_min(1)
    return user.flatten(0, 1), {
        "acts": TELL * acts,
        "affect": TELL * wrong(felt.flatten(0, 1), talk.affect.flatten(0, 1)),
    }


def shown(talk: Talk) -> tuple[Tensor, Tensor]:
    """What eyes are shown: the users' pictures (N, K * current, 3, P, P) and the first of each (N, 3, P, P)."""
    return floated(talk.pictures.flatten(1, 2)), floated(talk.first)


def strange(voices: Tensor) -> Tensor:
    """Voices (N, T, audio) as of people whom nobody knows, each through all of a conversation, or blank."""
    whose = voices[:, :1]
    kept = torch.rand_like(whose[..., :1]) >= UNHEARD
    return kept * (voices + STRANGE * torch.randn_like(whose))


def wrong(told: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared error of acts and affect (N, acts + 3), or of affect (N, 3), in the sizes of what varies; NaN is what nobody knows."""
    known, sizes = wanted.isfinite(), wanted.new_tensor(SIZES[-wanted.shape[1] :])
    squares = F.mse_loss(told.float() / sizes, wanted.nan_to_num() / sizes, reduction="none")
    return (squares * known).sum() / known.sum().clamp_min(1)


def wrong_mood(logits: Tensor, mood: Tensor) -> Tensor:
    """How well feelings (N,) are known; some nobody knows."""
    missed = F.cross_entropy(logits.float(), mood, ignore_index=UNKNOWN, reduction="sum")
    return missed / (mood != UNKNOWN).sum().clamp_min(1)


class UnderstandingTraining(nn.Module):
    """The loss of the understanding by itself; a call draws a batch from the generator that it is given.

    Parameters
    ----------
    model : Echo
        Only the understanding is trained.
    entries : sequence of Entry
    batch : int
        Conversations.
    """

    def __init__(self, model: Echo, entries: Sequence[Entry], batch: int) -> None:
        super().__init__()
        self.model, self.entries, self.batch = model, entries, batch
        for name, value in model.named_parameters():
            value.requires_grad_(name.startswith("lcu.") and not name.startswith((EYES, COURSE)))

    def forward(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Terms of the loss."""
        talk = draw_talk(self.entries, self.batch, rng, self.model.config).to(self.model.voice_shift.device)
        window = torch.from_numpy(rng.integers(talk.reaction.shape[1], size=PER * self.batch))
        terms = understood(self.model, talk, rows_of(window.to(talk.reaction.device), talk))[1]
        reader = self.model.lcu.lau
        if isinstance(reader, AffectiveUnderstanding):
            said = draw_dialogues(self.entries, MORE * self.batch, rng, self.model.config)
            terms |= reading(reader, said.to(talk.reaction.device))
        return terms
