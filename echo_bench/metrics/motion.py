"""Motion-space metrics per clip, on motion measured from pixels (``-tracker``, ``-rignet``) or as delivered (``-native``).

The formulas are those of DIM and DualTalk (echo_metrics.motion); the motion is ``rig61``, not FLAME, so values compare only with
values of the same ids. Delivered motion may be exactly still, where DualTalk's flattened rPCC does not exist; it has ``eb1``'s.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

from echo_metrics.motion import frechet, lagged_residual_pearson, mean_squared_error, residual_pearson, variance

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.base import MeanMetric
from echo_bench.metrics.frames import motion_of, part, space_of, timed
from echo_bench.metrics.own_ids import OWN_IDS
from echo_bench.spaces import RIG61

NAMES = {
    "exp": "expression",
    "pose": "head pose",
    "jaw": "jaw",
    "rot": "head rotation",
    "gaze": "gaze",
    "blink": "blinking",
    "points": "landmarks",
    "mouth": "the mouth's landmarks",
    "au": "action units",
    "va": "valence and arousal",
    "emotion": "expression probabilities",
}


def _fd(name: str, feature: str, features: ClipFeatures) -> float:
    pred, truth = part(features, ("pred", "truth"), name, feature)
    return frechet([truth], [pred], pooling="clip")


def _mse(name: str, feature: str, features: ClipFeatures) -> float:
    pred, truth = part(features, ("pred", "truth"), name, feature)
    return mean_squared_error([truth], [pred])


def _rpcc(name: str, feature: str, features: ClipFeatures) -> float:
    pred, truth, user = part(features, ("pred", "truth", "user"), name, feature)
    return residual_pearson([truth], [pred], [user], pooling="clip")


def _lagged_rpcc(name: str, feature: str, features: ClipFeatures) -> float:
    (pred, truth, user), valid = timed(features, ("pred", "truth", "user"), name, feature)
    return lagged_residual_pearson([truth], [pred], [user], valid=[valid])


def _variance(name: str, feature: str, features: ClipFeatures) -> float:
    return variance(part(features, ("pred",), name, feature), definition="time")


def _metric(
    id_: str, title: str, value: Callable[[str, str, ClipFeatures], float], direction: Direction, *sides: str
) -> MeanMetric:
    name = id_.partition("@")[0].rpartition("_")[2]
    feature = motion_of(id_)
    space = space_of(feature)
    fps = (("fps", "25"),) if space is RIG61 else (("fps", "of the clip"),)
    info = MetricInfo(
        id=id_,
        title=title.format(NAMES[name]),
        unit="",
        direction=direction,
        target="truth" if direction is Direction.TARGET else None,
        requires=tuple(f"{side}:{feature}" for side in ("pred", *sides)),
        range=(0.0, None),
        signature=(("space", space.name), ("part", name), ("pooling", "clip"), *fps),
    )
    return MeanMetric(info, partial(value, name, feature))


_FD = "Fréchet distance of {} against truth, frames of one clip as samples, mean over clips"
_MSE = "Mean squared error of {} against truth"
_RPCC = "Residual Pearson correlation of {}: how far the correlation with the user is from the truth's"
_LAGGED = "Residual Pearson correlation of {}, dimension by dimension at the best lag within 1 s"
_VAR = "Variance over time of {}, mean over dimensions; good is what the truth has"

FD_EXP = _metric("fd_exp@dim-tracker", _FD, _fd, Direction.LOWER, "truth")
FD_POSE = _metric("fd_pose@dim-tracker", _FD, _fd, Direction.LOWER, "truth")
MSE_EXP = _metric("mse_exp@dim-tracker", _MSE, _mse, Direction.LOWER, "truth")
MSE_POSE = _metric("mse_pose@dim-tracker", _MSE, _mse, Direction.LOWER, "truth")
RPCC_EXP = _metric("rpcc_exp@dualtalk-tracker", _RPCC, _rpcc, Direction.LOWER, "truth", "user")
RPCC_POSE = _metric("rpcc_pose@dualtalk-tracker", _RPCC, _rpcc, Direction.LOWER, "truth", "user")
VAR_EXP = _metric("var_exp@dualtalk-tracker", _VAR, _variance, Direction.TARGET)
VAR_POSE = _metric("var_pose@dualtalk-tracker", _VAR, _variance, Direction.TARGET)

RIGNET_FD_EXP = _metric("fd_exp@dim-rignet", _FD, _fd, Direction.LOWER, "truth")
RIGNET_FD_POSE = _metric("fd_pose@dim-rignet", _FD, _fd, Direction.LOWER, "truth")
RIGNET_MSE_EXP = _metric("mse_exp@dim-rignet", _MSE, _mse, Direction.LOWER, "truth")
RIGNET_MSE_POSE = _metric("mse_pose@dim-rignet", _MSE, _mse, Direction.LOWER, "truth")
RIGNET_RPCC_EXP = _metric("rpcc_exp@eb1-rignet", _LAGGED, _lagged_rpcc, Direction.LOWER, "truth", "user")
RIGNET_RPCC_POSE = _metric("rpcc_pose@eb1-rignet", _LAGGED, _lagged_rpcc, Direction.LOWER, "truth", "user")
RIGNET_VAR_EXP = _metric("var_exp@dualtalk-rignet", _VAR, _variance, Direction.TARGET)
RIGNET_VAR_POSE = _metric("var_pose@dualtalk-rignet", _VAR, _variance, Direction.TARGET)

NATIVE_FD_EXP = _metric("fd_exp@dim-native", _FD, _fd, Direction.LOWER, "truth")
NATIVE_FD_POSE = _metric("fd_pose@dim-native", _FD, _fd, Direction.LOWER, "truth")
NATIVE_MSE_EXP = _metric("mse_exp@dim-native", _MSE, _mse, Direction.LOWER, "truth")
NATIVE_MSE_POSE = _metric("mse_pose@dim-native", _MSE, _mse, Direction.LOWER, "truth")
NATIVE_RPCC_EXP = _metric("rpcc_exp@eb1-native", _LAGGED, _lagged_rpcc, Direction.LOWER, "truth", "user")
NATIVE_RPCC_POSE = _metric("rpcc_pose@eb1-native", _LAGGED, _lagged_rpcc, Direction.LOWER, "truth", "user")
NATIVE_VAR_EXP = _metric("var_exp@dualtalk-native", _VAR, _variance, Direction.TARGET)
NATIVE_VAR_POSE = _metric("var_pose@dualtalk-native", _VAR, _variance, Direction.TARGET)

_FORMULAS: dict[str, tuple[str, Callable[[str, str, ClipFeatures], float], Direction, tuple[str, ...]]] = {
    "fd": (_FD, _fd, Direction.LOWER, ("truth",)),
    "mse": (_MSE, _mse, Direction.LOWER, ("truth",)),
    "rpcc": (_LAGGED, _lagged_rpcc, Direction.LOWER, ("truth", "user")),
    "var": (_VAR, _variance, Direction.TARGET, ()),
}


def _own(id_: str) -> MeanMetric:
    title, value, direction, sides = _FORMULAS[id_.partition("_")[0]]
    return _metric(id_, title, value, direction, *sides)


OWN = SimpleNamespace(**{id_: _own(id_) for id_ in OWN_IDS})
"""The same formulas in the spaces of imported files."""
