"""Errors of action units, as OpenFace tells their intensities (``au_error@talking-gaussian``).

Source: Fictionarry/TalkingGaussian ``auerror.py``, of the mouth's and of the upper face's units.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from echo_metrics.errors import MetricInputError
from echo_metrics.sequences import Clips, matched_clips

__all__ = ["INTENSITIES", "LOWER", "UPPER", "au_error"]

INTENSITIES = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
"""The units that OpenFace tells intensities of, in the order of its columns ``AU01_r`` to ``AU45_r``."""
LOWER = (10, 12, 14, 15, 17, 20, 23, 25, 26)
UPPER = (1, 2, 4, 5, 6, 7, 9, 45)

Region = Literal["lower", "upper"]


def au_error(gt: Clips, pred: Clips, region: Region) -> float:
    """AUE-L or AUE-U: the mean square error of each unit of a region, summed over its units.

    Parameters
    ----------
    gt, pred : list of ndarray of shape (T_i, 17)
        Intensities from 0 to 5, in the order of `INTENSITIES`.
    region : {"lower", "upper"}
        The nine units of mouth and chin, or the eight of brows, eyes, cheeks and nose.

    Returns
    -------
    float
        From 0, lower is better. The mean is over all frames of all clips; the official file scores one video.

    Raises
    ------
    MetricInputError
        When the lists do not match frame by frame, or have other than 17 columns.

    Examples
    --------
    >>> smile = np.zeros((4, 17))
    >>> smile[:, INTENSITIES.index(12)] = 2.0
    >>> au_error([np.zeros((4, 17))], [smile], "lower"), au_error([np.zeros((4, 17))], [smile], "upper")
    (4.0, 0.0)
    """
    if region not in get_args(Region):
        raise MetricInputError(f"region {region!r} is neither 'lower' nor 'upper'")
    truth, made = (np.concatenate(clips) for clips in matched_clips(gt=gt, pred=pred))
    if truth.shape[1] != len(INTENSITIES):
        raise MetricInputError(
            f"clips have {truth.shape[1]} columns instead of OpenFace's 17 intensities AU01_r to AU45_r"
        )
    columns = [INTENSITIES.index(unit) for unit in (LOWER if region == "lower" else UPPER)]
    return float(((made - truth) ** 2).mean(axis=0)[columns].sum())
