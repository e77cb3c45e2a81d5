"""A run: generate, extract, score. Each step resumes from what is kept, so all of them can be repeated at will."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from echo_bench.clip import DyadicClip
from echo_bench.datasets.base import DATASETS, Dataset, DatasetOptions, KnowsTruth, Progress, silent
from echo_bench.errors import DatasetError, ResultError, UnknownNameError
from echo_bench.importers.index import holds_motion
from echo_bench.method import Method
from echo_bench.methods import ALWAYS, METHODS
from echo_bench.methods.imported import FolderOfMotion
from echo_bench.methods.precomputed import FolderOfVideos, Panels
from echo_bench.metric import Metric
from echo_bench.metrics import DEFAULT, EMBEDDED, METRICS, ON_REQUEST
from echo_bench.metrics.fast import metric_of
from echo_bench.metrics.own_ids import SHARED_IDS, ids_of
from echo_bench.pipeline.artefacts import Outcome, read_outcome
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.executors import Executor, executor
from echo_bench.pipeline.extract import Report
from echo_bench.pipeline.generate import Generation, generate, stamp_of
from echo_bench.pipeline.latency import read_latency
from echo_bench.pipeline.plan import Plan, plan
from echo_bench.pipeline.rows import Row
from echo_bench.pipeline.score import failures_of, frame_of, rows_of, scores_of
from echo_bench.pipeline.store import FeatureStore, write_atomic
from echo_bench.pipeline.workers import run_tasks
from echo_bench.results.provenance import host, provenance
from echo_bench.results.schema import LatencyPart, MethodPart, ResultFile, ResultPart, RunPart, SplitPart
from echo_bench.spaces import RIG61

Outcomes = dict[tuple[str, str], Outcome]


@dataclass(frozen=True, slots=True)
class Session:
    """A run with everything it names opened.

    Attributes
    ----------
    config : RunConfig
    dataset : Dataset
    split : str
    clips : tuple of DyadicClip
    methods : tuple of Method
    metrics : tuple of Metric
    store : FeatureStore
    """

    config: RunConfig
    dataset: Dataset
    split: str
    clips: tuple[DyadicClip, ...]
    methods: tuple[Method, ...]
    metrics: tuple[Metric[Any], ...]
    store: FeatureStore

    @property
    def share(self) -> tuple[DyadicClip, ...]:
        """The clips that this run makes and measures: all, or those of its shard."""
        index, count = self.config.shard or (1, 1)
        return self.clips[index - 1 :: count]

    @property
    def executor(self) -> Executor:
        """Where the work is done."""
        return executor(self.config.executor, self.config.workers, self.config.address)

    @property
    def generation(self) -> Generation:
        """What methods are run on."""
        return Generation(
            clips=self.clips,
            train=self.dataset.pool(self.split),
            manifest_sha256=self.dataset.manifest_sha256(self.split),
            out=self.config.out,
            store=self.store,
            renderer=self.dataset.renderer(),
            device=self.config.device,
            seed=self.config.seed,
            samples=self.config.samples,
        )


def open_run(config: RunConfig, progress: Progress = silent) -> Session:
    """Open the dataset, methods and metrics that a run names.

    Raises
    ------
    EchoBenchError
        When one of them does not exist or cannot be used.
    """
    options = DatasetOptions(config.root, config.layout, config.manifest, progress, config.workers, config.limit)
    dataset = DATASETS.get(config.dataset)(options)
    split = config.split or dataset.splits()[0]
    if split not in dataset.splits():
        raise DatasetError(
            f"has no split {split!r}", where=config.dataset, fix=f"splits: {', '.join(dataset.splits())}"
        )
    clips = tuple(dataset.clips(split)[: config.limit])
    metrics = tuple(metric_of(name) for name in config.metrics or usual_metrics(dataset, clips))
    methods = tuple(open_methods(config, dataset, split, [clip.id for clip in clips]))
    return Session(config, dataset, split, clips, methods, metrics, FeatureStore(config.store))


def usual_metrics(dataset: Dataset, clips: Sequence[DyadicClip] = ()) -> tuple[str, ...]:
    """What is scored where no metric is named: the default ids, the embedded nets' on a simulated dataset, installed ones, and those
    of the spaces in which the truth was delivered.
    """
    spaces = sorted({clip.avatar.motion.space for clip in clips if clip.avatar.motion is not None} - {RIG61.name})
    own = [*(id_ for space in spaces for id_ in ids_of(space)), *(SHARED_IDS if spaces else ())]
    plugins = sorted(set(METRICS) - set(DEFAULT) - set(EMBEDDED) - set(ON_REQUEST))
    return (*DEFAULT, *(EMBEDDED if isinstance(dataset, KnowsTruth) else ()), *plugins, *own)


def open_methods(config: RunConfig, dataset: Dataset, split: str, ids: Sequence[str]) -> list[Method]:
    """The always-on rows, the dataset's own panels and the methods that were asked for, in that order.

    Raises
    ------
    UnknownNameError, MethodError
    """
    supplied = dataset.supplied(split)
    wanted = list(config.methods) or list(supplied)
    names = list(dict.fromkeys([*(ALWAYS if config.always else ()), *wanted]))
    methods: list[Method] = []
    for name in names:
        kind, _, rest = name.partition(":")
        if kind == "folder" and "=" in rest:
            label, _, folder = rest.partition("=")
            kind_of = FolderOfMotion if holds_motion(Path(folder)) else FolderOfVideos
            methods.append(kind_of(label, Path(folder), ids, allow_partial=config.allow_partial))
        elif name in supplied:
            methods.append(Panels(name, supplied[name]))
        else:
            methods.append(METHODS.get(name)())
    labels = [method.name for method in methods]
    if twice := sorted({label for label in labels if labels.count(label) > 1}):
        raise UnknownNameError(f"two methods are called {', '.join(twice)}", where="--methods", fix="rename one")
    return methods


def run_generate(session: Session, done: Callable[[str], None]) -> Report:
    """Make all artefacts; `done` is called with a label after each clip of each method."""
    return generate(session.methods, session.share, session.generation, session.executor, done)


def outcomes_of(session: Session) -> Outcomes:
    """What generation left for every method and clip; stale or missing ones are absent."""
    what = session.generation
    found: Outcomes = {}
    for method in session.methods:
        for clip in session.share:
            outcome = read_outcome(session.config.out, method.name, clip.id, stamp_of(method, clip, what))
            if outcome is not None:
                found[method.name, clip.id] = outcome
    return found


def make_plan(session: Session) -> Plan:
    """What extraction has to do."""
    infos = [metric.info for metric in session.metrics]
    retry = session.config.retry_failed
    return plan(session.share, outcomes_of(session), infos, session.store, retry_failed=retry)


def run_extract(session: Session, work: Plan, done: Callable[[str], None]) -> Report:
    """Do the plan; `done` is called with a clip's id after each clip."""
    started = time.perf_counter()
    report = run_tasks(work.tasks, session.store, session.executor, lambda task: done(task.clip_id))
    report.counters["features_kept_before"] += work.kept
    report.seconds["extract"] += time.perf_counter() - started
    return report


def run_score(session: Session, report: Report, done: Callable[[str], None]) -> list[ResultFile]:
    """Score every method, and write `rows.parquet` and `results/METHOD.json`.

    Parameters
    ----------
    session : Session
    report : Report
        Of the steps before, for the results' timings.
    done : callable
        Called with a label after each clip of each method.

    Raises
    ------
    ResultError
        For a shard.
    """
    if session.config.shard:
        raise ResultError(
            "a shard alone is not scored", where=session.config.out, fix="run `echo-bench merge` over all shards"
        )
    started = time.perf_counter()
    outcomes = outcomes_of(session)
    rows = {method.name: _rows(session, method, outcomes, done) for method in session.methods}
    targets = _targets(session, rows)
    report.seconds["score"] += time.perf_counter() - started
    samples = {name: max(len(o.artefacts) for (n, _), o in outcomes.items() if n == name) for name, _ in outcomes}
    results = [
        _result(session, method, rows[method.name], targets, max(1, samples.get(method.name, 1)), report)
        for method in session.methods
    ]
    _write(session.config.out, results, [row for each in rows.values() for row in each])
    return results


def _rows(session: Session, method: Method, outcomes: Outcomes, done: Callable[[str], None]) -> list[Row]:
    own = {clip_id: outcome for (name, clip_id), outcome in outcomes.items() if name == method.name}
    return rows_of(
        method, session.metrics, session.clips, own, session.store, lambda clip: done(f"{method.name} {clip.id}")
    )


def _targets(session: Session, rows: Mapping[str, list[Row]]) -> dict[str, float]:
    """The ground-truth row's own values: what metrics with target ``truth`` aim at."""
    if "ground-truth" not in rows:
        return {}
    scores = scores_of(session.metrics, rows["ground-truth"], {})
    return {score.metric: score.value for score in scores if score.value is not None}


def _result(
    session: Session, method: Method, rows: list[Row], targets: Mapping[str, float], samples: int, report: Report
) -> ResultFile:
    config = session.config
    scores = scores_of(session.metrics, rows, targets)
    part = MethodPart(
        name=method.name,
        version=method.version,
        uses_truth=method.capabilities.uses_truth,
        stochastic=method.capabilities.stochastic,
        causal=method.capabilities.causal,
        samples=samples,
        seed=config.seed,
    )
    split = SplitPart(
        dataset=session.dataset.name,
        version=session.dataset.version,
        split=session.split,
        manifest_sha256=session.dataset.manifest_sha256(session.split),
        n_expected=len(session.clips),
        limit=config.limit,
    )
    result = ResultPart(
        method=part,
        split=split,
        scores=tuple(scores),
        failures=tuple(failures_of(rows)),
        partial=config.limit is not None,
        unranked=_unranked(method, config),
        provenance=provenance(),
    )
    return ResultFile(result=result, run=_run_part(report, read_latency(config.out, method.name)))


def _unranked(method: Method, config: RunConfig) -> str:
    """Why a row is ranked on no board, or nothing: coverage is looked at by each board, over its own ids."""
    if method.capabilities.uses_truth:
        return "made from the truth: a yardstick"
    return "" if config.limit is None else f"partial run: the first {config.limit} clips"


def _run_part(report: Report, latency: LatencyPart | None) -> RunPart:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    defaults = dict.fromkeys(("streams_decoded", "frames_decoded", "features_computed", "features_failed"), 0)
    return RunPart(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        host=host(),
        seconds={name: round(value, 3) for name, value in sorted(report.seconds.items())},
        counters={**defaults, **report.counters},
        peak_memory_mib=round(max(own, children) / 1024, 1),
        latency=latency,
    )


def _write(out: Path, results: Sequence[ResultFile], rows: Sequence[Row]) -> None:
    """Rows first: where there are results, there are rows."""
    write_atomic(out / "rows.parquet", frame_of(rows).to_parquet(index=False))
    for result in results:
        write_atomic(out / "results" / f"{result.result.method.name}.json", result.text().encode())
