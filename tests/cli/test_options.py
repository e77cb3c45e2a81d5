"""The options of a run: all that is given counts, also when a run that is kept goes on, and nothing else changes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from echo_bench.cli.options import configure
from echo_bench.errors import ResultError

GIVEN = {
    "split": "other", "always": False, "device": "cuda:1", "limit": 3, "seed": 7, "samples": 5, "allow_partial": True,
}  # fmt: skip


@pytest.fixture
def out(tmp_path) -> Path:
    """A run that is kept."""
    configure(dataset="folder", methods=["static"], metrics=["psnr@piq"], seed=1, out=tmp_path / "out").write()
    return tmp_path / "out"


@pytest.mark.parametrize(("name", "value"), GIVEN.items())
def test_what_is_given_counts_when_a_run_goes_on(out, name, value):
    assert getattr(configure(out=out, **{name: value}), name) == value


def test_back_to_a_default_is_a_change_too(out):
    assert configure(out=out, seed=0).seed == 0
    assert configure(out=out, metrics=[""]).metrics == ()
    configure(out=out, always=False).write()
    assert configure(out=out, always=True).always


def test_what_is_not_given_stays(out):
    kept = configure(out=out)
    assert (kept.dataset, kept.methods, kept.metrics, kept.seed) == ("folder", ("static",), ("psnr@piq",), 1)
    configure(out=out, **GIVEN).write()
    assert configure(out=out).model_dump(include=set(GIVEN)) == GIVEN


def test_a_folder_of_outputs_stays_the_same_from_wherever_the_run_goes_on(out, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    configure(out=out, methods=["folder:mine=theirs,static"]).write()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert configure(out=out).methods == (f"folder:mine={tmp_path / 'theirs'}", "static")


def test_a_shard_goes_on_as_itself_alone(tmp_path):
    out = tmp_path / "out"
    first = configure(dataset="folder", shard="1/2", out=out, store=str(tmp_path / "store"))
    first.write()
    assert configure(out=out, shard="1/2").store == first.store
    with pytest.raises(ResultError, match=r"holds shard 1/2 -> leave out --shard"):
        configure(out=out, shard="2/2")


def test_a_whole_run_becomes_no_shard(out):
    with pytest.raises(ResultError, match="holds a whole run"):
        configure(out=out, shard="1/2")
