"""What a report is made of: the board, the per-clip rows, and the clips with everybody's video and motion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echo_bench.clip import Span, Track
from echo_bench.leaderboard.board import Board
from echo_bench.method import Artefact
from echo_bench.results.schema import ResultFile

Trace = tuple[NDArray[np.float32], NDArray[np.bool_]]
"""Motion (T, 61) in ``rig61`` at 25 fps, and which of its frames are measured (T,)."""


@dataclass(frozen=True, slots=True)
class ReportClip:
    """One clip of the report.

    Attributes
    ----------
    id : str
    duration : float
        Seconds.
    user : Track
    truth : Track or None
        The avatar's real track; None where the dataset has none.
    spans : tuple of Span
        Who speaks when.
    artefacts : mapping of str to Artefact
        Method -> its first sample; a method that gave nothing is absent.
    traces : mapping of str to Trace
        ``user``, ``truth`` and method names -> motion.
    values : mapping of str to mapping of str to float
        Method -> metric id -> value of this clip alone.
    """

    id: str
    duration: float
    user: Track
    truth: Track | None
    spans: tuple[Span, ...] = ()
    artefacts: Mapping[str, Artefact] = field(default_factory=dict)
    traces: Mapping[str, Trace] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """Everything a report shows.

    Attributes
    ----------
    title : str
    boards : sequence of Board
        At least one: what was measured, then motion as delivered. The first orders the methods and has the plots.
    results : sequence of ResultFile
        Those that the boards were built of.
    rows : DataFrame
        Columns method, clip, cluster, metric, status (ok, failed, skipped), value, reason: one row per expected clip.
    clips : sequence of ReportClip
    """

    title: str
    boards: Sequence[Board]
    results: Sequence[ResultFile]
    rows: pd.DataFrame
    clips: Sequence[ReportClip]

    @property
    def board(self) -> Board:
        """The first board."""
        return self.boards[0]
