"""How fast a method is: its real-time factor, and how long one waits for its first frame.

Measured while it generates, on this machine, with no picture drawn: clips that are made again are measured again. Measuring takes no
part in what is made.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from echo_metrics.latency import real_time_factor
from pydantic import ValidationError

from echo_bench.clip import MethodView
from echo_bench.errors import EchoBenchError
from echo_bench.method import Artefact, Method
from echo_bench.methods import METHODS
from echo_bench.pipeline.store import write_atomic
from echo_bench.results.schema import LatencyPart


@dataclass(frozen=True, slots=True)
class Lap:
    """The times of one clip.

    Attributes
    ----------
    rtf : float
        Real-time factor of one artefact.
    first_frame_s : float or None
        Seconds until the first frame, where they were measured.
    cold : bool
        The first clip of its process: it pays for what is loaded when it is needed.
    """

    rtf: float
    first_frame_s: float | None
    cold: bool


def latency_of(laps: Sequence[Lap]) -> LatencyPart | None:
    """The median over clips, the cold ones left out where there are others; the first frame as measured last.

    Examples
    --------
    >>> latency_of([Lap(9.0, None, True), Lap(0.5, 1.25, False)])
    LatencyPart(rtf=0.5, first_frame_s=1.25, clips=1)
    """
    if not laps:
        return None
    warm = [lap.rtf for lap in laps if not lap.cold] or [lap.rtf for lap in laps]
    first = next((lap.first_frame_s for lap in reversed(laps) if lap.first_frame_s is not None), None)
    shown = None if first is None else round(first, 4)
    return LatencyPart(rtf=round(median(warm), 6), first_frame_s=shown, clips=len(warm))


class Stopwatch:
    """Runs a method and keeps the times.

    Parameters
    ----------
    method : Method
        After its set-up.
    """

    def __init__(self, method: Method) -> None:
        self._method = method
        self.laps: list[Lap] = []
        self._cold = True
        self._first: float | None = None

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """What the method makes of a clip."""
        started = time.perf_counter()
        made = self._method.generate(view, seed=seed, samples=samples)
        took = (time.perf_counter() - started) / samples
        first = self._first
        if not self._method.capabilities.causal:
            first = view.duration + took  # nothing is shown before all is heard
        self.laps.append(Lap(real_time_factor(took, view.duration), first, self._cold))
        self._cold, self._first = False, None
        return made

    def taken(self) -> tuple[Lap, ...]:
        """The laps since this was asked last; they are forgotten here."""
        laps, self.laps = tuple(self.laps), []
        return laps

    def first_frame(self, view: MethodView, *, seed: int) -> None:
        """Make as much of a clip as the first frame of a causal method depends on.

        What that leaves behind is made anew by :meth:`generate`, which is to be called after it.
        """
        able = self._method.capabilities
        if not able.causal:
            return
        waits = min(view.duration, able.lookahead + 1 / view.fps)
        started = time.perf_counter()
        try:
            self._method.generate(replace(view, duration=waits), seed=seed, samples=1)
        except EchoBenchError:  # it refuses a clip that short: the whole one is made all the same
            return
        self._first = waits + time.perf_counter() - started


def timed(method: Method) -> bool:
    """Whether a method's speed says anything: it is ours to run and no yardstick made from the truth."""
    return method.name in METHODS and not method.capabilities.uses_truth


def write_latency(out: Path, method: str, latency: LatencyPart) -> None:
    """Keep it beside the artefacts."""
    write_atomic(_path(out, method), latency.model_dump_json().encode())


def read_latency(out: Path, method: str) -> LatencyPart | None:
    """What was measured when the artefacts were made, or None."""
    try:
        return LatencyPart.model_validate_json(_path(out, method).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _path(out: Path, method: str) -> Path:
    return out / "artefacts" / method / "latency" / "measured.json"
