"""Streaming first and second moments: all that a Fréchet distance needs to know about a set of feature rows.

Conventions
-----------
Rows are samples, columns are channels. Sums are kept in float64 whatever the dtype of the rows: float32 sums are wrong in the sixth
digit of the distance. The covariance is the unbiased one (`ddof = 1`), as `numpy.cov`, pytorch-fid and the official motion code use.
Memory is one ``(channels, channels)`` matrix, however many rows were seen.
"""

from __future__ import annotations

import struct
import tokenize
import warnings
import zipfile
import zlib
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_metrics.errors import MetricInputError, MetricWarning

Floats = NDArray[np.floating[Any]]
Matrix = NDArray[np.float64]

UNREADABLE = (
    LookupError, ValueError, AttributeError, TypeError, SyntaxError, EOFError, OverflowError, RuntimeError, MemoryError,
    struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What numpy raises for an npz that is none: it reads the heads of arrays as Python, and as the names of types."""
CHUNK = 8192  # rows turned to float64 at a time
ROUNDING_FLOOR = 1e-9  # relative error of the variance above which `Moments.covariance` warns


def as_rows(features: Floats, name: str = "features") -> Floats:
    """The features as they are, once they are known to be finite rows of numbers.

    Parameters
    ----------
    features : ndarray of shape (samples, channels), float or integer
    name : str
        What the caller calls them, for the message.

    Raises
    ------
    MetricInputError
        When the array is not two-dimensional, has no channel, or holds NaN or Inf.
    """
    rows = np.asarray(features)
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise MetricInputError(
            f"{name} must have shape (samples, channels); got {rows.shape}. "
            "Were several clips stacked without joining them in time, or is one channel missing its axis (x[:, None])?"
        )
    if rows.dtype.kind not in "fiu":
        raise MetricInputError(f"{name} must be real numbers; got dtype {rows.dtype}")
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        raise MetricInputError(
            f"{name} holds NaN or Inf in {int((~finite).sum())} of {len(rows)} rows (first: row {int(finite.argmin())}): "
            "was the face lost there? Drop those frames, or mark the clip as failed"
        )
    return rows


class Moments:
    """Count, sum and sum of outer products of feature rows, and the Gaussian they describe.

    Parameters
    ----------
    n : int
        Rows seen.
    sum : ndarray of shape (channels,), float64
        Sum of the rows.
    outer : ndarray of shape (channels, channels), float64
        Sum of ``x x^T`` over the rows. The three add up over any split of the data, which is what a distributed reduction needs.

    Raises
    ------
    MetricInputError
        When the shapes do not belong together, or a number is not finite.

    Examples
    --------
    >>> rows = np.arange(12.0).reshape(6, 2)
    >>> whole = Moments.from_features(rows)
    >>> parts = Moments.from_features(rows[:4]).merge(Moments.from_features(rows[4:]))
    >>> parts.n, np.array_equal(parts.covariance(), whole.covariance())
    (6, True)
    """

    __slots__ = ("_root", "n", "outer", "sum")

    def __init__(self, n: int, sum: Floats, outer: Floats) -> None:
        self.n = int(n)
        self.sum: Matrix = np.array(sum, dtype=np.float64)
        self.outer: Matrix = np.array(outer, dtype=np.float64)
        self._root: Matrix | None = None
        channels = self.sum.size
        if self.sum.shape != (channels,) or self.outer.shape != (channels, channels) or self.n < 0:
            raise MetricInputError(
                f"moments need n >= 0, a sum of shape (channels,) and outer products of shape (channels, channels); "
                f"got n = {self.n}, {self.sum.shape} and {self.outer.shape}"
            )
        if not (np.isfinite(self.sum).all() and np.isfinite(self.outer).all()):
            raise MetricInputError("moments hold NaN or Inf: some feature row was not finite when they were summed")

    @classmethod
    def empty(cls, channels: int) -> Moments:
        """Moments of no row yet."""
        return cls(0, np.zeros(channels), np.zeros((channels, channels)))

    @classmethod
    def from_features(cls, features: Floats) -> Moments:
        """Moments of one array of shape (samples, channels)."""
        rows = as_rows(features)
        moments = cls.empty(rows.shape[1])
        moments.update(rows)
        return moments

    @property
    def channels(self) -> int:
        """Number of feature channels."""
        return self.sum.size

    @property
    def mean(self) -> Matrix:
        """Mean row, shape (channels,)."""
        self._require(1)
        return self.sum / self.n

    def update(self, features: Floats) -> None:
        """Add rows of shape (samples, channels) in place.

        Raises
        ------
        MetricInputError
            When the rows are not finite, or have another number of channels.
        """
        rows = as_rows(features)
        self._require_channels(rows.shape[1])
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK].astype(np.float64)
            self.sum += chunk.sum(axis=0)
            self.outer += chunk.T @ chunk
        self.n += len(rows)
        self._root = None

    def merge(self, other: Moments) -> Moments:
        """Moments of both sets of rows together, as a new object; associative and commutative up to rounding."""
        self._require_channels(other.channels)
        return Moments(self.n + other.n, self.sum + other.sum, self.outer + other.outer)

    def without(self, other: Moments) -> Moments:
        """Moments of these rows less those of `other`, which are among them; as a new object.

        Raises
        ------
        MetricInputError
            When `other` has more rows, or another number of channels.

        Examples
        --------
        >>> rows = np.arange(12.0).reshape(6, 2)
        >>> left = Moments.from_features(rows).without(Moments.from_features(rows[4:]))
        >>> left.n, left.mean.tolist()
        (4, [3.0, 4.0])
        """
        self._require_channels(other.channels)
        if other.n > self.n:
            raise MetricInputError(f"{other.n} rows cannot be taken from {self.n}: were both summed from one set?")
        return Moments(self.n - other.n, self.sum - other.sum, self.outer - other.outer)

    def covariance(self) -> Matrix:
        """Unbiased covariance, shape (channels, channels); 0 where it is nothing but :attr:`dust`.

        Warns
        -----
        MetricWarning
            When the mean is so large beside the spread that subtracting it leaves fewer than nine digits.
        """
        self._require(2)
        mean = self.mean
        covariance = (self.outer - np.outer(self.sum, mean)) / (self.n - 1)
        if np.linalg.norm(covariance) <= self.dust:
            return np.zeros_like(covariance)  # a face that is held: the root of dust would be no longer small
        lost = np.finfo(np.float64).eps * float(mean @ mean)
        spread = float(np.trace(covariance))
        if lost > ROUNDING_FLOOR * spread > 0:
            warnings.warn(
                f"the mean dwarfs the spread: rounding is up to {lost / spread:.0e} of the variance. "
                "Subtract one constant offset from both sets of features before summing them",
                MetricWarning,
                stacklevel=2,
            )
        return covariance

    @property
    def dust(self) -> float:
        """What rounding alone may leave in an eigenvalue of the covariance, at least two rows given.

        It is relative to the second moment that the mean is subtracted from, not to the spread that remains. Rows of a chunk are added
        one after the other and round the same way where they are equal: measured is up to an eighth of their number times eps.
        """
        terms = max(min(self.n, CHUNK) / 4, self.channels)
        return float(np.finfo(np.float64).eps * terms * np.trace(self.outer) / (self.n - 1))

    def root(self) -> Matrix:
        """A matrix F with ``F^T F`` = covariance, shape (rank, channels); computed once, then kept until the next update."""
        if self._root is None:
            self._root = covariance_root(self.covariance(), self.n - 1, self.dust)
        return self._root

    @property
    def has_root(self) -> bool:
        """Whether `root` is already paid for."""
        return self._root is not None

    def save(self, path: str | PathLike[str]) -> None:
        """Write `n`, `sum` and `outer` to an uncompressed npz at exactly `path`; no pickle."""
        with open(path, "wb") as file:
            np.savez(file, n=np.int64(self.n), sum=self.sum, outer=self.outer)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Moments:
        """Read what `save` wrote; refuses pickled content.

        Raises
        ------
        MetricInputError
            When the file is no npz, or lacks one of the three arrays.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                return cls(int(file["n"]), file["sum"], file["outer"])
        except UNREADABLE as error:
            raise MetricInputError(f"{path} does not hold moments written by Moments.save: {error}") from error

    def _require(self, least: int) -> None:
        if self.n < least:
            raise MetricInputError(
                f"{self.n} feature rows are too few: this needs at least {least}. Did every clip fail, or is the clip one frame long?"
            )

    def _require_channels(self, channels: int) -> None:
        if channels != self.channels:
            raise MetricInputError(
                f"{channels} channels do not fit moments of {self.channels}: were both sets made by one extractor, in one layout?"
            )


def covariance_root(covariance: Matrix, max_rank: int, dust: float = 0.0) -> Matrix:
    """A matrix F of shape (rank, channels) with ``F^T F`` = `covariance`.

    Cholesky where the matrix is positive definite, else its symmetric eigen-decomposition without the null space.

    Parameters
    ----------
    covariance : ndarray of shape (channels, channels)
        Symmetric, positive semi-definite up to rounding.
    max_rank : int
        Upper bound on the rank: samples - 1.
    dust : float
        How far an eigenvalue may be off by the rounding of `covariance`.
    """
    from scipy import linalg

    if max_rank >= len(covariance):
        try:
            factor: Matrix = linalg.cholesky(covariance, check_finite=False)
            return factor
        except linalg.LinAlgError:
            pass  # a dead channel, or one that is a sum of others: singular, and not an error
    values, vectors = linalg.eigh(covariance, driver="evd", check_finite=False)
    refuse_negative(values, dust)
    floor = max(values[-1] * len(values) * np.finfo(np.float64).eps, dust)
    kept = np.flatnonzero(values > floor)[-max_rank:]
    root: Matrix = np.sqrt(values[kept])[:, None] * vectors[:, kept].T
    return root


def refuse_negative(eigenvalues: Matrix, dust: float = 0.0) -> None:
    """Raise when ascending eigenvalues of a covariance are negative beyond what rounding explains: all of them may be `dust`."""
    lowest, highest = float(eigenvalues[0]), float(eigenvalues[-1])
    if lowest < -1e-6 * abs(highest) - dust:
        raise MetricInputError(
            f"not a covariance: eigenvalues run from {lowest:.3g} to {highest:.3g}. Were n, sum and outer taken from different sets?"
        )
