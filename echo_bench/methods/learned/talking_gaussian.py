"""`talking-gaussian`: the face and the inside of the mouth as two branches (TalkingGaussian, ECCV 2024) in ``rig61``.

Mechanism: a head that persists is deformed by two fields that share nothing, with a loss each, because lips and what lies behind them
move apart from each other. The inside of the mouth hears the voice alone. The face hears it and is told the upper face in units of
OpenFace; each of its columns has a share of either (region attention).

Ours: blendshapes and no Gaussians; the inside is the jaw and the tongue; units are columns of the rig and no intensities of OpenFace;
they are withheld in part of the training, so that a benchmark, which has none, can go without. Head and eyes stay at their mean, as they
are given to the published system. Ships without weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import CausalConv
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe
from echo_bench.spaces import ARKIT

WIDTH = 96
WITHHELD = 0.5  # share of training windows that are not told the upper face
UNITS = {
    "AU01": ("browInnerUp",),
    "AU02": ("browOuterUpLeft", "browOuterUpRight"),
    "AU04": ("browDownLeft", "browDownRight"),
    "AU05": ("eyeWideLeft", "eyeWideRight"),
    "AU06": ("cheekSquintLeft", "cheekSquintRight"),
    "AU07": ("eyeSquintLeft", "eyeSquintRight"),
    "AU45": ("eyeBlinkLeft", "eyeBlinkRight"),
}
"""Units of the upper face, and the columns that each is the mean of."""
INSIDE = [k for k, name in enumerate(ARKIT) if name.startswith(("jaw", "tongue"))]
FACE = [k for k in range(len(ARKIT)) if k not in INSIDE]


def upper_face(motion: Tensor) -> Tensor:
    """Units (B, T, 7) of motion (B, T, 61).

    Examples
    --------
    >>> upper_face(torch.ones(1, 1, 61)).tolist()
    [[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]]]
    """
    return torch.stack([motion[..., [ARKIT.index(name) for name in names]].mean(-1) for names in UNITS.values()], -1)


def field(inputs: int, outputs: int) -> nn.Sequential:
    """Deformation by what was heard or told up to now; it begins with none, so that what persists is there first."""
    last = nn.Linear(WIDTH, outputs)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(CausalConv(inputs, WIDTH, 9), nn.GELU(), CausalConv(WIDTH, WIDTH, 5), nn.GELU(), last)


class TwoBranches(Network):
    """What persists, and the fields that deform it."""

    def __init__(self) -> None:
        super().__init__()
        self.persistent = nn.Parameter(torch.zeros(len(ARKIT)))
        self.inside = field(AUDIO, len(INSIDE))
        self.by_voice, self.by_units = field(AUDIO, len(FACE)), field(len(UNITS), len(FACE))
        self.region = nn.Parameter(torch.zeros(2, len(FACE)))

    def mouth(self, voice: Tensor) -> Tensor:
        """The inside of the mouth (B, T, 5)."""
        deformed: Tensor = self.persistent[INSIDE] + self.inside(voice)
        return deformed

    def face(self, voice: Tensor, units: Tensor) -> Tensor:
        """The rest of the face (B, T, 47) under a voice and units of the upper face (B, T, 7)."""
        heard, told = torch.sigmoid(self.region)
        deformed: Tensor = self.persistent[FACE] + heard * self.by_voice(voice) + told * self.by_units(units)
        return deformed

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Each branch against its own columns."""
        voice, target = batch.avatar_audio, batch.target
        told = torch.rand(len(voice), 1, 1, device=voice.device) >= WITHHELD
        face = motion_loss(self.face(voice, told * upper_face(target)), target[..., FACE])
        mouth = motion_loss(self.mouth(voice), target[..., INSIDE])
        return {f"face-{name}": term for name, term in face.items()} | {f"mouth-{k}": term for k, term in mouth.items()}

    def sample(self, batch: Batch, rng: torch.Generator, units: Tensor | None = None) -> Tensor:
        """There is no chance in it; `units` (B, T, 7) of the upper face are followed where they are given."""
        voice = batch.avatar_audio
        told = voice.new_zeros(*voice.shape[:2], len(UNITS)) if units is None else units
        motion = voice.new_zeros(*voice.shape[:2], MOTION)
        motion[..., FACE], motion[..., INSIDE] = self.face(voice, told), self.mouth(voice)
        return motion


class TalkingGaussian(Learned):
    """The method."""

    name = "talking-gaussian"
    capabilities = Capabilities(output="motion", causal=True)
    network = TwoBranches
    recipe = Recipe(steps=1000, batch=32, window=60, rate=2e-3)
    ships = False
