"""ECHO as a whole: understanding, generation and autoencoder, and a conversation that goes on window by window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from echo_model.config import TIME, EchoConfig
from echo_model.feeling import AFFECT
from echo_model.generator import Conditions, Generator, velocity
from echo_model.language import LanguageUnderstanding
from echo_model.lcu import Lcu, Memory, UserWindow, sway
from echo_model.lids import blinks
from echo_model.locate import Locator
from echo_model.masks import Regions, masks
from echo_model.moves import KINDS, expressed, gradual, pictured, walk
from echo_model.pretrained import Encoders, PretrainedVae
from echo_model.vae import Autoencoder, VideoVae


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The words said so far, hashed (:func:`echo_model.feeling.hashed`).

    Attributes
    ----------
    words, sides : Tensor of shape (B, N), int64
        Rows of the word table; 0 for the user, 1 for the avatar. At least one column.
    lengths : Tensor of shape (B,), int64
        Words that count.
    """

    words: Tensor
    sides: Tensor
    lengths: Tensor

    def to(self, device: torch.device) -> Dialogue:
        """The same on another device."""
        return Dialogue(self.words.to(device), self.sides.to(device), self.lengths.to(device))


@dataclass(frozen=True, slots=True)
class Turn:
    """What a window is made from, apart from what the model remembers.

    Attributes
    ----------
    user : UserWindow
        The user during this very window: the model looks ahead by its length.
    voice : Tensor of shape (B, 4 * current, audio)
        The avatar's sound during it.
    dialogue : Dialogue
        The words up to its end.
    """

    user: UserWindow
    voice: Tensor
    dialogue: Dialogue


@dataclass(frozen=True, slots=True)
class Avatar:
    """Who is made.

    Attributes
    ----------
    image : Tensor of shape (B, 3, H, W)
        The reference image, in [-1, 1].
    still : Tensor of shape (B, 1, C, h, w)
        Its latent.
    regions : Regions
        Face and mouth in it.
    """

    image: Tensor
    still: Tensor
    regions: Regions


@dataclass(frozen=True, slots=True)
class Chance:
    """Standard normal noise from which a window is made.

    Attributes
    ----------
    noise : Tensor of shape (B, current, C, h, w)
    push : Tensor of shape (B, current, 10)
        For the poses that the flow starts from.
    sway : Tensor of shape (B, 3)
        For the affect that is shown, beside what is foreseen.
    blink : Tensor of shape (B, 2)
        For whether eyes blink, and when.
    """

    noise: Tensor
    push: Tensor
    sway: Tensor
    blink: Tensor


@dataclass(frozen=True, slots=True)
class Made:
    """A window, and what its flow started at.

    Attributes
    ----------
    latents, start : Tensor of shape (B, current, C, h, w)
        Where the flow ended, and those of the moved picture.
    moved : Tensor of shape (B, 4 * current, 3, H, W)
        The moved picture itself, which blinks.
    """

    latents: Tensor
    start: Tensor
    moved: Tensor

    def both(self) -> Tensor:
        """Latents of end and start (2 * B, current, C, h, w), as they are decoded."""
        return torch.cat([self.latents, self.start])


@dataclass(slots=True)
class Conversation:
    """What goes on from window to window; its size does not depend on how long it lasts.

    Attributes
    ----------
    memory : Memory or None
        Of the user.
    latents : Tensor of shape (B, previous, C, h, w) or None
        The last latent frames that were made.
    voice : Tensor of shape (B, 4 * previous, audio)
        The avatar's sound during them, as :meth:`Echo.heard` gives it.
    pose : Tensor of shape (B, 10) or None
        The last one that a flow started from.
    sway : Tensor of shape (B, 3) or None
        How the affect of the last window departed from what was foreseen.
    level : Tensor of shape (B, 2, 3) or None
        About which affect varies (:meth:`echo_model.lcu.Reaction.level`).
    """

    memory: Memory | None = None
    latents: Tensor | None = None
    voice: Tensor | None = None
    pose: Tensor | None = None
    sway: Tensor | None = None
    level: Tensor | None = None


LOUD = 1.2  # how far mouths are opened where the voice tells 1: that is a mean, and varies less than openings do
CLOSED = 0.05  # what the voice tells more of closed lips than there is: landmarks never have them quite together
SKIPPED = 0.5  # share of a flow that is left out: it starts at a whole picture of the face, which its first half tears
OWN = Encoders()
"""Nothing pretrained."""


class Echo(nn.Module):
    """The model.

    Parameters
    ----------
    config : EchoConfig
    encoders : Encoders
        What is pretrained.

    Raises
    ------
    ValueError
        When these are not the encoders that `config` names.
    """

    vae: Autoencoder

    def __init__(self, config: EchoConfig, encoders: Encoders = OWN) -> None:
        super().__init__()
        if config.encoders != encoders.parts:
            named, given = (", ".join(parts) or "none" for parts in (config.encoders, encoders.parts))
            raise ValueError(f"{config.name} has these pretrained encoders: {named}; given: {given}")
        self.config = config
        self.vae = VideoVae(config.vae) if encoders.video is None else PretrainedVae(config.vae, encoders.video)
        self.lcu = Lcu(config, encoders)
        self.generator = Generator(config)
        self.locator = Locator()
        self.register_buffer("voice_shift", torch.zeros(config.audio))
        self.register_buffer("voice_scale", torch.ones(config.audio))

    voice_shift: Tensor
    voice_scale: Tensor

    def heard(self, voice: Tensor) -> Tensor:
        """Sound (..., audio) with zero mean and unit variance over the train split."""
        return (voice - self.voice_shift) / self.voice_scale

    def recompute(self) -> None:
        """Gradient checkpointing: less memory in training, a third more time."""
        for part in self.modules():
            if isinstance(part, Generator | LanguageUnderstanding):
                part.recompute = True

    def still(self, image: Tensor) -> Tensor:
        """Latent (B, 1, C, h, w) of a reference image (B, 3, H, W) in [-1, 1]."""
        return self.vae.encode(image[:, None].expand(-1, TIME, -1, -1, -1), image)

    def avatar(self, image: Tensor) -> Avatar:
        """What is known of an avatar from its reference image (B, 3, H, W) in [-1, 1]."""
        return Avatar(image, self.still(image), self.locator.regions(image))

    def conditions(
        self, turn: Turn, avatar: Avatar, before: Conversation, swayed: Tensor
    ) -> tuple[Conditions, Tensor, Memory, Tensor]:
        """What leads to a window.

        Parameters
        ----------
        turn : Turn
        avatar : Avatar
        before : Conversation
        swayed : Tensor of shape (B, 3)
            As :func:`echo_model.lcu.sway` has it.

        Returns
        -------
        Conditions
            What the generator is given.
        Tensor of shape (B, 3)
            What the face shows at its end (:func:`echo_model.moves.expressed`).
        Memory
            After it.
        Tensor of shape (B, 2, 3)
            The level of affect then, of what both tell and of what c_emo tells.
        """
        user, _, memory = self.lcu(replace(turn.user, voice=self.heard(turn.user.voice)), before.memory)
        feeling = self.lcu.feeling(turn.dialogue.words, turn.dialogue.sides, turn.dialogue.lengths)
        foreseen = torch.stack(self.lcu.reaction.told(user[:, 0], feeling), dim=1)
        known = before.level if self.config.switches.context == "long" else None  # a level is history, too
        level = self.lcu.reaction.level(foreseen, known)
        told, felt = self.lcu.reaction.drawn(foreseen, level, swayed[:, None]).unbind(1)
        user, feeling = self.lcu.reaction(user[:, 0], feeling, told, felt)
        face, lip = masks(avatar.regions, self.config.grid)
        old = turn.voice.new_zeros(len(turn.voice), TIME * self.config.previous, turn.voice.shape[-1])
        voice = torch.cat([old if before.voice is None else before.voice, self.heard(turn.voice)], dim=1)
        made = Conditions(avatar.image, avatar.still, voice, user, feeling, face, lip)
        return made, self.lcu.reaction.shown(told), memory, level

    def window(self, turn: Turn, avatar: Avatar, before: Conversation, chance: Chance) -> tuple[Made, Conversation]:
        """The next window, and the conversation after it.

        Parameters
        ----------
        turn : Turn
        avatar : Avatar
        before : Conversation
        chance : Chance
        """
        swayed = sway(chance.sway, before.sway)
        made, shown, memory, level = self.conditions(turn, avatar, before, swayed)
        old, noise = before.latents, chance.noise
        given = noise.new_full((len(noise),), float(old is not None))
        previous = noise.new_zeros(len(noise), self.config.previous, *noise.shape[2:]) if old is None else old
        poses = expressed(walk(chance.push, before.pose), before.pose, shown)
        lips = LOUD * (self.generator.opening(made.voice)[:, -TIME * noise.shape[1] :] - CLOSED)
        steps = self.config.steps
        gone, lids = gradual(poses, before.pose), blinks(chance.blink, lips.shape[1])
        shut, awake = (pictured(avatar.image, avatar.regions, gone, lips, each) for each in (lids, 0 * lids))
        begun = self.vae.encode(awake, avatar.image)
        x = self.generator.start((1 - SKIPPED) * noise, begun)
        for k in range(steps):
            times = noise.new_full((len(noise),), SKIPPED + (1 - SKIPPED) * k / steps)
            x = x + velocity(self._guided(x, times, previous, given, made), x, times) * (1 - SKIPPED) / steps
        keep = self.config.previous
        latents = torch.cat([previous, x], dim=1)[:, -keep:]
        window = Made(x, begun, shut)
        return window, Conversation(memory, latents, made.voice[:, -TIME * keep :], poses[:, -1], swayed, level)

    def pictures(self, made: Made, avatar: Avatar, before: Tensor | None) -> Tensor:
        """Video (B, 4 * current, 3, H, W) in [-1, 1] of a window: the moved picture, and what the flow changed of it.

        The autoencoder smears what moves far, as smiles do; what it does to start and end alike is not seen so.

        Parameters
        ----------
        made : Made
        avatar : Avatar
        before : Tensor of shape (2 * B, K, C, h, w) or None
            :meth:`Made.both` of the latent frames before it.
        """
        end, start = self.vae.decode(made.both(), avatar.image.repeat(2, 1, 1, 1), before).chunk(2)
        return (made.moved + end - start).clamp(-1, 1)

    def _guided(self, x: Tensor, times: Tensor, previous: Tensor, given: Tensor, made: Conditions) -> Tensor:
        """Clean latents with classifier-free guidance on the user's path; the unguided user is blank."""
        told: Tensor = self.generator(x, times, previous, given, made)
        if self.config.guidance == 1.0:
            return told
        blank: Tensor = self.generator(x, times, previous, given, replace(made, user=torch.zeros_like(made.user)))
        return blank + self.config.guidance * (told - blank)

    @torch.inference_mode()
    def stream(self, turns: Iterator[Turn], image: Tensor, rng: torch.Generator) -> Iterator[Tensor]:
        """Video, window by window as the turns come.

        Parameters
        ----------
        turns : iterator of Turn
        image : Tensor of shape (B, 3, H, W)
            The reference, in [-1, 1].
        rng : torch.Generator
            On the CPU; all chance is drawn from it.

        Yields
        ------
        Tensor of shape (B, 4 * current, 3, H, W)
            In [-1, 1].
        """
        avatar, before = self.avatar(image), Conversation()
        shape = (len(image), self.config.current, *avatar.still.shape[2:])
        shapes = (shape, (*shape[:2], len(KINDS)), (len(image), AFFECT), (len(image), 2))
        last: Tensor | None = None
        for turn in turns:
            chance = Chance(*(torch.randn(each, generator=rng).to(image) for each in shapes))
            made, before = self.window(turn, avatar, before, chance)
            yield self.pictures(made, avatar, last)
            last = (made.both() if last is None else torch.cat([last, made.both()], dim=1))[:, -self.vae.context :]
