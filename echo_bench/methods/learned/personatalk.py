"""`personatalk`: geometry in a person's style, and lips and face each from references of their own (PersonaTalk, SIGGRAPH Asia 2024).

Mechanism: the voice attends to frames of the person who is to speak, so that the geometry of the lips that it tells is in that person's
style; then two attentions render it: lips from the references whose lips are nearest to that geometry, the rest of the face from the
references whose head is posed most alike. The two choose among different references: lips among those that lie far apart, the face among
the others.

Ours: in ``rig61``, where to render is to mix postures; the pose is that of a source where one is given, else the mean. A benchmark gives
no frames of the person, and gets postures of the train split. Ships without weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Attention
from echo_bench.methods.learned.corpus import Batch, Example
from echo_bench.methods.learned.features import MOTION
from echo_bench.methods.learned.lips import LIPS, WIDTH, ear, far_apart, with_lips
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

HEADS = 4
FRAMES = 40  # references of a person
POSE = list(range(52, 58))
REST = [k for k in range(52) if k not in LIPS]


def for_lips(person: Tensor) -> Tensor:
    """Which frames (B, N) of people (B, N, 61) are references of lips: half of them, those that lie far apart."""
    chosen = torch.zeros(person.shape[:2], dtype=torch.bool, device=person.device)
    for mask, lips in zip(chosen, person[..., LIPS], strict=True):
        mask[far_apart(lips, len(lips) // 2)] = True
    return chosen


class PersonaNetwork(Network):
    """Geometry in style, and the two attentions."""

    everybody: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.hear = ear()
        self.style = nn.Linear(MOTION, WIDTH)
        self.look = Attention(WIDTH, HEADS)
        self.leave = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, len(LIPS)))
        self.sharpness = nn.Parameter(torch.zeros(2))
        self.register_buffer("everybody", torch.zeros(FRAMES, MOTION))

    def fit_scales(self, examples: Sequence[Example]) -> None:
        """Statistics of the train split, and its postures."""
        super().fit_scales(examples)
        rows = torch.cat([self.motion(torch.from_numpy(example.target)) for example in examples])
        self.everybody.copy_(rows[far_apart(rows[:, LIPS], FRAMES)])

    def geometry(self, voice: Tensor, person: Tensor) -> Tensor:
        """Lips (B, T, lips) that a voice calls for from a person (B, N, 61)."""
        rows = self.hear(voice)
        everywhere = rows.new_zeros(HEADS, rows.shape[1], person.shape[1])
        told: Tensor = self.leave(rows + self.look(rows, self.style(person), everywhere))
        return told

    def shares(self, asked: Tensor, person: Tensor, columns: list[int], allowed: Tensor) -> Tensor:
        """How much (B, T, N) of each reference is shown: the nearer in `columns`, the more; none that is not allowed (B, N)."""
        apart = torch.cdist(asked, person[..., columns]).square() / len(columns)
        sharp = self.sharpness[int(columns is POSE)].exp()
        return (-8.0 * sharp * apart).masked_fill(~allowed[:, None], -torch.inf).softmax(-1)

    def rendered(self, geometry: Tensor, pose: Tensor, person: Tensor) -> Tensor:
        """Motion (B, T, 61) of lips (B, T, lips) and pose (B, T, 6), in the person's postures."""
        mine = for_lips(person)
        motion = with_lips(self.shares(geometry, person, LIPS, mine) @ person[..., LIPS])
        motion[..., REST] = self.shares(pose, person, POSE, ~mine) @ person[..., REST]
        motion[..., POSE] = pose
        return motion

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Geometry, and what is rendered, of the end of a window whose beginning shows the person."""
        person, target = batch.target[:, :FRAMES], batch.target[:, FRAMES:]
        geometry = self.geometry(batch.avatar_audio[:, FRAMES:], person)
        made = self.rendered(geometry, target[..., POSE], person)
        told = motion_loss(geometry, target[..., LIPS])
        return told | {"rendered": (made - target)[..., :52].square().mean()}

    def sample(
        self, batch: Batch, rng: torch.Generator, *, person: Tensor | None = None, pose: Tensor | None = None
    ) -> Tensor:
        """There is no chance in it; `person` (B, N, 61) is who is to speak, `pose` (B, T, 6) how the head goes."""
        voice = batch.avatar_audio
        shown = self.everybody.expand(len(voice), -1, -1) if person is None else person
        posed = voice.new_zeros(*voice.shape[:2], len(POSE)) if pose is None else pose
        return self.rendered(self.geometry(voice, shown), posed, shown)


class Personatalk(Learned):
    """The method."""

    name = "personatalk"
    capabilities = Capabilities(output="motion", causal=True)
    network = PersonaNetwork
    recipe = Recipe(steps=1000, batch=16, window=FRAMES + 60, rate=2e-3)
    ships = False
