"""Vertex errors of talking meshes: LVE, EVE, AVD, FDD and MOD, each name with the definitions in use, and their ARKit forms.

Conventions
-----------
Clips are ``(T, V, 3)`` in metres, without head pose, of one topology; regions are vertex indices (a repeated index counts twice, as it
does in the official lists). ARKit clips are ``(T, 52)`` in the order of ``rig61`` and are read as 52 vertices with one coordinate.

Sources: Doubiiu/CodeTalker main/cal_metric.py and DIM `print_biwi_metrics`; MeshTalk; xg-chu/UniLS 04dcd18
core/models/modules/metrics.py; nachovigilante/talking-head-metrics d236adb metrics/{fdd,mod}. Comparison: ``docs/metrics/lve.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError
from echo_metrics.sequences import check_choice

__all__ = ["avd", "avd_bs52", "eve", "eve_bs52", "fdd", "fdd_bs52", "lve", "lve_bs52", "mod", "mod_bs52"]

Floats = NDArray[np.float64]
Meshes = Sequence[ArrayLike]
Region = Sequence[int] | NDArray[np.integer]
LveDefinition = Literal["squared", "rooted", "unils"]
FddDefinition = Literal["codetalker", "unils", "vigilante"]
ModDefinition = Literal["extent", "distance"]

MOUTH_BS52 = tuple(range(22, 49))
UPPER_BS52 = (*range(5), *range(8, 22))
JAW_OPEN, MOUTH_CLOSE = 24, 26
MILLIMETRES = 1000.0


def lve(gt: Meshes, pred: Meshes, lips: Region, definition: LveDefinition = "squared") -> float:
    """Lip vertex error, lower is better: the worst lip vertex of each frame, averaged over frames.

    Parameters
    ----------
    gt, pred : list of array_like of shape (T_i, V, 3)
    lips : sequence of int
        Vertices of the lips.
    definition : {"squared", "rooted", "unils"}
        ``"squared"``: squared distance, no root (CodeTalker, DIM, torchmetrics), in m^2. ``"rooted"``: distance (MeshTalk's text), in m.
        Both pool the frames of all clips. ``"unils"``: root of the clip's ``"squared"``, in mm, mean over clips (officially over batches,
        so that the published value depends on the batch size).

    Returns
    -------
    float

    Raises
    ------
    MetricInputError
        When clips differ in number or shape, hold NaN or Inf, or the region is empty or outside the mesh.

    Examples
    --------
    >>> still = np.zeros((2, 3, 3))
    >>> moved = still + [0.003, 0.004, 0]
    >>> [round(lve([still], [moved], [0, 1], d), 9) for d in ("squared", "rooted", "unils")]
    [2.5e-05, 0.005, 5.0]
    """
    check_choice(definition, LveDefinition, "definition")
    worst = [squared.max(axis=1) for squared in _squared(gt, pred, lips)]
    if definition == "unils":
        return float(np.mean([MILLIMETRES * np.sqrt(clip.mean()) for clip in worst]))
    frames = np.concatenate(worst)
    return float((frames if definition == "squared" else np.sqrt(frames)).mean())


def eve(gt: Meshes, pred: Meshes, eyes: Region) -> float:
    """Eye and forehead vertex error in metres, lower is better: largest distance in the region, mean over all frames.

    Parameters and errors as for :func:`lve`, with the vertices of eyes and forehead. Source: EmoTalk's text; its code is not public.
    """
    return lve(gt, pred, eyes, "rooted")


def avd(gt: Meshes, pred: Meshes) -> float:
    """Average vertex distance in millimetres, lower is better: root mean square over frames and all vertices, mean over clips.

    Parameters and errors as for :func:`lve`. Source: UniLS, which averages over batches.
    """
    return float(np.mean([MILLIMETRES * np.sqrt(squared.mean()) for squared in _squared(gt, pred, None)]))


def fdd(
    gt: Meshes,
    pred: Meshes,
    upper: Region,
    definition: FddDefinition = "codetalker",
    template: ArrayLike | None = None,
) -> float:
    """Face dynamics deviation of the upper face: how much more the truth moves than the prediction; best at 0.

    Parameters
    ----------
    gt, pred : list of array_like of shape (T_i, V, 3)
    upper : sequence of int
        Vertices of brows, eyes and forehead.
    definition : {"codetalker", "unils", "vigilante"}
        Per vertex, the standard deviation over time of: ``"codetalker"``: the squared distance from the `template`, in m^2;
        ``"unils"``: x + y + z, in 0.01 mm; ``"vigilante"``: the distance from the vertex's own mean place, in m.
        Then truth minus prediction, mean over vertices and clips: signed, except that ``"unils"`` takes absolute values per vertex.
        ``"codetalker"`` divides by T, the others by T - 1.
    template : array_like of shape (V, 3) or (clips, V, 3)
        The neutral face, for ``"codetalker"``.

    Returns
    -------
    float
        Signed: positive when the truth moves more. Over- and under-motion of different vertices cancel; ``"unils"`` cannot cancel.

    Raises
    ------
    MetricInputError
        As for :func:`lve`; when a clip has fewer than two frames; when the template is missing or not of the mesh.

    Notes
    -----
    ``"unils"`` sums coordinates, not squares: a vertex that moves along (1, -1, 0) does not move for it.
    """
    check_choice(definition, FddDefinition, "definition")
    truths, predictions = _matched(gt, pred, upper)
    if min(len(clip) for clip in truths) < 2:
        raise MetricInputError("a clip of one frame has no dynamics: FDD needs two frames or more")
    if definition != "codetalker":
        dynamics = _sum_std if definition == "unils" else _distance_std
        gaps = [dynamics(a) - dynamics(b) for a, b in zip(truths, predictions, strict=True)]
        return float(np.mean([(abs(gap) if definition == "unils" else gap).mean() for gap in gaps]))
    neutral = _templates(template, gt, upper)
    return float(
        np.mean(
            [
                (_motion_std(a - n) - _motion_std(b - n)).mean()
                for a, b, n in zip(truths, predictions, neutral, strict=True)
            ]
        )
    )


def mod(gt: Meshes, pred: Meshes, lips: Region, definition: ModDefinition = "extent", vertical: int = 1) -> float:
    """Mouth opening difference in metres, lower is better. No formula was ever published: both of these carry the name.

    Parameters
    ----------
    gt, pred : list of array_like of shape (T_i, V, 3)
    lips : sequence of int
    definition : {"extent", "distance"}
        ``"extent"``: absolute difference of the lips' vertical extent (talking-head-metrics). ``"distance"``: mean distance of the lip
        vertices. Frames of all clips are pooled.
    vertical : int, default 1
        The axis that points up (FLAME: y).

    Returns
    -------
    float

    Raises
    ------
    MetricInputError
        As for :func:`lve`.
    """
    check_choice(definition, ModDefinition, "definition")
    if definition == "distance":
        return float(np.concatenate([np.sqrt(squared).mean(axis=1) for squared in _squared(gt, pred, lips)]).mean())
    openings = ([np.ptp(clip[..., vertical], axis=1) for clip in side] for side in _matched(gt, pred, lips))
    truth, prediction = (np.concatenate(side) for side in openings)
    return float(np.abs(truth - prediction).mean())


def lve_bs52(gt: Meshes, pred: Meshes) -> float:
    """LVE on ARKit coefficients ``(T_i, 52)``: largest squared error of the mouth (22 to 48) per frame, mean over all frames.

    Errors as for :func:`lve`. Ours (protocol ``eb1``): no paper defines it.
    """
    return lve(_as_meshes(gt), _as_meshes(pred), MOUTH_BS52)


def eve_bs52(gt: Meshes, pred: Meshes) -> float:
    """EVE on ARKit coefficients: largest absolute error of brows and eyes (0 to 4, 8 to 21) per frame, mean over all frames.

    Errors as for :func:`lve`. Ours (protocol ``eb1``): no paper defines it.
    """
    return eve(_as_meshes(gt), _as_meshes(pred), UPPER_BS52)


def avd_bs52(gt: Meshes, pred: Meshes) -> float:
    """AVD on ARKit coefficients: root mean square error over frames and all 52, mean over clips; a share of 1, not millimetres.

    Errors as for :func:`lve`. Ours (protocol ``eb1``): no paper defines it.
    """
    return avd(_as_meshes(gt), _as_meshes(pred)) / MILLIMETRES


def fdd_bs52(gt: Meshes, pred: Meshes) -> float:
    """FDD (``"codetalker"``, signed) on the ARKit coefficients of brows and eyes; the neutral face is all zero.

    Errors as for :func:`lve`. Ours (protocol ``eb1``): no paper defines it.
    """
    return fdd(_as_meshes(gt), _as_meshes(pred), UPPER_BS52, template=np.zeros((52, 1)))


def mod_bs52(gt: Meshes, pred: Meshes) -> float:
    """MOD on ARKit coefficients: mean absolute difference of ``jawOpen - mouthClose``, how far the lips are apart.

    Errors as for :func:`lve`. Ours (protocol ``eb1``): no paper defines it.
    """
    truth, prediction = _matched(_as_meshes(gt), _as_meshes(pred), (JAW_OPEN, MOUTH_CLOSE))
    gap = np.concatenate([a - b for a, b in zip(truth, prediction, strict=True)])[..., 0]
    return float(np.abs(gap[:, 0] - gap[:, 1]).mean())


def _as_meshes(clips: Meshes) -> list[Floats]:
    arrays = [np.asarray(clip, dtype=np.float64) for clip in clips]
    for i, array in enumerate(arrays):
        if array.ndim != 2 or array.shape[1] != 52:
            raise MetricInputError(f"clip {i} must hold ARKit coefficients, (frames, 52); got {array.shape}")
    return [array[..., None] for array in arrays]


def _squared(gt: Meshes, pred: Meshes, region: Region | None) -> list[Floats]:
    truths, predictions = _matched(gt, pred, region)
    return [((a - b) ** 2).sum(axis=2) for a, b in zip(truths, predictions, strict=True)]


def _matched(gt: Meshes, pred: Meshes, region: Region | None) -> tuple[list[Floats], list[Floats]]:
    truths, predictions = ([np.asarray(clip, dtype=np.float64) for clip in side] for side in (gt, pred))
    if not truths or len(truths) != len(predictions):
        raise MetricInputError(
            f"{len(truths)} true and {len(predictions)} predicted clips: one prediction per clip is needed"
        )
    for i, (a, b) in enumerate(zip(truths, predictions, strict=True)):
        if a.ndim != 3 or a.shape != b.shape or not len(a):
            raise MetricInputError(
                f"clip {i} must be (frames, vertices, coordinates) on both sides; got {a.shape} and {b.shape}. "
                "Were the tracks cut to a common length, and are both of one topology?"
            )
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            raise MetricInputError(f"clip {i} holds NaN or Inf: was the face lost there?")
    if region is None:
        return truths, predictions
    vertices = _indices(region, min(clip.shape[1] for clip in truths))
    return [clip[:, vertices] for clip in truths], [clip[:, vertices] for clip in predictions]


def _indices(region: Region, count: int) -> NDArray[np.intp]:
    indices = np.asarray(region)
    if indices.ndim != 1 or not len(indices) or indices.dtype.kind not in "iu":
        raise MetricInputError("a region must be a list of vertex indices with at least one entry")
    if indices.min() < 0 or indices.max() >= count:
        raise MetricInputError(
            f"the region names vertex {indices.max()} of a mesh with {count}: is it of this topology?"
        )
    return indices.astype(np.intp)


def _templates(template: ArrayLike | None, gt: Meshes, upper: Region) -> Floats:
    if template is None:
        raise MetricInputError(
            "FDD (codetalker) needs the neutral face: pass template, (vertices, 3), or another definition"
        )
    neutral = np.asarray(template, dtype=np.float64)
    shape = (len(gt), *np.shape(gt[0])[1:])
    if neutral.shape not in (shape, shape[1:]):
        raise MetricInputError(f"the template must be {shape[1:]} or one per clip, {shape}; got {neutral.shape}")
    return np.broadcast_to(neutral, shape)[:, np.asarray(upper)]


def _motion_std(motion: Floats) -> Floats:
    return np.asarray((motion**2).sum(axis=2).std(axis=0))


def _sum_std(clip: Floats) -> Floats:
    return np.asarray(100 * MILLIMETRES * clip.sum(axis=2).std(axis=0, ddof=1))


def _distance_std(clip: Floats) -> Floats:
    return np.asarray(np.linalg.norm(clip - clip.mean(axis=0), axis=2).std(axis=0, ddof=1))
