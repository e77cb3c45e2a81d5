"""Submissions: what is packed verifies, and no edit of a value, a clip or an artefact goes unseen."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from echo_bench.datasets.base import DatasetOptions
from echo_bench.errors import UnknownNameError
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.store import FeatureStore
from echo_bench.submissions import rescore as rescoring
from echo_bench.submissions.archive import SubmissionError, opened, write_archive
from echo_bench.submissions.bundle import documents, read_bundle
from echo_bench.submissions.consistency import inconsistencies
from echo_bench.submissions.pack import pack
from echo_bench.submissions.verify import verify
from tests.e2e.test_pipeline import config, outputs, run
from tests.footage import left_right_clips

CLIPS = ("a", "b", "c", "d", "e", "f")


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    return left_right_clips(tmp_path_factory.mktemp("clips"), CLIPS, 0.6)


@pytest.fixture(scope="module")
def finished(root, tmp_path_factory) -> Path:
    """A run of a folder of outputs and of a method, over six dyads."""
    out = tmp_path_factory.mktemp("run")
    mine = outputs(out / "mine", root, CLIPS)
    packed(config(root, out, methods=(f"folder:mine={mine}", "static"), always=False), "mine")
    return out


@pytest.fixture(scope="module")
def good(finished) -> Path:
    return finished / "mine.zip"


def packed(options: RunConfig, method: str) -> Path:
    """Run, and pack a method of the run."""
    run(options)
    options.write()
    return pack(options.out, method, options.out / f"{method}.zip").path


@pytest.fixture
def check(root, tmp_path) -> Callable[..., Any]:
    """Verify with an empty store: nothing is believed that was computed before."""

    def checked(path: Path, **options: Any) -> Any:
        return verify(
            path, DatasetOptions(root=root, layout="left-right"), store=FeatureStore(tmp_path / "store"), **options
        )

    return checked


def edited(source: Path, to: Path, edit: Callable[[dict[str, Any]], None]) -> Path:
    """The submission with its documents edited, its hashes mended and sealed again: what a careful forger makes."""
    with zipfile.ZipFile(source) as content:
        members: dict[str, bytes] = {name: content.read(name) for name in content.namelist()}
    parts = {name: json.loads(members[f"{name}.json"]) for name in ("submission", "result", "rows")}
    edit(parts)
    from echo_bench.results.schema import ResultFile
    from echo_bench.submissions.bundle import RowPart, Submission

    made = documents(
        ResultFile.model_validate(parts["result"]),
        [RowPart.model_validate(row) for row in parts["rows"]],
        Submission.model_validate(parts["submission"]).outcomes,
    )
    write_archive(to, {**members, **made})
    return to


def test_what_was_packed_is_found_good(good, check):
    verdict = check(good, number=len(CLIPS))
    assert verdict.defects == ()
    assert verdict.rescored.clips == CLIPS
    assert verdict.rescored.compared == 2 * len(CLIPS)
    assert verdict.rescored.largest == 0.0
    assert (verdict.clips, verdict.method) == (6, "mine")


def test_the_same_run_packs_to_the_same_bytes(good, finished, tmp_path):
    assert pack(finished, "mine", tmp_path / "again.zip").seal == good.read_bytes()[-64:].decode()


def test_a_sample_is_drawn_anew_each_time(good, check):
    drawn = {check(good, number=2).rescored.clips for _ in range(6)}
    assert len(drawn) > 1
    assert all(len(clips) == 2 for clips in drawn)


def test_it_holds_nothing_of_the_dataset(good, root):
    with opened(good) as archive:
        texts = b"".join(archive.read(name) for name in archive.names() if name.endswith(".json"))
        assert len(archive.names()) == 3 + 1  # six clips, whose outputs here are one file
    assert str(root).encode() not in texts


def all_scores(parts: dict[str, Any]) -> Any:
    return parts["result"]["result"]["scores"]


def better_value(parts):
    all_scores(parts)[0]["value"] += 0.01


def better_row(parts):
    parts["rows"][0]["value"] += 0.01


def better_interval(parts):
    all_scores(parts)[0]["interval"]["lo"] += 0.01


def better_replicates(parts):
    all_scores(parts)[0]["replicates"][0] += 0.01


def other_clips(parts):
    all_scores(parts)[0]["clips_sha256"] = "ab" * 32


def less_clips_counted(parts):
    all_scores(parts)[0]["n"] -= 1


def other_direction(parts):
    all_scores(parts)[0]["direction"] = "lower"


def other_signature(parts):
    all_scores(parts)[0]["signature"] += "|x:1"


def other_versions(parts):
    parts["result"]["result"]["provenance"]["av"] = "1.0"


def other_release(parts):
    parts["result"]["result"]["provenance"]["echo-bench"] = "9.9"


def dropped_clip(parts):
    parts["rows"] = [row for row in parts["rows"] if row["clip"] != "b"]
    del parts["submission"]["outcomes"][1]


def a_worse_clip_left_out(parts):
    for row in parts["rows"]:
        if row["clip"] == "b":
            row.update(status="skipped", value=None, stage="score", reason="not for us")


def hidden_failure(parts):
    parts["rows"][0].update(status="failed", value=None, stage="extract", error="E", reason="no")


def other_name(parts):
    parts["result"]["result"]["method"]["name"] = "theirs"


def other_samples(parts):
    parts["result"]["result"]["method"]["samples"] = 7


def ranked_all_the_same(parts):
    parts["result"]["result"]["split"]["limit"] = 6


def dropped_metric(parts):
    del all_scores(parts)[0]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (better_value, "is not the mean of its rows"),
        (better_row, "is not the mean of its rows"),
        (better_interval, "its interval does not follow"),
        (better_replicates, "its replicates do not follow"),
        (less_clips_counted, "its counts are not those"),
        (other_clips, "its clips are not those"),
        (other_direction, "direction or target"),
        (other_signature, "its signature does not follow"),
        (other_versions, "its signature does not follow"),
        (dropped_clip, "5 clips are there and the result counts 6"),
        (a_worse_clip_left_out, "its counts are not those"),
        (hidden_failure, "failures of the result are not those of the rows"),
        (other_name, "speaks of several methods"),
        (other_samples, "counts 7 artefacts per clip and 1 are there"),
        (ranked_all_the_same, "marked partial without a limit"),
        (dropped_metric, "has rows and no score"),
    ],
)
def test_an_edit_that_was_sealed_again_contradicts_the_rest(good, check, tmp_path, edit, message):
    verdict = check(edited(good, tmp_path / "bad.zip", edit))
    assert any(message in defect for defect in verdict.defects), verdict.defects


def consistent_lie(parts):
    """Every row, mean and interval a little better."""
    for row in parts["rows"]:
        row["value"] += 0.1
    for score in all_scores(parts):
        score["value"] += 0.1
        score["replicates"] = [value + 0.1 for value in score["replicates"]]
        for end in ("lo", "hi"):
            score["interval"][end] += 0.1


def test_a_lie_told_throughout_is_found_by_computing_again(good, check, tmp_path):
    path = edited(good, tmp_path / "bad.zip", consistent_lie)
    assert check(path).defects == ()
    verdict = check(path, number=1)
    assert len(verdict.defects) == 2
    assert "was submitted and" in verdict.defects[0]


def test_any_other_edit_is_another_submission(good, check, tmp_path):
    """A provenance that nothing else depends on can be edited by whoever seals; the published id tells."""
    path = edited(good, tmp_path / "bad.zip", other_release)
    published = good.read_bytes()[-64:].decode()
    assert check(good, seal=published).defects == ()
    with pytest.raises(SubmissionError, match="is another submission"):
        check(path, seal=published)


def test_dropping_a_clip_throughout_is_found_by_the_split(root, good, check, tmp_path):
    few = tmp_path / "few"
    few.mkdir()
    for name in "abc":
        shutil.copy(root / f"{name}.mp4", few)
    mine = f"folder:mine={outputs(tmp_path / 'mine', root, ('a', 'b', 'c'))}"
    submitted = packed(config(few, tmp_path / "out", methods=(mine,), always=False), "mine")
    assert "was scored on other files" in check(submitted).defects[0]
    with opened(good) as archive:
        lock = read_bundle(archive).result.result.split.manifest_sha256

    def pretend(parts):
        parts["result"]["result"]["split"]["manifest_sha256"] = lock

    assert "lacks 3 of 6 clips" in check(edited(submitted, tmp_path / "x.zip", pretend)).defects[0]


def test_the_truth_is_no_output(root, check, tmp_path):
    """Whole files as outputs of a clip: its own video is refused, whatever it is called."""
    mine = tmp_path / "mine"
    shutil.copytree(root, mine)
    cheat = packed(config(root, tmp_path / "out", methods=(f"folder:cheat={mine}",), always=False), "cheat")
    with pytest.raises(SubmissionError, match="is the clip's own truth"):
        check(cheat, number=1)


def test_an_absurdly_long_artefact_is_not_decoded(root, good, check, monkeypatch):
    monkeypatch.setattr(rescoring, "LONGER", 0.5)
    with pytest.raises(SubmissionError, match="has 15 frames, and the clip 15"):
        check(good, number=1)


def test_rows_that_use_the_truth_are_no_submissions(finished, tmp_path):
    with pytest.raises(SubmissionError, match="always-on row"):
        pack(finished, "static", tmp_path / "x.zip")
    with pytest.raises(UnknownNameError, match="no method 'theirs'"):
        pack(finished, "theirs", tmp_path / "x.zip")


def test_a_run_that_contradicts_itself_is_not_packed(finished, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(finished, out)
    result = out / "results" / "mine.json"
    result.write_text(result.read_text().replace('"n": 6', '"n": 5'))
    with pytest.raises(SubmissionError, match="counts are not those"):
        pack(out, "mine", tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("submission.json", b"[" * 100_000, "nested too deeply"),
        ("submission.json", b'{"method": ' + b"9" * 100_000 + b"}", "not readable"),
        ("submission.json", b"{}", "malformed"),
        ("submission.json", b'{"method": "a", "method": "b"}', "'method' appears twice"),
        ("submission.json", b'{"method": "\\ud800"}', "not readable"),
        ("rows.json", b"[]", "not the one that was packed"),
        ("result.json", b"{}", "not the one that was packed"),
    ],
)
def test_json_bombs_and_swapped_documents_are_refused(good, check, tmp_path, name, text, message):
    with zipfile.ZipFile(good) as content:
        members: dict[str, bytes | Path] = {each: content.read(each) for each in content.namelist()}
    write_archive(tmp_path / "bad.zip", {**members, name: text})
    with pytest.raises(SubmissionError, match=message):
        check(tmp_path / "bad.zip")


def test_a_reference_leads_nowhere_but_into_the_archive(good, check, tmp_path):
    def outside(parts):
        parts["submission"]["outcomes"][0]["artefacts"][0]["video"]["path"] = "../../../etc/passwd"

    with pytest.raises(SubmissionError, match="which no submission does"):
        check(edited(good, tmp_path / "bad.zip", outside))


def test_files_that_nothing_names_are_refused(good, check, tmp_path):
    with zipfile.ZipFile(good) as content:
        members: dict[str, bytes | Path] = {each: content.read(each) for each in content.namelist()}
    write_archive(tmp_path / "more.zip", {**members, f"artefacts/{'0' * 64}.mp4": b"x"})
    with pytest.raises(SubmissionError, match="1 files that nothing names"):
        check(tmp_path / "more.zip")
    less = {name: data for name, data in members.items() if not name.startswith("artefacts/")}
    write_archive(tmp_path / "less.zip", less)
    with pytest.raises(SubmissionError, match="lacks 1 artefacts"):
        check(tmp_path / "less.zip")


def test_the_commands(good, finished, root, tmp_path):
    tool = str(Path(sys.executable).with_name("echo-bench"))
    made = subprocess.run(
        [tool, "submit", "pack", "mine", "--out", finished, "--to", tmp_path / "m.zip", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seal = json.loads(made.stdout)["seal"]
    data = ["--root", root, "--layout", "left-right", "--store", tmp_path / "store", "--workers", "1"]
    verifying = [tool, "submit", "verify", tmp_path / "m.zip", "--id", seal, "--rescore", "2", *data]
    done = subprocess.run(verifying, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("nothing found against it\n")
    edited(good, tmp_path / "m.zip", better_value)
    done = subprocess.run([*verifying[:4], *data], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.endswith("NOT to be believed\n")


def test_a_random_generator_decides_which_clips(good, root, tmp_path):
    from echo_bench.datasets.folder import Folder

    with opened(good) as archive:
        bundle = read_bundle(archive)
        assert inconsistencies(bundle) == []
        clips = Folder(DatasetOptions(root=root, layout="left-right")).clips("all")
        store = FeatureStore(tmp_path)
        a, b = (rescoring.rescore(archive, bundle, clips, 2, store=store, rng=random.Random(5)).clips for _ in range(2))
    assert a == b
