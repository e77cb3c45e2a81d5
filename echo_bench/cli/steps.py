"""The steps of a run with progress on stderr."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from echo_bench.leaderboard.board import Board
    from echo_bench.pipeline.config import RunConfig
    from echo_bench.pipeline.extract import Report
    from echo_bench.pipeline.run import Session
    from echo_bench.results.schema import ResultFile

messages = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


class Bar:
    """A progress bar on stderr; silent where stderr is not a terminal, but for one line per step."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, int] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that `done` of `total` of a step are done."""
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
            if not messages.is_terminal:
                messages.print(f"{what}: {total}")
        self._progress.update(self._tasks[what], completed=done, total=total)  # type: ignore[arg-type]

    def step(self, what: str, total: int) -> _Step:
        """A step that counts itself."""
        self(what, 0, total)
        return _Step(self, what, total)


class _Step:
    def __init__(self, bar: Bar, what: str, total: int) -> None:
        self._bar, self._what, self._total, self._done = bar, what, total, 0

    def __call__(self, _label: str) -> None:
        self._done += 1
        self._bar(self._what, self._done, self._total)


@contextmanager
def bars() -> Iterator[Bar]:
    """Progress bars for the steps inside."""
    columns = (
        TextColumn("{task.description:>22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=messages, disable=not messages.is_terminal) as progress:
        yield Bar(progress)


def generate_step(session: Session, bar: Bar) -> Report:
    """Make all artefacts."""
    from echo_bench.pipeline.cost import remember_generation, unmade
    from echo_bench.pipeline.run import run_generate

    before = unmade(session)
    report = run_generate(session, bar.step("generate", len(session.methods) * len(session.share)))
    remember_generation(session, before, report)
    return report


def extract_step(session: Session, bar: Bar) -> Report:
    """Extract what is missing."""
    from echo_bench.pipeline.cost import remember_extraction
    from echo_bench.pipeline.run import make_plan, run_extract

    work = make_plan(session)
    report = run_extract(session, work, bar.step("decode, track, extract", len(work.tasks)))
    remember_extraction(session, work, report)
    if report.faults:
        more = f" (and {len(report.faults) - 1} more)" if len(report.faults) > 1 else ""
        messages.print(f"not measured, and tried again by the next run: {report.faults[0]}{more}")
    return report


def score_step(session: Session, report: Report, bar: Bar) -> list[ResultFile]:
    """Score, and write results and rows."""
    from echo_bench.pipeline.run import run_score

    return run_score(session, report, bar.step("score", len(session.methods) * len(session.clips)))


def board_step(out: Path, results: Sequence[ResultFile]) -> list[Board]:
    """Build the boards, measured first, and write each in every format; files of a kind that there is no longer go."""
    from echo_bench.leaderboard.board import Kind
    from echo_bench.leaderboard.build import boards
    from echo_bench.leaderboard.formats import FORMATS
    from echo_bench.pipeline.store import write_atomic

    made = {board.kind: board for board in boards(results)}
    for kind, stem in ((Kind.MEASURED, "leaderboard"), (Kind.NATIVE, "leaderboard-native")):
        for suffix, form in FORMATS.items():
            path = out / f"{stem}.{suffix}"
            if kind in made:
                write_atomic(path, form(made[kind]).encode())
            else:
                path.unlink(missing_ok=True)
    return list(made.values())


def publish_step(config: RunConfig) -> None:
    """Keep results, rows and boards in another place too, where one is named."""
    from echo_bench.leaderboard.published import publish

    if config.results is not None:
        publish(config.out, config.results)
        messages.print(f"results are in {config.results} too")


def read_results(out: Path) -> list[ResultFile]:
    """The results of a run: the always-on rows in their own order, then the others by name.

    Raises
    ------
    ResultError
        When there is none, or one is malformed.
    """
    from echo_bench.leaderboard.sources import read_folder

    return read_folder(out / "results", fix="run `echo-bench score --out DIR` first")


def report_step(
    session: Session, boards: Sequence[Board], results: Sequence[ResultFile], bar: Bar, *, single_file: bool = False
) -> Path:
    """Plots and the page."""
    from echo_bench.report.build import build_report

    return build_report(session, boards, results, bar, single_file=single_file)


def say_missing(session: Session) -> None:
    """Say in one line how many ids cannot run here, and for want of what."""
    from echo_bench.pipeline.features import extractors_of
    from echo_bench.pipeline.jobs import unavailable

    needed = [extractors_of(metric.info.requires) for metric in session.metrics]
    missing = unavailable(name for names in needed for name in names)
    if missing:
        count = sum(bool(names & set(missing)) for names in needed)
        lacking = ", ".join(missing)
        messages.print(f"{count} of {len(needed)} ids cannot run here, for want of {lacking}: see `echo-bench doctor`")


def open_session(config: RunConfig, bar: Bar) -> Session:
    """Open a run and keep its options."""
    from echo_bench.pipeline.run import open_run

    session = open_run(config, bar)
    config.write()
    return session


def print_boards(boards: Sequence[Board], as_json: bool) -> None:
    """The boards on stdout; as JSON the first of them, which the others lie beside as files."""
    from echo_bench.leaderboard.formats import to_json
    from echo_bench.leaderboard.terminal import print_table

    if as_json:
        print_out(to_json(boards[0]))
        return
    for board in boards:
        print_table(board)


def print_plan(session: Session, as_json: bool) -> None:
    """The plan of a run on stdout."""
    from echo_bench.pipeline.cost import cost

    plan = cost(session)
    print_out(json.dumps(plan, indent=1) if as_json else "\n".join(f"{key}: {value}" for key, value in plan.items()))


def print_counters(report: Report, as_json: bool) -> None:
    """What a step did, on stdout."""
    data = {"counters": dict(report.counters), "seconds": {k: round(v, 3) for k, v in report.seconds.items()}}
    if as_json:
        print_out(json.dumps(data, indent=1, sort_keys=True))
    else:
        print_out("\n".join(f"{name}: {count}" for name, count in sorted(report.counters.items())) or "nothing to do")


def print_out(text: str) -> None:
    """Text on stdout, as it is."""
    typer.echo(text)
