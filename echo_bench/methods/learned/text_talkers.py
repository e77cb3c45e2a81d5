"""Four talking heads that are told in words, as configurations of one trunk (:mod:`~echo_bench.methods.learned.text_trunk`).

=============== ===========================================================================================================
`posetalk`      arXiv 2409.02657: head pose drawn in the latent space of a variational autoencoder, under words; lips have a
                loss of their own, in which the rest of the face does not drown them
`mvportrait`    CVPR 2025, arXiv 2503.19383: motion and emotion drawn apart, each under its own words, and seen from any side
`avi-talking`   arXiv 2402.16124: what the voice calls for is put into words, and the words are carried out; lips hear alone
`portraittalk`  arXiv 2412.07754: cross-attention to sound, plus cross-attention to words times a strength
=============== ===========================================================================================================

None listens or is given a picture; renderers and language models are not here. They ship without weights: train them first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import CausalConv
from echo_bench.methods.learned.captions import AMOUNT, CONCEPTS, HEAD
from echo_bench.methods.learned.captions import FACE as SHOWN
from echo_bench.methods.learned.corpus import EMOTIONS, Batch
from echo_bench.methods.learned.diffusion_trunk import Design, Level
from echo_bench.methods.learned.lips import LIPS
from echo_bench.methods.learned.losses import gaussian_kl
from echo_bench.methods.learned.talkers import ALL, FACE, GAZE, POSE
from echo_bench.methods.learned.text_trunk import TextNetwork, Worded
from echo_bench.methods.learned.trainer import Recipe

MOUTH = tuple(LIPS)
UPPER = tuple(k for k in FACE if k not in MOUTH)
JAW = tuple(k for k in MOUTH if k < 26)
LATENT = POSE[:4]  # columns in which latents of pose travel
DIVERGENCE = 0.01
SIGNS = (1.0, -1.0, 1.0)  # of pitch, yaw and roll against right-handed angles about x, y and z


class PosetalkNetwork(TextNetwork):
    """Pose as latents under words; the rest of the face, and lips."""

    design = Design((Level(LATENT), Level(UPPER + GAZE), Level(MOUTH)), withheld=0.1)
    reads = (HEAD + AMOUNT, (), ())

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Sequential(
            CausalConv(len(POSE), 48, 9, causal=False), nn.GELU(), nn.Linear(48, 2 * len(LATENT))
        )
        self.decode = nn.Sequential(CausalConv(len(LATENT), 48, 9), nn.GELU(), nn.Linear(48, len(POSE)))

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The autoencoder of pose, and the flows, which see its latents and cannot move them."""
        pose, coded = batch.target[..., POSE], batch.target.clone()
        mean, spread = self.encode(pose).chunk(2, dim=-1)
        coded[..., LATENT] = mean.detach()
        drawn = self.decode(mean + (0.5 * spread).exp() * torch.randn_like(mean))
        own = {"pose": F.mse_loss(drawn, pose), "divergence": DIVERGENCE * gaussian_kl(mean, spread)}
        return self.flows(batch, coded) | own

    def sample(
        self,
        batch: Batch,
        rng: torch.Generator,
        *,
        seeds: Sequence[int] | None = None,
        reference: Tensor | None = None,
        guidance: float = 1.0,
        asked: Tensor | None = None,
    ) -> Tensor:
        """As :meth:`TextNetwork.sample`; pose is decoded from what is drawn."""
        made = super().sample(batch, rng, seeds=seeds, reference=reference, guidance=guidance, asked=asked)
        made[..., POSE] = self.decode(made[..., LATENT])
        return made


class MvportraitNetwork(TextNetwork):
    """Motion and emotion apart."""

    design = Design((Level(POSE + GAZE + JAW), Level(tuple(k for k in FACE if k not in JAW))), withheld=0.1)
    reads = (HEAD + AMOUNT, SHOWN + EMOTIONS)


class AviTalkingNetwork(TextNetwork):
    """Lips that hear; all else reads, too."""

    design = Design((Level(MOUTH), Level(UPPER + POSE + GAZE)), withheld=0.1)
    reads = ((), CONCEPTS)


class PortraittalkNetwork(TextNetwork):
    """Everything hears and reads."""

    design = Design((Level(ALL),), withheld=0.1)
    reads = (CONCEPTS,)


def seen_from(motion: NDArray[np.floating], side: float) -> NDArray[np.float64]:
    """Motion as a camera sees it that has gone round the head: its rotation and place turned by a known angle.

    Parameters
    ----------
    motion : ndarray of shape (T, 61)
        ``rig61``.
    side : float
        Radians about the vertical; positive turns the head towards the image's right.

    Returns
    -------
    ndarray of shape (T, 61), float64
        Expression and gaze, which are of the head's own frame, stay. How far and how fast the head moves stays, too.

    Examples
    --------
    >>> seen_from(np.zeros((1, 61)), 0.3)[0, 52:55].round(3).tolist()
    [0.0, 0.3, 0.0]
    """
    turn, seen = Rotation.from_euler("y", -side), np.array(motion, np.float64)
    seen[:, 52:55] = (turn * Rotation.from_euler("xyz", seen[:, 52:55] * SIGNS)).as_euler("xyz") * SIGNS
    seen[:, 55:58] = turn.apply(seen[:, 55:58])
    return seen


class TextTalker(Worded):
    """What the four have in common."""

    ships = False

    def __init_subclass__(cls, name: str, network: type[TextNetwork]) -> None:
        cls.name, cls.network = name, network
        cls.capabilities = Capabilities(
            output="motion", stochastic=True, causal=True, lookahead=network.design.chunk / 25
        )
        cls.recipe = Recipe(steps=1000, batch=16, window=network.design.chunk, rate=2e-3)


class Posetalk(TextTalker, name="posetalk", network=PosetalkNetwork):
    """The method `posetalk`."""


class Mvportrait(TextTalker, name="mvportrait", network=MvportraitNetwork):
    """The method `mvportrait`."""


class AviTalking(TextTalker, name="avi-talking", network=AviTalkingNetwork):
    """The method `avi-talking`."""


class Portraittalk(TextTalker, name="portraittalk", network=PortraittalkNetwork):
    """The method `portraittalk`."""
