"""A board for the terminal: one line per metric, one column per method, values only; the files hold the rest."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from echo_bench.leaderboard.board import Board, Cell
from echo_bench.leaderboard.text import ARROWS, KINDS, number

WIDE = 400  # a pipe has no width; wrapping there would only break the lines of whoever reads them


def print_table(board: Board) -> None:
    """Print the board on stdout."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDE)
    console.print(to_table(board))
    for note in board.notes:
        console.print(Text(f"- {note}"))


def to_table(board: Board) -> Table:
    """The board transposed, so that twenty metrics fit on a screen."""
    split = board.split
    title = f"{split.dataset} {split.split}: {split.n_expected} clips{KINDS[board.kind]}"
    table = Table(title=Text(title), title_justify="left")
    table.add_column("metric", no_wrap=True)
    for row in board.rows:
        rank = f"{row.rank}. " if row.rank is not None else ""
        table.add_column(Text(f"{rank}{row.method.name}"), justify="right")
    for index, column in enumerate(board.columns):
        name = Text(f"{ARROWS[column.direction]:<1} {column.metric}")
        table.add_row(name, *(_cell(row.cells[index]) for row in board.rows))
    return table


def _cell(cell: Cell) -> Text:
    if cell.value is None:
        return Text(cell.status, style="dim")
    return Text(number(cell.value), style="bold" if cell.leading else "")
