"""Training of the nets behind the distances between sets: imagenet-eb and videonet-eb."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.nets import imagenet_eb as image
from echo_bench.nets import videonet_eb as video
from echo_bench.spaces import RIG61
from tools.specialists.corpus import Corpus
from tools.specialists.damage import amounts, blocky, blurred, noisy, relit
from tools.specialists.loop import Training, correlation

PICTURES, STRETCHES = 64, 12
DAMAGES = 3
ORDERS = ("kept", "shuffled", "frozen", "stuttering")
SPREAD = 0.02


class Whole:
    """Random frames of a corpus, whole, zoomed into, flipped and relit."""

    def __init__(self, corpus: Corpus, seed: int) -> None:
        self._corpus = corpus
        self._rng = np.random.default_rng(seed)
        self._torch = torch.Generator().manual_seed(seed)
        people, person = np.unique(corpus.face, return_inverse=True)
        self.people, self._person = len(people), torch.from_numpy(person)
        flat = corpus.motion.reshape(-1, RIG61.width)
        self._middle, self._spread = flat.mean(axis=0), np.maximum(flat.std(axis=0), SPREAD)

    @torch.autocast("cpu", enabled=False)
    def pictures(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Frames (N, 96, 96, 3), what was done to them (N, 3), who they show (N,), and motion in its own spread (N, 61)."""
        shape = self._corpus.motion.shape
        which, at = self._rng.integers(shape[0], size=PICTURES), self._rng.integers(shape[1], size=PICTURES)
        frames = self._placed(self._corpus.frames[which, at], image.SIDE)
        frames, done = self._harmed(relit(frames, self._torch), image.SIDE)
        return frames, done, self._person[which], self._scaled(self._corpus.motion[which, at])

    @torch.autocast("cpu", enabled=False)
    def stretches(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Stretches (N, 16, 64, 64, 3), what was done to them, the order of frames (N,), and of motion mean and change (N, 122)."""
        frames, motions, orders = zip(*(self._stretch() for _ in range(STRETCHES)), strict=True)
        pictures = self._placed(np.concatenate(frames), video.SIDE)
        one = relit(pictures.view(STRETCHES, -1, video.SIDE, 3), self._torch).view(pictures.shape)
        harmed, done = self._harmed(one, video.SIDE, each=video.LENGTH, share=0.25)
        scaled = self._scaled(np.stack(motions))
        told = torch.cat([scaled.mean(dim=1), scaled.diff(dim=1).abs().mean(dim=1)], dim=1)
        return harmed.view(STRETCHES, video.LENGTH, video.SIDE, video.SIDE, 3), done, torch.tensor(orders), told

    def _stretch(self) -> tuple[NDArray[np.uint8], NDArray[np.float32], int]:
        number = self._rng.integers(len(self._corpus.motion))
        start = self._rng.integers(self._corpus.motion.shape[1] - video.LENGTH + 1)
        kind = int(self._rng.integers(len(ORDERS)))
        rows = start + self._order(ORDERS[kind])
        return self._corpus.frames[number, rows], self._corpus.motion[number, rows], kind

    def _order(self, kind: str) -> NDArray[np.int64]:
        places = np.arange(video.LENGTH)
        if kind == "shuffled":
            reach = float(self._rng.choice([3.0, 100.0]))  # among neighbours, or anywhere
            return np.argsort(places + self._rng.uniform(0, reach, len(places)))
        if kind == "frozen":
            return np.full_like(places, self._rng.integers(len(places)))
        if kind == "stuttering":
            hold = self._rng.integers(2, 6)
            return np.asarray(places // hold * hold)
        return places

    def _placed(self, frames: NDArray[np.uint8], side: int) -> Tensor:
        """Frames scaled to `side`, zoomed into by one factor and flipped or not, all of a batch alike."""
        images = torch.from_numpy(frames).permute(0, 3, 1, 2).float()
        size = images.shape[-1]
        kept = int(size * self._rng.uniform(0.7, 1.0))
        top, left = self._rng.integers(size - kept + 1, size=2)
        images = images[:, :, top : top + kept, left : left + kept]
        if self._rng.random() < 0.5:
            images = images.flip(3)
        return F.interpolate(images, size=(side, side), mode="bilinear", antialias=True).permute(0, 2, 3, 1)

    def _harmed(self, pictures: Tensor, side: int, each: int = 1, share: float = 0.5) -> tuple[Tensor, Tensor]:
        """Damage of one amount per `each` pictures, and the amounts' roots, which are evenly spread."""
        drawn = [amounts(len(pictures) // each, share, self._torch) for _ in range(DAMAGES)]
        blur, noise, loss = (amount.repeat_interleave(each) for amount in drawn)
        done = blocky(noisy(blurred(pictures, blur, side), noise, self._torch), loss)
        return done, torch.stack(drawn, dim=1).sqrt()

    def _scaled(self, motion: NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(((motion - self._middle) / self._spread).clip(-4, 4).astype(np.float32))


def imagenet_eb(train: Corpus, val: Corpus, steps: int, seed: int) -> Training:
    """What was done to a picture, who is in it, and how they move, each linear in the features."""
    net = image.ImageNetEB()
    source = Whole(train, seed)
    heads = nn.ModuleList([nn.Linear(image.FEATURES, n) for n in (DAMAGES, source.people, RIG61.width)])

    def loss(_: int) -> Tensor:
        frames, done, person, motion = source.pictures()
        features = net(frames)
        harm, who, moved = (head(features) for head in heads)
        return 10 * F.mse_loss(harm, done) + 0.3 * F.cross_entropy(who, person) + 0.5 * F.smooth_l1_loss(moved, motion)

    def judge() -> Mapping[str, float]:
        frames, done, _, _ = Whole(val, seed).pictures()
        with torch.inference_mode():
            found = correlation(heads[0](net(frames)), done)
        return dict(zip(("blur", "noise", "blocks"), found.tolist(), strict=True))

    return Training(net, loss, judge, steps, helpers=heads)


def videonet_eb(train: Corpus, val: Corpus, steps: int, seed: int) -> Training:
    """What was done to a stretch, in which order its frames are, and how much moves, each linear in the features."""
    net = video.VideoNetEB()
    source = Whole(train, seed)
    heads = nn.ModuleList([nn.Linear(video.FEATURES, n) for n in (DAMAGES, len(ORDERS), 2 * RIG61.width)])

    def loss(_: int) -> Tensor:
        frames, done, order, told = source.stretches()
        features = net(frames)
        harm, kind, moved = (head(features) for head in heads)
        return 10 * F.mse_loss(harm, done) + 2 * F.cross_entropy(kind, order) + 0.5 * F.smooth_l1_loss(moved, told)

    def judge() -> Mapping[str, float]:
        held = Whole(val, seed)
        right, total = 0, 0
        with torch.inference_mode():
            for _ in range(20):
                frames, _, order, _ = held.stretches()
                right += int((heads[1](net(frames)).argmax(dim=1) == order).sum())
                total += len(order)
        return {"order": right / total}

    return Training(net, loss, judge, steps, helpers=heads)
