"""Facial attributes of a ``rig61`` face in the manner of REACT: 14 action units, and valence and arousal.

REACT scores 25 attributes read from pixels by GraphAU and EmoNet: 15 action units, valence and arousal, 8 expression probabilities. Of
these a rig has 16. AU23 (lip tightener) has no ARKit coefficient, and expression probabilities are the output of a classifier that a rig
does not have; a constant in their place would agree with itself and raise every score. So values compare with values of this layout only.

======= =================== ==================================
column  attribute           coefficients
======= =================== ==================================
0       AU1 inner brow      browInnerUp
1       AU2 outer brow      browOuterUp, mean of both sides
2       AU4 brow lowerer    browDown, mean
3       AU6 cheek raiser    cheekSquint, mean
4       AU7 lid tightener   eyeSquint, mean
5       AU9 nose wrinkler   noseSneer, mean
6       AU10 upper lip      mouthUpperUp, mean
7       AU12 lip corners    mouthSmile, mean
8       AU14 dimpler        mouthDimple, mean
9       AU15 corners down   mouthFrown, mean
10      AU17 chin raiser    mouthShrugLower
11      AU24 lip presser    mouthPress, mean
12      AU25 lips part      jawOpen less mouthClose, at least 0
13      AU26 jaw drop       jawOpen
14, 15  valence, arousal    :mod:`echo_metrics.rig_affect`
======= =================== ==================================

Source of the pairs: the names of Ekman, Friesen and Hager, FACS (2002), against those of Apple's ARBlendShapeLocation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.dtw import Part
from echo_metrics.rig_affect import FPS, RATE, displayed_affect

__all__ = ["REACT16", "attributes"]

Floats = NDArray[np.float64]

#: Channels that FRDist warps together, with REACT's weights: one over the number of action units, and 1 for valence and arousal.
REACT16: tuple[Part, ...] = ((slice(0, 14), 1 / 14), (slice(14, 16), 1.0))

UNITS: tuple[tuple[int, ...], ...] = (
    (2,), (3, 4), (0, 1), (6, 7), (18, 19), (49, 50), (47, 48), (43, 44), (27, 28), (29, 30), (41,), (35, 36),
)  # fmt: skip
JAW_OPEN, MOUTH_CLOSE = 24, 26


def attributes(motion: ArrayLike, valid: ArrayLike | None = None) -> Floats:
    """The 16 attributes of every frame.

    Parameters
    ----------
    motion : array_like of shape (T, 61)
        ``rig61`` at 25 fps.
    valid : array_like of shape (T,), bool, optional
        Frames with a face; in the others action units are interpolated, over gaps as short as affect is read across. Default: all.

    Returns
    -------
    ndarray of shape (T, 16), float64
        Action units in [0, 1], valence and arousal in [-1, 1], these read at 5 Hz and interpolated.

    Raises
    ------
    MetricInputError
        As :func:`echo_metrics.rig_affect.displayed_affect`.

    Examples
    --------
    >>> smile = np.zeros((25, 61))
    >>> smile[:, [43, 44]] = 0.5
    >>> attributes(smile)[0].round(1)[[7, 9]]
    array([0.5, 0. ])
    """
    affect = displayed_affect(motion, valid)
    rows = np.asarray(motion, dtype=np.float64)
    frames = (np.arange(len(rows)) + 0.5) / FPS
    read = (np.arange(len(affect)) + 0.5) / RATE
    units = [rows[:, columns].mean(axis=1) for columns in UNITS]
    units += [np.maximum(rows[:, JAW_OPEN] - rows[:, MOUTH_CLOSE], 0.0), rows[:, JAW_OPEN]]
    if valid is not None:
        units = [_bridged(track, np.asarray(valid, bool)) for track in units]
    return np.stack([*units, *(np.interp(frames, read, column) for column in affect.T)], axis=1)


def _bridged(track: Floats, valid: NDArray[np.bool_]) -> Floats:
    """Lost frames interpolated; what was seen keeps every bit. Gaps of more than 0.6 s do not come here: affect refuses them."""
    seen = np.flatnonzero(valid)
    return np.where(valid, track, np.interp(np.arange(len(track)), seen, track[seen]))
