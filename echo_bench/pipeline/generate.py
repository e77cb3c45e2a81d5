"""Run methods over clips and keep what they made; what is there already, made from the same things, is not made again."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from echo_bench.clip import DyadicClip, VideoRef, view_of
from echo_bench.datasets.base import Renderer
from echo_bench.errors import EchoBenchError, MethodError, NotApplicable, UnavailableError
from echo_bench.media.audio import waveform
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.method import Artefact, Method
from echo_bench.motion_io import load_motion
from echo_bench.pipeline.artefacts import Outcome, files_intact, read_outcome, write_outcome
from echo_bench.pipeline.context import Context
from echo_bench.pipeline.executors import Executor
from echo_bench.pipeline.extract import Report
from echo_bench.pipeline.jobs import DECODER
from echo_bench.pipeline.latency import Lap, Stopwatch, latency_of, timed, write_latency
from echo_bench.pipeline.store import FeatureStore, key_of


@dataclass(frozen=True, slots=True)
class Generation:
    """What methods are run on.

    Attributes
    ----------
    clips, train : sequence of DyadicClip
    manifest_sha256 : str
        Of the split: part of every stamp.
    out : Path
    store : FeatureStore
    renderer : Renderer or None
    device : str
    seed, samples : int
    """

    clips: Sequence[DyadicClip]
    train: Sequence[DyadicClip]
    manifest_sha256: str
    out: Path
    store: FeatureStore
    renderer: Renderer | None
    device: str
    seed: int
    samples: int


@dataclass(frozen=True, slots=True)
class Made:
    """What making one clip of one method did; the outcome itself is beside the artefacts."""

    report: Report
    laps: tuple[Lap, ...]


class Maker:
    """Makes the artefacts of clip after clip; a method is set up when it is first needed, once.

    Parameters
    ----------
    methods : sequence of Method
        Not set up.
    what : Generation
    """

    def __init__(self, methods: Sequence[Method], what: Generation) -> None:
        self._what = what
        self._hands = {method.name: _Hand(method, what) for method in methods}
        self._clips = {clip.id: clip for clip in what.clips}
        self._last = next((clip.id for clip in reversed(what.clips) if clip.defect is None), None)

    def __call__(self, item: tuple[str, str]) -> Made:
        """Make the artefacts of a method, by name, for a clip, by id, unless they are there."""
        name, clip_id = item
        started = time.perf_counter()
        hand, clip, what = self._hands[name], self._clips[clip_id], self._what
        stamp = stamp_of(hand.method, clip, what)
        kept = read_outcome(what.out, name, clip_id, stamp)
        # Only what was made is kept: what failed or was skipped may have another answer today.
        if clip.defect is None and (kept is None or kept.status != "ok" or not files_intact(kept)):
            hand.set_up()
            outcome = _outcome(hand.method, hand.watch, clip, what, first=clip_id == self._last)
            hand.context.report.counters[f"artefacts_{outcome.status}"] += 1
            write_outcome(what.out, outcome, stamp)
        report, hand.context.report = hand.context.report, Report()
        report.seconds[f"generate.{name}"] += time.perf_counter() - started
        return Made(report, hand.watch.taken())


class _Hand:
    """A method with what it is lent."""

    def __init__(self, method: Method, what: Generation) -> None:
        self.method = method
        self.context = Context(method.name, what.out, what.clips, what.train, what.store, what.device)
        self.watch = Stopwatch(method)
        self._ready = False

    def set_up(self) -> None:
        if not self._ready:
            self.method.setup(self.context)
            self._ready = True


def generate(
    methods: Sequence[Method],
    clips: Sequence[DyadicClip],
    what: Generation,
    executor: Executor,
    done: Callable[[str], None],
) -> Report:
    """Make the artefacts of methods for clips, wherever the executor works; `done` is called with a label after each.

    Parameters
    ----------
    methods : sequence of Method
    clips : sequence of DyadicClip
        Some or all of `what.clips`.
    what : Generation
    executor : Executor
    done : callable

    Returns
    -------
    Report
        Counters and seconds, of measurements that the methods asked for too; seconds of all workers together.

    Raises
    ------
    MethodError
        When there are several workers and a method cannot be sent to them.
    """
    total = Report()
    laps: dict[tuple[str, str], tuple[Lap, ...]] = {}
    items = [(method.name, clip.id) for method in methods for clip in clips]
    if executor.workers > 1:
        _check_portable(methods)
    for item, made in executor.spread(Maker(methods, what), items):
        total.add(made.report)
        laps[item] = made.laps
        done(" ".join(item))
    for method in methods:
        own = [lap for clip in clips for lap in laps[method.name, clip.id]]
        if timed(method) and (latency := latency_of(own)):
            write_latency(what.out, method.name, latency)
    return total


def _check_portable(methods: Sequence[Method]) -> None:
    for method in methods:
        try:
            pickle.dumps(method)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise MethodError(
                f"cannot be sent to other processes before it is set up: {error}",
                where=method.name,
                fix="open files and build nets in setup(), or use --workers 1",
            ) from error


def stamp_of(method: Method, clip: DyadicClip, what: Generation) -> str:
    """Hash of everything that goes into an artefact."""
    return key_of(
        {
            "method": [method.name, method.version],
            "clip": clip.id,
            "split": what.manifest_sha256,
            "seed": what.seed,
            "samples": samples_of(method, what.samples),
            "decoder": DECODER,
        }
    )


def samples_of(method: Method, wanted: int) -> int:
    """How many artefacts per clip a method is asked for: one, unless it is stochastic."""
    return wanted if method.capabilities.stochastic else 1


def _outcome(method: Method, watch: Stopwatch, clip: DyadicClip, what: Generation, *, first: bool) -> Outcome:
    view = view_of(clip, uses_truth=method.capabilities.uses_truth)
    wanted = samples_of(method, what.samples)
    try:
        if first and timed(method):
            watch.first_frame(view, seed=what.seed)
        artefacts = watch.generate(view, seed=what.seed, samples=wanted)
        _check(method, clip, artefacts, wanted)
        rendered = tuple(_rendered(artefact, clip, what) for artefact in artefacts)
    except (NotApplicable, UnavailableError) as rule:
        return Outcome(method.name, clip.id, "skipped", error=type(rule).__name__, reason=str(rule))
    except Exception as error:  # the boundary of one clip: whatever a method throws, the other clips go on
        reason = str(error) if isinstance(error, EchoBenchError) else f"{type(error).__name__}: {error}"
        return Outcome(method.name, clip.id, "failed", error=type(error).__name__, reason=reason)
    return Outcome(method.name, clip.id, "ok", rendered)


def _check(method: Method, clip: DyadicClip, artefacts: Sequence[Artefact], wanted: int) -> None:
    if [a.sample for a in artefacts] != list(range(len(artefacts))) or not artefacts:
        raise MethodError("returned no artefact, or samples out of order", where=method.name)
    if method.capabilities.stochastic and len(artefacts) != wanted:
        raise MethodError(f"returned {len(artefacts)} samples of {wanted}", where=f"{method.name}, clip {clip.id}")
    if any(a.video is None and a.motion is None for a in artefacts):
        raise MethodError("returned an artefact without video or motion", where=f"{method.name}, clip {clip.id}")


def _rendered(artefact: Artefact, clip: DyadicClip, what: Generation) -> Artefact:
    """The artefact with its motion made visible, where the dataset can and nobody has yet."""
    motion = artefact.motion
    if artefact.video is not None or motion is None or motion.space != "rig61" or what.renderer is None:
        return artefact
    rows, _ = load_motion(motion)
    path = what.out / "artefacts" / artefact.method / f"{clip.id}.s{artefact.sample:02d}.mp4"
    sound = waveform(artefact.audio) if artefact.audio else None
    write_video(path, what.renderer(clip, rows.astype(np.float32)), fps=motion.fps, audio=sound)
    return replace(artefact, video=VideoRef(path, file_sha256(path)))
