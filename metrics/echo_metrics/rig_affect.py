"""Valence and arousal that a ``rig61`` face displays: a linear readout of a few coefficients, 5 times a second.

``affect = intercept + weights @ features``, with features that can be read off a face:

* ``Name``: the mean of ``NameLeft`` and ``NameRight``, or the coefficient itself where it has no sides;
* ``NameA*NameB``: the geometric mean of two such, what both do together. Inner brows rise in surprise and in sorrow; with lowered
  mouth corners they say sorrow.

Features are smoothed by a Hann window of 0.6 s over the frames with a face, and read at the middle of every fifth frame: blinks and
phones are faster than feelings. A weight is what one unit of a coefficient adds to valence or arousal. The table of weights is
``rig_affect.toml`` with the data, command and errors of its fit; ``tools/fit_affect_readout.py`` makes it anew.

It reads what is *displayed*: a reserved person who feels much reads as one who feels little. It was fitted on rendered people whose
feelings are known, and says nothing about footage. Definition and errors: ``docs/metrics/displayed-affect.md``.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError
from echo_metrics.layouts import RIG61

__all__ = ["FEATURES", "FPS", "RATE", "affect_features", "displayed_affect", "readout", "smoothed"]

Floats = NDArray[np.float64]

FPS, RATE = 25, 5
STEP = FPS // RATE
DECIMALS = 6  # without the last bits, in which a still face would seem to move
WINDOW = 15  # frames with a weight above 0: 0.6 s

#: Coefficients with their columns of ``rig61``. Others add nothing to the readout, and would let a pout or a word be read as a feeling.
COLUMNS: dict[str, tuple[int, ...]] = {
    "browDown": (0, 1), "browInnerUp": (2,), "browOuterUp": (3, 4), "cheekSquint": (6, 7), "eyeSquint": (18, 19),
    "eyeWide": (20, 21), "mouthFrown": (29, 30), "mouthPress": (35, 36), "mouthSmile": (43, 44),
}  # fmt: skip
TOGETHER = (
    ("mouthFrown", "browInnerUp"),
    ("mouthSmile", "browInnerUp"),
    ("mouthFrown", "browDown"),
    ("mouthFrown", "eyeWide"),
)
#: Names of the features, in the order of the columns of :func:`affect_features`.
FEATURES = (*COLUMNS, *(f"{a}*{b}" for a, b in TOGETHER))


def displayed_affect(motion: ArrayLike, valid: ArrayLike | None = None) -> Floats:
    """Valence and arousal that a face shows, at 5 Hz.

    Parameters
    ----------
    motion : array_like of shape (T, 61)
        ``rig61`` at 25 fps.
    valid : array_like of shape (T,), bool, optional
        Frames with a face; the others are bridged by the smoothing. Default: all.

    Returns
    -------
    ndarray of shape (T // 5, 2), float64
        Valence and arousal in [-1, 1]. Entry k is at (k + 0.5) / 5 s.

    Raises
    ------
    MetricInputError
        When the motion is no finite ``(T, 61)``, is shorter than 0.2 s, or has no face for longer than the smoothing can bridge.

    Examples
    --------
    >>> motion = np.zeros((50, 61))
    >>> motion[25:, [6, 7, 43, 44]] = 0.5                 # cheeks and mouth corners go up
    >>> affect = displayed_affect(motion)
    >>> affect.shape, bool(affect[-1, 0] > affect[0, 0] + 0.2)
    ((10, 2), True)
    """
    weights, intercept = readout()
    read = smoothed(affect_features(motion), valid) @ weights + intercept
    return np.clip(read.round(DECIMALS), -1.0, 1.0)


def affect_features(motion: ArrayLike) -> Floats:
    """The features of every frame, (T, 13), columns named by :data:`FEATURES`, in the units of the coefficients.

    Raises
    ------
    MetricInputError
        When the motion is not ``(T, 61)``.

    Examples
    --------
    >>> affect_features(np.full((2, 61), 0.25))[0, FEATURES.index("mouthFrown*browDown")]
    np.float64(0.25)
    """
    rows = np.asarray(motion, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != RIG61.width:
        raise MetricInputError(f"motion must be (frames, {RIG61.width}) in layout rig61; got {rows.shape}")
    single = {name: rows[:, columns].mean(axis=1) for name, columns in COLUMNS.items()}
    both = [np.sqrt(np.maximum(single[a], 0.0) * np.maximum(single[b], 0.0)) for a, b in TOGETHER]
    return np.stack([*single.values(), *both], axis=1)


def smoothed(rows: ArrayLike, valid: ArrayLike | None = None) -> Floats:
    """Rows (T, D) at 25 fps to (T // 5, D) at 5 Hz: Hann-weighted means around the middle of every fifth frame.

    Parameters
    ----------
    rows : array_like of shape (T, D)
    valid : array_like of shape (T,), bool, optional
        Rows that count; weights are renormalised over them, and over what lies inside at both ends. Default: all.

    Raises
    ------
    MetricInputError
        When the lengths differ, there are fewer than five rows, a valid row holds NaN or Inf, or a window has no valid row.

    Examples
    --------
    >>> smoothed(np.arange(20.0)[:, None]).ravel()[1:3].round(6)
    array([ 7., 12.])
    """
    array = np.asarray(rows, dtype=np.float64)
    usable = np.ones(len(array), bool) if valid is None else np.asarray(valid, bool)
    if usable.shape != array.shape[:1]:
        raise MetricInputError(f"valid {usable.shape} does not fit motion {array.shape}: one flag per frame is needed")
    if len(array) < STEP:
        raise MetricInputError(f"{len(array)} frames are less than the {STEP} that one reading needs")
    if not np.isfinite(array[usable]).all():
        raise MetricInputError("motion holds NaN or Inf in valid frames: was the face lost there?")
    offsets = np.arange(len(array)) - (np.arange(len(array) // STEP)[:, None] * STEP + STEP // 2)
    weights = np.where(abs(offsets) <= WINDOW // 2, 1.0 + np.cos(2 * np.pi * offsets / (WINDOW + 1)), 0.0) * usable
    total = weights.sum(axis=1, keepdims=True)
    if not total.all():
        at = int(np.flatnonzero(total == 0)[0]) / RATE
        raise MetricInputError(
            f"no face for more than {WINDOW / FPS:.1f} s around {at:.1f} s: affect cannot be read there"
        )
    return np.asarray(weights / total @ np.where(usable[:, None], array, 0.0))


@cache
def readout() -> tuple[Floats, Floats]:
    """Weights (13, 2) and intercept (2,) of the committed fit; rows are named by :data:`FEATURES`.

    Examples
    --------
    >>> weights, intercept = readout()
    >>> bool(weights[FEATURES.index("mouthSmile"), 0] > 0), intercept.shape
    (True, (2,))
    """
    table = tomllib.loads((files("echo_metrics") / "rig_affect.toml").read_text("utf-8"))
    return np.array([table["weights"][name] for name in FEATURES]), np.array(table["intercept"])
