"""Lip, face and mesh errors against the real speaker, under the definitions that share their names.

Conventions
-----------
Landmarks are ``(T, 68, 2)`` in the 68-point order of iBUG (lips 48:68), in pixels, one array per clip, NaN in frames without a face.
Meshes are ``(T, V, 3)`` in metres without head pose (:mod:`echo_metrics.mesh`); ARKit coefficients are ``(T, 52)`` in [0, 1].
All are errors: lower is better, 0 for equal motion (the signed FDD: best at 0). All compare frame by frame, so they punish a right motion
that comes late, and they say nothing about a listener, who need not do what the recorded one did.

Metrics
-------
* :func:`liplmd_vico`, :func:`lmd_nerf`, :func:`m_lmd`, :func:`f_lmd` -- four landmark distances; their values do not compare.
* :func:`lve`, :func:`eve`, :func:`avd`, :func:`fdd`, :func:`mod` -- on meshes (:mod:`echo_metrics.mesh`).
* :func:`lve_bs52`, :func:`eve_bs52`, :func:`avd_bs52`, :func:`fdd_bs52`, :func:`mod_bs52` -- the same on ARKit coefficients.

Sources: dc3ea9f/vico_challenge_baseline evaluations/compute_lmd.py; ER-NeRF, SyncTalk and TalkingGaussian metrics.py;
yuangan/evaluation_eat 0fd6e2e code/test_lmd.py.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.mesh import avd, avd_bs52, eve, eve_bs52, fdd, fdd_bs52, lve, lve_bs52, mod, mod_bs52

__all__ = [
    "avd",
    "avd_bs52",
    "eve",
    "eve_bs52",
    "f_lmd",
    "fdd",
    "fdd_bs52",
    "liplmd_vico",
    "lmd_nerf",
    "lve",
    "lve_bs52",
    "m_lmd",
    "mod",
    "mod_bs52",
]

Floats = NDArray[np.float64]
Landmarks = Sequence[ArrayLike]

LIPS = slice(48, 68)
FACE = slice(0, 68)


def liplmd_vico(gt: Landmarks, pred: Landmarks) -> float:
    """LipLMD of the ViCo challenge, in pixels: mean absolute difference of the lips' x and y (protocol ``vico22``).

    Nothing is removed, so head pose and place in the image count in full; all frames of all clips are pooled.

    Parameters
    ----------
    gt, pred : list of array_like of shape (T_i, 68, 2)
        Frames without a real face are skipped. So are frames without a generated one, with a warning: the official code stops there.

    Returns
    -------
    float
        Lower is better, at least 0, in pixels of the images the landmarks were found in.

    Raises
    ------
    MetricInputError
        When the clips differ in number or frames, are not ``(frames, 68, 2)``, or one has no frame with both faces.

    Warns
    -----
    MetricWarning
        When the prediction lost the face in frames where the truth has one.

    Examples
    --------
    >>> face = np.zeros((3, 68, 2))
    >>> liplmd_vico([face], [face + [2, 0]])
    1.0
    """
    pairs = [_seen(a, b, clip) for clip, (a, b) in enumerate(_aligned(gt, pred))]
    return float(np.abs(np.concatenate([a[:, LIPS] - b[:, LIPS] for a, b in pairs])).mean())


def lmd_nerf(gt: Landmarks, pred: Landmarks) -> float:
    """LMD of the person-specific line (ER-NeRF, SyncTalk, TalkingGaussian), in pixels: lips centred per frame, mean distance.

    Parameters, errors and warnings as for :func:`liplmd_vico`; all frames of all clips are pooled.

    Examples
    --------
    >>> face = np.zeros((3, 68, 2))
    >>> lmd_nerf([face], [face + [2, 0]])  # place in the image does not count
    0.0
    """
    pairs = [_seen(a, b, clip) for clip, (a, b) in enumerate(_aligned(gt, pred))]
    return float(np.concatenate([_centred_distance(a, b, LIPS) for a, b in pairs]).mean())


def m_lmd(gt: Landmarks, pred: Landmarks, gt_frames: int | None = None) -> float:
    """M-LMD of the EAT evaluation, in pixels: as :func:`lmd_nerf`, but per clip, and clips of unequal length are stretched.

    Parameters
    ----------
    gt, pred : list of array_like of shape (T_i, 68, 2)
        A clip's two sides may differ in length: the shorter length is picked evenly from either.
    gt_frames : int, optional
        Use only so many first frames of the truth. The official script has a switch for 96, to be thrown per method.

    Returns
    -------
    float
        Mean over clips, lower is better, in pixels (256 x 256 crops officially).

    Raises
    ------
    MetricInputError
        When the clips differ in number, are not ``(frames, 68, 2)``, or one has no frame with both faces (officially dropped).

    Warns
    -----
    MetricWarning
        When a clip's sides differ in length, or the prediction lost the face where the truth has one.
    """
    return _eat(gt, pred, LIPS, gt_frames)


def f_lmd(gt: Landmarks, pred: Landmarks, gt_frames: int | None = None) -> float:
    """F-LMD of the EAT evaluation: :func:`m_lmd` over all 68 points, centred on the whole face."""
    return _eat(gt, pred, FACE, gt_frames)


def _eat(gt: Landmarks, pred: Landmarks, part: slice, gt_frames: int | None) -> float:
    truths, predictions = (_faces(side, name) for side, name in ((gt, "gt"), (pred, "pred")))
    _same_number(truths, predictions)
    clips = [_stretched(a[:gt_frames], b, i) for i, (a, b) in enumerate(zip(truths, predictions, strict=True))]
    pairs = [_seen(a, b, clip) for clip, (a, b) in enumerate(clips)]
    return float(np.mean([_centred_distance(a, b, part).mean() for a, b in pairs]))


def _stretched(truth: Floats, prediction: Floats, clip: int) -> tuple[Floats, Floats]:
    frames = min(len(truth), len(prediction))
    if len(truth) != len(prediction):
        text = f"clip {clip}: {len(truth)} true and {len(prediction)} predicted frames are stretched onto each other, as officially"
        warnings.warn(text, MetricWarning, stacklevel=4)
    a, b = (side[np.linspace(0, len(side), frames, endpoint=False).astype(int)] for side in (truth, prediction))
    return a, b


def _centred_distance(a: Floats, b: Floats, part: slice) -> Floats:
    """Mean distance of the points of each frame, both sets about their own mean."""
    difference = a[:, part] - b[:, part]
    distance: Floats = np.linalg.norm(difference - difference.mean(axis=1, keepdims=True), axis=2).mean(axis=1)
    return distance


def _aligned(gt: Landmarks, pred: Landmarks) -> list[tuple[Floats, Floats]]:
    truths, predictions = (_faces(side, name) for side, name in ((gt, "gt"), (pred, "pred")))
    _same_number(truths, predictions)
    for clip, (a, b) in enumerate(zip(truths, predictions, strict=True)):
        if len(a) != len(b):
            raise MetricInputError(
                f"clip {clip} has {len(a)} true and {len(b)} predicted frames: were the tracks cut to a common length?"
            )
    return list(zip(truths, predictions, strict=True))


def _faces(clips: Landmarks, name: str) -> list[Floats]:
    arrays = [np.asarray(clip, dtype=np.float64) for clip in clips]
    for i, array in enumerate(arrays):
        if array.ndim != 3 or array.shape[1:] != (68, 2) or not len(array):
            raise MetricInputError(
                f"{name}[{i}] must be (frames, 68, 2), the 68-point order in pixels; got {array.shape}. Pass a list of clips"
            )
    return arrays


def _same_number(truths: list[Floats], predictions: list[Floats]) -> None:
    if not truths or len(truths) != len(predictions):
        raise MetricInputError(
            f"{len(truths)} true and {len(predictions)} predicted clips: one prediction per clip is needed"
        )


def _seen(truth: Floats, prediction: Floats, clip: int) -> tuple[Floats, Floats]:
    """The frames in which both have a face."""
    real, generated = (np.isfinite(side).all(axis=(1, 2)) for side in (truth, prediction))
    lost = int((real & ~generated).sum())
    if not (real & generated).any():
        raise MetricInputError(f"clip {clip} has no frame in which both faces were found")
    if lost:
        text = f"clip {clip}: no face in {lost} of {int(real.sum())} predicted frames; they are left out, which flatters the prediction"
        warnings.warn(text, MetricWarning, stacklevel=4)
    return truth[real & generated], prediction[real & generated]
