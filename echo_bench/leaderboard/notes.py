"""What must be said beside a board so that nobody reads more into it than it shows."""

from __future__ import annotations

from collections.abc import Sequence

from echo_bench.leaderboard.board import Column, Group, Kind, Row


def board_notes(kind: Kind, columns: Sequence[Column], rows: Sequence[Row], left_off: Sequence[str]) -> tuple[str, ...]:
    """The notes of a board, in reading order; `left_off` are methods that have nothing of its kind."""
    counted = [column.metric for column in columns if column.counted]
    notes = [_order_note(counted, sum(row.group == Group.RANKED for row in rows))]
    if kind is Kind.NATIVE:
        missing = f" Not here, since they give pixels alone: {', '.join(left_off)}." if left_off else ""
        notes.append(
            "Motion as it was delivered, not as a tracker sees it in a video: values compare with none of the measured board."
            + missing
        )
    notes.append(
        "Intervals that overlap are not claimed as differences: the order then follows the point values alone. "
        "Values in bold cannot be told from the best ranked value; nothing is bold where nothing is separated."
    )
    if any(cell.standing for row in rows for cell in row.cells):
        notes.append(
            "#: rank among the ranked rows with its 95 % interval from all paired comparisons, corrected by Holm. "
            "Rows that share a letter cannot be told apart."
        )
    if any(row.group == Group.YARDSTICK for row in rows):
        notes.append("Yardsticks see the truth: they show what a metric can reach, and are never ranked.")
    if any(cell.few_clusters for row in rows for cell in row.cells):
        notes.append("† few clusters: fewer than 20 dyads, so the interval covers less than its level says.")
    if any(cell.interval is not None and cell.interval.level is None for row in rows for cell in row.cells):
        notes.append(
            "A range is that of the clips' values, not an interval: too few dyads for one, or none is defined."
        )
    if any(cell.reach is not cell.interval for row in rows for cell in row.cells):
        notes.append(
            '"single clips" beside a value of all clips together: the same measure of each clip alone. It is of another size, '
            "as fewer frames were compared, and says nothing of how sure the value is."
        )
    notes += [f"{column.metric} is flagged: {flag}." for column in columns for flag in column.flags]
    return tuple(notes)


def _order_note(counted: Sequence[str], n_ranked: int) -> str:
    if not n_ranked:
        return "No row is ranked."
    if not counted:
        return "Rows are not ordered: no metric with a direction has full coverage on every ranked row."
    plural = "s" if len(counted) > 1 else ""
    return f"Rank: mean of the ranks over {len(counted)} metric{plural} ({', '.join(counted)}); ties share a rank."
