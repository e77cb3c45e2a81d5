"""More people than a small train split has: windows as seen in a mirror, of livelier or calmer users, in other voices.

Each change leaves the right reaction as it is, or changes it in the same way, so a network that is trained on changed windows learns
what people have in common and not who they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from echo_bench.methods.learned.corpus import Batch, Example
from echo_bench.methods.learned.features import STEPS
from echo_bench.spaces import RIG61

LIVELINESS = 0.2  # deviation of the logarithm by which a user's expression is scaled
VOICE = 1.0  # deviation of a voice's offset, in deviations of the train split's voices from each other
SIDEWAYS = ("yaw", "roll", "x", "gazeYaw")  # change their sign in a mirror

_OTHER_SIDE = [
    RIG61.columns.index(name.replace("Left", "\0").replace("Right", "Left").replace("\0", "Right"))
    for name in RIG61.columns
]
_SIGN = torch.tensor([-1.0 if name in SIDEWAYS else 1.0 for name in RIG61.columns])


def mirrored(motion: Tensor) -> Tensor:
    """Motion (..., 61) as a mirror shows it.

    Examples
    --------
    >>> row = torch.zeros(61)
    >>> row[43], row[53] = 0.5, 0.1  # mouthSmileLeft, yaw
    >>> shown = mirrored(row)
    >>> round(float(shown[44]), 2), round(float(shown[53]), 2), float(shown[43])
    (0.5, -0.1, 0.0)
    """
    return motion[..., _OTHER_SIDE] * _SIGN.to(motion)


class Augment:
    """Changes of windows, with the voices of a corpus as the measure of how voices differ.

    Parameters
    ----------
    examples : sequence of Example
        The train split.
    """

    def __init__(self, examples: Sequence[Example]) -> None:
        means = np.stack([example.inputs.avatar_audio.mean(axis=0) for example in examples])
        steps = means.reshape(len(means), STEPS, -1).mean(axis=1).std(axis=0)
        self.voices = torch.from_numpy(steps.astype(np.float32))

    def __call__(self, batch: Batch, rng: torch.Generator) -> Batch:
        """A batch of raw windows, each changed by chance; half of them are mirrored."""
        size = len(batch.target)
        flip = torch.rand(size, 1, 1, generator=rng) < 0.5
        lively = torch.exp(LIVELINESS * torch.randn(size, 1, 1, generator=rng))
        shown = {
            name: torch.where(flip, mirrored(rows), rows)
            for name in ("user_motion", "target", "reference")
            for rows in (getattr(batch, name),)
        }
        user = shown.pop("user_motion")
        face = (user[..., RIG61.parts["exp"]] * lively).clamp(0.0, 1.0)
        rest = user[..., RIG61.parts["exp"].stop :]
        offsets = VOICE * self.voices * torch.randn(2, size, 1, len(self.voices), generator=rng)
        return replace(
            batch,
            user_motion=torch.cat([face, rest], dim=-1),
            user_audio=batch.user_audio + offsets[0].repeat(1, 1, STEPS),
            avatar_audio=batch.avatar_audio + offsets[1].repeat(1, 1, STEPS),
            **shown,
        )
