"""A run's report: traces and media of every clip, gathered for the plots and the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from echo_bench.clip import DyadicClip
from echo_bench.datasets.base import Progress
from echo_bench.errors import EchoBenchError
from echo_bench.leaderboard.board import Board
from echo_bench.method import Artefact
from echo_bench.pipeline.features import FeatureError, arrays_of
from echo_bench.pipeline.run import Outcomes, Session, outcomes_of
from echo_bench.report.inputs import ReportClip, ReportInputs, Trace
from echo_bench.report.page import write_page
from echo_bench.results.schema import ResultFile


def build_report(session: Session, boards: Sequence[Board], results: Sequence[ResultFile], progress: Progress) -> Path:
    """Write ``OUT/report/index.html`` with ``plots/`` and ``media/`` beside it.

    Returns
    -------
    Path
        The page.
    """
    out = session.config.out
    rows = pd.read_parquet(out / "rows.parquet")
    outcomes = outcomes_of(session)
    clips = []
    for index, clip in enumerate(session.clips):
        clips.append(_report_clip(session, clip, outcomes, rows))
        progress("gather traces", index + 1, len(session.clips))
    title = f"{session.dataset.name} {session.split}"
    inputs = ReportInputs(title=title, boards=boards, results=results, rows=rows, clips=clips)
    return write_page(inputs, out / "report", progress)


def _report_clip(session: Session, clip: DyadicClip, outcomes: Outcomes, rows: pd.DataFrame) -> ReportClip:
    artefacts: dict[str, Artefact] = {}
    for method in session.methods:
        outcome = outcomes.get((method.name, clip.id))
        if outcome and outcome.artefacts and not method.capabilities.halves:
            artefacts[method.name] = outcome.artefacts[0]
    return ReportClip(
        id=clip.id,
        duration=clip.duration,
        user=clip.user,
        truth=clip.avatar if clip.avatar.video or clip.avatar.motion else None,
        spans=clip.spans,
        artefacts=artefacts,
        traces=_traces(session, clip, artefacts),
        values=_values(rows[(rows["clip"] == clip.id) & rows["value"].notna()]),
    )


def _traces(session: Session, clip: DyadicClip, artefacts: Mapping[str, Artefact]) -> dict[str, Trace]:
    """Motion of the user, the truth and every method, as far as it was measured."""
    wanted: dict[str, tuple[str, Artefact | None]] = {"user": ("user:motion", None), "truth": ("truth:motion", None)}
    wanted |= {name: ("pred:motion", artefact) for name, artefact in artefacts.items()}
    traces = {}
    for name, (requirement, artefact) in wanted.items():
        try:
            arrays = arrays_of(requirement, clip, artefact, session.store)
        except (EchoBenchError, FeatureError):
            continue  # the board says why; a missing line says enough here
        traces[name] = (arrays["motion"], arrays["valid"])
    return traces


def _values(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    values: dict[str, dict[str, float]] = {}
    for method, metric, value in zip(rows["method"], rows["metric"], rows["value"], strict=True):
        values.setdefault(str(method), {})[str(metric)] = float(value)
    return values
