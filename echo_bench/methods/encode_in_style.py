"""`encode-in-style`: motion through a channel of 35 numbers a frame (Encode-in-Style, arXiv 2203.14512).

The paper sends a talking head as one latent of the person and 35 edits of it per frame. Here the latent is the mean posture, and the
edits are coordinates on the principal axes of how other people move. The row sees the truth: it is the best that 35 numbers a frame
can do on these axes, no listener, and so never ranked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_bench.clip import MethodView
from echo_bench.errors import NotApplicable
from echo_bench.method import Artefact, Capabilities
from echo_bench.methods.base import Lent, frames_in, sample_of
from echo_bench.methods.learned.features import read_motion

PARAMETERS, BITS = 35, 32  # numbers per frame, bits of each
LATENT_BITS = 512 * 18 * BITS  # the W+ latent of StyleGAN2 at 1024 by 1024, sent once
LEAST = 1e-3  # a column that moves less than this is not scaled up

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Codec:
    """Principal axes of standardised motion.

    Attributes
    ----------
    std : ndarray of shape (D,)
    axes : ndarray of shape (D, D)
        Orthonormal rows, the strongest first.
    """

    std: Floats
    axes: Floats

    @classmethod
    def fit(cls, motions: list[ArrayLike]) -> Codec:
        """Axes of how people move around their own mean postures."""
        moved = np.concatenate([rows - rows.mean(axis=0) for rows in (np.asarray(each, float) for each in motions)])
        std = np.maximum(moved.std(axis=0), LEAST)
        scaled = moved / std
        _, vectors = np.linalg.eigh(scaled.T @ scaled)
        return cls(std, vectors.T[::-1])

    def through(self, motion: ArrayLike, parameters: int = PARAMETERS) -> Floats:
        """Motion (T, D) as it comes out of a channel of `parameters` numbers per frame and one mean posture."""
        rows = np.asarray(motion, float)
        mean, axes = rows.mean(axis=0), self.axes[:parameters]
        return np.asarray(mean + ((rows - mean) / self.std) @ axes.T @ axes * self.std)


def bits_per_frame(frames: int, parameters: int = PARAMETERS) -> float:
    """Cost of a sequence, the latent of the person shared out among its frames.

    Examples
    --------
    >>> bits_per_frame(1), bits_per_frame(294912)
    (296032.0, 1121.0)
    """
    return LATENT_BITS / frames + parameters * BITS


def rate_curve(codec: Codec, motion: ArrayLike, parameters: list[int]) -> list[tuple[float, float]]:
    """Bits per frame and root mean square error, in deviations of the columns, for several numbers of parameters."""
    rows = np.asarray(motion, float)
    errors = [(codec.through(rows, k) - rows) / codec.std for k in parameters]
    return [
        (bits_per_frame(len(rows), k), float(np.sqrt(np.mean(e**2)))) for k, e in zip(parameters, errors, strict=True)
    ]


class EncodeInStyle(Lent):
    """The method."""

    name = "encode-in-style"
    version = "1"
    capabilities = Capabilities(output="motion", uses_truth=True)

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The avatar's true motion after the channel.

        Raises
        ------
        NotApplicable
            When the avatar's motion or that of others is not known.
        """
        if view.truth is None:
            raise NotApplicable("needs the motion that it sends")
        pool = self.context.pool(view.clip_id)
        others = [read_motion(clip.avatar, self.context, round(clip.duration * clip.fps)) for clip in pool]
        if not others:
            raise NotApplicable("needs clips of others to find axes")
        motion = Codec.fit(list(others)).through(read_motion(view.truth, self.context, frames_in(view)))
        return [sample_of(self, view, motion, seed=seed)]
