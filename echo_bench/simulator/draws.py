"""Chance in the simulator: named streams of random numbers and the stated distributions that are drawn from them.

Every process of every person of every clip has its own stream, named by words, so that adding a rule to one process never moves
another one's draws.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def stream(*names: str | int) -> np.random.Generator:
    """The random numbers of one process.

    Parameters
    ----------
    *names : str or int
        Clip, side, process, seed: equal names give equal numbers on every machine.

    Examples
    --------
    >>> float(stream("clip", "user", "blink").random()) == float(stream("clip", "user", "blink").random())
    True
    """
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Positive times whose logarithm is normal: blink intervals, reaction latencies.

    Attributes
    ----------
    median : float
        Seconds.
    sigma : float
        Standard deviation of the natural logarithm.
    """

    median: float
    sigma: float

    @property
    def mean(self) -> float:
        """Expected value in seconds."""
        return self.median * math.exp(self.sigma**2 / 2)

    def draw(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        """`n` independent draws in seconds."""
        return self.median * np.exp(self.sigma * rng.standard_normal(n))

    def one(self, rng: np.random.Generator) -> float:
        """One draw in seconds."""
        return float(self.draw(rng, 1)[0])

    def cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of at most `x` seconds."""
        z = np.log(np.asarray(x) / self.median) / self.sigma
        return np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in z])
