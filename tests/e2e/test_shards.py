"""One run in pieces: the shards of a split, merged in any order, end in the bytes of a run in one piece."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from echo_bench.errors import ResultError
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.extract import Report
from echo_bench.pipeline.merge import check_finished, merge
from echo_bench.pipeline.run import make_plan, open_run, run_extract, run_generate, run_score
from tests.e2e.test_pipeline import config, everything, quiet
from tests.footage import left_right_clips

METHODS = ("ground-truth", "reencoded", "random")


def piece(root: Path, out: Path, shard: tuple[int, int] | None = None, **changes) -> RunConfig:
    options = {"methods": METHODS, "always": False, "metrics": ("psnr@piq",), "shard": shard, **changes}
    return config(root, out, **options)


def work(options: RunConfig) -> None:
    session = open_run(options)
    options.write()
    run_generate(session, quiet)
    run_extract(session, make_plan(session), quiet)
    if options.shard is None:
        run_score(session, Report(), quiet)


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    return left_right_clips(tmp_path_factory.mktemp("clips"), ("a", "b", "c"), 1.2)


@pytest.fixture(scope="module")
def whole(root, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    work(piece(root, out))
    return out


@pytest.fixture(scope="module")
def shards(root, tmp_path_factory) -> list[Path]:
    out = tmp_path_factory.mktemp("shards")
    for index in (1, 2):
        work(piece(root, out / str(index), (index, 2)))
    return [out / "1", out / "2"]


def test_a_shard_does_its_share_and_no_more(shards):
    made = [{path.stem for path in (shard / "artefacts" / "reencoded").glob("*.json")} for shard in shards]
    assert made == [{"a", "c"}, {"b"}]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_order_of_shards_changes_no_byte(shards, whole, order, tmp_path):
    options = merge([shards[index] for index in order], tmp_path, tmp_path / "store")
    session = open_run(options)
    check_finished(session)
    run_score(session, Report(), quiet)
    assert everything(tmp_path) == everything(whole)


def test_a_missing_shard_is_named(shards, tmp_path):
    with pytest.raises(ResultError, match="shards are missing: 2/2"):
        merge(shards[:1], tmp_path)


def test_the_same_shard_twice_is_refused(shards, tmp_path):
    shutil.copytree(shards[0], tmp_path / "copy")
    with pytest.raises(ResultError, match="is the same shard"):
        merge([*shards, tmp_path / "copy"], tmp_path / "out")


def test_a_whole_run_is_no_shard(shards, whole, tmp_path):
    with pytest.raises(ResultError, match="is no shard"):
        merge([*shards, whole], tmp_path)


def test_shards_of_different_runs_are_refused(root, tmp_path):
    piece(root, tmp_path / "1", (1, 2)).write()
    piece(root, tmp_path / "2", (2, 2), seed=1).write()
    with pytest.raises(ResultError, match="seed is 1, and 0"):
        merge([tmp_path / "1", tmp_path / "2"], tmp_path / "out")


def test_an_unfinished_shard_is_noticed(root, shards, tmp_path):
    """Killed before it had measured anything: its clips are named."""
    for index in (1, 2):
        shutil.copytree(shards[index - 1], tmp_path / str(index))
        piece(root, tmp_path / str(index), (index, 2)).write()
    shutil.rmtree(tmp_path / "2" / "store")
    session = open_run(merge([tmp_path / "1", tmp_path / "2"], tmp_path / "out"))
    with pytest.raises(ResultError, match="1 clips are unfinished: b"):
        check_finished(session)


def test_a_shard_alone_is_not_scored(root, shards):
    session = open_run(piece(root, shards[0], (1, 2)))
    with pytest.raises(ResultError, match="a shard alone is not scored"):
        run_score(session, Report(), quiet)


@pytest.mark.parametrize("shard", [(0, 2), (3, 2)])
def test_there_is_no_such_shard(root, tmp_path, shard):
    with pytest.raises(ValueError, match="there is no shard"):
        piece(root, tmp_path, shard)


def test_processes_make_the_same_artefacts(root, whole, tmp_path):
    """Generation and extraction in two processes each."""
    work(piece(root, tmp_path, workers=2))
    assert everything(tmp_path) == everything(whole)
    made = [{p.name: p.read_bytes() for p in (out / "artefacts").rglob("*.mp4")} for out in (tmp_path, whole)]
    assert made[0] == made[1]
    assert len(made[0]) == 3
