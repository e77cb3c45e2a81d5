"""Published numbers as they stand in their sources, with who reported them, and what is doubtful about them."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, fields
from pathlib import Path

from echo_bench.errors import ResultError

GRADES = {
    "A": "read in the official repository or page",
    "B": "read in the paper",
    "C": "another paper's table",
    "D2": "secondary, unverified: two notes agree",
}
"""Grades that are published. D (one secondary note) and M (from memory) are not."""
DIRECTIONS = ("up", "down", "closer_to_GT")
_COSINES = ("CSIM", "SSIM", "ID")
_NEVER_NEGATIVE = (
    "FID",
    "FVD",
    "FD",
    "P-FD",
    "FGD",
    "MSE",
    "Var",
    "LMD",
    "LPIPS",
    "LSE-D",
    "Sync-D",
    "latency",
    "Blink/s",
)


@dataclass(frozen=True, slots=True)
class Reported:
    """One published number.

    Attributes
    ----------
    board : str
        The task, such as ``listener``.
    dataset, protocol : str
        What it was computed on, and by which table's protocol; numbers of two protocols are never on one board.
    system, metric : str
        As the source calls them.
    value : str
        The digits as published.
    direction : {"up", "down", "closer_to_GT"}
    reported_by : str
        Whose number it is.
    grade : str
        One of :data:`GRADES`.
    source : str
    third_party : {"yes", "no"}
        Somebody else than the system's makers ran it.
    copied_from : str
        Where the source took the number from instead of running the system; empty where it ran it.
    clusters : str
        K of a Shannon index, as far as it is stated.
    """

    board: str
    dataset: str
    protocol: str
    system: str
    metric: str
    value: str
    direction: str
    reported_by: str
    grade: str
    source: str
    third_party: str
    copied_from: str
    clusters: str

    @property
    def number(self) -> float:
        """The value."""
        return float(self.value)

    @property
    def column(self) -> str:
        """The metric, for a Shannon index with its K: entropies over different numbers of words are different metrics."""
        if self.metric.split("-")[0] != "SID":
            return self.metric
        return f"{self.metric} (K {self.clusters or 'not stated'})"


COLUMNS = tuple(each.name for each in fields(Reported))


def read_reported(path: Path) -> list[Reported]:
    """All rows of a table of published numbers.

    Raises
    ------
    ResultError
        When a column is missing, a grade is not one that is published, a value is no finite number, or a cell stands there twice.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise ResultError(f"the columns have to be {','.join(COLUMNS)}", where=path)
            lines = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ResultError(f"not readable as published numbers: {error}", where=path) from error
    rows = [_row(line, f"{path}, row {index}") for index, line in enumerate(lines, 2)]
    seen: dict[tuple[str, ...], int] = {}
    for index, row in enumerate(rows, 2):
        key = (row.dataset, row.protocol, row.system, row.column)
        if (first := seen.setdefault(key, index)) != index:
            raise ResultError(
                f"{row.metric} of {row.system} stands in row {first} already", where=f"{path}, row {index}"
            )
    return rows


def _row(line: dict[str, str], where: str) -> Reported:
    if set(line) != set(COLUMNS) or any(text is None for text in line.values()):
        raise ResultError(f"has not {len(COLUMNS)} fields", where=where)
    row = Reported(**line)
    if row.grade not in GRADES:
        raise ResultError(f"grade {row.grade!r} is not published", where=where, fix=f"grades are {', '.join(GRADES)}")
    if row.direction not in DIRECTIONS or row.third_party not in ("yes", "no"):
        raise ResultError(f"direction {row.direction!r} or third_party {row.third_party!r} is unknown", where=where)
    try:
        finite = math.isfinite(row.number) and (not row.clusters or int(row.clusters) > 1)
    except ValueError:
        finite = False
    if not finite:
        raise ResultError(f"value {row.value!r} or clusters {row.clusters!r} is no number of its kind", where=where)
    return row


def impossible(row: Reported) -> str:
    """Why a value cannot be what its column says; empty where it can.

    Examples
    --------
    >>> from dataclasses import replace
    >>> pose = Reported("listener", "ViCo", "T", "x", "SID-Pose", "3.20", "up", "y", "B", "z", "no", "", "9")
    >>> impossible(pose)
    'above log2 9 = 3.170, which no Shannon index over 9 words exceeds'
    >>> impossible(replace(pose, value="3.00"))
    ''
    """
    value, name = row.number, row.metric
    base = name if name in _NEVER_NEGATIVE else name.split("-")[0]
    if base == "SID" and row.clusters and value > math.log2(int(row.clusters)):
        bound = math.log2(int(row.clusters))
        return f"above log2 {row.clusters} = {bound:.3f}, which no Shannon index over {row.clusters} words exceeds"
    if name in _COSINES and abs(value) > 1:
        return "beyond 1, the most that such a similarity reaches"
    if (base in _NEVER_NEGATIVE or base == "SID") and value < 0:
        return "below 0, which such a value never is"
    if "rate" in name.split("_") and not 0 <= value <= 100:
        return "no percentage"
    return ""
