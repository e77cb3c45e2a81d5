"""The avatar generator: a latent flow-matching transformer over [previous frames | noisy frames], window by window.

Each of its blocks: self-attention, cross-attention to patches of the reference image and to the feeling, SDCM with the avatar's voice
and the user, feed-forward. Times, and the feeling once more, are given by scale and shift of the norms (AdaLN-zero); the previous frames
stand at time 1, where a flow ends in data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from echo_model.config import TIME, EchoConfig
from echo_model.moves import WHITE
from echo_model.sdcm import CrossAttention, Sdcm, attention, joint_like

HEARD = 6  # frames of sound before and after its own that a token of the voice tells of


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a window is made from.

    Attributes
    ----------
    image : Tensor of shape (B, 3, H, W)
        The reference image, in [-1, 1].
    reference : Tensor of shape (B, 1, C, h, w)
        Its latent, as a still of four frames.
    voice : Tensor of shape (B, 4 * frames, audio)
        The avatar's sound, of the previous and the new latent frames.
    user : Tensor of shape (B, S, lcu width)
        f_pu.
    feeling : Tensor of shape (B, 2, lcu width)
        c_emo.
    face, lip : Tensor of shape (B, cells, 1)
        M_face and M_lip.
    """

    image: Tensor
    reference: Tensor
    voice: Tensor
    user: Tensor
    feeling: Tensor
    face: Tensor
    lip: Tensor


class DitBlock(nn.Module):
    """One block."""

    def __init__(self, config: EchoConfig) -> None:
        super().__init__()
        width, heads = config.width, config.heads
        self.heads = heads
        self.norm_self = nn.LayerNorm(width, elementwise_affine=False)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.look = CrossAttention(width, heads, width)
        sdcm = Sdcm(width, heads, width, width, config.grid)
        self.modulate = sdcm if config.switches.sdcm else joint_like(sdcm, width, heads, width, width)
        self.norm_feed = nn.LayerNorm(width, elementwise_affine=False)
        self.feed = nn.Sequential(nn.Linear(width, 3 * width), nn.GELU(), nn.Linear(3 * width, width))
        self.control = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.control.weight)
        nn.init.zeros_(self.control.bias)

    def forward(self, rows: Tensor, moment: Tensor, made: Conditions, look: Tensor) -> Tensor:
        """Rows (B, frames * cells, width); `moment` (B, frames, width) embeds the times, `look` are image and feeling."""
        cells = rows.shape[1] // moment.shape[1]
        control = self.control(F.silu(moment)).repeat_interleave(cells, dim=1)
        shift, scale, gate, shift2, scale2, gate2 = control.chunk(6, dim=-1)
        rows = rows + gate * self._attend(self.norm_self(rows) * (1 + scale) + shift)
        rows = rows + self.look(rows, look)
        rows = self.modulate(rows, made.user, made.voice, made.face, made.lip)
        out: Tensor = rows + gate2 * self.feed(self.norm_feed(rows) * (1 + scale2) + shift2)
        return out

    def _attend(self, rows: Tensor) -> Tensor:
        parts = self.query_key_value(rows).chunk(3, dim=-1)
        query, key, value = (x.unflatten(-1, (self.heads, -1)).transpose(1, 2) for x in parts)
        out: Tensor = self.out(attention(query, key, value).transpose(1, 2).flatten(2))
        return out


class Generator(nn.Module):
    """The clean latents that a flow leads to, as far as noisy ones tell.

    The net adds to the reference image, so an untrained one holds it still; velocities follow from where the flow leads (:func:`velocity`).
    It sees and tells departures from the reference, in units of those of the train split.

    Parameters
    ----------
    config : EchoConfig
    """

    def __init__(self, config: EchoConfig) -> None:
        super().__init__()
        self.config = config
        width, cell = config.width, config.vae.channels * config.patch**2
        self.enter = nn.Linear(3 * cell + 3, width)
        self.places = nn.Parameter(0.02 * torch.randn(config.grid**2, width))
        self.frames = nn.Parameter(0.02 * torch.randn(config.previous + config.current, 1, width))
        self.image = nn.Linear(3 * config.shown**2, width)
        self.voice = nn.Sequential(nn.Linear(config.audio * (1 + 2 * HEARD), width), nn.GELU(), nn.Linear(width, width))
        self.opens = nn.Linear(width, 1)
        self.moments_heard = nn.Parameter(0.02 * torch.randn(TIME, width))
        self.user, self.feeling = (nn.Linear(config.lcu.width, width) for _ in range(2))
        self.moment = nn.Sequential(nn.Linear(64, width), nn.SiLU(), nn.Linear(width, width))
        self.mood = nn.Linear(config.lcu.width, width)
        self.blocks = nn.ModuleList(DitBlock(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, cell)
        self.recompute = False
        self.register_buffer("spread", torch.ones(config.vae.channels, 1, 1))
        for part in (
            self.feeling,
            self.mood,
            self.opens,
        ):  # until they are trained, feelings change nothing, and lips stay
            nn.init.zeros_(part.weight)
        for part in (self.mood, self.opens):
            nn.init.zeros_(part.bias)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    spread: Tensor
    """Standard deviation of the departures from the reference, per channel."""

    recompute: bool
    """Gradient checkpointing: blocks are computed again in the backward pass instead of being kept."""

    def start(self, noise: Tensor, moved: Tensor) -> Tensor:
        """Where a flow begins: the reference with its head moved (B, current, C, h, w), and some of standard normal noise."""
        return moved + WHITE * self.spread * noise

    def forward(self, noisy: Tensor, times: Tensor, previous: Tensor, given: Tensor, made: Conditions) -> Tensor:
        """Clean latents (B, current, C, h, w).

        Parameters
        ----------
        noisy : Tensor of shape (B, current, C, h, w)
        times : Tensor of shape (B,)
            0 is noise, 1 is data.
        previous : Tensor of shape (B, previous, C, h, w)
        given : Tensor of shape (B,)
            1 where there are previous frames; 0 in the first window of a clip, where the reference stands for them.
        made : Conditions
        """
        old, config = previous.shape[1], self.config
        away = (torch.cat([previous, noisy], dim=1) - made.reference) / self.spread
        frames = torch.cat([away[:, :old] * given[:, None, None, None, None], away[:, old:]], dim=1)
        known = torch.cat([given[:, None].expand(-1, old), torch.zeros_like(noisy[:, :, 0, 0, 0])], dim=1)
        moments = torch.cat([torch.ones_like(known[:, :old]), times[:, None].expand(-1, noisy.shape[1])], dim=1)
        rows, moment = self._tokens(frames, known, made), self.moment(waves(moments))
        moment = moment + self.mood(made.feeling.mean(1))[:, None]
        image = self.image(patches(made.image[:, None], config.shown)).flatten(1, 2)
        look = torch.cat([image + self.places, self.feeling(made.feeling)], dim=1)
        inner = replace(made, voice=self.heard(made.voice), user=self.user(made.user))
        for block in self.blocks:
            if self.recompute and self.training:
                rows = checkpoint(block, rows, moment, inner, look, use_reentrant=False)
            else:
                rows = block(rows, moment, inner, look)
        out = self.leave(self.norm(rows)).unflatten(1, (frames.shape[1], -1))[:, old:]
        return made.reference + self.spread * whole(out, config.grid, config.patch)

    def heard(self, voice: Tensor) -> Tensor:
        """A_avt: what each frame hears (B, frames, 4, width) of sound (B, 4 * frames, audio)."""
        tokens: Tensor = self.voice(windows(voice)) + self.moments_heard
        return tokens

    def opening(self, voice: Tensor) -> Tensor:
        """How far the voice parts the lips (B, 4 * frames), in half widths of the mouth, of sound (B, 4 * frames, audio)."""
        told: Tensor = self.opens(self.heard(voice)).flatten(1)
        return told

    def _tokens(self, frames: Tensor, known: Tensor, made: Conditions) -> Tensor:
        """Tokens (B, frames * cells, width): each cell with those of the reference and of the last frame that is known.

        Also with whether its frame is known, and with the masks: so the net need not look for the face.
        """
        cells, old = patches(frames, self.config.patch), self.config.previous
        still = patches(made.reference, self.config.patch)
        parts = [cells, still, cells[:, old - 1 : old], known[:, :, None, None], made.face[:, None], made.lip[:, None]]
        shape = cells.shape[:3]
        rows = self.enter(torch.cat([part.expand(*shape, -1) for part in parts], dim=-1))
        rows = rows + self.places + self.frames[: shape[1]]
        tokens: Tensor = rows.flatten(1, 2)
        return tokens


def velocity(clean: Tensor, noisy: Tensor, times: Tensor) -> Tensor:
    """Velocity (B, ...) at `times` (B,) of a straight flow through `noisy` that ends in `clean`.

    Examples
    --------
    >>> velocity(torch.ones(1, 1), torch.full((1, 1), 0.5), torch.tensor([0.75])).item()
    2.0
    """
    return (clean - noisy) / (1 - times.reshape(-1, *[1] * (clean.dim() - 1)))


def windows(voice: Tensor) -> Tensor:
    """What is heard in each of the four frames of a latent frame, (B, frames, 4, 13 * audio), of sound (B, 4 * frames, audio).

    A frame's own and six on either side, in order.
    """
    padded = F.pad(voice, (0, 0, HEARD, HEARD))
    heard = padded.unfold(1, 1 + 2 * HEARD, 1)
    return heard.reshape(len(voice), -1, TIME, heard.shape[2] * heard.shape[3])


def patches(latents: Tensor, patch: int) -> Tensor:
    """Cells (B, T, cells, C * patch * patch) of latents (B, T, C, h, w)."""
    size, count = latents.shape[:2]
    cells = F.pixel_unshuffle(latents.flatten(0, 1), patch).flatten(2).transpose(1, 2)
    return cells.reshape(size, count, *cells.shape[1:])


def whole(cells: Tensor, grid: int, patch: int) -> Tensor:
    """The latents of cells: undoes :func:`patches`.

    Examples
    --------
    >>> x = torch.randn(2, 3, 8, 4, 4)
    >>> torch.equal(whole(patches(x, 2), 2, 2), x)
    True
    """
    size, count = cells.shape[:2]
    pictures = F.pixel_shuffle(cells.flatten(0, 1).transpose(1, 2).reshape(size * count, -1, grid, grid), patch)
    return pictures.reshape(size, count, *pictures.shape[1:])


def waves(times: Tensor) -> Tensor:
    """Times (...) in [0, 1] as sines and cosines (..., 64)."""
    angles = times[..., None] * (1000.0 ** (torch.arange(32, device=times.device) / 32)) * math.pi
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
