"""What the in-tree rows share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import MethodView
from echo_bench.method import Artefact, MethodContext
from echo_bench.motion_io import save_motion
from echo_bench.spaces import RIG61


class Lent:
    """A method that loads nothing and keeps the context that it is lent."""

    name: str
    context: MethodContext

    def setup(self, context: MethodContext) -> None:
        """Keep the context."""
        self.context = context


def frames_in(view: MethodView) -> int:
    """Number of frames of the clip at its frame rate."""
    return max(1, round(view.duration * view.fps))


def sample_of(method: Lent, view: MethodView, motion: NDArray[np.floating], *, seed: int, sample: int = 0) -> Artefact:
    """``rig61`` motion (T, 61) as one sample of a method: kept in its work folder, coefficients in [0, 1], as float32."""
    rows = np.array(motion, np.float32, order="C")
    rows[:, RIG61.parts["exp"]] = rows[:, RIG61.parts["exp"]].clip(0.0, 1.0)
    path = method.context.workdir(view.clip_id) / f"{view.clip_id}.s{sample:02d}.npz"
    ref = save_motion(path, rows, np.ones(len(rows), bool), fps=view.fps)
    return Artefact(view.clip_id, method.name, sample, seed, None, view.avatar_audio, ref)
