"""`dice-talk`: emotions without identity, from a bank that they share (DICE-Talk, arXiv 2504.18087) in ``rig61``.

Mechanism: what is felt in a window is a normal distribution from which a code is drawn; a bank of 64 slots, which lie where codes
fall, answers it by attention, so that related emotions use the same slots; a classifier has to find the emotion in what is made. The
emotion is told apart from who shows it: a window that starts from the posture of somebody else has to show the same emotion.

Ours: a regression and no video diffusion; the code is of motion alone; the actor is the posture of the reference image.
No label is given when a benchmark generates: the voice tells shares of emotions, one is drawn by them, and its code by the mean
distribution of that emotion in the train split. Ships without weights.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.corpus import UNKNOWN, Batch
from echo_bench.methods.learned.emotion import KINDS, Judge, VoiceEmotion, label_loss, level_and_spread, of_window
from echo_bench.methods.learned.features import MOTION
from echo_bench.methods.learned.lips import WIDTH, ear
from echo_bench.methods.learned.losses import gaussian_kl, motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network, noise
from echo_bench.methods.learned.trainer import Recipe

SLOTS, CODE = 64, 16
DIVERGENCE, FEELING = 0.01, 0.1  # weights of the distribution's divergence and of all that classifiers say
KEEP = 0.98  # decay of the mean distributions


class DiceNetwork(Network):
    """Distributions of emotions, their bank, and speech under them."""

    usual: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.voice, self.judge = VoiceEmotion(), Judge()
        self.recognise = nn.Sequential(nn.Linear(2 * MOTION, WIDTH), nn.GELU(), nn.Linear(WIDTH, 2 * CODE))
        self.ask = nn.Linear(CODE, CODE)
        self.bank = nn.Parameter(torch.randn(SLOTS, CODE))
        self.hear, self.use, self.resemble = ear(), nn.Linear(CODE, WIDTH), nn.Linear(MOTION, WIDTH)
        self.leave = nn.Sequential(nn.GELU(), nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, MOTION))
        self.register_buffer("usual", torch.zeros(KINDS, 2 * CODE))  # mean and log variance of each emotion's codes

    def shares(self, code: Tensor) -> Tensor:
        """Share (B, slots) of each slot in the answer to a code (B, code)."""
        return (self.ask(code) @ self.bank.T / math.sqrt(CODE)).softmax(-1)  # type: ignore[no-any-return]

    def speak(self, voice: Tensor, code: Tensor, actor: Tensor) -> Tensor:
        """Motion (B, T, 61) of a sound (B, T, 52) under a code by an actor of posture (B, 61)."""
        felt = self.use(self.shares(code) @ self.bank) + self.resemble(actor)
        motion: Tensor = self.leave(self.hear(voice) + felt[:, None])
        return motion

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The own window, and what it is with the actor of another."""
        voice, target, label = batch.avatar_audio, batch.target, of_window(batch.emotion)
        actor, told = batch.reference[:, 0], self.recognise(level_and_spread(batch.target))
        mean, log_variance = told.chunk(2, dim=-1)
        self._follow(told.detach(), label)
        code = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        made, other = (self.speak(voice, code, posture) for posture in (actor, actor.roll(1, dims=0)))
        logits = label_loss(self.voice(voice), batch.emotion), label_loss(self.judge(target), label)
        shown = [label_loss(self.judge.fixed(motion), label) for motion in (made, other)]
        return motion_loss(made, target) | {
            "emotion": FEELING * torch.stack([*logits, *shown]).sum(),
            "divergence": DIVERGENCE * gaussian_kl(mean, log_variance),
            "bank": 0.1 * torch.cdist(mean.detach(), self.bank).amin(-1).pow(2).mean() / CODE,
        }

    @torch.no_grad()
    def _follow(self, told: Tensor, label: Tensor) -> None:
        """Move the distribution of each emotion of a batch towards what was told of it."""
        for kind in set(label.tolist()) - {UNKNOWN}:
            self.usual[kind].lerp_(told[label == kind].mean(0), 1.0 - KEEP)

    def sample(
        self, batch: Batch, rng: torch.Generator, *, emotion: Tensor | None = None, actor: Tensor | None = None
    ) -> Tensor:
        """An emotion and a code of it are drawn; `emotion` (B,) is shown and not what the voice tells, `actor` (B, 61) shows it."""
        voice = batch.avatar_audio
        if emotion is None:
            told = self.voice(voice).mean(1).softmax(-1)
            emotion = torch.multinomial(told.float().cpu(), 1, generator=rng)[:, 0].to(voice.device)
        mean, log_variance = self.usual[emotion].chunk(2, dim=-1)
        code = mean + (0.5 * log_variance).exp() * noise(mean.shape, rng, mean)
        return self.speak(voice, code, batch.reference[:, 0].nan_to_num() if actor is None else actor)


class DiceTalk(Learned):
    """The method."""

    name = "dice-talk"
    capabilities = Capabilities(output="motion", stochastic=True)
    network = DiceNetwork
    recipe = Recipe(steps=1000, batch=32, window=80, rate=2e-3)
    looks = True
    ships = False
