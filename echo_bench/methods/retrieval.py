"""Listeners by search: what somebody did in the train split when the other sounded, or moved, most like this user.

The baselines `NN-audio` and `NN-motion` of Learning to Listen (arXiv 2204.08451, section 5): nearest window of the train split by
what the user does in it, and the other person's motion of that window. Windows last as long as L2L's (64 frames) and are
cross-faded, so that a clip of any length can be made. Causal but for the window: it is chosen by all of its own sound or motion.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from echo_bench.clip import MethodView, view_of
from echo_bench.errors import NotApplicable
from echo_bench.method import Artefact, Capabilities, MethodContext
from echo_bench.methods.base import Lent, sample_of
from echo_bench.methods.learned.features import Inputs, Rows, read_inputs, read_motion

WINDOW, FADE = 64, 8  # frames


def summary(rows: Rows) -> Rows:
    """A window (L, D) as one vector: means, then deviations."""
    return np.concatenate([rows.mean(axis=0), rows.std(axis=0)])


class _Nearest(Lent):
    """Search over the train split's windows, in steps of half a window."""

    name: str
    version = "1"
    capabilities = Capabilities(output="motion", causal=True, lookahead=WINDOW / 25)
    of: Callable[[Inputs], Rows]

    def setup(self, context: MethodContext) -> None:
        """The windows are read when the first clip is made, once it is known what may be learnt from."""
        super().setup(context)
        self._found: dict[tuple[str, ...], tuple[Rows, list[Rows]]] = {}

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The other person's motion of the nearest windows.

        Raises
        ------
        NotApplicable
            When no clip of the pool has a window, or a needed track has no motion.
        """
        keys, reactions = self._windows(view.clip_id)
        rows = type(self).of(read_inputs(view, self.context))
        mean, spread = keys.mean(axis=0), keys.std(axis=0) + 1e-6
        scaled = (keys - mean) / spread
        motion = np.zeros((len(rows), reactions[0].shape[1]), np.float32)
        for start in range(0, len(rows), WINDOW - FADE):
            query = (summary(rows[start : start + WINDOW]) - mean) / spread
            chosen = reactions[int(np.square(scaled - query).sum(axis=1).argmin())]
            lay(motion, chosen, start)
        return [sample_of(self, view, motion, seed=seed)]

    def _windows(self, clip_id: str) -> tuple[Rows, list[Rows]]:
        pool = self.context.pool(clip_id)
        ids = tuple(clip.id for clip in pool)
        if ids not in self._found:
            keys, reactions = [], []
            for clip in pool:
                inputs = read_inputs(view_of(clip), self.context)
                target, rows = read_motion(clip.avatar, self.context, len(inputs)), type(self).of(inputs)
                for start in range(0, len(target) - WINDOW + 1, WINDOW // 2):
                    keys.append(summary(rows[start : start + WINDOW]))
                    reactions.append(target[start : start + WINDOW])
            if not keys:
                raise NotApplicable(f"needs clips of at least {WINDOW} frames to choose from")
            self._found[ids] = np.stack(keys), reactions
        return self._found[ids]


def lay(motion: Rows, window: Rows, start: int) -> None:
    """Put a window at `start`, faded in over what is there already.

    Examples
    --------
    >>> motion = np.zeros((80, 1), np.float32)
    >>> lay(motion, np.ones((64, 1), np.float32), 0)
    >>> lay(motion, np.full((64, 1), 3.0, np.float32), 56)
    >>> [round(float(value), 2) for value in motion[[55, 56, 63, 64], 0]]
    [1.0, 1.22, 2.78, 3.0]
    """
    end = min(len(motion), start + WINDOW)
    weight = np.ones(end - start, np.float32)
    if start:
        weight[:FADE] = (np.arange(1, FADE + 1) / (FADE + 1))[: len(weight)]
    motion[start:end] += weight[:, None] * (window[: end - start] - motion[start:end])


class NearestAudio(_Nearest):
    """`nn-audio`: by the user's voice."""

    name = "nn-audio"
    of = staticmethod(lambda inputs: inputs.user_audio)


class NearestMotion(_Nearest):
    """`nn-motion`: by the user's motion."""

    name = "nn-motion"
    of = staticmethod(lambda inputs: inputs.user_motion)
