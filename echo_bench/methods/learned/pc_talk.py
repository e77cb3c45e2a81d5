"""`pc-talk`: emotion as a difference that is added to speaking lips (PC-Talk, arXiv 2503.14295) in ``rig61``.

Mechanism: motion is a posture at rest, plus neutral lips, made from the voice, plus what a second network makes of the voice under an
emotion minus what it makes under none; the difference is scaled by an intensity of its own in each region of the face.

Ours: columns of ``rig61`` in place of implicit keypoints, a causal convolution in place of the autoregressive transformer, no editing of
single words. The posture is the mean of the frames labelled neutral. Under that label the difference is zero, so such windows teach the
lips alone. No label is given when a benchmark generates: the emotion is told from the voice. Ships without weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.corpus import Batch, Example
from echo_bench.methods.learned.emotion import KINDS, NEUTRAL, VoiceEmotion, felt, label_loss
from echo_bench.methods.learned.features import MOTION
from echo_bench.methods.learned.lips import LIPS, WIDTH, ear, with_lips
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

BROWS, EYES, HEAD = list(range(5)), [*range(8, 22), 58, 59, 60], list(range(52, 58))
REGIONS = {
    "brows": BROWS,
    "eyes": EYES,
    "mouth": sorted(set(range(MOTION)) - {*BROWS, *EYES, *HEAD}),
    "head": HEAD,
}
"""Columns of each region; every column is in one."""
USUAL = dict.fromkeys(REGIONS, 1.0)


class AdditiveNetwork(Network):
    """Lips, and what an emotion adds."""

    posture: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.voice = VoiceEmotion()
        self.hear = nn.ModuleList(ear() for _ in range(2))
        self.speak = nn.Linear(WIDTH, len(LIPS))
        self.feel = nn.Linear(KINDS, WIDTH)
        self.show = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, MOTION))
        self.register_buffer("posture", torch.zeros(MOTION))

    def fit_scales(self, examples: Sequence[Example]) -> None:
        """Statistics of the train split, and the posture of its neutral frames."""
        super().fit_scales(examples)
        rows = torch.cat([torch.from_numpy(example.target[example.emotion == NEUTRAL]) for example in examples])
        if len(rows):
            self.posture.copy_(self.motion(rows).mean(0))

    def lips(self, voice: Tensor) -> Tensor:
        """Motion (B, T, 61) of neutral lips; everything else is at rest."""
        return self.posture + with_lips(self.speak(self.hear[0](voice)))

    def difference(self, voice: Tensor, emotion: Tensor) -> Tensor:
        """What emotions in shares (B, T, kinds) add to the motion (B, T, 61)."""
        heard = self.hear[1](voice)
        none = F.one_hot(torch.tensor(NEUTRAL), KINDS).to(emotion)
        under: list[Tensor] = [self.show(heard + self.feel(shares)) for shares in (emotion, none)]
        return under[0] - under[1]

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The sum against the truth, and the emotion of the voice."""
        voice, labels = batch.avatar_audio, batch.emotion
        logits = self.voice(voice)
        made = self.lips(voice) + self.difference(voice, felt(logits, labels))
        return motion_loss(made, batch.target) | {"emotion": 0.05 * label_loss(logits, labels)}

    def sample(
        self,
        batch: Batch,
        rng: torch.Generator,
        *,
        emotion: Tensor | None = None,
        intensity: Mapping[str, float] = USUAL,
    ) -> Tensor:
        """There is no chance in it.

        `emotion` (B, T, kinds) is shown and not what the voice tells, in the regions of `intensity` and as much as it says.
        """
        voice = batch.avatar_audio
        shown = self.voice(voice).softmax(-1) if emotion is None else emotion
        scale = voice.new_zeros(MOTION)
        for region, much in intensity.items():
            scale[REGIONS[region]] = much
        return self.lips(voice) + scale * self.difference(voice, shown)


class PcTalk(Learned):
    """The method."""

    name = "pc-talk"
    capabilities = Capabilities(output="motion", causal=True)
    network = AdditiveNetwork
    recipe = Recipe(steps=1000, batch=32, window=60, rate=2e-3)
    ships = False
