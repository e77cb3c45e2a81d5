"""Small synthetic training data in which the avatar follows the user by a known rule."""

from __future__ import annotations

import numpy as np

from echo_bench.methods.learned.corpus import Example
from echo_bench.methods.learned.features import AUDIO, MOTION, Inputs

SMILE, NOD = 41, 52  # a mouth coefficient and the head's pitch


def example(seed: int, frames: int = 160) -> Example:
    """The avatar's smile is the user's, 4 frames late; its pitch follows its own loudness."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(0, 0.2, (frames, MOTION)), axis=0)
    user = (0.5 + 0.3 * np.sin(walk)).astype(np.float32)
    heard, said = (rng.normal(0, 1, (frames, AUDIO)).astype(np.float32) for _ in range(2))
    target = np.full((frames, MOTION), 0.2, np.float32)
    target[:, SMILE] = user[np.maximum(np.arange(frames) - 4, 0), SMILE]
    target[:, NOD] = 0.1 * said[:, 0]
    emotion = np.where(np.arange(frames) < frames // 2, 1 + seed % 2, -1)
    return Example(Inputs(user, heard, said, target[0]), target, emotion)


def corpus(clips: int = 6, frames: int = 160) -> list[Example]:
    """Several such clips."""
    return [example(seed, frames) for seed in range(clips)]
