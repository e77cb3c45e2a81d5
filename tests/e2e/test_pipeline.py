"""The whole path on small synthetic footage: coverage, reasons, resume, equal bytes. No face is needed for PSNR and SSIM."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from echo_bench.errors import MethodError, StoreError, UnknownNameError
from echo_bench.leaderboard.board import Group
from echo_bench.leaderboard.build import build
from echo_bench.media.decode import frames
from echo_bench.pipeline import extract as passes
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.extract import Report
from echo_bench.pipeline.run import make_plan, open_run, run_extract, run_generate, run_score
from echo_bench.results.schema import ResultFile, read_result
from tests.footage import left_right_clips

PIXELS = ("psnr@piq", "ssim@piq")


def quiet(_label: str) -> None:
    pass


def config(root: Path, out: Path, **changes) -> RunConfig:
    options = {
        "dataset": "folder",
        "root": root,
        "layout": "left-right",
        "metrics": PIXELS,
        "out": out,
        "store": out / "store",
    }
    return RunConfig(**{**options, **changes})


def run(options: RunConfig) -> tuple[dict[str, ResultFile], Report]:
    session = open_run(options)
    report = run_generate(session, quiet)
    report.add(run_extract(session, make_plan(session), quiet))
    results = run_score(session, report, quiet)
    return {result.result.method.name: result for result in results}, report


def everything(out: Path) -> dict[str, bytes]:
    """The bytes that must not depend on how a run went."""
    kept = {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*.safetensors")}
    kept |= {p.name: read_result(p).deterministic_bytes() for p in (out / "results").glob("*.json")}
    return {**kept, "rows": (out / "rows.parquet").read_bytes()}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    return left_right_clips(tmp_path_factory.mktemp("clips"), ("a", "b", "c"), 1.2)


@pytest.fixture(scope="module")
def finished(root, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("finished")
    run(config(root, out))
    return out


def test_every_clip_of_every_metric_has_a_row(finished):
    rows = pd.read_parquet(finished / "rows.parquet")
    assert len(rows) == 9 * 3 * 2
    assert set(rows["status"]) == {"ok", "skipped"}
    assert rows[rows["status"] != "ok"]["reason"].ne("").all()


def test_ground_truth_is_first(finished):
    best = read_result(finished / "results" / "ground-truth.json").result
    assert best.score("psnr@piq").value == pytest.approx(80.0)
    assert best.score("ssim@piq").value == pytest.approx(1.0)
    for name in ("reencoded", "static", "random", "shuffled"):
        value = read_result(finished / "results" / f"{name}.json").result.score("psnr@piq").value
        assert value < 45


def test_reencoding_costs_less_than_another_person(finished):
    values = {
        n: read_result(finished / "results" / f"{n}.json").result.score("ssim@piq").value
        for n in ("reencoded", "shuffled")
    }
    assert values["reencoded"] > values["shuffled"] + 0.3


def test_rules_are_named(finished):
    mirror = read_result(finished / "results" / "mirror.json").result.score("psnr@piq")
    assert (mirror.status, mirror.n, mirror.value) == ("skipped", 0, None)
    halves = read_result(finished / "results" / "ground-truth-halves.json").result.score("psnr@piq")
    assert "metrics of two sets only" in halves.reason
    shifted = read_result(finished / "results" / "shifted-audio.json").result.score("psnr@piq")
    assert "no sound" in shifted.reason


def test_below_five_dyads_there_is_a_range_and_no_interval(finished):
    pair = read_result(finished / "results" / "static.json").result.score("psnr@piq").interval
    assert pair.level is None
    assert "fewer than 5 dyads" in pair.note
    assert pair.lo < pair.hi


def test_scoring_again_decodes_nothing(root, finished):
    session = open_run(config(root, finished))
    assert make_plan(session).tasks == ()
    before = everything(finished)
    results = run_score(session, Report(), quiet)
    assert {r.run.counters["streams_decoded"] for r in results} == {0}
    assert everything(finished) == before


def test_a_clip_whose_features_are_kept_is_never_opened(root, finished, tmp_path, monkeypatch):
    """One feature of clip b is gone: its two videos are decoded, no other file is."""
    out = tmp_path / "again"
    shutil.copytree(finished, out)
    session = open_run(config(root, out))
    everything_missing = make_plan(open_run(config(root, out, store=tmp_path / "empty")))
    (missing,) = [task.jobs for task in everything_missing.tasks if task.clip_id == "b"]
    lost = next(job for job in missing if len(set(job.videos)) == 2)
    session.store.path(lost.key).unlink()
    opened = []
    monkeypatch.setattr(passes, "frames", lambda ref, **options: (opened.append(ref), frames(ref, **options))[1])
    report = run_extract(session, make_plan(session), quiet)
    assert report.counters["features_computed"] == 1
    assert sorted(opened, key=str) == sorted(lost.videos, key=str)


def test_workers_do_not_change_a_byte(root, finished, tmp_path):
    run(config(root, tmp_path, workers=2))
    assert everything(tmp_path) == everything(finished)


def test_each_video_is_decoded_once_for_all_extractors(root, tmp_path):
    """Three clips: truth, re-encoded and static; the truth serves its own row and as the other side of each pair."""
    _, report = run(config(root, tmp_path, methods=("ground-truth", "reencoded", "static"), always=False))
    assert report.counters["streams_decoded"] == 3 * 3
    assert report.counters["frames_decoded"] == 3 * 3 * 30


def test_resumes_from_any_part(root, finished, tmp_path):
    """Whatever a killed run left behind, the next one ends in the same bytes."""
    out = tmp_path / "resumed"
    shutil.copytree(finished, out)
    for index, path in enumerate(sorted((out / "store").rglob("*.safetensors"))):
        if index % 2:
            path.unlink()
    shutil.rmtree(out / "results")
    (out / "artefacts" / "static" / "a.json").unlink()
    (out / "artefacts" / "reencoded" / "b.s00.mp4").unlink()
    run(config(root, out))
    assert everything(out) == everything(finished)
    assert (out / "artefacts" / "reencoded" / "b.s00.mp4").is_file()


def test_broken_clips_fail_by_name_and_the_rest_completes(root, tmp_path):
    bad = tmp_path / "bad"
    shutil.copytree(root, bad)
    whole = (bad / "a.mp4").read_bytes()
    (bad / "text.mp4").write_text("this is a text file named mp4")
    (bad / "empty.mp4").write_bytes(b"")
    (bad / "cut.mp4").write_bytes(whole[: len(whole) * 2 // 3])
    results, _ = run(config(bad, tmp_path / "out", methods=("static",), always=False))
    static = results["static"].result
    assert {failure.clip for failure in static.failures} == {"text", "empty", "cut"}
    assert all(failure.message for failure in static.failures)
    score = static.score("psnr@piq")
    assert (score.n, score.n_expected, score.coverage) == (3, 6, 0.5)
    (row,) = build([results["static"]]).rows
    assert (row.group, row.why) == (Group.UNRANKED, "below full coverage: psnr@piq 3 of 6, ssim@piq 3 of 6")


def outputs(folder: Path, root: Path, names: tuple[str, ...]) -> Path:
    """Pretend outputs: the right halves of other clips would need a crop; small videos of the right size do."""
    from echo_bench.clip import Panel, VideoRef
    from echo_bench.media.encode import reencode
    from echo_bench.media.hashing import file_sha256

    folder.mkdir()
    for name in names:
        source = root / "a.mp4"
        reencode(VideoRef(source, file_sha256(source), Panel(1, 2)), folder / f"{name}.mp4", crf=30, fps=25.0)
    return folder


def test_a_folder_of_outputs(root, tmp_path):
    mine = outputs(tmp_path / "mine", root, ("a", "b", "c"))
    results, _ = run(config(root, tmp_path / "out", methods=(f"folder:mine={mine}",), always=False))
    score = results["mine"].result.score("psnr@piq")
    assert (score.n, score.status) == (3, "ok")
    rows = pd.read_parquet(tmp_path / "out" / "rows.parquet").set_index(["metric", "clip"])["value"]
    assert rows["psnr@piq", "a"] > 25 > 15 > rows["psnr@piq", "b"]


def test_k_reactions_per_clip_are_averaged(root, tmp_path):
    names = tuple(f"{clip}.s{k:02d}" for clip in "abc" for k in range(2))
    mine = outputs(tmp_path / "mine", root, names)
    results, _ = run(config(root, tmp_path / "out", methods=(f"folder:mine={mine}",), always=False))
    assert results["mine"].result.method.samples == 2
    assert results["mine"].result.score("psnr@piq").n == 3


def test_an_output_that_goes_on_is_scored_on_its_clip_and_warned_of(root, tmp_path):
    """A second copy of the clips, one of them followed by another second."""
    exact, long = (left_right_clips(tmp_path / name, ("a", "b", "c"), 1.2) for name in ("exact", "long"))
    left_right_clips(long, ("a",), 2.2)
    methods = (f"folder:exact={exact}", f"folder:long={long}")
    results, report = run(config(root, tmp_path / "out", layout="single", methods=methods, always=False))
    assert report.counters["frames_decoded"] == (3 + 3 + 1) * 30  # clips, copies, and one that differs
    scores = {name: results[name].result.score("ssim@piq") for name in ("exact", "long")}
    assert scores["exact"].value == pytest.approx(scores["long"].value, abs=0.01)
    said = ["1 artefacts are more than 5 % longer than their clip: only the clip's part was scored"]
    assert [list(scores[name].warnings) for name in ("exact", "long")] == [[], said]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("a", "b"), "missing: c"),
        (("a", "b", "c", "d"), "not in the split: d"),
        (("a.s00", "a.s01", "b.s00", "c.s00"), "different numbers of samples: 1, 2"),
    ],
)
def test_refuses_outputs_that_do_not_fit(root, tmp_path, names, message):
    mine = outputs(tmp_path / "mine", root, names)
    with pytest.raises(MethodError, match=message):
        open_run(config(root, tmp_path / "out", methods=(f"folder:mine={mine}",)))


def test_partial_outputs_are_shown_unranked(root, tmp_path):
    mine = outputs(tmp_path / "mine", root, ("a", "b"))
    results, _ = run(config(root, tmp_path / "out", methods=(f"folder:mine={mine}",), always=False, allow_partial=True))
    part = results["mine"].result
    (row,) = build([results["mine"]]).rows
    assert (row.group, row.why) == (Group.UNRANKED, "below full coverage: psnr@piq 2 of 3, ssim@piq 2 of 3")
    assert [failure.clip for failure in part.failures] == ["c"]


def test_outputs_that_stop_early_fail(root, tmp_path):
    mine = outputs(tmp_path / "mine", left_right_clips(tmp_path / "short", ("a",), 0.6), ("a", "b", "c"))
    results, _ = run(config(root, tmp_path / "out", methods=(f"folder:mine={mine}",), always=False))
    assert {f.clip for f in results["mine"].result.failures} == {"a", "b", "c"}
    assert "covers 0.60 s of a clip of 1.20 s" in results["mine"].result.failures[0].message


def test_a_limited_run_is_partial(root, tmp_path):
    results, _ = run(config(root, tmp_path, limit=2, methods=("static",), always=False))
    assert results["static"].result.partial
    assert "partial run" in results["static"].result.unranked
    assert results["static"].result.split.n_expected == 2


def test_refuses_two_methods_of_one_name(root, tmp_path):
    mine = outputs(tmp_path / "mine", root, ("a", "b", "c"))
    with pytest.raises(UnknownNameError, match="two methods are called static"):
        open_run(config(root, tmp_path / "out", methods=("static", f"folder:static={mine}")))


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".."])
def test_refuses_names_that_are_no_file_names(root, tmp_path, name):
    with pytest.raises(MethodError, match="cannot name a row"):
        open_run(config(root, tmp_path / "out", methods=(f"folder:{name}={root}",)))


def test_a_store_that_cannot_be_written_stops_the_run_and_is_no_failure_of_a_clip(root, finished, tmp_path):
    """Where a large feature does not fit, its small failure record would: and would then be believed for ever."""
    out = tmp_path / "out"
    shutil.copytree(finished, out)
    session = open_run(config(root, out))
    for path in (out / "store").rglob("*.safetensors"):
        path.unlink()
        path.mkdir()  # nothing can be renamed to this
        (path / "x").touch()
    work = make_plan(session)
    before = set((out / "store").rglob("*.failed.json"))
    with pytest.raises(StoreError, match="cannot write"):
        run_extract(session, work, quiet)
    assert set((out / "store").rglob("*.failed.json")) == before


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:-1] + bytes([b[-1] ^ 1])])
def test_artefacts_and_records_that_were_damaged_are_made_again(root, finished, tmp_path, damage):
    out = tmp_path / "out"
    shutil.copytree(finished, out)
    video, record = out / "artefacts" / "reencoded" / "b.s00.mp4", out / "artefacts" / "static" / "a.json"
    for path in (video, record):
        path.write_bytes(damage(path.read_bytes()))
    run(config(root, out))
    assert everything(out) == everything(finished)
    for path in (video, record):
        assert path.read_bytes() == (finished / path.relative_to(out)).read_bytes()
