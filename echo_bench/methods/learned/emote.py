"""`emote`: emotions exchanged between sentences (EMOTE, arXiv 2306.08990) in ``rig61``.

Mechanism: a temporal variational autoencoder learns what motion is possible; speech and emotion are mapped to its latents. In
training two people exchange their emotions: lips have still to say what the voice says, and the whole sequence has to show
the other's emotion, of which there is no recording.

Ours: the autoencoder (here a latent per 4 frames) is trained along with the rest; lip motion about its mean in the window stands for the
features of a lip reader, and a classifier of level and spread for the video emotion network; no intensity and no style of a
training subject. The emotion is told from the voice when a benchmark generates. Ships without weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.emotion import KINDS, Judge, VoiceEmotion, felt, label_loss, of_window
from echo_bench.methods.learned.features import MOTION
from echo_bench.methods.learned.lips import LIPS, WIDTH, ear
from echo_bench.methods.learned.losses import gaussian_kl, motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

LATENT, STEP = 32, 4  # numbers of a latent, frames per latent
DIVERGENCE, FEELING = 0.01, 0.1  # weights of the autoencoder's divergence and of all that classifiers say


class EmoteNetwork(Network):
    """The prior of motion, and speech with emotion that is mapped to its latents."""

    def __init__(self) -> None:
        super().__init__()
        self.voice, self.judge = VoiceEmotion(), Judge()
        self.encode = nn.Sequential(
            nn.Conv1d(MOTION, WIDTH, STEP, STEP), nn.GELU(), nn.Conv1d(WIDTH, 2 * LATENT, 3, padding=1)
        )
        self.open = nn.Sequential(nn.ConvTranspose1d(LATENT, WIDTH, STEP, STEP), nn.GELU())
        self.leave = nn.Conv1d(WIDTH, MOTION, 5, padding=2)
        self.hear, self.feel = ear(), nn.Linear(KINDS, WIDTH)
        self.say = nn.Sequential(nn.Conv1d(WIDTH, WIDTH, STEP, STEP), nn.GELU(), nn.Conv1d(WIDTH, LATENT, 1))

    def decode(self, latents: Tensor, frames: int) -> Tensor:
        """Motion (B, frames, 61) of latents (B, latent, frames / 4 rounded up)."""
        return self.leave(self.open(latents)).mT[:, :frames]  # type: ignore[no-any-return]

    def speak(self, voice: Tensor, emotion: Tensor) -> Tensor:
        """Latents (B, latent, T / 4) of a sound (B, T, 52) under emotions in shares (B, kinds)."""
        rows = F.gelu(self.hear(voice) + self.feel(emotion)[:, None])
        latents: Tensor = self.say(F.pad(rows, (0, 0, 0, -rows.shape[1] % STEP)).mT)
        return latents

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The prior, speech under the own emotion, and speech under the emotion of somebody else."""
        voice, target, label = batch.avatar_audio, batch.target, of_window(batch.emotion)
        logits = self.voice(voice)
        emotion = felt(logits.mean(1), label)
        terms = self._prior(target) | motion_loss(self.decode(self.speak(voice, emotion), target.shape[1]), target)
        exchanged = self.decode(self.speak(voice, emotion.roll(1, dims=0)), target.shape[1])
        terms["lips"] = F.mse_loss(about_mean(exchanged[..., LIPS]), about_mean(target[..., LIPS]))
        terms["exchange"] = FEELING * label_loss(self.judge.fixed(exchanged), label.roll(1))
        terms["emotion"] = FEELING * (label_loss(self.judge(target), label) + label_loss(logits, batch.emotion))
        return terms

    def _prior(self, target: Tensor) -> dict[str, Tensor]:
        frames = target.shape[1]
        mean, log_variance = self.encode(F.pad(target, (0, 0, 0, -frames % STEP)).mT).chunk(2, dim=1)
        drawn = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        return {
            "prior": F.mse_loss(self.decode(drawn, frames), target),
            "divergence": DIVERGENCE * gaussian_kl(mean, log_variance),
        }

    def sample(self, batch: Batch, rng: torch.Generator, emotion: Tensor | None = None) -> Tensor:
        """There is no chance in it; `emotion` (B, kinds) is shown and not what the voice tells."""
        voice = batch.avatar_audio
        shown = self.voice(voice).mean(1).softmax(-1) if emotion is None else emotion
        return self.decode(self.speak(voice, shown), voice.shape[1])


def about_mean(motion: Tensor) -> Tensor:
    """Motion (B, L, D) without its mean over time."""
    return motion - motion.mean(dim=1, keepdim=True)


class Emote(Learned):
    """The method."""

    name = "emote"
    capabilities = Capabilities(output="motion")
    network = EmoteNetwork
    recipe = Recipe(steps=1000, batch=32, window=80, rate=2e-3)
    ships = False
