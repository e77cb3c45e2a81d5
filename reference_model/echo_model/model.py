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
from echo_model.moves import KINDS, about_mouth, expressed, gradual, pictured, walk
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

    def twice(self) -> Avatar:
        """Each for rows with a user, and for those without."""
        at = self.regions
        regions = Regions(*map(twice, (at.face, at.face_radii, at.mouth, at.mouth_radii)))
        return Avatar(twice(self.image), twice(self.still), regions)


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
    """A window, and what its flows started at: those with the user, and those without, whose lips are shown.

    Attributes
    ----------
    latents, start : Tensor of shape (2 * B, current, C, h, w)
        Where the flows ended, and those of the moved picture.
    moved : Tensor of shape (B, 4 * current, 3, H, W)
        The moved picture itself, which blinks.
    mouth : Tensor of shape (B, 4 * current, 1, H, W)
        1 on its lips, 0 where the user may be seen: everywhere without SDCM.
    """

    latents: Tensor
    start: Tensor
    moved: Tensor
    mouth: Tensor

    def both(self) -> Tensor:
        """Latents of ends and starts (4 * B, current, C, h, w), as they are decoded."""
        return torch.cat([self.latents, self.start])


@dataclass(slots=True)
class Conversation:
    """What goes on from window to window; its size does not depend on how long it lasts.

    Attributes
    ----------
    memory : Memory or None
        Of the user.
    latents : Tensor of shape (2 * B, previous, C, h, w) or None
        The last latent frames that were made, with the user and without.
    voice : Tensor of shape (B, 4 * previous, audio)
        The avatar's sound during them, as :meth:`Echo.heard` gives it.
    pose : Tensor of shape (2 * B, 10) or None
        The last one that a flow started from, likewise.
    sway : Tensor of shape (B, 3) or None
        How the affect of the last window departed from what was foreseen.
    course : Tensor of shape (B, 2, width) or None
        State of what foretells affect (:class:`echo_model.course.Course`).
    """

    memory: Memory | None = None
    latents: Tensor | None = None
    voice: Tensor | None = None
    pose: Tensor | None = None
    sway: Tensor | None = None
    course: Tensor | None = None


def twice(rows: Tensor) -> Tensor:
    """Rows for a user, and the same for nobody."""
    return torch.cat([rows, rows])


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
            What the generator is given: 2 * B rows, with the user and without.
        Tensor of shape (2 * B, 3)
            What the face shows at its end (:func:`echo_model.moves.expressed`), likewise.
        Memory
            After it.
        Tensor of shape (B, 2, width)
            State of the course that affect takes then.
        """
        heard, own = self.heard(turn.user.voice), self.heard(turn.voice)
        user, read, memory = self.lcu(replace(turn.user, voice=heard), before.memory)
        feeling = self.lcu.feeling(turn.dialogue.words, turn.dialogue.sides, turn.dialogue.lengths)
        foreseen = torch.stack(self.lcu.reaction.told(user[:, 0], feeling), dim=1)
        known = before.course if self.config.switches.context == "long" else None  # a state is history, too
        affects = torch.stack([self.lcu.hbcu.told(read)[1][:, 0], *foreseen[..., -AFFECT:].unbind(1)], dim=1)
        course, state = self.lcu.course(heard[:, None], own[:, None], affects[:, None], known)
        told, felt = self.lcu.reaction.drawn(foreseen, course[:, 0], swayed[:, None]).unbind(1)
        user, feeling = self.lcu.reaction(user[:, 0], feeling, told, felt)
        face, lip = masks(avatar.regions, self.config.grid)
        old = turn.voice.new_zeros(len(turn.voice), TIME * self.config.previous, turn.voice.shape[-1])
        voice = torch.cat([old if before.voice is None else before.voice, own], dim=1)
        user = torch.cat([user, torch.zeros_like(user)])
        image, still, voice = twice(avatar.image), twice(avatar.still), twice(voice)
        made = Conditions(image, still, voice, user, twice(feeling), twice(face), twice(lip))
        mouth = felt if self.config.switches.sdcm else told  # without SDCM nothing keeps the user from it
        shown = torch.cat([self.lcu.reaction.shown(told, mouth), self.lcu.reaction.shown(felt, felt)])
        return made, shown, memory, state

    def window(self, turn: Turn, avatar: Avatar, before: Conversation, chance: Chance) -> tuple[Made, Conversation]:
        """The next window, and the conversation after it.

        Parameters
        ----------
        turn : Turn
        avatar : Avatar
        before : Conversation
        chance : Chance
        """
        swayed, two = sway(chance.sway, before.sway), avatar.twice()
        made, shown, memory, course = self.conditions(turn, avatar, before, swayed)
        old, noise, rows = before.latents, twice(chance.noise), len(chance.noise)
        given = noise.new_full((len(noise),), float(old is not None))
        previous = noise.new_zeros(len(noise), self.config.previous, *noise.shape[2:]) if old is None else old
        poses = expressed(walk(twice(chance.push), before.pose), before.pose, shown)
        lips = LOUD * (self.generator.opening(made.voice)[:, -TIME * noise.shape[1] :] - CLOSED)
        steps = self.config.steps
        gone, lids = gradual(poses, before.pose), blinks(chance.blink, lips.shape[1])
        awake = pictured(two.image, two.regions, gone, lips, torch.zeros_like(lips))
        begun = self.vae.encode(awake, two.image)
        x = self.generator.start((1 - SKIPPED) * noise, begun)
        for k in range(steps):
            times = noise.new_full((len(noise),), SKIPPED + (1 - SKIPPED) * k / steps)
            x = x + velocity(self._guided(x, times, previous, given, made), x, times) * (1 - SKIPPED) / steps
        keep = self.config.previous
        latents = torch.cat([previous, x], dim=1)[:, -keep:]
        shut = pictured(avatar.image, avatar.regions, gone[:rows], lips[:rows], lids)
        mouth = about_mouth(avatar.regions, gone[rows:], shut.shape[-1]) * self.config.switches.sdcm
        window = Made(x, begun, shut, mouth)
        voice = made.voice[:rows, -TIME * keep :]
        return window, Conversation(memory, latents, voice, poses[:, -1], swayed, course)

    def pictures(self, made: Made, avatar: Avatar, before: Tensor | None) -> Tensor:
        """Video (B, 4 * current, 3, H, W) in [-1, 1] of a window: the moved picture, and what the flow changed of it.

        The autoencoder smears what moves far, as smiles do; what it does to start and end alike is not seen so. What changes the lips is
        the flow that knows of no user: SDCM keeps the user from their cells, but self-attention carries what others know there.

        Parameters
        ----------
        made : Made
        avatar : Avatar
        before : Tensor of shape (4 * B, K, C, h, w) or None
            :meth:`Made.both` of the latent frames before it.
        """
        end, start = self.vae.decode(made.both(), avatar.image.repeat(4, 1, 1, 1), before).chunk(2)
        change, alone = (end - start).chunk(2)
        return (made.moved + torch.lerp(change, alone, made.mouth)).clamp(-1, 1)

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
