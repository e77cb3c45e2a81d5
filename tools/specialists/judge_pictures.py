"""What the distances between sets notice: blur, noise, frozen and shuffled frames, on rendered people and on footage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from echo_metrics.frechet import Moments, frechet_distance
from numpy.typing import NDArray
from torch import Tensor

from echo_bench.clip import VideoRef
from echo_bench.extractors import EXTRACTORS
from echo_bench.extractors.frame_nets import FrameNet
from echo_bench.extractors.i3d import WindowNet
from echo_bench.media.decode import frames as decoded
from echo_bench.media.hashing import file_sha256
from echo_bench.nets.trunk import framed
from tools.specialists.damage import BLUR, NOISE, blurred, noisy

Frames = NDArray[np.uint8]
SIDE, TAKEN = 128, 200
STEPS = (0.25, 0.5, 1.0)
"""Amounts of blur and noise, as :mod:`tools.specialists.damage` counts them."""


def ladder(name: str, clips: Sequence[Frames]) -> Iterator[str]:
    """Distances of damaged clips from the clips as they are."""
    reference = features(name, clips)
    yield "| damage | " + name + " |"
    yield "|---|---|"
    for label, damaged in damages(clips):
        yield f"| {label} | {distance(reference, features(name, damaged)):.4g} |"


def damages(clips: Sequence[Frames]) -> Iterator[tuple[str, list[Frames]]]:
    """Clips worse and worse, by what was done to them."""
    rng = np.random.default_rng(0)
    yield "none", list(clips)
    for amount in STEPS:
        sigma = BLUR * amount * SIDE / 96
        yield (
            f"blur {sigma:.1f} px",
            [_each(clip, lambda x, a=amount: blurred(x, torch.full((len(x),), a), SIDE)) for clip in clips],
        )
    for amount in STEPS:
        generator = torch.Generator().manual_seed(0)
        yield (
            f"noise {NOISE * amount:.0f}",
            [_each(clip, lambda x, a=amount, g=generator: noisy(x, torch.full((len(x),), a), g)) for clip in clips],
        )
    yield "shuffled", [clip[rng.permutation(len(clip))] for clip in clips]
    yield "frozen", [np.repeat(clip[:1], len(clip), axis=0) for clip in clips]
    yield "every frame held for 4", [clip[np.arange(len(clip)) // 4 * 4] for clip in clips]


def features(name: str, clips: Sequence[Frames]) -> NDArray[np.float64]:
    """Rows of all clips."""
    net = EXTRACTORS.get(name)()
    assert isinstance(net, FrameNet | WindowNet)
    rows = []
    for clip in clips:
        session = net.begin(VideoRef(Path("clip"), ""))
        for frame in clip:
            session.push(frame)
        rows.append(session.finish()["features"])
    return np.concatenate(rows).astype(np.float64)


def distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Fréchet distance of two sets of rows."""
    return frechet_distance(Moments.from_features(a), Moments.from_features(b))


def footage(paths: Sequence[Path]) -> list[Frames]:
    """The beginnings of real clips, at the size of rendered ones."""
    clips = []
    for path in paths:
        taken = [frame for frame, _ in zip(decoded(VideoRef(path, file_sha256(path))), range(TAKEN), strict=False)]
        small = framed(torch.from_numpy(np.stack(taken)), SIDE)
        clips.append(small.round().to(torch.uint8).numpy())
    return clips


def _each(clip: Frames, change: object) -> Frames:
    assert callable(change)
    changed: Tensor = change(torch.from_numpy(clip).float())
    return changed.round().clamp(0, 255).to(torch.uint8).numpy()
