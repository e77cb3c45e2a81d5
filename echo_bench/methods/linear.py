"""`linear-regression`, `mean-sequence`, `constant-velocity`: what a line or an average can do."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from echo_bench.clip import MethodView, view_of
from echo_bench.errors import NotApplicable
from echo_bench.method import Artefact, Capabilities, MethodContext
from echo_bench.methods.base import Lent, frames_in, sample_of
from echo_bench.methods.learned.features import MOTION, Inputs, Rows, read_inputs, read_motion

DECAYS = (0.6, 0.92, 0.99)  # of the running means that a line sees: about 0.1, 0.5 and 4 s
RIDGE = 1e-2
SMOOTH = (9, 2)  # frames and order of the Savitzky-Golay filter
AHEAD_S = 0.4  # seconds, the delay of `mirror`


class _FromPool(Lent, ABC):
    """A method that is fitted to the train split when the first clip is made."""

    name: str
    version = "1"

    def setup(self, context: MethodContext) -> None:
        """Nothing is read before it is known what may be learnt from."""
        super().setup(context)
        self._fits: dict[tuple[str, ...], Rows] = {}

    def fit_of(self, clip_id: str) -> Rows:
        """What was fitted to the pool of a clip."""
        pool = self.context.pool(clip_id)
        ids = tuple(clip.id for clip in pool)
        if ids not in self._fits:
            seen = [(read_inputs(view_of(clip), self.context), clip) for clip in pool]
            pairs = [(inputs, read_motion(clip.avatar, self.context, len(inputs))) for inputs, clip in seen]
            if not pairs:
                raise NotApplicable("needs clips to learn from")
            self._fits[ids] = self.fit(pairs)
        return self._fits[ids]

    @abstractmethod
    def fit(self, pairs: list[tuple[Inputs, Rows]]) -> Rows:
        """What is learnt from inputs and true motions."""


def regressors(inputs: Inputs) -> NDArray[np.float64]:
    """What the line sees of each frame, (T, K): both voices and the user's motion, each as running means of the past, and 1."""
    rows = np.concatenate([inputs.user_motion, inputs.user_audio[:, ::13], inputs.avatar_audio], axis=1).astype(float)
    columns = [np.ones((len(rows), 1))]
    for decay in DECAYS:
        mean, means = rows[0], np.empty_like(rows)
        for t, row in enumerate(rows):
            mean = decay * mean + (1 - decay) * row
            means[t] = mean
        columns.append(means)
    return np.concatenate(columns, axis=1)


class LinearRegression(_FromPool):
    """`linear-regression`: ridge regression on running means of what is seen and heard, smoothed."""

    name = "linear-regression"
    version = "2"
    capabilities = Capabilities(output="motion", causal=True, lookahead=SMOOTH[0] // 2 / 25)

    def fit(self, pairs: list[tuple[Inputs, Rows]]) -> Rows:
        """Coefficients (K, 61)."""
        x = np.concatenate([regressors(inputs) for inputs, _ in pairs])
        y = np.concatenate([target for _, target in pairs]).astype(float)
        scale = x.std(axis=0) + 1e-6
        scale[0] = 1.0
        x /= scale
        found = np.linalg.solve(x.T @ x + RIDGE * len(x) * np.eye(x.shape[1]), x.T @ y)
        return np.asarray(found / scale[:, None], np.float32)

    def predicted(self, view: MethodView) -> NDArray[np.floating]:
        """The line's motion (T, 61).

        Raises
        ------
        NotApplicable
            When there is nothing to learn from, or the user's motion is not known.
        """
        motion: NDArray[np.floating] = regressors(read_inputs(view, self.context)) @ self.fit_of(view.clip_id)
        if len(motion) < SMOOTH[0]:
            return motion
        # "nearest": the first frames see no further than the others.
        return np.asarray(savgol_filter(motion, *SMOOTH, axis=0, mode="nearest"))

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The line's motion, as one sample.

        Raises
        ------
        NotApplicable
            When there is nothing to learn from, or the user's motion is not known.
        """
        return [sample_of(self, view, self.predicted(view), seed=seed)]


class MeanSequence(_FromPool):
    """`mean-sequence`: the mean over the train split of each time step (REACT's B_MeanSeq); past the longest clip its last row holds."""

    name = "mean-sequence"
    capabilities = Capabilities(output="motion", causal=True)

    def fit(self, pairs: list[tuple[Inputs, Rows]]) -> Rows:
        """The mean sequence (T, 61) of the longest clip's length."""
        total = np.zeros((max(len(target) for _, target in pairs), MOTION))
        count = np.zeros((len(total), 1))
        for _, target in pairs:
            total[: len(target)] += target
            count[: len(target)] += 1
        return np.asarray(total / count, np.float32)

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The sequence, cut or held to the clip's length.

        Raises
        ------
        NotApplicable
            When there is nothing to learn from.
        """
        sequence = self.fit_of(view.clip_id)
        at = np.minimum(np.arange(frames_in(view)), len(sequence) - 1)
        return [sample_of(self, view, sequence[at], seed=seed)]


class ConstantVelocity(Lent):
    """`constant-velocity`: the user's motion 0.4 s ago carried on at the speed it had: a mirror that guesses where the user is now."""

    name = "constant-velocity"
    version = "1"
    capabilities = Capabilities(output="motion", causal=True)

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The extrapolated motion.

        Raises
        ------
        NotApplicable
            When the user's motion is neither given nor measurable.
        """
        motion = read_motion(view.user, self.context, frames_in(view)).astype(float)
        ahead = round(AHEAD_S * view.fps)
        at = np.maximum(np.arange(len(motion)) - ahead, 0)
        speed = np.diff(motion, axis=0, prepend=motion[:1])
        return [sample_of(self, view, motion[at] + ahead * speed[at], seed=seed)]
