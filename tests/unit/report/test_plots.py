"""Figures: all there, pictures of something, the same bytes every time."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from echo_bench.leaderboard.build import build
from echo_bench.leaderboard.text import bounds
from echo_bench.report import plots as plots_module
from echo_bench.report import style
from echo_bench.report.bars import draw_bars
from echo_bench.report.channels import CHANNELS, extent
from echo_bench.report.distributions import draw_distribution
from echo_bench.report.names import file_stem
from echo_bench.report.plots import write_plots
from echo_bench.report.traces import draw_traces
from echo_bench.report.whiskers import sort_key, whisker, whisker_scale
from tests.byhand import interval, result, score
from tests.reportbyhand import METHODS, RTL


@pytest.fixture(scope="module")
def written(inputs, tmp_path_factory):
    return write_plots(inputs, tmp_path_factory.mktemp("plots"))


def test_every_figure_is_written_as_png_and_svg(written):
    assert [(plot.kind, plot.subject) for plot in written] == [
        ("forest", "measured"),
        ("ranks", "measured"),
        ("ranks", "native"),
        ("bars", "psnr@piq"),
        ("distribution", "psnr@piq"),
        ("bars", "fd@dim"),
        ("traces", "first"),
        ("traces", "<i>second</i>"),
        ("densities", "clips"),
        ("affect", "first"),
        ("affect", "<i>second</i>"),
    ]
    for plot in written:
        picture = imread(plot.png)
        assert min(picture.shape[:2]) > 150
        assert picture[..., :3].std() > 0.02, "not blank"
        assert ElementTree.parse(plot.svg).getroot().tag.endswith("svg")
        assert plot.alt


def test_words_tell_the_values(written):
    bars = next(plot for plot in written if plot.kind == "bars")
    assert "ground-truth 60.00 [59.00, 61.00] n=2†" in bars.alt
    assert "motion SKIPPED: needs pixels" in bars.alt


def test_equal_inputs_give_equal_bytes(inputs, written, tmp_path):
    again = write_plots(replace(inputs, clips=inputs.clips[:1]), tmp_path)
    same = [plot for plot in written if plot.subject != "<i>second</i>" and plot.kind != "densities"]
    for one, two in zip(same, (plot for plot in again if plot.kind != "densities"), strict=True):
        assert one.png.read_bytes() == two.png.read_bytes()
        assert one.svg.read_bytes() == two.svg.read_bytes()


def test_a_metric_without_values_gets_no_figure(inputs, tmp_path):
    bare = build([result("a", score("psnr", None), score("fd", 1.0))])
    written = write_plots(replace(inputs, boards=[bare], clips=()), tmp_path)
    assert [plot.subject for plot in written if plot.kind == "bars"] == ["fd"]


def test_clips_beyond_the_limit_get_no_figure(inputs, tmp_path, monkeypatch):
    monkeypatch.setattr(plots_module, "TRACED_CLIPS", 1)
    assert [plot.subject for plot in write_plots(inputs, tmp_path) if plot.kind == "traces"] == ["first"]


def test_progress_counts_figures(inputs, tmp_path):
    seen: list[tuple[str, int, int]] = []
    write_plots(replace(inputs, clips=()), tmp_path, lambda *step: seen.append(step))
    assert seen == [("plots", done, 6) for done in range(1, 7)]


def test_bars_show_value_interval_and_dots(inputs):
    with style.look():
        (axes,) = draw_bars(inputs.board, 0, {"good": [28.0, 30.0]}).axes
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == [60.0, 29.0, 28.0, 27.0], "skipped and failed rows have no bar"
    (dots,) = [c for c in axes.collections if len(c.get_offsets()) == 2]
    assert sorted(dots.get_offsets()[:, 0]) == [28.0, 30.0]
    said = [text.get_text() for text in axes.texts]
    assert {"skipped", "failed"} <= set(said)
    assert any("29.00  [28.00, 30.00]†" in text for text in said)


def test_a_value_of_all_clips_has_no_whisker_over_single_clips():
    """A distance of few frames is larger than that of all: the range over clips need not hold the value."""
    apart = score("fd", 1e-3, interval=interval(300.0, 1400.0, level=None), direction="lower", aggregation="set")
    sure = score("fd", 2.0, 0.5, direction="lower", aggregation="set")
    board = build([result("a", apart), result("b", sure)])
    with style.look():
        (bars,) = draw_bars(board, 0, {"a": [300.0, 1400.0]}).axes
        (spread,) = draw_distribution(board, 0, {"a": [300.0, 1400.0]}).axes
    spans = [list(each[:, 0]) for lines in bars.collections for each in getattr(lines, "get_segments", list)()]
    assert [1.5, 2.5] in spans
    assert bars.get_xlim()[1] < 3, "nor dots"
    assert not any("1400" in text.get_text() for text in bars.texts)
    assert "one of all clips together" in spread.get_xlabel().replace("\n", " ")
    cells = [row.cells[0] for row in board.rows]
    assert whisker_scale(cells) == (1e-3, 2.5)
    assert [bounds(cell) for cell in cells] == ["single clips 300.0 to 1400", "[1.500, 2.500]"]
    assert any("of another size" in note for note in board.notes)
    mean = build([result("a", score("psnr", 20.0, interval=interval(19.0, 21.0, level=None)))])
    assert bounds(mean.rows[0].cells[0]) == "range 19.00 to 21.00"


def test_marks_are_explained_where_they_stand_and_ticks_lie_apart():
    ranged = score("mse", 0.00148, interval=interval(0.0012, 0.0019, level=None), direction="lower")
    bare = build([result("a", ranged), result("b", score("mse", 0.0005, direction="lower"))])
    with style.look():
        drawn = draw_bars(bare, 0, {})
        drawn.draw_without_rendering()
    assert drawn.get_supxlabel() == "dotted: range over clips"
    boxes = [label.get_window_extent() for label in drawn.axes[0].get_xticklabels()]
    assert all(a.x1 + 5 < b.x0 for a, b in pairwise(boxes))
    aimed = [result(n, score("x", v, 0.1, direction="target", target=1.0)) for n, v in (("a", 1.0), ("b", 3.0))]
    with style.look():
        drawn = draw_bars(build(aimed), 0, {})
    assert drawn.get_supxlabel() == "dashed: the target; bold: the best ranked, or not told from it"


def test_a_figure_is_laid_out_once_and_drawn_once_per_file(inputs, tmp_path, monkeypatch):
    drawn: list[str] = []
    monkeypatch.setattr(
        Figure, "draw", lambda self, renderer, _draw=Figure.draw: drawn.append("") or _draw(self, renderer)
    )
    with style.look():
        figure = draw_bars(inputs.board, 0, {})
        before = figure.axes[0].get_position().bounds
        style.save(figure, tmp_path / "x")
    assert len(drawn) == 2
    assert figure.axes[0].get_position().bounds != before, "room was made for the names"


def test_a_box_shows_quartiles(inputs):
    values = {"good": [0.0, 1.0, 2.0, 3.0, 10.0]}
    with style.look():
        (axes,) = draw_distribution(inputs.board, 0, values).axes
    (box,) = axes.patches
    assert (box.get_x(), box.get_width()) == (1.0, 2.0)


def test_traces_hold_every_method_with_motion_and_break_at_gaps(inputs):
    with style.look():
        drawn = draw_traces(inputs.clips[0], METHODS)
    assert len(drawn.axes) == 5 * 4, f"{RTL} and broken have no motion"
    good = drawn.axes[5]
    user, truth, method = good.get_lines()
    assert np.isnan(method.get_ydata()[20:30]).all()
    assert np.isfinite(truth.get_ydata()).all()
    assert user.get_ydata()[0] == pytest.approx(np.rad2deg(0.3), rel=1e-5), "pitch in degrees"
    spoken = [patch for patch in good.patches if patch.get_alpha() == 0.16]
    assert len(spoken) == 2


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", ".", "", "con:", "a" * 300, RTL, "x\0y"])
def test_no_name_leaves_the_folder(name):
    stem = file_stem(name)
    assert "/" not in stem
    assert not stem.startswith(".")
    assert 0 < len(stem) < 100
    assert stem != file_stem(name + "2")


def test_whiskers_share_the_columns_scale(inputs):
    cells = [row.cells[0] for row in inputs.board.rows]
    scale = whisker_scale(cells)
    assert scale == (26.0, 61.0)
    first = whisker(cells[0], scale)
    assert first is not None
    assert (first.hi, first.firm) == (96.0, True)
    assert whisker(cells[-1], scale) is None
    assert [sort_key(cell) for cell in cells[:2]] == [-60.0, -29.0]
    assert sort_key(cells[-1]) is None


def test_axes_span_what_matters():
    smile = CHANNELS[3]
    noise = np.array([0.50, np.nan, 0.51])
    assert extent([noise], smile) == pytest.approx((0.405, 0.605)), "a hundredth is not motion"
    assert extent([noise, np.array([0.0, 1.0])], smile) == (0.0, 1.0)
    assert extent([np.full(3, np.nan)], smile) == pytest.approx((-0.1, 0.1)), "nothing measured"
