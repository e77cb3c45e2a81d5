"""The main job on real face-to-face footage: who must win wins, a known shift is measured, panels are scored as methods."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from echo_bench.clip import VideoRef
from echo_bench.media.decode import frames
from echo_bench.media.encode import write_video
from echo_bench.methods import ALWAYS
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.extract import Report
from echo_bench.pipeline.run import make_plan, open_run, run_extract, run_generate, run_score
from echo_bench.results.schema import ResultPart

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("tracker_weights")]
PAIRED = (
    "psnr@piq", "ssim@piq", "fd_exp@dim-tracker", "fd_pose@dim-tracker", "mse_exp@dim-tracker", "mse_pose@dim-tracker",
    "rpcc_exp@dualtalk-tracker", "rpcc_pose@dualtalk-tracker",
)  # fmt: skip


def score(root: Path, layout: str | None, out: Path, dataset: str = "folder", **changes) -> dict[str, ResultPart]:
    options = RunConfig(dataset=dataset, root=root, layout=layout, out=out, workers=2, **changes)
    session = open_run(options)
    report = Report()
    report.add(run_generate(session, lambda _: None))
    report.add(run_extract(session, make_plan(session), lambda _: None))
    return {r.result.method.name: r.result for r in run_score(session, report, lambda _: None)}


@pytest.fixture(scope="module")
def vico(shared, tmp_path_factory):
    out = tmp_path_factory.mktemp("vico")
    return score(shared / "clips" / "vico", "left-right", out), pd.read_parquet(out / "rows.parquet")


def test_all_always_on_rows_have_full_coverage(vico):
    results, _ = vico
    assert tuple(results) == ALWAYS
    for result in results.values():
        assert result.failures == ()
        assert all(s.coverage == 1.0 for s in result.scores if s.status == "ok")


@pytest.mark.parametrize("metric", PAIRED)
def test_ground_truth_is_first_on_every_paired_metric(vico, metric):
    results, _ = vico
    values = {name: r.score(metric).value for name, r in results.items() if r.score(metric).value is not None}
    sign = 1 if results["ground-truth"].score(metric).direction == "lower" else -1
    best = min(values, key=lambda name: sign * values[name])
    assert best == "ground-truth"
    assert len(values) >= 5


def test_copies_and_strangers_are_far_from_the_truth(vico):
    """Re-encoding costs little; mirror and shuffled are at least ten times as far."""
    results, _ = vico
    for metric in ("mse_exp@dim-tracker", "mse_pose@dim-tracker", "fd_exp@dim-tracker"):
        floor = results["reencoded"].score(metric).value
        for name in ("mirror", "shuffled", "random"):
            assert results[name].score(metric).value > 10 * floor


def test_a_mirror_follows_the_user_and_the_truth_does_not(vico):
    results, _ = vico
    assert results["mirror"].score("user_lag_corr@eb1-tracker").value > 0.9
    assert results["ground-truth"].score("user_lag_corr@eb1-tracker").value < 0.4


def test_listeners_without_a_voice_have_no_offset(vico):
    results, _ = vico
    assert results["ground-truth"].score("av_offset@eb1-landmark").status == "skipped"
    assert "speaking" in results["ground-truth"].score("av_offset@eb1-landmark").reason


def test_every_face_is_found(vico):
    _, rows = vico
    found = rows[(rows["metric"] == "track_coverage@tracker") & (rows["status"] == "ok")]["value"]
    assert (found >= 0.99).all()


def test_a_shift_of_five_frames_is_measured_on_grid(shared, tmp_path):
    methods = ("ground-truth", "shifted-audio")
    metrics = ("av_offset@eb1-landmark",)
    results = score(shared / "clips" / "grid", "single", tmp_path, methods=methods, always=False, metrics=metrics)
    truth, late = (results[name].score(metrics[0]).value for name in methods)
    assert abs(truth) <= 1
    assert late - truth == -5
    rows = pd.read_parquet(tmp_path / "rows.parquet").set_index(["method", "clip"])["value"]
    moved = rows["shifted-audio"] - rows["ground-truth"]
    assert (moved == -5).sum() >= 4


def test_panels_are_scored_as_methods_without_truth(shared, tmp_path):
    """DIM's demo: the user and four published listeners, tagged 150 fps; no truth, so nothing is ranked."""
    results = score(shared / "clips" / "dim_demo", "panels:user,l2l,elp,rlhg,dim", tmp_path)
    panels = {name: results[name] for name in ("l2l", "elp", "rlhg", "dim")}
    for result in panels.values():
        assert result.failures == ()
        for metric in PAIRED:
            found = result.score(metric)
            assert found.status == "skipped"
            assert "avatar's" in found.reason
        for metric in ("var_exp@dualtalk-tracker", "blink_rate@eb1-tracker", "jerk_pose@eb1-tracker"):
            found = result.score(metric)
            assert found.status == "ok"
            assert found.direction == "none"
            assert found.interval is not None
    variance = {name: result.score("var_pose@dualtalk-tracker").value for name, result in panels.items()}
    assert variance["dim"] > variance["elp"]  # visible in the footage: DIM nods, ELP hardly moves


def test_panels_of_infp_are_scored_as_methods(shared, tmp_path):
    """The first two seconds of INFP's demo: the user and four published listeners side by side."""
    (tmp_path / "clips").mkdir()
    start = islice(frames(VideoRef(shared / "clips/infp_demo/listen-1.mp4", "")), 50)
    write_video(tmp_path / "clips/listen-1.mp4", np.stack(list(start))[:, ::2, ::2], fps=25.0)
    names, metrics = ("l2l", "rlhg", "dim", "infp"), ("var_pose@dualtalk-tracker", "track_coverage@tracker")
    results = score(tmp_path / "clips", f"panels:user,{','.join(names)}", tmp_path, always=False, metrics=metrics)
    for name in names:
        assert results[name].failures == ()
        assert results[name].score("track_coverage@tracker").value > 0.95
    variance = [results[name].score("var_pose@dualtalk-tracker").value for name in names]
    assert min(variance) > 0
    assert len(set(variance)) == len(names)


def test_mead_is_scored_by_the_emotions_of_its_names(shared, tmp_path):
    """Three takes of three people: the emotion that a file's name says is looked for in the face, where the net knows it."""
    metrics = ("track_coverage@tracker", "acc_emo@emonet-eb")
    root, methods = shared / "clips/mead", ("ground-truth",)
    truth = score(root, None, tmp_path, "mead", methods=methods, always=False, metrics=metrics)["ground-truth"]
    assert truth.failures == ()
    assert truth.score("track_coverage@tracker").value > 0.95
    rows = pd.read_parquet(tmp_path / "rows.parquet")
    hits = rows[rows["metric"] == "acc_emo@emonet-eb"].set_index("clip")
    assert hits["status"].tolist() == ["skipped", "ok", "ok"]  # the net has no class for disgust
    assert set(hits["value"].dropna()) <= {0.0, 1.0}
    assert truth.score("acc_emo@emonet-eb").n == 2


def test_a_video_without_a_face_fails_and_the_rest_completes(shared, footage, tmp_path):
    root = footage(("noface",), seconds=3.0)
    (root / "z.mp4").symlink_to(next((shared / "clips" / "vico").glob("cte*.mp4")))
    results = score(root, "left-right", tmp_path, methods=("ground-truth",), always=False)
    (failure,) = results["ground-truth"].failures
    assert (failure.clip, failure.error, failure.stage) == ("noface", "NoFaceError", "extract")
    assert results["ground-truth"].score("psnr@piq").n == 2
    assert results["ground-truth"].score("mse_exp@dim-tracker").n == 1
