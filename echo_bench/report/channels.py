"""The few motion channels that traces show, read from ``rig61``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echo_bench.report.inputs import Trace
from echo_bench.spaces import RIG61


def _mean_of(*names: str) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    columns = [RIG61.columns.index(name) for name in names]
    return lambda motion: motion[:, columns].mean(axis=1)


def _degrees(name: str) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    column = RIG61.columns.index(name)
    return lambda motion: np.rad2deg(motion[:, column])


@dataclass(frozen=True, slots=True)
class Channel:
    """One curve of a motion trace.

    Attributes
    ----------
    key, title, unit : str
    span : float
        The least range that an axis shows, so that noise does not look like motion.
    read : callable
        ``rig61`` motion (T, 61) -> (T,).
    """

    key: str
    title: str
    unit: str
    span: float
    read: Callable[[NDArray[np.float32]], NDArray[np.float32]]


CHANNELS = (
    Channel("pitch", "pitch (down +)", "°", 4.0, _degrees("pitch")),
    Channel("yaw", "yaw (right +)", "°", 4.0, _degrees("yaw")),
    Channel("jaw", "jaw open", "", 0.2, _mean_of("jawOpen")),
    Channel("smile", "smile", "", 0.2, _mean_of("mouthSmileLeft", "mouthSmileRight")),
    Channel("blink", "blink", "", 0.2, _mean_of("eyeBlinkLeft", "eyeBlinkRight")),
)


def curve(trace: Trace, channel: Channel) -> NDArray[np.float64]:
    """A channel over time (T,), NaN where the face was not measured."""
    motion, valid = trace
    return np.where(valid, channel.read(motion), np.nan).astype(np.float64)


def extent(curves: Iterable[NDArray[np.float64]], channel: Channel) -> tuple[float, float]:
    """The least and greatest measured value of some curves, widened about their middle to at least the channel's span."""
    known = [values[np.isfinite(values)] for values in curves]
    known = [values for values in known if values.size]
    low, high = (min(v.min() for v in known), max(v.max() for v in known)) if known else (0.0, 0.0)
    missing = max(0.0, channel.span - float(high - low)) / 2
    return float(low) - missing, float(high) + missing
