"""`gsmoothface`: expression that is judged where its vertices lie (GSmoothFace, arXiv 2312.07385) in ``rig61``.

Mechanism: a transformer that attends to the whole of the voice so far tells expression coefficients; what is compared with the truth are
not the coefficients but the vertices that they move, and how these move from frame to frame. A coefficient counts as much as its shape
displaces the face.

Ours: jaw and mouth columns, and as face the suite's own rig, whose vertices are neutral + basis @ coefficients; the picture network that
blends the face into its target is left out. All other columns stay at their mean. Ships without weights.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Block, distance_bias
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.lips import LIPS, WIDTH, ear, with_lips
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe
from echo_bench.simulator.asset import load_rig

HEADS, LAYERS = 4, 2


def basis() -> Tensor:
    """Displacements (vertices moved * 3, lips) of the rig's jaw and mouth shapes, in millimetres."""
    shapes = load_rig().arkit
    moved = torch.from_numpy(np.unique(shapes.vertex))
    found = torch.zeros(len(moved), 3, len(LIPS))
    for column, shape in enumerate(LIPS):
        part = slice(int(shapes.offsets[shape]), int(shapes.offsets[shape + 1]))
        rows = torch.searchsorted(moved, torch.from_numpy(shapes.vertex[part]))
        found[rows, :, column] = 1000.0 * torch.from_numpy(shapes.delta[part])
    return found.flatten(0, 1)


class GsmoothNetwork(Network):
    """A causal transformer from voice to lips, and the vertices."""

    gram: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.hear = ear()
        self.blocks = nn.ModuleList(Block(WIDTH, HEADS) for _ in range(LAYERS))
        self.leave = nn.Linear(WIDTH, len(LIPS))
        shapes = basis()
        self.register_buffer("gram", shapes.mT @ shapes / (len(shapes) // 3), persistent=False)

    def vertex_error(self, lips: Tensor) -> Tensor:
        """Mean squared displacement of a vertex in mm^2 by standardised errors (B, T, lips)."""
        error = lips * self.motion.std[LIPS]
        return ((error @ self.gram) * error).sum(-1).mean()

    def lips(self, voice: Tensor) -> Tensor:
        """Standardised lips (B, T, lips)."""
        rows = self.hear(voice)
        bias = distance_bias(HEADS, rows.shape[1], rows.shape[1], causal=True).to(rows.device)
        for block in self.blocks:
            rows = block(rows, bias)
        told: Tensor = self.leave(rows)
        return told

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Vertices, and their steps from frame to frame."""
        error = self.lips(batch.avatar_audio) - batch.target[..., LIPS]
        return {"vertices": self.vertex_error(error), "velocity": self.vertex_error(error.diff(dim=1))}

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """There is no chance in it."""
        return with_lips(self.lips(batch.avatar_audio))


class Gsmoothface(Learned):
    """The method."""

    name = "gsmoothface"
    capabilities = Capabilities(output="motion", causal=True)
    network = GsmoothNetwork
    recipe = Recipe(steps=1000, batch=32, window=100, rate=1.5e-3)
    ships = False
