"""What a run keeps in its folder, read where something else lies there, or written where nothing can be."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from echo_bench.errors import ResultError, StoreError
from echo_bench.pipeline import run
from echo_bench.pipeline.config import FILE, RunConfig, read_config
from echo_bench.pipeline.merge import merge
from echo_bench.pipeline.score import read_rows
from tests.byhand import result, score


@pytest.fixture
def shard(tmp_path) -> Path:
    """The only shard of a run, with one artefact."""
    folder = tmp_path / "shard"
    RunConfig(dataset="folder", out=folder, store=folder / "features", shard=(1, 1)).write()
    (folder / "artefacts/static").mkdir(parents=True)
    (folder / "artefacts/static/a.json").write_text("{}")
    return folder


def test_a_file_is_no_run(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match="holds no run"):
        read_config(tmp_path / "file")
    (tmp_path / "run" / FILE).mkdir(parents=True)
    with pytest.raises(ResultError, match=r"not readable as a run: .*directory"):
        read_config(tmp_path / "run")


def test_a_merge_into_a_file_is_named(shard, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="artefacts: cannot be merged into: Not a directory -> give another --out"):
        merge([shard], tmp_path / "file")


def test_a_disk_that_fills_while_merging_is_named_and_leaves_nothing_half(shard, tmp_path, monkeypatch):
    def half(_, target):
        Path(target).write_text("{")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfile", half)
    with pytest.raises(StoreError, match=r"a\.json: No space left on device -> free some disk"):
        merge([shard], tmp_path / "out")
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


def test_rows_that_are_not_there_or_torn_are_named(tmp_path):
    with pytest.raises(ResultError, match=r"holds no rows -> run `echo-bench score"):
        read_rows(tmp_path)
    (tmp_path / "rows.parquet").write_bytes(b"PAR1 torn")
    with pytest.raises(ResultError, match=r"rows.parquet: cannot be read"):
        read_rows(tmp_path)


def test_a_run_that_is_killed_while_it_writes_leaves_no_results_without_rows(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(run, "write_atomic", lambda path, _: written.append(path.name))
    run._write(tmp_path, [result("a", score("psnr", 20.0))], [])
    assert written == ["rows.parquet", "a.json"]
