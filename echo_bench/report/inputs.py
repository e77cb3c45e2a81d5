"""What a report is made of: the board, the per-clip rows, and the clips with everybody's video and motion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echo_bench.clip import Span, Track
from echo_bench.leaderboard.board import Board
from echo_bench.leaderboard.compare import Difference
from echo_bench.method import Artefact
from echo_bench.results.schema import ResultFile


class Trace(NamedTuple):
    """Motion of one face at 25 fps.

    Attributes
    ----------
    motion : ndarray of shape (T, 61), float32
        In ``rig61``.
    valid : ndarray of shape (T,), bool
        Which of its frames are measured.
    opening : ndarray of shape (T,), float64, or None
        How far the lips are apart (:func:`echo_bench.faces.lips.lip_opening`), where the face was tracked here; None where motion
        is all that there is.
    """

    motion: NDArray[np.float32]
    valid: NDArray[np.bool_]
    opening: NDArray[np.float64] | None = None


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
    samples : mapping of str to sequence of Trace
        Method -> motion of all its samples, of methods that gave several.
    """

    id: str
    duration: float
    user: Track
    truth: Track | None
    spans: tuple[Span, ...] = ()
    artefacts: Mapping[str, Artefact] = field(default_factory=dict)
    traces: Mapping[str, Trace] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    samples: Mapping[str, Sequence[Trace]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SyncCurve:
    """Agreement of lips and voice.

    Attributes
    ----------
    offsets : ndarray of shape (J,), float64
        Frames at 25 fps, rising; negative where the sound comes late.
    values : ndarray of shape (J,), float64
        Mean correlation, or mean distance of embeddings.
    best : {"highest", "lowest"}
        What the metric takes for in sync.
    """

    offsets: NDArray[np.float64]
    values: NDArray[np.float64]
    best: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Method `a` minus method `b`, metric by metric."""

    a: str
    b: str
    differences: tuple[Difference, ...]


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
    syncs : mapping of str to mapping of str to SyncCurve
        Metric id of an audio-visual offset -> method -> its curve over the offsets.
    comparisons : sequence of Comparison
    halves : frozenset of str
        Methods that compare halves of the truth with each other: they have values, and nothing to show of a clip.
    """

    title: str
    boards: Sequence[Board]
    results: Sequence[ResultFile]
    rows: pd.DataFrame
    clips: Sequence[ReportClip]
    syncs: Mapping[str, Mapping[str, SyncCurve]] = field(default_factory=dict)
    comparisons: Sequence[Comparison] = ()
    halves: frozenset[str] = frozenset()

    @property
    def board(self) -> Board:
        """The first board."""
        return self.boards[0]
