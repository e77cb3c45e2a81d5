"""A trained network as a method: inputs of a clip in, ``rig61`` motion out."""

from __future__ import annotations

from typing import ClassVar

import torch

from echo_bench.clip import MethodView
from echo_bench.method import Artefact, Capabilities, MethodContext
from echo_bench.methods.base import Lent, sample_of
from echo_bench.methods.learned.checkpoint import find, restore
from echo_bench.methods.learned.corpus import batch_of
from echo_bench.methods.learned.features import Inputs, Rows, read_inputs
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe


class Learned(Lent):
    """Base of the learned methods; a subclass names its network and recipe."""

    version: ClassVar[str] = "1"
    capabilities: ClassVar[Capabilities]
    network: ClassVar[type[Network]]
    recipe: ClassVar[Recipe]
    looks: ClassVar[bool] = False
    """It looks at the reference image, and so needs the face tracker."""
    ships: ClassVar[bool] = True
    """Trained weights come with the suite."""

    def setup(self, context: MethodContext) -> None:
        """Load the checkpoint.

        Raises
        ------
        WeightsMissingError
            When the method has not been trained.
        WeightsHashError
            When the checkpoint is damaged or of another network.
        """
        super().setup(context)
        self.model = self.network()
        self.card = restore(self.model, find(self.name))
        self.model.to(context.device).eval()

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """One motion per sample; sample ``k`` is drawn with the seed ``seed + k``.

        Raises
        ------
        NotApplicable
            When the user's motion is neither given nor measurable.
        """
        inputs = read_inputs(view, self.context, look=self.looks)
        drawn = samples if self.capabilities.stochastic else 1
        return [sample_of(self, view, self.motion(inputs, seed + k), seed=seed + k, sample=k) for k in range(drawn)]

    def motion(self, inputs: Inputs, seed: int) -> Rows:
        """Motion (T, 61) of one sample."""
        batch = batch_of(inputs).to(self.context.device)
        motion: Rows = self.model.generate(batch, seed)[0].float().cpu().numpy()
        return motion


def parameters(network: torch.nn.Module) -> int:
    """How many numbers a network has learned."""
    return sum(p.numel() for p in network.parameters())
