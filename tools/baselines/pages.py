"""What is committed of the board: the table, results, paired differences, latency, bars of what decides, and a sheet of samples."""

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
from echo_bench.results.schema import ResultFile
from tools.baselines.board import DECIDING, DIVERSITY, RIVALS, TOLD, Spread, told
from tools.baselines.samples import draw_samples


def write_pages(
    run: Path,
    differences: Sequence[Mapping[str, object]],
    shares: Mapping[str, Mapping[str, float]],
    over: Mapping[str, Spread],
    folder: Path,
) -> None:
    """Write everything about one scored run, and its spread `over` seeds, to `folder`."""
    results = read_results(run)
    (board,) = boards(results)
    shutil.copy2(run / "leaderboard-native.md", folder / "leaderboard-native.md")
    shutil.copytree(run / "results", folder / "results", dirs_exist_ok=True)
    (folder / "against.json").write_text(json.dumps(list(differences), indent=1) + "\n", "utf-8")
    (folder / "against.md").write_text(against_table(differences) + shares_table(shares) + seeds_table(over), "utf-8")
    (folder / "latency.md").write_text(latency_table(results), "utf-8")
    rows = pd.read_parquet(run / "rows.parquet")
    with style.look():
        for metric in DECIDING:
            _bars(board, metric, rows, folder)
        draw_samples(run).savefig(folder / "samples.jpg", dpi=80, pil_kwargs={"quality": 80})


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


def seeds_table(over: Mapping[str, Spread]) -> str:
    """Mean and deviation of what decides over all seeds."""
    lines = ["", "## Seeds", "", "Mean over seeds and their deviation.", ""]
    lines += [f"| method | seeds | {' | '.join(TOLD)} |", "|---|---|" + "---|" * len(TOLD)]
    for name, own in over.items():
        cells = " | ".join(f"{own[metric]['mean']:.3f} ± {own[metric]['deviation']:.3f}" for metric in TOLD)
        lines.append(f"| {name} | {own[TOLD[0]]['seeds']} | {cells} |")
    return "\n".join(lines) + "\n"


def latency_table(results: Sequence[ResultFile]) -> str:
    """How long each method took where the board was made."""
    lines = [
        "# Latency",
        "",
        "Wall-clock time on one thread of a busy machine, features included, pictures not. RTF: seconds per second of one sample,",
        "median over clips. First frame: waiting for the look-ahead, or for the whole clip where a method is not causal, and computing.",
        "",
        "| method | causal | RTF | first frame, s |",
        "|---|---|---|---|",
    ]
    for each in sorted(results, key=lambda found: found.result.method.name):
        method, latency = each.result.method, each.run.latency
        if latency is not None:
            causal = "yes" if method.causal else "no"
            lines.append(f"| {method.name} | {causal} | {latency.rtf:.2g} | {latency.first_frame_s:.2f} |")
    return "\n".join(lines) + "\n"


def _cell(found: Mapping[str, object]) -> str:
    return f"**{told(found)}**" if found["wins"] else told(found)


def _bars(board: Board, metric: str, rows: pd.DataFrame, folder: Path) -> None:
    """One bar figure as PNG."""
    index = [column.metric for column in board.columns].index(metric)
    good = rows[(rows["metric"] == metric) & rows["value"].notna()]
    values = {str(name): list(part["value"]) for name, part in good.groupby("method")}
    drawn = draw_bars(board, index, values)
    drawn.savefig(folder / f"bars-{metric.partition('@')[0]}.png", dpi=100, metadata={"Software": None})
