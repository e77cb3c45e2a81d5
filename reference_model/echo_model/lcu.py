"""LCU: long-range contextual understanding of the user, in three paths, as in the paper's figure.

* :class:`LowLevelPerception` (LPE): the voice is scanned over time (M_a), the video over space and time (M_v, only the face); F_gm
  merges the raw voice with the scanned one, F_int lets video and voice meet; a fixed number of queries reads P_usr.
* :class:`BehaviouralContext` (HBCU): an understanding model reads think-prompt, video and voice, and its last tokens S_usr are aligned
  and fused with P_usr by gated cross-attention: f_pu.
* :class:`echo_model.feeling.AffectiveUnderstanding` (LAU): the dialogue so far becomes a text about feeling, and that text c_emo.

:class:`Reaction` (ours) tells from them how the avatar is to react, and the generator is given that, too.

Every path is fed window by window and carries a state of fixed size, so the whole history 1:T counts and memory stays flat. Several
windows may be given at once, as training does: the result is the same, in less time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_model.config import TIME, EchoConfig
from echo_model.course import Course
from echo_model.eyes import Eyes
from echo_model.feeling import AFFECT, AffectiveUnderstanding
from echo_model.language import LanguageFeeling, LanguageUnderstanding
from echo_model.locate import middle_and_radii
from echo_model.pretrained import Encoders, Language
from echo_model.scan import SelectiveScan
from echo_model.sdcm import CrossAttention

ACTS = ("nod", "smile", "laugh", "frown", "brow-raise", "gaze-aversion", "speaking")
SIZES = (0.3,) * len(ACTS) + (0.3, 0.15, 0.15)
"""How much the shares of acts in a window, and valence, arousal and dominance vary."""
SWAY = 0.15  # how much reactions differ where all else is equal, in SIZES
SMILE = 0.05  # picture widths by which corners of the mouth go out and up, and cheeks with them, for a valence of 1
FROWN = 0.065  # by which they go down, for one of -1
FARTHEST = 0.045  # by which they go at most: faces beyond are none that the autoencoder knows
BROWS = 0.1  # by which inner brows go up for an arousal of 1
CALM, SMILING = (
    0.15,
    0.4,
)  # arousal at which they are as in the reference image; what mouths show of it, for a valence of 1
SHAKE = 0.06  # radii of the face by which it is looked for beside where it is, in training
STAYS = 0.97  # correlation of affect in neighbouring windows


@dataclass(slots=True)
class Memory:
    """What is kept of the user between windows; its size does not depend on how long the conversation is.

    Attributes
    ----------
    voice, video : Tensor of shape (B, width, state)
        States of the two scans.
    understood : Tensor of shape (B, memory, width)
        Memory tokens of the understanding model.
    """

    voice: Tensor
    video: Tensor
    understood: Tensor


@dataclass(frozen=True, slots=True)
class UserWindow:
    """The user during a window, or during K windows that follow each other.

    Attributes
    ----------
    latents : Tensor of shape (B, K * current, C, h, w)
        Of the user's video.
    voice : Tensor of shape (B, 4 * K * current, audio)
    mask : Tensor of shape (B, h, w)
        1 where the user's face is.
    pictures : Tensor of shape (B, K * current, 3, P, P)
        The last of the four that are in each latent frame, in [-1, 1].
    first : Tensor of shape (B, 3, P, P)
        The first picture of the user, from which latents depart.
    """

    latents: Tensor
    voice: Tensor
    mask: Tensor
    pictures: Tensor
    first: Tensor


class LowLevelPerception(nn.Module):
    """LPE: P_usr from what the user sounds and looks like.

    Scans go on from window to window; video and voice meet, and P_usr is read, within each.
    """

    def __init__(self, config: EchoConfig) -> None:
        super().__init__()
        lcu = config.lcu
        self.pool, self.current = lcu.pool, config.current
        self.side = max(1, 3 * config.vae.grid // (4 * lcu.pool))  # a face takes three quarters of a picture, at most
        self.hear = nn.Linear(TIME * config.audio, lcu.width)
        cell = config.vae.channels * self.side**2
        self.see = nn.Parameter(
            torch.randn(lcu.pool**2, cell, lcu.width) / cell**0.5
        )  # eyes are read otherwise than mouths
        self.places = nn.Parameter(0.02 * torch.randn(lcu.pool**2, lcu.width))
        self.eyes = Eyes(lcu.width, len(SIZES))
        self.look = nn.Linear(lcu.width, lcu.width)
        self.scan_voice = SelectiveScan(lcu.width, lcu.state)
        self.scan_video = SelectiveScan(lcu.width, lcu.state)
        self.merge = nn.Linear(2 * lcu.width, 2 * lcu.width)
        self.interact = CrossAttention(lcu.width, lcu.heads, lcu.width)
        self.queries = nn.Parameter(0.02 * torch.randn(1, lcu.readout, lcu.width))
        self.read = CrossAttention(lcu.width, lcu.heads, lcu.width)

    def tokens(self, window: UserWindow) -> tuple[Tensor, Tensor]:
        """Voice (B, L, width) and video (B, L * (pool * pool + 1), width) tokens; these are of the face, wherever it is.

        Of each latent frame one for each place in the face, and one of what eyes see.
        """
        size, length = window.latents.shape[:2]
        voice = self.hear(window.voice.reshape(size, length, -1))
        masked = (window.latents * window.mask[:, None, None]).flatten(1, 2)
        face = F.grid_sample(masked, self._places(window.mask), align_corners=False)
        face = face.reshape(size * length, -1, *face.shape[-2:])
        cells = F.unfold(face, self.side, stride=self.side)
        video = torch.einsum("ncp,pcw->npw", cells, self.see) + self.places
        looks = self.look(self.eyes(window.pictures, window.first, window.mask)).flatten(0, 1)
        return voice, torch.cat([video, looks[:, None]], dim=1).reshape(size, -1, voice.shape[-1])

    def _places(self, mask: Tensor) -> Tensor:
        """Where the cells of faces lie, (B, pool * side, pool * side, 2), as `grid_sample` counts; a little beside in training."""
        middle, radii = middle_and_radii(mask)
        if self.training:
            middle, radii = (x + SHAKE * radii * torch.randn_like(radii) for x in (middle, radii))
        count = self.pool * self.side
        return F.affine_grid(
            torch.cat([torch.diag_embed(radii), middle[..., None]], dim=2), [len(mask), 1, count, count], False
        )

    def forward(
        self, raw: Tensor, seen: Tensor, voice: Tensor | None, video: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """P_usr (B, K, readout, width) of each window, and the states of the scans after the last.

        From the tokens of voice and video, and the states before the first.
        """
        scanned, voice = self.scan_voice(raw, voice)
        seen, video = self.scan_video(seen, video)
        value, gate = self.merge(torch.cat([raw, scanned], dim=-1)).chunk(2, dim=-1)
        heard = scanned + torch.sigmoid(gate) * value
        count = heard.shape[1] // self.current
        seen, heard = (rows.reshape(len(rows) * count, -1, rows.shape[-1]) for rows in (seen, heard))
        met = seen + self.interact(seen, heard)
        readout = self.queries.expand(len(met), -1, -1)
        perceived = readout + self.read(readout, torch.cat([met, heard], dim=1))
        return perceived.unflatten(0, (-1, count)), voice, video


class BehaviouralContext(nn.Module):
    """HBCU: f_pu from P_usr and what an understanding model makes of the user's behaviour.

    The small understanding model is a transformer that is trained to tell what the user does and feels (its heads are used by that
    loss alone); it sees the memory tokens of the window before, the think prompt, and the window's video and voice tokens. A pretrained
    language model can take its place.
    """

    def __init__(self, config: EchoConfig, language: Language | None = None) -> None:
        super().__init__()
        lcu = config.lcu
        self.current = config.current
        self.think = nn.Parameter(0.02 * torch.randn(1, 4, lcu.width))
        self.first = nn.Parameter(0.02 * torch.randn(1, lcu.memory, lcu.width))
        self.kinds = nn.Parameter(0.02 * torch.randn(4, 1, 1, lcu.width))
        self.moments = nn.Parameter(0.02 * torch.randn(config.current, 1, lcu.width))
        self.model = small_model(config) if language is None else LanguageUnderstanding(lcu.width, language)
        self.align = nn.Sequential(nn.LayerNorm(lcu.width), nn.Linear(lcu.width, lcu.width))
        self.fuse = CrossAttention(lcu.width, lcu.heads, lcu.width)
        self.gate = nn.Linear(2 * lcu.width, lcu.width)
        self.tell_acts = nn.Linear(lcu.width, len(ACTS))
        self.tell_affect = nn.Linear(lcu.width, 3)

    def understand(self, voice: Tensor, video: Tensor, memory: Tensor | None) -> Tensor:
        """S_usr (B, K, memory, width), the last tokens in each window; they are the memory of the next."""
        memory = self.first.expand(len(voice), -1, -1) if memory is None else memory
        think, count, found = self.think.expand(len(voice), -1, -1), voice.shape[1] // self.current, []
        for seen, heard in zip(video.chunk(count, dim=1), voice.chunk(count, dim=1), strict=True):
            parts = (think, self._timed(seen), self._timed(heard), memory)
            rows = torch.cat([part + kind for part, kind in zip(parts, self.kinds, strict=True)], dim=1)
            memory = self.model(rows)[:, -memory.shape[1] :]
            found.append(memory)
        return torch.stack(found, dim=1)

    def _timed(self, rows: Tensor) -> Tensor:
        """Tokens (B, current * n, width) of a window, each told which latent frame it is of."""
        each = rows.reshape(len(rows), self.current, -1, rows.shape[-1])
        return (each + self.moments).flatten(1, 2)

    def told(self, understood: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (..., acts) of what the user does, and affect (..., 3): targets of training, not used otherwise."""
        mean = understood.mean(-2)
        return self.tell_acts(mean), self.tell_affect(mean).tanh()

    def forward(self, perceived: Tensor, understood: Tensor) -> Tensor:
        """f_pu (N, readout, width): GCA-Fusion of P_usr (N, readout, width) and S_usr (N, memory, width)."""
        taken = self.fuse(perceived, self.align(understood))
        fused: Tensor = perceived + torch.sigmoid(self.gate(torch.cat([perceived, taken], dim=-1))) * taken
        return fused


def small_model(config: EchoConfig) -> nn.Module:
    """The small understanding model; what it makes is normalised, for it reads a part of that again in each window."""
    lcu = config.lcu
    layer = nn.TransformerEncoderLayer(
        lcu.width, lcu.heads, 2 * lcu.width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, lcu.layers, nn.LayerNorm(lcu.width), enable_nested_tensor=False)


class Reaction(nn.Module):
    """How the avatar is to react: what it does, as shares of the window, and its affect, in numbers.

    They are told in a straight line from c_emo and f_pu. What both tell is embedded into f_pu again, what c_emo tells by itself into
    c_emo. So the generator can be taught to follow reactions where they are others than were told (:mod:`echo_model.objective`); else
    it takes expressions from faces that it has learned by heart. What both tell is also how far the face that flows start from goes.

    Parameters
    ----------
    width : int
    """

    sizes: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hear = nn.Linear(width, len(SIZES), bias=False)
        self.feel = nn.Linear(2 * width, len(SIZES))
        self.embed = nn.Linear(len(SIZES), width)
        self.embed_felt = nn.Linear(len(SIZES), width)
        self.register_buffer("sizes", torch.tensor(SIZES), persistent=False)

    def told(self, user: Tensor, feeling: Tensor) -> tuple[Tensor, Tensor]:
        """What f_pu (N, readout, width) and c_emo (N, 2, width) tell, and what c_emo tells by itself: (N, acts + 3) each."""
        user, feeling = user.mean(1), feeling.flatten(1)
        felt: Tensor = self.feel(feeling / feeling.shape[1] ** 0.5)
        return felt + self.hear(user / user.shape[1] ** 0.5), felt

    def drawn(self, told: Tensor, course: Tensor, sway: Tensor) -> Tensor:
        """One of the reactions that may be, where `told` (..., acts + 3) is foreseen of the window by itself.

        Valence and arousal are those of `course` (..., 2), :class:`echo_model.course.Course`; `sway` (..., 3) is that of :func:`sway`.
        """
        foreseen = torch.cat([course, told[..., -1:]], dim=-1)
        return torch.cat([told[..., :-AFFECT], foreseen + SWAY * self.sizes[-AFFECT:] * sway], dim=-1)

    def shown(self, told: Tensor, felt: Tensor) -> Tensor:
        """How far the face goes (N, 3): in a smile and in a frown for what is `felt` (N, acts + 3), with its brows for what is `told`.

        The user is in what is told, and not in what is felt: so no user reaches the mouth.
        """
        valence = felt[:, -AFFECT]
        moods = torch.stack([SMILE * valence, -FROWN * valence]).clamp_min(0)
        brows = BROWS * (told[:, 1 - AFFECT] - CALM - SMILING * valence)
        return torch.stack([*(FARTHEST * torch.tanh(moods / FARTHEST)), brows], dim=1)

    def forward(self, user: Tensor, feeling: Tensor, told: Tensor, felt: Tensor) -> tuple[Tensor, Tensor]:
        """f_pu with what is told (N, acts + 3) in it, and c_emo with what is felt (N, acts + 3) in it."""
        return user + self.embed(told / self.sizes)[:, None], feeling + self.embed_felt(felt / self.sizes)[:, None]


def sway(white: Tensor, before: Tensor | None) -> Tensor:
    """How affect departs from what is foreseen, (N, 3) in usual sizes: near that of the window before, from white noise (N, 3).

    Examples
    --------
    >>> sway(torch.zeros(1, 3), torch.ones(1, 3))
    tensor([[0.9700, 0.9700, 0.9700]])
    """
    return white if before is None else STAYS * before + (1 - STAYS**2) ** 0.5 * white


class Lcu(nn.Module):
    """The three paths together.

    Parameters
    ----------
    config : EchoConfig
        Its switches put learned constants in the place of paths.
    encoders : Encoders
        What is pretrained.
    """

    lau: AffectiveUnderstanding | LanguageFeeling

    def __init__(self, config: EchoConfig, encoders: Encoders) -> None:
        super().__init__()
        lcu, self.switches = config.lcu, config.switches
        self.lpe = LowLevelPerception(config)
        self.hbcu = BehaviouralContext(config, encoders.understanding)
        if encoders.language is None or encoders.text is None:
            self.lau = AffectiveUnderstanding(config)
        else:
            self.lau = LanguageFeeling(lcu.width, lcu.heads, encoders.language, encoders.text)
        self.reaction = Reaction(lcu.width)
        self.course = Course(config.audio)
        self.no_lpe = nn.Parameter(0.02 * torch.randn(1, lcu.readout, lcu.width))
        self.no_hbcu = nn.Parameter(0.02 * torch.randn(1, 1, lcu.memory, lcu.width))
        self.no_lau = nn.Parameter(0.02 * torch.randn(1, 2, lcu.width))

    def forward(self, window: UserWindow, memory: Memory | None) -> tuple[Tensor, Tensor, Memory]:
        """f_pu (B, K, readout, width) and S_usr (B, K, memory, width) of each window, and the memory after the last."""
        if not self.switches.user_video:
            blank = {name: torch.zeros_like(getattr(window, name)) for name in ("latents", "pictures", "first")}
            window = replace(window, **blank)
        if self.switches.context == "long":
            return self._understood(window, memory)
        user, understood, memory = self._understood(self._apart(window), None)
        rows = len(window.latents)
        return user.reshape(rows, -1, *user.shape[2:]), understood.reshape(rows, -1, *understood.shape[2:]), memory

    def _understood(self, window: UserWindow, memory: Memory | None) -> tuple[Tensor, Tensor, Memory]:
        known = (None, None, None) if memory is None else (memory.voice, memory.video, memory.understood)
        heard, seen = self.lpe.tokens(window)
        perceived, voice, video = self.lpe(heard, seen, *known[:2])
        if not self.switches.lpe:
            perceived = self.no_lpe.expand_as(perceived)
        if self.switches.hbcu:
            understood = self.hbcu.understand(heard, seen, known[2])
        else:
            understood = self.no_hbcu.expand(*perceived.shape[:2], -1, -1)
        user = self.hbcu(perceived.flatten(0, 1), understood.flatten(0, 1)).view_as(perceived)
        return user, understood, Memory(voice, video, understood[:, -1])

    def _apart(self, window: UserWindow) -> UserWindow:
        """Windows as if each were a conversation: (B * K, current, ...)."""
        count = window.latents.shape[1] // self.lpe.current
        latents, voice, pictures = (
            rows.reshape(len(rows) * count, -1, *rows.shape[2:])
            for rows in (window.latents, window.voice, window.pictures)
        )
        mask, first = (rows.repeat_interleave(count, dim=0) for rows in (window.mask, window.first))
        return UserWindow(latents, voice, mask, pictures, first)

    def feeling(self, words: Tensor, sides: Tensor, lengths: Tensor) -> Tensor:
        """c_emo (K, 2, width) of dialogues so far: of each of `lengths`."""
        if not self.switches.lau:
            return self.no_lau.expand(lengths.numel(), -1, -1)
        encoded: Tensor = self.lau(self.lau.texts(words, sides, lengths))
        return encoded
