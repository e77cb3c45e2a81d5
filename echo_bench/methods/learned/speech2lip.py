"""`speech2lip`: lips in a canonical pose, put back under the pose of a source (Speech2Lip, arXiv 2309.04814) in ``rig61``.

Mechanism: the voice tells lips as they are when the head is at rest; a geometric map adds what a pose does to lips as they are seen; the
pose is copied from a source track. A contrastive loss draws what is heard in a frame to what the lips do in it, and away from the other
frames.

Ours: coefficients and no picture, so the map is linear, from the six numbers of a pose to the lips that a tracker reads under it. A
benchmark gives no source, and the head stays at its mean. Ships without weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import CausalConv
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.lips import LIPS, WIDTH, contrast, ear, with_lips
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

POSE = slice(52, 58)
SHARED = 32  # width in which voice and lips meet
SYNC = 0.1  # weight of the contrastive loss


class Speech2lipNetwork(Network):
    """Canonical lips, the map of pose, and where voice and lips meet."""

    def __init__(self) -> None:
        super().__init__()
        self.hear = ear()
        self.leave = nn.Linear(WIDTH, len(LIPS))
        self.spill = nn.Linear(6, len(LIPS), bias=False)
        self.said = nn.Linear(WIDTH, SHARED)
        self.shown = nn.Sequential(CausalConv(len(LIPS), WIDTH, 5), nn.GELU(), nn.Linear(WIDTH, SHARED))

    def canonical(self, voice: Tensor) -> Tensor:
        """Lips (B, T, lips) of a head at rest."""
        lips: Tensor = self.leave(self.hear(voice))
        return lips

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Lips as they are seen, and the meeting of the voice with the true and with the made lips."""
        voice, seen, posed = batch.avatar_audio, batch.target[..., LIPS], self.spill(batch.target[..., POSE])
        made, said = self.canonical(voice), self.said(self.hear(voice))
        meet = contrast(said, self.shown(seen - posed)) + contrast(said, self.shown(made))
        return motion_loss(made + posed, seen) | {"sync": SYNC * meet}

    def offset(self, voice: Tensor, lips: Tensor, reach: int = 12) -> int:
        """By how many frames canonical lips (1, T, lips) come late, as voice and lips meet best."""
        said, shown = (F.normalize(each, dim=-1)[0] for each in (self.said(self.hear(voice)), self.shown(lips)))
        alike = (said @ shown.mT).cpu()
        by_lag = [float(alike.diagonal(lag).mean()) for lag in range(-reach, reach + 1)]
        return max(range(len(by_lag)), key=by_lag.__getitem__) - reach

    def sample(self, batch: Batch, rng: torch.Generator, *, source: Tensor | None = None) -> Tensor:
        """There is no chance in it; `source` (B, T, 6) is the pose that is copied."""
        voice = batch.avatar_audio
        pose = voice.new_zeros(*voice.shape[:2], 6) if source is None else source
        motion = with_lips(self.canonical(voice) + self.spill(pose))
        motion[..., POSE] = pose
        return motion


class Speech2lip(Learned):
    """The method."""

    name = "speech2lip"
    capabilities = Capabilities(output="motion", causal=True)
    network = Speech2lipNetwork
    recipe = Recipe(steps=1000, batch=32, window=60, rate=2e-3)
    ships = False
