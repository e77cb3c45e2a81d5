"""Everything of a page in one file: plots, posters, results, and as many clips' videos as fit.

The files are carried as base64 text that the browser does not parse before it is needed. Videos are kept clip by clip; what is left out
says so in its tile.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from echo_bench.errors import ResultError
from echo_bench.report.media import Seat, Tile

LIMIT = 50_000_000
"""Bytes of the whole file: what mail and issue trackers still take."""
_FRAME = 64  # bytes around a file's text
TOO_LARGE = f"left out of this file, which holds at most {LIMIT // 10**6} MB: the folder of the report has it"


@dataclass(frozen=True, slots=True)
class CarriedFile:
    """A file inside the page.

    Attributes
    ----------
    path : str
        As links of the page name it, relative to the report's folder.
    text : str
        Its bytes in base64.
    """

    path: str
    text: str


def carried(folder: Path, paths: Iterable[str]) -> list[CarriedFile]:
    """The files of a report's folder, each once, as text."""
    return [
        CarriedFile(path, base64.b64encode((folder / path).read_bytes()).decode("ascii"))
        for path in dict.fromkeys(paths)
    ]


def size_carried(path: Path) -> int:
    """How many bytes a file takes inside a page."""
    return -(-path.stat().st_size // 3) * 4 + len(path.name) + _FRAME


def room_left(taken: int, paths: Iterable[Path]) -> int:
    """Bytes for videos when the page itself takes `taken` and these files are carried whatever they weigh.

    Raises
    ------
    ResultError
        When nothing is left.
    """
    room = LIMIT - taken - sum(size_carried(path) for path in paths)
    if room < 0:
        raise ResultError(
            f"plots, posters and tables are {-room / 1e6:.1f} MB more than a single file of {LIMIT // 10**6} MB holds",
            where="--single-file",
            fix="use report/index.html with the folders beside it, or fewer clips (--limit) or methods",
        )
    return room


def fitting(tiles: Mapping[Seat, Tile], room: int) -> dict[Seat, Tile]:
    """The tiles with the videos of the first clips that fit; the others keep their poster and say why they do not play.

    A stream that several tiles share is counted once.

    Parameters
    ----------
    tiles : mapping of Seat to Tile
        In the order of the clips.
    room : int
        Bytes.
    """
    kept: dict[Seat, Tile] = {}
    held: set[Path] = set()
    full = False
    for _, group in groupby(tiles.items(), key=lambda item: item[0][0]):
        clip = list(group)
        new = {tile.video for _, tile in clip if tile.video} - held
        cost = sum(size_carried(video) for video in new)
        full = full or cost > room
        if not full:
            room -= cost
            held |= new
        kept |= {
            seat: tile if not full or tile.video is None else replace(tile, video=None, reason=TOO_LARGE)
            for seat, tile in clip
        }
    return kept
