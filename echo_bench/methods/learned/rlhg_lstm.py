"""`rlhg-lstm`: the responsive listener of ViCo (RLHG, arXiv 2112.13548) in ``rig61``.

Mechanism: speaker motion and sound per frame, LayerNorm, a tanh layer and an LSTM whose first state comes from the listener's look
at the start; the attitude of the listener enters every frame. Loss: squared error of motion and of its differences. Causal.

Ours: the avatar's own sound is an input too, since here it also speaks; there are no attitude labels as ViCo has them, so the attitude is
three classes that the network reads, softly and unlabelled, from the user's first two seconds. A look that a tracker measured is not
quite the true one, and some clips have no reference image: in training the look is blurred, and now and then hidden (the mean face).
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

WIDTH, STATE, LAYERS = 128, 128, 2
ATTITUDES, OPENING = 3, 50  # classes; frames from which the attitude is read
DROPPED = 0.2  # share of the first layer's states that the second does not get in training
BLUR, HIDDEN = 0.3, 0.2  # deviation of the noise on the look at the start; share of windows without one
FAR = 3.0  # deviations from the mean beyond which a look is not believed


class RlhgNetwork(Network):
    """The LSTM and its first state."""

    liveliness = 1.5

    def __init__(self) -> None:
        super().__init__()
        self.attitude = nn.Linear(MOTION + AUDIO, ATTITUDES)
        self.enter = nn.Sequential(nn.LayerNorm(MOTION + 2 * AUDIO), nn.Linear(MOTION + 2 * AUDIO, WIDTH), nn.Tanh())
        self.start = nn.Linear(MOTION, 2 * LAYERS * STATE)
        self.lstm = nn.LSTM(WIDTH + ATTITUDES, STATE, LAYERS, batch_first=True, dropout=DROPPED)
        self.leave = nn.Linear(STATE, MOTION)

    def attitudes(self, batch: Batch) -> Tensor:
        """Attitude (B, T, 3), read frame by frame from the opening so far and then held: nothing shown before ever changes."""
        heard = torch.cat([batch.user_motion, batch.user_audio], dim=-1)[:, :OPENING]
        so_far = heard.cumsum(1) / torch.arange(1, heard.shape[1] + 1, device=heard.device)[None, :, None]
        attitude = self.attitude(so_far).softmax(-1)
        held = attitude[:, -1:].expand(-1, batch.user_motion.shape[1] - heard.shape[1], -1)
        return torch.cat([attitude, held], dim=1)

    def forward(self, batch: Batch, attitude: Tensor) -> Tensor:
        """Motion (B, T, 61) with an attitude (B, T, 3); no look at the start (NaN) means the mean face."""
        seen = self.enter(torch.cat([batch.user_motion, batch.user_audio, batch.avatar_audio], dim=-1))
        look = batch.reference[:, 0].nan_to_num().clamp(-FAR, FAR)
        hidden, cell = self.start(look).view(-1, 2, LAYERS, STATE).permute(1, 2, 0, 3).contiguous()
        rows, _ = self.lstm(torch.cat([seen, attitude], dim=-1), (hidden, cell))
        moved: Tensor = self.leave(rows)
        return moved

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Motion and differences."""
        blurred = batch.reference + BLUR * torch.randn_like(batch.reference)
        shown = (torch.rand(len(blurred), 1, 1, device=blurred.device) >= HIDDEN) * blurred
        return self.regression(self(replace(batch, reference=shown), self.attitudes(batch)), batch.target)

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """There is no chance in it."""
        return self(batch, self.attitudes(batch))  # type: ignore[no-any-return]


class RlhgLstm(Learned):
    """The method."""

    name = "rlhg-lstm"
    version = "2"  # 1 was trained without the loss of affect
    capabilities = Capabilities(output="motion", causal=True)
    network = RlhgNetwork
    recipe = Recipe(steps=550, batch=16, window=225, rate=2e-3)
    looks = True
