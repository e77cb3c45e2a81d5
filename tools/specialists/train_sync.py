"""Training of syncnet-eb: of all sounds of a stretch, which one belongs to this mouth, and of all mouths, which to this sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from echo_metrics.lipsync import sync_scores
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.faces.align import grey
from echo_bench.faces.level import cut_smoothly, mouth_region
from echo_bench.faces.mouths import WINDOW, MouthRun
from echo_bench.nets.syncnet_eb import BANDS, SIDE, STEPS, SyncNetEB
from tools.specialists.corpus import Corpus
from tools.specialists.damage import amounts, blocky, blurred, coarse, noisy
from tools.specialists.loop import Training

STRETCHES = 4
SPOKEN = 0.6
"""Share of a window that must be spoken for it to be learnt from."""

VSHIFT = 15


@dataclass(frozen=True, slots=True)
class Spoken:
    """Windows of a few stretches, side by side.

    Attributes
    ----------
    windows : Tensor (K, W, 6, 48, 48)
    sound : Tensor (K, W, 40, 20)
    counts : Tensor (K, W), bool
        Spoken, with the face found.
    """

    windows: Tensor
    sound: Tensor
    counts: Tensor


class Mouths:
    """Random speaking stretches of a corpus."""

    def __init__(self, corpus: Corpus, seed: int, *, damaged: bool = True) -> None:
        self._corpus = corpus
        self._rng = np.random.default_rng(seed)
        self._torch = torch.Generator().manual_seed(seed)
        self._damaged = damaged
        found = np.isfinite(corpus.points).all(axis=(2, 3))
        self.usable = np.flatnonzero(found.all(axis=1) & (corpus.speaking.mean(axis=1) > 0.3))

    def draw(self, count: int) -> Spoken:
        """The next batch."""
        return self.at(self._rng.choice(self.usable, count, replace=False))

    @torch.autocast("cpu", enabled=False)
    def at(self, numbers: NDArray[np.int64]) -> Spoken:
        """Given stretches."""
        parts = [self._one(int(number)) for number in numbers]
        windows, sound, counts = (torch.stack(kind) for kind in zip(*parts, strict=True))
        return Spoken(windows, sound, counts)

    def _one(self, number: int) -> tuple[Tensor, Tensor, Tensor]:
        corpus = self._corpus
        mouths = self._mouths(number)
        mel = torch.from_numpy(corpus.mel[number])
        if self._damaged:
            mouths, mel = self._seen(mouths), self._heard(mel)
        spoken = torch.from_numpy(corpus.speaking[number]).float().unfold(0, WINDOW, 1).mean(dim=1)
        return windowed(mouths), mel.unfold(1, STEPS, 4).permute(1, 0, 2), spoken >= SPOKEN

    def _mouths(self, number: int) -> Tensor:
        """Grey mouths (T, 48, 48) of one stretch, cut a little beside where they are, the same in all frames."""
        points = self._corpus.points[number]
        scale, shift = 1.0, np.zeros(2)
        if self._damaged:
            scale, shift = 1 + 0.08 * self._rng.standard_normal(), self._rng.standard_normal(2)
        crops = []
        for frame, landmarks in zip(self._corpus.frames[number], points, strict=True):
            region = mouth_region(landmarks)
            region = type(region)(
                region.x + shift[0], region.y + shift[1], scale * region.width, scale * region.height, region.angle
            )
            crops.append(grey(cut_smoothly(frame, region, SIDE)))
        return torch.from_numpy(np.stack(crops)).float()

    def _seen(self, mouths: Tensor) -> Tensor:
        """One camera for the whole stretch."""
        one = torch.ones(len(mouths))
        dark, light, bend = torch.randn(3, generator=self._torch).tolist()
        pictures = 255 * ((mouths / 255).clamp_min(1e-3) ** float(np.exp(0.35 * bend)))[..., None]
        pictures = (128 + (pictures - 128) * float(np.exp(0.3 * light)) + 20 * dark).clamp(0, 255)
        if self._rng.random() < 0.5:
            pictures = pictures.flip(2)
        if self._rng.random() < 0.4:
            pictures = coarse(pictures, self._torch)
        pictures = blurred(pictures, 0.4 * one * amounts(1, 0.4, self._torch), 48.0 * 2)
        pictures = noisy(pictures, 0.25 * one * amounts(1, 0.6, self._torch), self._torch)
        return blocky(pictures, 0.4 * one * amounts(1, 0.4, self._torch))[..., 0]

    def _heard(self, mel: Tensor) -> Tensor:
        """One microphone, one room noise, another level."""
        bands = torch.arange(BANDS) / BANDS
        tilt = sum(
            0.35 * torch.randn(1, generator=self._torch) * torch.cos(np.pi * k * bands) / (k + 1) for k in range(4)
        )
        noise = -4.0 + 2.5 * torch.rand(1, generator=self._torch) * (torch.rand(1, generator=self._torch) < 0.6)
        hiss = noise + 0.3 * torch.randn(mel.shape, generator=self._torch)
        return torch.logaddexp(2 * (mel + tilt[:, None]), 2 * hiss) / 2  # type: ignore[index]


def windowed(mouths: Tensor) -> Tensor:
    """Mouths (T, 48, 48) as the net's windows (T - 4, 6, 48, 48)."""
    run = MouthRun()
    found = [window for mouth in mouths.numpy() for window in run.push(mouth)] + run.finish()
    return torch.from_numpy(np.stack([window for _, window in found]))


def syncnet_eb(train: Corpus, val: Corpus, steps: int, seed: int) -> Training:
    """Both ways of picking, within a stretch, where mouth and voice are the same and only the moment differs."""
    net = SyncNetEB()
    source = Mouths(train, seed)
    sharp = Sharpness()

    def loss(_: int) -> Tensor:
        batch = source.draw(STRETCHES)
        lip, audio = embed(net, batch)
        with torch.autocast("cpu", enabled=False):
            likeness = sharp.times(lip.float() @ audio.float().transpose(1, 2))
        here = torch.arange(likeness.shape[1]).expand(STRETCHES, -1)[batch.counts]
        by_mouth = F.cross_entropy(likeness[batch.counts], here)
        by_sound = F.cross_entropy(likeness.transpose(1, 2)[batch.counts], here)
        return by_mouth + by_sound

    def judge() -> Mapping[str, float]:
        mouths = Mouths(val, seed, damaged=False)
        with torch.inference_mode():
            lip, audio = embed(net, mouths.at(mouths.usable))
        scores = [sync_scores(a.double().numpy(), b.double().numpy(), VSHIFT) for a, b in zip(lip, audio, strict=True)]
        return {
            "in sync": float(np.mean([score.offset == 0 for score in scores])),
            "LSE-C": float(np.mean([score.confidence for score in scores])),
            "LSE-D": float(np.mean([score.distance for score in scores])),
        }

    return Training(net, loss, judge, steps, helpers=sharp)


class Sharpness(nn.Module):
    """How sharply likeness decides; learnt."""

    def __init__(self) -> None:
        super().__init__()
        self.log = nn.Parameter(torch.tensor(3.0))

    def times(self, likeness: Tensor) -> Tensor:
        """Logits."""
        return likeness * self.log.exp().clamp_max(60.0)


def embed(net: SyncNetEB, batch: Spoken) -> tuple[Tensor, Tensor]:
    """Mouths and sounds (K, W, 65) each."""
    shape = batch.windows.shape[:2]
    lip, audio = net.forward_lip(batch.windows.flatten(0, 1)), net.forward_audio(batch.sound.flatten(0, 1))
    return lip.view(*shape, -1), audio.view(*shape, -1)
