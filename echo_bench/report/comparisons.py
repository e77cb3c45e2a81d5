"""Pairs of methods as the page compares them: the best ranked row with the next ones, and every pair that `compare` was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from echo_bench.errors import ResultError
from echo_bench.leaderboard.board import Board
from echo_bench.leaderboard.compare import Difference, compare
from echo_bench.leaderboard.compare_formats import reach
from echo_bench.leaderboard.text import number, one_line, probability
from echo_bench.report.inputs import Comparison, ReportInputs
from echo_bench.report.media import Seat, Tile
from echo_bench.results.schema import ResultFile
from echo_bench.strict_json import parse_json

RUNNERS_UP = 3
"""Ranked rows that the page compares with the best without being asked; a pair takes a second or two."""


def compared_pairs(board: Board, asked: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs of a page: those that were asked for and are on the board, then the best ranked row with each of the next three.

    Parameters
    ----------
    board : Board
    asked : sequence of (str, str)

    Returns
    -------
    list of (str, str)
        Each once.
    """
    names = {row.method.name for row in board.rows}
    ranked = [row.method.name for row in board.rows if row.rank is not None]
    usual = [(ranked[0], other) for other in ranked[1 : 1 + RUNNERS_UP]]
    return [pair for pair in dict.fromkeys([*asked, *usual]) if names.issuperset(pair)]


def comparisons(
    rows: pd.DataFrame, results: Sequence[ResultFile], pairs: Sequence[tuple[str, str]]
) -> list[Comparison]:
    """The paired differences of each pair that has a clip in common on some metric."""
    scored = set(rows.loc[rows["value"].notna(), "method"])
    return [Comparison(a, b, tuple(compare(rows, results, a, b))) for a, b in pairs if scored.issuperset((a, b))]


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A clip on which two methods differ.

    Attributes
    ----------
    index : int
        Of the clip in the player.
    clip : str
    posters : tuple of (str, str)
        Method and the name of its picture's file, for those of the two that have one.
    """

    index: int
    clip: str
    posters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One metric of a comparison, as text.

    Attributes
    ----------
    metric, a, b, ahead, difference, interval, p, effect : str
    clips : int
    apart : bool
        The corrected p is below 0.05.
    differ : tuple of Thumbnail
    """

    metric: str
    a: str
    b: str
    ahead: str
    difference: str
    interval: str
    p: str
    effect: str
    clips: int
    apart: bool
    differ: tuple[Thumbnail, ...]


def comparison_lines(inputs: ReportInputs, found: Comparison, tiles: Mapping[Seat, Tile]) -> list[Line]:
    """The table of a comparison, those metrics first that tell the two apart."""
    places = {clip.id: index for index, clip in enumerate(inputs.clips)}

    def thumbnail(clip: str) -> Thumbnail:
        shown = [(name, tiles.get((clip, "method", name))) for name in (found.a, found.b)]
        posters = tuple((name, tile.poster.name) for name, tile in shown if tile is not None and tile.poster)
        return Thumbnail(places[clip], one_line(clip), posters)

    def line(each: Difference) -> Line:
        p = each.p_holm
        return Line(
            metric=each.metric,
            a=number(each.a),
            b=number(each.b),
            ahead=each.ahead,
            difference=number(each.difference),
            interval=reach(each),
            p=probability(p),
            effect=number(each.effect),
            clips=each.clips,
            apart=p is not None and p < 0.05,
            differ=tuple(thumbnail(clip) for clip in each.most_different if clip in places),
        )

    return sorted((line(each) for each in found.differences), key=lambda each: not each.apart)


def kept_pairs(folder: Path) -> list[tuple[str, str]]:
    """The pairs that ``echo-bench compare`` left in a run's folder of comparisons, by file name.

    Raises
    ------
    ResultError
        When a file there is no comparison.
    """
    return [_pair(path) for path in sorted(folder.glob("*.json"))]


def _pair(path: Path) -> tuple[str, str]:
    try:
        kept = parse_json(path.read_bytes())
        return str(kept["a"]), str(kept["b"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        fix = "remove it; `echo-bench compare A B` makes it again"
        raise ResultError("is not what `echo-bench compare` writes", where=path, fix=fix) from error
