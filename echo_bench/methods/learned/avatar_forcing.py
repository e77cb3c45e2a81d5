"""`avatar-forcing`: causal diffusion forcing with the user's motion (Avatar Forcing, arXiv 2601.00664) in ``rig61``.

Mechanism: a transformer whose attention is causal in blocks of frames learns the velocity of a flow in which every block has a noise
level of its own, given the avatar's sound and the user's sound and motion. So at generation the past stands at level 1 (data), the
present block is integrated from noise, and the future does not exist yet: block by block, in real time.

Ours: motion itself and not the latents of a video autoencoder; the preference tuning (DPO) of the paper is left out.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Block, Moment, distance_bias
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.expectation import DepartingNetwork
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.flow import flow_loss, integrate
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import noise
from echo_bench.methods.learned.trainer import Recipe

WIDTH, HEADS, LAYERS = 80, 4, 2
BLOCK = 10  # frames that are made together: 0.4 s, the look-ahead
PAST = 90  # frames of the past that a block sees
STEPS = 2  # Euler steps; more take longer and score no better on val


def block_bias(frames: int) -> Tensor:
    """Attention bias (heads, frames, frames): a frame sees its own block and the blocks before it, up to PAST frames back."""
    bias = distance_bias(HEADS, frames, frames, causal=False, width=PAST + BLOCK)
    block = torch.arange(frames) // BLOCK
    return bias.masked_fill(block[None, :] > block[:, None], -torch.inf)


class ForcingNetwork(DepartingNetwork):
    """The velocity of motion under block-wise noise."""

    liveliness = 1.5
    temperature = 0.18

    def __init__(self) -> None:
        super().__init__()
        self.condition = nn.Linear(MOTION + 2 * AUDIO, WIDTH)
        self.enter = nn.Linear(MOTION, WIDTH)
        self.moment = Moment(WIDTH)
        self.blocks = nn.ModuleList(Block(WIDTH, HEADS, condition=WIDTH) for _ in range(LAYERS))
        self.leave = nn.Linear(WIDTH, MOTION)

    def seen(self, batch: Batch) -> Tensor:
        """What conditions each frame, (B, T, width)."""
        rows: Tensor = self.condition(torch.cat([batch.user_motion, batch.user_audio, batch.avatar_audio], dim=-1))
        return rows

    def velocity(self, x: Tensor, times: Tensor, seen: Tensor) -> Tensor:
        """Velocity (B, L, 61) at the noise levels `times` (B, L)."""
        rows, bias = self.enter(x) + seen, block_bias(x.shape[1]).to(x.device)
        condition = self.moment(times) + seen
        for block in self.blocks:
            rows = block(rows, bias, condition=condition)
        moved: Tensor = self.leave(rows)
        return moved

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Every block has its own level; a quarter of the blocks stand at 1, as the past does when generating."""
        size, frames = batch.target.shape[:2]
        levels = torch.rand(size, -(-frames // BLOCK), device=batch.target.device)
        levels = torch.where(torch.rand_like(levels) < 0.25, 1.0, levels)
        times = levels.repeat_interleave(BLOCK, dim=1)[:, :frames]
        seen = self.seen(batch)
        return {"flow": flow_loss(lambda x, t: self.velocity(x, t, seen), batch.target, times)}

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """Block by block; what is made stays."""
        seen = self.seen(batch)
        frames = seen.shape[1]
        made = seen.new_zeros(len(seen), 0, MOTION)
        for start in range(0, frames, BLOCK):
            end, first = min(start + BLOCK, frames), max(0, start - PAST)
            made = torch.cat([made, self._block(made[:, first:start], seen[:, first:end], rng)], dim=1)
        return made

    def _block(self, past: Tensor, seen: Tensor, rng: torch.Generator) -> Tensor:
        """The next frames, given the past and what is seen of both."""
        known, fresh = past.shape[1], seen.shape[1] - past.shape[1]

        def velocity(x: Tensor, times: Tensor) -> Tensor:
            every = torch.cat([torch.ones(len(past), known).to(times), times], dim=1)
            return self.velocity(torch.cat([past, x], dim=1), every, seen)[:, known:]

        return integrate(velocity, noise((len(past), fresh, MOTION), rng, seen), STEPS)


class AvatarForcing(Learned):
    """The method."""

    name = "avatar-forcing"
    version = "3"  # 2 drew all of the motion, 3 draws what departs from the expected one
    capabilities = Capabilities(output="motion", stochastic=True, causal=True, lookahead=BLOCK / 25)
    network = ForcingNetwork
    recipe = Recipe(steps=450, batch=10, window=150, rate=2e-3)
