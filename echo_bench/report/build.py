"""A run's report: traces and media of every clip, gathered for the plots and the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from echo_bench.clip import DyadicClip
from echo_bench.datasets.base import Progress
from echo_bench.errors import EchoBenchError
from echo_bench.extractors.face import from_arrays
from echo_bench.faces.lips import lip_opening
from echo_bench.faces.rig61 import to_rig61
from echo_bench.faces.smooth import fill_gaps, smooth
from echo_bench.leaderboard.board import Board
from echo_bench.leaderboard.compare_formats import KEPT
from echo_bench.method import Artefact
from echo_bench.pipeline.features import FeatureError, arrays_of, job_of
from echo_bench.pipeline.run import Outcomes, Session, outcomes_of
from echo_bench.pipeline.score import read_rows
from echo_bench.report.comparisons import compared_pairs, comparisons, kept_pairs
from echo_bench.report.inputs import ReportClip, ReportInputs, SyncCurve, Trace
from echo_bench.report.page import write_page
from echo_bench.report.sync import is_sync, sync_curve
from echo_bench.results.schema import ResultFile


def build_report(
    session: Session,
    boards: Sequence[Board],
    results: Sequence[ResultFile],
    progress: Progress,
    *,
    single_file: bool = False,
) -> Path:
    """Write ``OUT/report/index.html`` with ``plots/``, ``media/`` and ``results/`` beside it.

    Returns
    -------
    Path
        The page.
    """
    out = session.config.out
    rows = read_rows(out)
    outcomes = outcomes_of(session)
    clips = []
    for index, clip in enumerate(session.clips):
        clips.append(_report_clip(session, clip, outcomes, rows))
        progress("gather traces", index + 1, len(session.clips))
    title = f"{session.dataset.name} {session.split}"
    pairs = compared_pairs(boards[0], kept_pairs(out / KEPT))
    inputs = ReportInputs(
        title=title,
        boards=boards,
        results=results,
        rows=rows,
        clips=clips,
        syncs=_syncs(session, outcomes),
        halves=frozenset(method.name for method in session.methods if method.capabilities.halves),
        comparisons=comparisons(rows, results, pairs),
    )
    return write_page(inputs, out / "report", progress, single_file=single_file)


def _syncs(session: Session, outcomes: Outcomes) -> dict[str, dict[str, SyncCurve]]:
    """The curve over the offsets of every method, for every metric that finds an offset."""
    found: dict[str, dict[str, SyncCurve]] = {}
    for metric in filter(is_sync, session.metrics):
        for method in session.methods:
            own = {clip: outcome for (name, clip), outcome in outcomes.items() if name == method.name}
            drawn = sync_curve(metric, method, session.clips, own, session.store)
            if drawn is not None:
                found.setdefault(metric.info.id, {})[method.name] = drawn
    return found


def _report_clip(session: Session, clip: DyadicClip, outcomes: Outcomes, rows: pd.DataFrame) -> ReportClip:
    artefacts: dict[str, Artefact] = {}
    several: dict[str, tuple[Artefact, ...]] = {}
    for method in session.methods:
        outcome = outcomes.get((method.name, clip.id))
        if outcome and outcome.artefacts and not method.capabilities.halves:
            artefacts[method.name] = outcome.artefacts[0]
            if len(outcome.artefacts) > 1:
                several[method.name] = tuple(outcome.artefacts)
    return ReportClip(
        id=clip.id,
        duration=clip.duration,
        user=clip.user,
        truth=clip.avatar if clip.avatar.video or clip.avatar.motion else None,
        spans=clip.spans,
        artefacts=artefacts,
        traces=_traces(session, clip, artefacts),
        samples={name: found for name, made in several.items() if (found := _samples(session, clip, made))},
        values=_values(rows[(rows["clip"] == clip.id) & rows["value"].notna()]),
    )


def _traces(session: Session, clip: DyadicClip, artefacts: Mapping[str, Artefact]) -> dict[str, Trace]:
    """Motion of the user, the truth and every method, as far as it was measured."""
    wanted: dict[str, tuple[str, Artefact | None]] = {"user": ("user:motion", None), "truth": ("truth:motion", None)}
    wanted |= {name: ("pred:motion", artefact) for name, artefact in artefacts.items()}
    found = {name: _trace(session, clip, requirement, artefact) for name, (requirement, artefact) in wanted.items()}
    return {name: trace for name, trace in found.items() if trace is not None}


def _samples(session: Session, clip: DyadicClip, artefacts: Sequence[Artefact]) -> list[Trace]:
    """Motion of all samples; empty where one of them was not measured."""
    found = [_trace(session, clip, "pred:motion", artefact) for artefact in artefacts]
    measured = [trace for trace in found if trace is not None]
    return measured if len(measured) == len(found) else []


def _trace(session: Session, clip: DyadicClip, requirement: str, artefact: Artefact | None) -> Trace | None:
    """Motion as far as it was measured; None where it was not: the board says why, a missing line says enough here."""
    try:
        if job_of(requirement, clip, artefact) is None:
            arrays = arrays_of(requirement, clip, artefact, session.store)
            return Trace(arrays["motion"], arrays["valid"])
        face = arrays_of(requirement.replace(":motion", ":face"), clip, artefact, session.store)
    except (EchoBenchError, FeatureError):
        return None
    track = smooth(fill_gaps(from_arrays(dict(face))))
    return Trace(*to_rig61(track), lip_opening(track.landmarks))


def _values(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    values: dict[str, dict[str, float]] = {}
    for method, metric, value in zip(rows["method"], rows["metric"], rows["value"], strict=True):
        values.setdefault(str(method), {})[str(metric)] = float(value)
    return values
