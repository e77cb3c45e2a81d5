"""The few motion channels that traces show, read from ``rig61``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.report.inputs import Trace
from echo_bench.spaces import RIG61


def _mean_of(*names: str) -> Callable[[Trace], NDArray[np.floating[Any]]]:
    columns = [RIG61.columns.index(name) for name in names]
    return lambda trace: trace.motion[:, columns].mean(axis=1)


def _degrees(name: str) -> Callable[[Trace], NDArray[np.floating[Any]]]:
    column = RIG61.columns.index(name)
    return lambda trace: np.rad2deg(trace.motion[:, column])


def _opening(trace: Trace) -> NDArray[np.floating[Any]]:
    assert trace.opening is not None, "channels_of offers the mouth where every face was tracked"
    return trace.opening


@dataclass(frozen=True, slots=True)
class Channel:
    """One curve of a motion trace.

    Attributes
    ----------
    key, title, unit : str
    span : float
        The least range that an axis shows, so that noise does not look like motion.
    read : callable
        Trace of T frames -> (T,).
    """

    key: str
    title: str
    unit: str
    span: float
    read: Callable[[Trace], NDArray[np.floating[Any]]]


JAW = Channel("jaw", "jaw open", "", 0.2, _mean_of("jawOpen"))
MOUTH = Channel("mouth", "mouth open", "", 0.1, _opening)
"""Gap of the lips over the distance of the eyes: the tracker's ``jawOpen`` falls to nothing in an open smile, the lips do not."""

CHANNELS = (
    Channel("pitch", "pitch (down +)", "°", 4.0, _degrees("pitch")),
    Channel("yaw", "yaw (right +)", "°", 4.0, _degrees("yaw")),
    JAW,
    Channel("smile", "smile", "", 0.2, _mean_of("mouthSmileLeft", "mouthSmileRight")),
    Channel("blink", "blink", "", 0.2, _mean_of("eyeBlinkLeft", "eyeBlinkRight")),
)


def channels_of(traces: Iterable[Trace]) -> tuple[Channel, ...]:
    """What is drawn of traces that share their axes: the lips in place of the jaw where every face was tracked."""
    tracked = all(trace.opening is not None for trace in traces)
    return tuple(MOUTH if channel is JAW and tracked else channel for channel in CHANNELS)


def curve(trace: Trace, channel: Channel) -> NDArray[np.float64]:
    """A channel over time (T,), NaN where the face was not measured."""
    return np.where(trace.valid, channel.read(trace), np.nan).astype(np.float64)


def extent(curves: Iterable[NDArray[np.float64]], channel: Channel) -> tuple[float, float]:
    """The least and greatest measured value of some curves, widened about their middle to at least the channel's span."""
    known = [values[np.isfinite(values)] for values in curves]
    known = [values for values in known if values.size]
    low, high = (min(v.min() for v in known), max(v.max() for v in known)) if known else (0.0, 0.0)
    missing = max(0.0, channel.span - float(high - low)) / 2
    return float(low) - missing, float(high) + missing
