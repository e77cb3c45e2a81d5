"""The trace term of the Fréchet distance, without a matrix square root.

With any F such that ``F^T F = S_a``, the eigenvalues of ``S_a S_b`` that are not 0 are those of the symmetric matrix ``F S_b F^T``, so
``tr (S_a S_b)^(1/2)`` is the sum of their square roots. Cholesky gives F in a twentieth of the time of a square root; a set with fewer
rows than channels is its own F (its centred rows), and for two such sets the trace is the nuclear norm of ``F_a F_b^T``.
A covariance of n rows has rank n - 1 at most, so only that many eigenvalues are counted: rounding dust has no say. Sets that do not overlap
leave nothing but dust, of either sign: it is told from nonsense by what was multiplied, not by the largest eigenvalue.
"""

from __future__ import annotations

import numpy as np

from echo_metrics.errors import MetricInputError
from echo_metrics.moments import Floats, Matrix, Moments, as_rows, covariance_root, refuse_negative


class Sample:
    """Mean and covariance of rows held in memory, computed in two passes; offers what :class:`Moments` offers.

    Parameters
    ----------
    features : ndarray of shape (samples, channels), float or integer
        At least two rows.
    name : str
        What the caller calls them, for messages.
    """

    def __init__(self, features: Floats, name: str = "features") -> None:
        rows = as_rows(features, name).astype(np.float64)
        self.n: int = rows.shape[0]
        self.channels: int = rows.shape[1]
        if self.n < 2:
            raise MetricInputError(
                f"{name} has {self.n} row(s): a covariance needs at least 2. Is the clip one frame long?"
            )
        self.mean: Matrix = rows.mean(axis=0)
        self.scaled: Matrix = (rows - self.mean) / np.sqrt(self.n - 1)
        self._covariance: Matrix | None = None

    def covariance(self) -> Matrix:
        """Unbiased covariance, shape (channels, channels)."""
        if self._covariance is None:
            self._covariance = self.scaled.T @ self.scaled
        return self._covariance

    def root(self) -> Matrix:
        """A matrix F with ``F^T F`` = covariance: the scaled rows themselves when they are few."""
        return self.scaled if self.is_thin else covariance_root(self.covariance(), self.n - 1)

    @property
    def is_thin(self) -> bool:
        """Whether there are no more rows than channels, so that the covariance is singular."""
        return self.n <= self.channels

    @property
    def dust(self) -> float:
        """What rounding alone may leave in an eigenvalue of the covariance: the mean is subtracted first, so next to nothing."""
        return float(np.finfo(np.float64).eps * self.channels * np.square(self.scaled).sum())


def describe(features: Floats | Moments, name: str) -> Sample | Moments:
    """Moments as they are, rows as a :class:`Sample`."""
    return features if isinstance(features, Moments) else Sample(features, name)


def squared_distance(a: Sample | Moments, b: Sample | Moments) -> float:
    """Squared Fréchet distance between the two Gaussians; at least 0."""
    if a.channels != b.channels:
        raise MetricInputError(
            f"{a.channels} and {b.channels} channels cannot be compared: were both sets made by one extractor, in one layout?"
        )
    offset = a.mean - b.mean
    spread = _spread(a) + _spread(b)
    distance = float(offset @ offset) + spread - 2 * trace_of_root(a, b)
    return max(distance, 0.0)  # equal sets leave rounding of either sign, about 1e-16 of `spread`


def trace_of_root(a: Sample | Moments, b: Sample | Moments) -> float:
    """``tr (S_a S_b)^(1/2)``, the overlap of the two covariances."""
    from scipy import linalg

    rank = min(a.n, b.n) - 1
    if _is_thin(a) and _is_thin(b):
        return float(linalg.svdvals(a.root() @ b.root().T, check_finite=False)[:rank].sum())
    first, second = (b, a) if _root_cost(b) < _root_cost(a) else (a, b)
    root = first.root()
    product = _congruence(root, second.covariance())
    if not product.size:  # the root of a set that holds still has no rows
        return 0.0
    values = linalg.eigvalsh(product, lower=False, check_finite=False)
    refuse_negative(values, float(np.square(root).sum()) * second.dust)
    return float(np.sqrt(np.clip(values[-rank:], 0, None)).sum())


def _congruence(root: Matrix, covariance: Matrix) -> Matrix:
    """``root @ covariance @ root.T``, of which only the upper triangle is meaningful when `root` is triangular."""
    from scipy.linalg import bandwidth, lapack

    if root.shape == covariance.shape and bandwidth(root)[0] == 0:
        product, _ = lapack.dsygst(covariance, root, itype=2, lower=0)
        upper: Matrix = product
        return upper
    return root @ covariance @ root.T


def _spread(side: Sample | Moments) -> float:
    return float(np.square(side.scaled).sum()) if isinstance(side, Sample) else float(np.trace(side.covariance()))


def _is_thin(side: Sample | Moments) -> bool:
    return isinstance(side, Sample) and side.is_thin


def _root_cost(side: Sample | Moments) -> int:
    """Order of preference: few rows (small and free), a root already computed, a root still to compute."""
    if _is_thin(side):
        return 0
    return 1 if isinstance(side, Moments) and side.has_root else 2
