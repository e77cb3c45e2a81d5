"""A trained network as a method: inputs of a clip in, ``rig61`` motion out."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch

from echo_bench.clip import MethodView
from echo_bench.method import Artefact, Capabilities, MethodContext
from echo_bench.methods.base import Lent
from echo_bench.methods.learned.checkpoint import find, restore
from echo_bench.methods.learned.corpus import batch_of
from echo_bench.methods.learned.features import Inputs, Rows, read_inputs
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe
from echo_bench.motion_io import save_motion
from echo_bench.spaces import RIG61


class Learned(Lent):
    """Base of the learned methods; a subclass names its network and recipe."""

    name: ClassVar[str]
    version: ClassVar[str] = "1"
    capabilities: ClassVar[Capabilities]
    network: ClassVar[type[Network]]
    recipe: ClassVar[Recipe]
    looks: ClassVar[bool] = False
    """It looks at the reference image, and so needs the face tracker."""

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
        made = []
        for k in range(samples if self.capabilities.stochastic else 1):
            motion = self.motion(inputs, seed + k)
            path = self.context.workdir(view.clip_id) / f"{view.clip_id}.s{k:02d}.npz"
            ref = save_motion(path, motion, np.ones(len(motion), bool), fps=view.fps)
            made.append(Artefact(view.clip_id, self.name, k, seed + k, None, view.avatar_audio, ref))
        return made

    def motion(self, inputs: Inputs, seed: int) -> Rows:
        """Motion (T, 61) of one sample, its coefficients in [0, 1]."""
        batch = batch_of(inputs).to(self.context.device)
        motion = self.model.generate(batch, seed)[0].float().cpu().numpy()
        motion[:, RIG61.parts["exp"]] = motion[:, RIG61.parts["exp"]].clip(0.0, 1.0)
        return np.ascontiguousarray(motion, np.float32)


def parameters(network: torch.nn.Module) -> int:
    """How many numbers a network has learned."""
    return sum(p.numel() for p in network.parameters())
