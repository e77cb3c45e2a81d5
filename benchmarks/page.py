"""Time to the first paint of a report of 20 methods and 100 clips, from ``file://``, beside the same values as a bare table of pandas.

On a busy machine the wall clock tells little: the processor time that the page's thread has taken once the page is complete, which
is after its first paint, is printed too.

python -m benchmarks.page [--methods 20] [--clips 100] [--metrics 30] [--seconds 10] [--rounds 5]

Needs selenium, Debian's chromium and chromium-driver. Figures are not drawn, for the browser fetches none before it is scrolled to.
"""

from __future__ import annotations

import argparse
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from echo_bench.clip import Span
from echo_bench.leaderboard.build import boards
from echo_bench.method import Artefact
from echo_bench.report.inputs import ReportClip, ReportInputs, Trace
from echo_bench.report.page import write_page
from tests.byhand import result, score
from tests.reportbyhand import make_video, track
from tools.chromium import chromium

LIMIT = 1.0
PAINTED = "return performance.getEntriesByName('first-contentful-paint').map(e => e.startTime / 1000)[0]"


def make_inputs(sizes: Namespace, folder: Path) -> ReportInputs:
    """A board, and every clip with traces of everybody; all show one video, of which the page fetches nothing."""
    rng = np.random.default_rng(0)
    methods = [f"method-{i:02d}" for i in range(sizes.methods)]
    metrics = [f"metric-{i:02d}@toy" for i in range(sizes.metrics)]
    values = rng.normal(30, 3, (sizes.methods, sizes.metrics))
    results = [
        result(name, *(score(metric, value, 1.0) for metric, value in zip(metrics, row, strict=True)))
        for name, row in zip(methods, values, strict=True)
    ]
    filmed = track(make_video(folder / "all.mp4", 0))

    def trace() -> Trace:
        frames = round(25 * sizes.seconds)
        return Trace(rng.uniform(0, 1, (frames, 61)).astype(np.float32), np.ones(frames, bool))

    clips = [
        ReportClip(
            id=f"clip-{i:03d}",
            duration=sizes.seconds,
            user=filmed,
            truth=filmed,
            spans=(Span("user", 0.0, sizes.seconds / 2),),
            artefacts={name: Artefact(f"clip-{i:03d}", name, 0, 0, filmed.video, filmed.audio) for name in methods},
            traces={name: trace() for name in ("user", "truth", *methods)},
            values={
                name: dict(zip(metrics, row.tolist(), strict=True)) for name, row in zip(methods, values, strict=True)
            },
        )
        for i in range(sizes.clips)
    ]
    rows = pd.DataFrame(columns=["method", "clip", "cluster", "metric", "status", "value", "reason"])
    return ReportInputs("20 methods", boards(results), results, rows, clips)


def bare_table(inputs: ReportInputs, path: Path) -> Path:
    """The peer: the board's values as pandas writes them."""
    names = [column.metric for column in inputs.board.columns]
    table = pd.DataFrame(
        [[cell.value for cell in row.cells] for row in inputs.board.rows],
        index=[row.method.name for row in inputs.board.rows],
        columns=names,
    )
    path.write_text(f'<!doctype html><meta charset="utf-8"><title>table</title>{table.to_html()}', encoding="utf-8")
    return path


def paints(browser: webdriver.Chrome, path: Path, rounds: int) -> Iterator[tuple[float, float]]:
    """Seconds from the request of a page to its first contentful paint, and processor seconds until it is complete.

    The first round warms up.
    """
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    for number in range(rounds + 1):
        browser.get("about:blank")
        before = processor(browser)
        browser.get(path.as_uri())
        painted = WebDriverWait(browser, 60).until(lambda page: page.execute_script(PAINTED))
        if number:
            yield float(painted), processor(browser) - before


def processor(browser: webdriver.Chrome) -> float:
    """Seconds that the tasks of the page's thread have taken of its processor."""
    values = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return float(next(each["value"] for each in values if each["name"] == "TaskDuration"))


def main() -> None:
    """Print both times, their ratio and the size of the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, usual in (("methods", 20), ("clips", 100), ("metrics", 30), ("seconds", 10), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    sizes = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, patch("echo_bench.report.page.write_plots", lambda *_: []):
        inputs = make_inputs(sizes, Path(name))
        page = write_page(inputs, Path(name) / "report")
        peer = bare_table(inputs, Path(name) / "bare.html")
        with chromium() as browser:
            ours, theirs = (np.array([*paints(browser, path, sizes.rounds)]) for path in (page, peer))
        print(
            f"{sizes.methods} methods, {sizes.clips} clips, {sizes.metrics} metrics: {page.stat().st_size / 1e6:.1f} MB"
        )
    for what, mine, peers in zip(("first paint", "processor time until complete"), ours.T, theirs.T, strict=True):
        print(
            f"{what}, least and median of {sizes.rounds}: {mine.min():.3f} and {np.median(mine):.3f} s (limit {LIMIT} s); "
            f"bare table of pandas: {peers.min():.3f} and {np.median(peers):.3f} s; ratio of the least {mine.min() / peers.min():.2f}"
        )


if __name__ == "__main__":
    main()
