"""What is committed of the board: the table, results, paired differences, bars of the metrics that decide, and a sheet of samples."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from echo_bench.cli.steps import read_results
from echo_bench.leaderboard.board import Board
from echo_bench.leaderboard.build import boards
from echo_bench.report import style
from echo_bench.report.bars import draw_bars
from tools.baselines.board import DECIDING, DIVERSITY, RIVALS, TOLD
from tools.baselines.samples import draw_samples


def write_pages(
    run: Path, differences: Sequence[Mapping[str, object]], shares: Mapping[str, Mapping[str, float]], folder: Path
) -> None:
    """Write everything about one scored run to `folder`."""
    results = read_results(run)
    (board,) = boards(results)
    shutil.copy2(run / "leaderboard-native.md", folder / "leaderboard-native.md")
    shutil.copytree(run / "results", folder / "results", dirs_exist_ok=True)
    (folder / "against.json").write_text(json.dumps(list(differences), indent=1) + "\n", "utf-8")
    (folder / "against.md").write_text(against_table(differences) + shares_table(shares), "utf-8")
    rows = pd.read_parquet(run / "rows.parquet")
    with style.look():
        for metric in DECIDING:
            _bars(board, metric, rows, folder)
        draw_samples(run).savefig(folder / "samples.png", dpi=80, metadata={"Software": None})


def against_table(differences: Sequence[Mapping[str, object]]) -> str:
    """Differences as a table per metric: a row per method, a column per rival; wins in bold."""
    lines = ["# Each learned method against what it has to beat", ""]
    lines += [
        "Paired difference over the clips of test, with its 95 % interval; bold where the interval is above zero.",
        "",
    ]
    for metric in TOLD:
        found = [each for each in differences if each["metric"] == metric]
        lines += [f"## {metric}", "", f"| method | value | {' | '.join(RIVALS)} |", "|---|---|" + "---|" * len(RIVALS)]
        for name in dict.fromkeys(each["method"] for each in found):
            own = {each["rival"]: each for each in found if each["method"] == name}
            cells = " | ".join(_cell(own[rival]) for rival in RIVALS)
            lines.append(f"| {name} | {next(iter(own.values()))['value']:.3f} | {cells} |")
        lines.append("")
    return "\n".join(lines)


def shares_table(shares: Mapping[str, Mapping[str, float]]) -> str:
    """Diversity over time and among samples, as a share of the truth's."""
    lines = [
        "",
        "## Diversity, as a share of that of the right reactions",
        "",
        f"| method | {' | '.join(DIVERSITY)} |",
        "|---|---|---|",
    ]
    for name, own in shares.items():
        cells = (f"{own[metric]:.2f}" if metric in own else "one reaction" for metric in DIVERSITY)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(found: Mapping[str, object]) -> str:
    text = f"{found['difference']:+.3f} [{found['low']:.3f}, {found['high']:.3f}]"
    return f"**{text}**" if found["wins"] else text


def _bars(board: Board, metric: str, rows: pd.DataFrame, folder: Path) -> None:
    """One bar figure as PNG."""
    index = [column.metric for column in board.columns].index(metric)
    good = rows[(rows["metric"] == metric) & rows["value"].notna()]
    values = {str(name): list(part["value"]) for name, part in good.groupby("method")}
    drawn = draw_bars(board, index, values)
    drawn.savefig(folder / f"bars-{metric.partition('@')[0]}.png", metadata={"Software": None})
