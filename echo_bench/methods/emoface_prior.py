"""`emoface-prior`: what a line says, with blinks and looks drawn from EmoFace's laws (arXiv 2407.12501) put upon it.

EmoFace adds both after its network, which learns neither. Blinks per minute are log-normal (mean of the log 3.518, deviation 0.532),
clipped to 15-100, drawn anew each minute; a lid closes and opens in 13 frames of 1/60 s. Eyes fixate for 25-45 such frames, leap in 5,
return to the centre in 40 % of leaps and else land 0.1-0.2 from it.

Ours: curves are read at 25 fps by time; times of blinks are drawn within equal parts of their minute; the radius, which is of a
control in [-1, 1], is taken as radians.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import MethodView
from echo_bench.method import Artefact, Capabilities
from echo_bench.methods.base import sample_of
from echo_bench.methods.linear import SMOOTH, LinearRegression
from echo_bench.spaces import RIG61

NATIVE_FPS, FPS = 60.0, 25.0
RATE_LOG_MEAN, RATE_LOG_STD, RATE_RANGE = 3.518, 0.532, (15.0, 100.0)
OPENNESS = (1.0, 0.95, 0.75, 0.55, 0.3, 0.0, 0.05, 0.15, 0.25, 0.35, 0.45, 0.6, 0.75, 0.9, 1.0)  # open on either side
FIXATION, SACCADE = (25, 45), 5  # native frames
RETURN, RADIUS = 0.4, (0.1, 0.2)
LIDS = [RIG61.columns.index(name) for name in ("eyeBlinkLeft", "eyeBlinkRight")]
GAZE = [RIG61.columns.index(name) for name in ("gazeYaw", "gazePitch")]

Floats = NDArray[np.float64]


def blink_times(seconds: float, rng: np.random.Generator) -> Floats:
    """Seconds at which blinks begin."""
    found: list[float] = []
    for minute in range(int(np.ceil(seconds / 60.0))):
        rate = np.clip(rng.lognormal(RATE_LOG_MEAN, RATE_LOG_STD), *RATE_RANGE)
        blinks = int(rate + rng.random())  # a rate is no whole number; its mean stays
        places = (np.arange(blinks) + rng.uniform(0.1, 0.7, blinks)) / blinks
        found += [60.0 * (minute + place) for place in places]
    return np.array([time for time in found if time < seconds])


def closure(times: Floats, begins: Floats) -> Floats:
    """How far the lids are closed, in [0, 1], at `times` seconds.

    Examples
    --------
    >>> closure(np.array([0.0, 0.1, 0.4]), np.array([0.1 - 5 / 60])).round(2).tolist()
    [0.0, 1.0, 0.0]
    """
    last = (
        begins[np.maximum(np.searchsorted(begins, times, side="right") - 1, 0)] if len(begins) else np.full(1, np.inf)
    )
    return 1.0 - np.interp((times - last) * NATIVE_FPS, np.arange(len(OPENNESS)), OPENNESS)


def gaze(times: Floats, rng: np.random.Generator) -> Floats:
    """Yaw and pitch (T, 2) of eyes that fixate and leap."""
    ends, goals = [0.0], [np.zeros(2)]
    while ends[-1] < times[-1]:
        begun = ends[-1] + rng.integers(FIXATION[0], FIXATION[1] + 1) / NATIVE_FPS
        goal = _landing(rng)
        ends += [begun, begun + SACCADE / NATIVE_FPS]
        goals += [goals[-1], goal]
    return np.stack([np.interp(times, ends, axis) for axis in np.array(goals).T], axis=1)


def _landing(rng: np.random.Generator) -> Floats:
    """Where a leap ends."""
    if rng.random() < RETURN:
        return np.zeros(2)
    angle = rng.uniform(0.0, 2.0 * np.pi)
    return np.asarray(rng.uniform(*RADIUS) * np.array([np.cos(angle), np.sin(angle)]), np.float64)


def with_prior(motion: NDArray[np.floating], seed: int) -> Floats:
    """Motion (T, 61) whose lids and eyes are drawn instead; all else stays."""
    lids, eyes = (np.random.default_rng([seed, part]) for part in range(2))
    times, put_on = np.arange(len(motion)) / FPS, np.array(motion, np.float64)
    put_on[:, LIDS] = closure(times, blink_times(len(motion) / FPS, lids))[:, None]
    put_on[:, GAZE] = gaze(times, eyes)
    return put_on


class EmofacePrior(LinearRegression):
    """The method."""

    name = "emoface-prior"
    version = "1"
    capabilities = Capabilities(output="motion", stochastic=True, causal=True, lookahead=SMOOTH[0] // 2 / 25)

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The line's motion, with a draw of lids and eyes per sample.

        Raises
        ------
        NotApplicable
            When there is nothing to learn from, or the user's motion is not known.
        """
        line = self.predicted(view)
        return [sample_of(self, view, with_prior(line, seed + k), seed=seed + k, sample=k) for k in range(samples)]
