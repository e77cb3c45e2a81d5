"""SDCM: spatial-aware decoupled cross-attention modulation, as in the paper's figure.

    h_usr = CrossAttn1(h, f_pu)            g     = f_g(conv1(h_usr), conv2(h_avt))
    h_avt = CrossAttn2(h, A_avt)           fused = g * h_avt + (1 - g) * h_usr
    h'    = h + M_face * fused + M_lip * h_avt

Where M_face is 0, the user cannot change the result: there only the avatar's own voice speaks.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Softmax attention (B, heads, N, D) to rows (B, heads, S, D).

    On a processor by plain products: with short rows torch's fused kernel takes twice as long in bfloat16, and no less in float32.

    Examples
    --------
    >>> rows = torch.randn(1, 2, 3, 4)
    >>> torch.allclose(attention(rows, rows, rows), F.scaled_dot_product_attention(rows, rows, rows), atol=1e-6)
    True
    """
    if query.is_cuda:
        return F.scaled_dot_product_attention(query, key, value)
    return torch.softmax((query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2), dim=-1) @ value


class CrossAttention(nn.Module):
    """Attention of tokens, which are normalised, to a condition.

    Parameters
    ----------
    width, heads, source : int
        `source` is the width of the condition.
    """

    def __init__(self, width: int, heads: int, source: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(source, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, tokens: Tensor, condition: Tensor) -> Tensor:
        """What tokens (B, N, width) take from a condition (B, S, source)."""
        query, (key, value) = self.query(self.norm(tokens)), self.key_value(condition).chunk(2, dim=-1)
        query, key, value = (x.unflatten(-1, (self.heads, -1)).transpose(1, 2) for x in (query, key, value))
        mixed: Tensor = self.out(attention(query, key, value).transpose(1, 2).flatten(2))
        return mixed


class Sdcm(nn.Module):
    """The module.

    Parameters
    ----------
    width, heads, user, voice : int
        `user` and `voice` are the widths of f_pu and of A_avt.
    grid : int
        Tokens of a frame, each way: the convolutions of the gate are over space.
    """

    def __init__(self, width: int, heads: int, user: int, voice: int, grid: int) -> None:
        super().__init__()
        self.grid = grid
        self.attend_user = CrossAttention(width, heads, user)
        self.attend_voice = CrossAttention(width, heads, voice)
        self.look_user = nn.Conv2d(width, width // 4, 3, padding=1)
        self.look_voice = nn.Conv2d(width, width // 4, 3, padding=1)
        self.weigh = nn.Linear(width // 2, width)
        nn.init.zeros_(self.attend_user.out.weight)  # until it is trained, the user changes nothing
        nn.init.zeros_(self.attend_user.out.bias)

    def forward(self, tokens: Tensor, user: Tensor, voice: Tensor, face: Tensor, lip: Tensor) -> Tensor:
        """Tokens after modulation.

        Parameters
        ----------
        tokens : Tensor of shape (B, frames * grid * grid, width)
        user : Tensor of shape (B, S, user)
            f_pu.
        voice : Tensor of shape (B, frames, A, voice)
            A_avt: what each frame hears.
        face, lip : Tensor of shape (B, grid * grid, 1)
            M_face and M_lip.
        """
        from_user, from_voice = self.attend_user(tokens, user), heard(self.attend_voice, tokens, voice)
        seen = torch.cat([self._space(self.look_user, from_user), self._space(self.look_voice, from_voice)], dim=-1)
        gate = torch.sigmoid(self.weigh(seen))
        fused = gate * from_voice + (1 - gate) * from_user
        frames = voice.shape[1]
        modulated: Tensor = tokens + face.repeat(1, frames, 1) * fused + lip.repeat(1, frames, 1) * from_voice
        return modulated

    def _space(self, conv: nn.Conv2d, tokens: Tensor) -> Tensor:
        """A convolution over the cells of each frame."""
        size, count, width = tokens.shape
        pictures = tokens.reshape(-1, self.grid, self.grid, width).permute(0, 3, 1, 2)
        return F.silu(conv(pictures)).permute(0, 2, 3, 1).reshape(size, count, -1)


def heard(attend: CrossAttention, tokens: Tensor, voice: Tensor) -> Tensor:
    """Attention of the tokens (B, frames * cells, width) of each frame to the sound (B, frames, A, voice) of that frame."""
    each = tokens.reshape(voice.shape[0] * voice.shape[1], -1, tokens.shape[-1])
    taken: Tensor = attend(each, voice.flatten(0, 1))
    return taken.reshape(tokens.shape)


class JointAttention(nn.Module):
    """What stands in for SDCM when it is switched off: one unmasked cross-attention over [f_pu; A_avt].

    As wide as SDCM in numbers: a feed-forward part takes what the second attention, the convolutions and the gate took.
    """

    def __init__(self, width: int, heads: int, user: int, voice: int, spare: int) -> None:
        super().__init__()
        self.user = nn.Linear(user, voice)
        nn.init.zeros_(self.user.weight)  # until it is trained, the user changes nothing
        self.attend = CrossAttention(width, heads, voice)
        self.feed = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, spare), nn.GELU(), nn.Linear(spare, width))

    def forward(self, tokens: Tensor, user: Tensor, voice: Tensor, face: Tensor, lip: Tensor) -> Tensor:
        """Tokens after modulation; the masks are not looked at."""
        everywhere = self.user(user)[:, None].expand(-1, voice.shape[1], -1, -1)
        taken = heard(self.attend, tokens, torch.cat([everywhere, voice], dim=2))
        modulated: Tensor = tokens + taken + self.feed(taken)
        return modulated


def numbers(module: nn.Module) -> int:
    """How many numbers a module has learned."""
    return sum(p.numel() for p in module.parameters())


def joint_like(sdcm: Sdcm, width: int, heads: int, user: int, voice: int) -> JointAttention:
    """A :class:`JointAttention` with as many numbers as `sdcm`, within the width of one hidden unit."""
    least = numbers(JointAttention(width, heads, user, voice, 1))
    return JointAttention(width, heads, user, voice, 1 + max(0, round((numbers(sdcm) - least) / (2 * width + 1))))
