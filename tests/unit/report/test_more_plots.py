"""Forests, ranks, correlations, latency, offsets, events, feelings, directions and fans: what is drawn is what the data say."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text

from echo_bench.clip import Status
from echo_bench.leaderboard.build import build
from echo_bench.metrics.lse import EB, PooledCurve
from echo_bench.metrics.sync import AV_OFFSET, Curve
from echo_bench.report import style
from echo_bench.report import sync as sync_module
from echo_bench.report.behaviour import affect_path, draw_affect, draw_densities, draw_fan
from echo_bench.report.channels import CHANNELS, channels_of, curve
from echo_bench.report.events import events_of
from echo_bench.report.inputs import ReportClip, SyncCurve, Trace
from echo_bench.report.overview import draw_forest, draw_ranks
from echo_bench.report.plots import write_plots
from echo_bench.report.relations import FEWEST, correlations, draw_correlations, draw_latency, latencies
from echo_bench.report.sync import draw_sync, is_sync, sync_curve
from echo_bench.report.traces import draw_traces
from echo_bench.results.schema import LatencyPart
from echo_bench.spaces import RIG61
from tests.byhand import interval, result, score
from tests.reportbyhand import METHODS, motion


def rows_of(*pairs: tuple[float, float]):
    """One method per pair of values, the first metric better when higher, the second when lower."""
    return [
        result(f"m{i}", score("up", a, 0.1), score("down", b, 0.1, direction="lower")) for i, (a, b) in enumerate(pairs)
    ]


def still(frames: int = 50):
    return Trace(np.zeros((frames, 61), dtype=np.float32), np.ones(frames, dtype=bool))


def test_a_forest_has_every_value_and_its_interval(inputs):
    with style.look():
        drawn = draw_forest(inputs.board)
    first = drawn.axes[0]
    points = {(float(line.get_xdata()[0]), int(line.get_ydata()[0])) for line in first.get_lines()}
    assert (60.0, 0) in points, "ground truth's PSNR in the first row"
    assert len(points) == sum(row.cells[0].value is not None for row in inputs.board.rows)
    spans = {tuple(path.vertices[:, 0]) for lines in first.collections for path in lines.get_paths()}
    assert (59.0, 61.0) in spans
    assert first.get_title(loc="left") == "psnr ↑\n@piq"


def test_a_range_is_dashed_in_a_forest():
    ranged = score("x", 1.0, interval=interval(0.0, 2.0, level=None))
    with style.look():
        axes = draw_forest(build([result("a", ranged), result("b", score("x", 2.0, 0.5))])).axes[0]
    dashes = {lines.get_segments()[0][0, 0]: lines.get_linestyle()[0][1] for lines in axes.collections}
    assert dashes[0.0] is not None
    assert dashes[1.5] is None


def test_ranks_are_those_of_the_board():
    board = build(rows_of((3, 1), (2, 3), (1, 2)))
    with style.look():
        axes = draw_ranks(board).axes[0]
    means = [line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "D"]
    assert means == [row.mean_rank for row in board.rows] == [1.0, 2.5, 2.5]
    dots = sorted(line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "o")
    assert dots == [1, 1, 2, 2, 3, 3]


def test_metrics_correlate_by_what_they_call_good():
    columns, rho = correlations(build(rows_of(*((i, -i) for i in range(FEWEST)))))
    assert [column.metric for column in columns] == ["up", "down"]
    assert rho[0, 1] == pytest.approx(1.0), "higher is better here and lower there: they agree"
    _, against = correlations(build(rows_of(*((i, i) for i in range(FEWEST)))))
    assert against[0, 1] == pytest.approx(-1.0)
    with style.look():
        picture = draw_correlations(columns, rho).axes[0].get_images()[0]
    assert picture.get_array()[0, 1] == pytest.approx(1.0)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=FEWEST, max_size=14, unique=True))
def test_correlations_are_symmetric_and_bounded(pairs):
    columns, rho = correlations(build(rows_of(*pairs)))
    assert rho.shape == (len(columns), len(columns))
    assert np.allclose(rho, rho.T, equal_nan=True)
    assert np.nanmax(np.abs(rho), initial=0.0) <= 1 + 1e-12


def test_yardsticks_and_few_rows_tell_no_correlation():
    few = rows_of(*((i, i) for i in range(FEWEST - 1)))
    truth = result("truth", score("up", 99.0), score("down", 0.0, direction="lower"), uses_truth=True)
    assert correlations(build([*few, truth]))[0] == []


def test_latency_shows_timed_rows_alone():
    files = rows_of((1, 1), (2, 2), (3, 3))
    for place, rtf in ((0, 0.5), (1, 2.0)):
        run = files[place].run.model_copy(update={"latency": LatencyPart(rtf=rtf, first_frame_s=None, clips=3)})
        files[place] = files[place].model_copy(update={"run": run})
    timed = latencies(files)
    assert {name: part.rtf for name, part in timed.items()} == {"m0": 0.5, "m1": 2.0}
    with style.look():
        axes = draw_latency(build(files), 0, timed).axes[0]
    points = {(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.get_lines() if line.get_marker() == "o"}
    assert points == {(0.5, 1.0), (2.0, 2.0)}
    assert [line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "None"] == [1.0], "real time"
    assert {text.get_text() for text in axes.texts} == {"m0", "m1"}
    assert all(text.get_bbox_patch() for text in axes.texts), "no line strikes a name through"
    assert axes.get_xlabel().endswith("dashed: real time")


def test_names_of_methods_that_are_alike_lie_apart():
    files = rows_of(*((1.0 + 0.001 * place, 1) for place in range(4)), (9.0, 1))
    for place, file in enumerate(files):
        run = file.run.model_copy(update={"latency": LatencyPart(rtf=0.01, first_frame_s=None, clips=3)})
        files[place] = file.model_copy(update={"run": run})
    with style.look():
        drawn = draw_latency(build(files), 0, latencies(files))
        drawn.draw_without_rendering()
        boxes = [Text.get_window_extent(text) for text in drawn.axes[0].texts]  # without its line
    assert len(boxes) == 5
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def with_stats(monkeypatch, *stats):
    """Rows of hand-made statistics in place of features."""
    rows = iter(SimpleNamespace(stat=stat, status=Status.OK) for stat in stats)
    monkeypatch.setattr(sync_module, "Scorer", lambda *_: SimpleNamespace(row=lambda *_, **__: next(rows)))
    clips = [SimpleNamespace(id=str(i)) for i in range(len(stats))]
    return SimpleNamespace(capabilities=None), clips, {clip.id: None for clip in clips}


@pytest.mark.parametrize("offset", [-7, 0, 4])
def test_curves_peak_where_the_metric_does(monkeypatch, offset):
    peak = np.exp(-((np.arange(-15, 16) - offset) ** 2) / 8)
    found = sync_curve(AV_OFFSET, *with_stats(monkeypatch, Curve(peak), Curve(peak)), None)
    assert found.offsets[found.values.argmax()] == AV_OFFSET.finalize(Curve(2 * peak)) == offset
    assert found.values.max() == pytest.approx(1.0), "a mean over clips"
    pooled = PooledCurve(10 * (2 - peak), 10)
    other = sync_curve(EB.av_offset, *with_stats(monkeypatch, pooled), None)
    assert other.offsets[other.values.argmin()] == EB.av_offset.finalize(pooled)


def test_only_offsets_have_curves_and_none_without_a_clip(monkeypatch):
    assert is_sync(AV_OFFSET)
    assert not is_sync(EB.lse_c)
    assert sync_curve(AV_OFFSET, *with_stats(monkeypatch), None) is None


def test_a_flat_curve_claims_no_offset():
    offsets = np.arange(-15.0, 16.0)
    curves = {
        "still": SyncCurve(offsets, 0 * offsets, "highest"),
        "wavering": SyncCurve(offsets, np.cos(offsets), "highest"),
        "moving": SyncCurve(offsets, np.exp(-((offsets - 3) ** 2) / 8), "highest"),
    }
    board = build([result(name, score("x", place)) for name, place in (("moving", 3), ("wavering", 2), ("still", 1))])
    with style.look():
        drawn = draw_sync("av_offset@x", curves, board)
    said = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert said == ["moving (+3)", "wavering (no offset)", "still (no offset)"], "in the order of the board"
    markers = [line for line in drawn.axes[0].get_lines() if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in markers] == [3.0]


def test_a_method_has_one_line_in_all_figures_of_a_board():
    names = [f"m{place}" for place in range(9)]
    truth = result("truth", score("x", 99.0), uses_truth=True)
    board = build([truth, *(result(name, score("x", -place)) for place, name in enumerate(names))])
    flat = SyncCurve(np.arange(-2.0, 3.0), np.zeros(5), "highest")

    def looks(*methods: str):
        with style.look():
            key = draw_sync("av_offset@x", dict.fromkeys(methods, flat), board).legends[0].get_lines()
        return [(line.get_color(), line.get_linestyle(), line.get_marker()) for line in key]

    every = looks("truth", *names)
    assert every[0][0] == style.USER
    assert len(set(every)) == 10
    assert looks("m7", "truth") == [every[0], every[8]]


def test_events_are_found_in_their_channel_and_not_where_nothing_was_measured():
    frames, valid, _ = trace = still(100)
    time = np.arange(100) / 25
    frames[:, RIG61.columns.index("pitch")] = np.where((time >= 1) & (time < 2.5), 0.09 * np.sin(4 * np.pi * time), 0)
    frames[40:44, [8, 9]] = 0.9
    found = {channel.key: events_of(trace, channel) for channel in CHANNELS}
    assert found["blink"] == [(1.6, 1.76)]
    (nod,) = found["pitch"]
    assert nod[0] == pytest.approx(1.0, abs=0.3)
    assert nod[1] == pytest.approx(2.5, abs=0.3)
    assert (found["yaw"], found["jaw"], found["smile"]) == ([], [], [])
    valid[41] = False
    assert events_of(trace, CHANNELS[-1]) == []
    assert events_of(still(5), CHANNELS[0]) == [], "a fifth of a second shows no nod"


def test_lips_stand_for_the_jaw_where_every_face_was_tracked():
    """The tracker's jawOpen is near 0 in an open smile; a coefficient and a gap of lips share no axis."""
    tracked = still()._replace(opening=np.linspace(0.0, 0.3, 50))
    titles = [channel.title for channel in channels_of([tracked, tracked])]
    assert titles == ["pitch (down +)", "yaw (right +)", "mouth open", "smile", "blink"]
    assert channels_of([tracked, still()]) == CHANNELS
    tracked.valid[10] = False
    shown = curve(tracked, channels_of([tracked])[2])
    assert np.isnan(shown[10])
    assert shown[-1] == pytest.approx(0.3)
    clip = ReportClip("c", 2.0, None, None, traces={"truth": tracked, "m": tracked}, samples={"m": [tracked]})
    with style.look():
        assert draw_traces(clip, ["m"]).axes[2].get_title(loc="left") == "mouth open"
        assert draw_fan(clip, "m").axes[2].get_ylabel() == "mouth open"


def test_a_smile_moves_the_path_to_the_right():
    trace = still(75)
    trace.motion[40:, [6, 7, 43, 44]] = 0.7
    path = affect_path(trace)
    assert path is not None
    assert path[-1, 0] > path[0, 0] + 0.2
    assert affect_path(still(2)) is None
    clip = ReportClip("c", 3.0, None, None, traces={"truth": trace, "m": still(75), "short": still(2)})
    with style.look():
        drawn = draw_affect(clip, ["m", "short"])
    shown = [axes.get_title(loc="left") for axes in drawn.axes if axes.get_visible()]
    assert shown == ["truth", "m"], "what cannot be read is left out"


def test_densities_hold_all_time_and_turn_with_the_head():
    trace = still(200)
    trace.motion[:, RIG61.columns.index("yaw")] = np.deg2rad(5)
    clip = ReportClip("c", 8.0, None, None, traces={"truth": still(200), "m": trace})
    with style.look():
        drawn = draw_densities([clip], ["m", "absent"])
    truth, method = drawn.axes[:2]
    grids = [axes.collections[0].get_array() for axes in (truth, method)]
    assert [float(grid.sum()) for grid in grids] == pytest.approx([1.0, 1.0], abs=0.05)
    middles = [int(grid.sum(axis=0).argmax()) for grid in grids]
    assert middles[1] > middles[0], "further to the right"


def test_directions_of_many_methods_fit_a_page():
    names = [f"m{place}" for place in range(9)]
    clip = ReportClip("c", 8.0, None, None, traces={name: still(50) for name in ("truth", *names)})
    with style.look():
        drawn = draw_densities([clip], names)
    assert drawn.get_figwidth() < 11
    shown = [axes for axes in drawn.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown if axes.get_title(loc="left")] == ["truth", *names]
    assert len(shown) == 2 * 10
    assert all(axes.yaxis_inverted() for axes in shown), "down is below in every row"
    assert "orange line" in drawn.get_supxlabel()


def test_a_fan_spans_its_samples():
    samples = [motion(seed) for seed in range(4)]
    clip = ReportClip("c", 2.0, None, None, traces={"truth": motion(9)}, samples={"m": samples})
    with style.look():
        drawn = draw_fan(clip, "m")
    jaw = drawn.axes[2]
    outer = jaw.collections[0].get_paths()[0].vertices[:, 1]
    values = np.stack([CHANNELS[2].read(sample) for sample in samples])
    assert (outer.min(), outer.max()) == pytest.approx((values.min(), values.max()), abs=1e-6)
    assert len(jaw.get_lines()) == 5, "four samples and the truth"


def test_what_there_is_more_of_is_drawn_too(inputs, tmp_path):
    clip = replace(inputs.clips[0], samples={"good": [motion(1), motion(2)]})
    curve = SyncCurve(np.arange(-2.0, 3.0), np.array([0.0, 1.0, 2.0, 1.0, 0.0]), "highest")
    written = write_plots(replace(inputs, clips=[clip], syncs={"av_offset@x": {METHODS[1]: curve}}), tmp_path)
    named = {(plot.kind, plot.subject) for plot in written}
    assert {("sync", "av_offset@x"), ("fan", "good, first")} <= named
