"""Plain distances between coefficient tracks, as two protocols print them beside MSE.

Sources: RLHG (arXiv 2112.13548) as settled in dc3ea9f/vico_challenge_baseline#1; evonneng/learning2listen src/test_vq_decoder.py.
"""

from __future__ import annotations

import numpy as np

from echo_metrics.errors import MetricInputError
from echo_metrics.sequences import Clips, matched_clips

__all__ = ["mean_absolute_error", "mean_distance"]


def mean_absolute_error(gt: Clips, pred: Clips) -> float:
    """Mean absolute difference over all frames and columns: RLHG's "ExpFD", "AngleFD" and "TransFD", which are no Fréchet distances.

    Parameters
    ----------
    gt, pred : list of ndarray of shape (T_i, D)

    Returns
    -------
    float
        Lower is better, in the unit of the columns; longer clips weigh more. RLHG's tables print it times 100.

    Raises
    ------
    MetricInputError
        When the lists do not match frame by frame.

    Examples
    --------
    >>> mean_absolute_error([np.zeros((10, 2))], [np.full((10, 2), -0.5)])
    0.5
    """
    truth, prediction = (np.concatenate(side) for side in matched_clips(gt=gt, pred=pred))
    return float(np.abs(truth - prediction).mean())


def mean_distance(gt: Clips, pred: Clips, skip: int = 0) -> float:
    """Mean Euclidean distance of frames: the L2 that Learning2Listen prints.

    Parameters
    ----------
    gt, pred : list of ndarray of shape (T_i, D)
        Officially standardised by the mean and deviation of the training set.
    skip : int, default 0
        Frames left out at the start of each clip; officially 32, which the model is given.

    Returns
    -------
    float
        Lower is better, mean over all frames.

    Raises
    ------
    MetricInputError
        When the lists do not match frame by frame, or a clip has no frame after those skipped.

    Examples
    --------
    >>> mean_distance([np.zeros((40, 2))], [np.tile([3.0, 4.0], (40, 1))], skip=32)
    5.0
    """
    if skip < 0:
        raise MetricInputError(f"skip must be at least 0; got {skip}")
    truth, prediction = matched_clips(skip + 1, gt=gt, pred=pred)
    steps = [np.linalg.norm(a[skip:] - b[skip:], axis=1) for a, b in zip(truth, prediction, strict=True)]
    return float(np.concatenate(steps).mean())
