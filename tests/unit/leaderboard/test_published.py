"""Results in another place: whole or not read, wherever it is and whoever writes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from echo_bench.cli.main import build as app_of
from echo_bench.errors import ResultError, StoreError
from echo_bench.leaderboard import published as module
from echo_bench.leaderboard.published import INDEX, publish, published, result_at, results_at
from echo_bench.pipeline.files import Files, files_at
from tests.byhand import result, score


@dataclass
class Breaking:
    """Files of a place that cannot be reached after so many of them were written."""

    target: Files
    writes: int
    written: list[str] = field(default_factory=list)

    def write(self, name: str, data: bytes) -> None:
        if len(self.written) == self.writes:
            raise StoreError("cannot be reached", where=self.target.place(name))
        self.target.write(name, data)
        self.written.append(name)


def run_of(out: Path, values: dict[str, float]) -> Path:
    """A scored run, as far as publishing looks at it."""
    (out / "results").mkdir(parents=True)
    for name, value in values.items():
        (out / f"results/{name}.json").write_text(result(name, score("psnr", value, 0.1)).text())
    (out / "rows.parquet").write_bytes(b"rows")
    (out / "leaderboard.md").write_text("# board\n")
    return out


@pytest.fixture
def out(tmp_path) -> Path:
    return run_of(tmp_path / "out", {"ours": 20.0, "ground-truth": 40.0, "also": 19.0})


@pytest.fixture(params=["folder", "address"])
def place(request, tmp_path) -> str:
    return str(tmp_path / "shared") if request.param == "folder" else f"memory://{uuid.uuid4().hex}/runs"


def test_what_was_published_is_read(out, place):
    publish(out, place)
    assert [each.result.method.name for each in published(place)] == ["ground-truth", "also", "ours"]
    assert files_at(place).read("rows.parquet") == b"rows"
    assert files_at(place).read("leaderboard.md") == b"# board\n"
    assert results_at(place) == published(place)
    assert result_at(f"{place}/results/ours.json").result.score("psnr").value == 20.0


def test_a_method_that_is_gone_is_not_read(out, place):
    publish(out, place)
    (out / "results/also.json").unlink()
    publish(out, place)
    assert [each.result.method.name for each in published(place)] == ["ground-truth", "ours"]


@pytest.mark.parametrize("writes", range(6))
def test_half_of_a_run_is_never_read(out, place, writes, monkeypatch):
    """Upload after upload fails: nothing is read before the index; and over an older run, nothing that mixes both."""
    with monkeypatch.context() as patch:
        patch.setattr(module, "files_at", lambda where: Breaking(files_at(where), writes))
        with pytest.raises(StoreError, match="cannot be reached"):
            publish(out, place)
    with pytest.raises(ResultError, match="nothing was published here, or not to the end"):
        published(place)
    publish(out, place)
    newer = run_of(out.parent / "newer", {"ours": 30.0, "ground-truth": 41.0, "also": 29.0})
    with monkeypatch.context() as patch:
        patch.setattr(module, "files_at", lambda where: Breaking(files_at(where), writes))
        with pytest.raises(StoreError):
            publish(newer, place)
    if writes == 0:
        assert published(place)[-1].result.score("psnr").value == 20.0
    else:
        with pytest.raises(ResultError, match=r"also\.json.*publishing was cut short.*score --results"):
            published(place)
    publish(newer, place)
    assert published(place)[-1].result.score("psnr").value == 30.0


def test_timings_alone_do_not_matter(out, place):
    """Two writers of one run, whose results differ in what a run took."""
    publish(out, place)
    path = out / "results/ours.json"
    path.write_text(path.read_text().replace('"score": 1.5', '"score": 2.5'))
    files_at(place).write("results/ours.json", path.read_bytes())
    assert published(place)[-1].run.seconds == {"score": 2.5}


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (b"", "not readable as an index"),
        (b"[]", "not readable as an index"),
        (b'{"rows": "x", "results": {"ours.json": 1}}', "not readable as an index"),
        (b'{"rows": "x", "results": {"other.json": "ab"}}', "stands in the index and is not there"),
        (b'{"rows": "x", "results": {"../results/ours.json": "ab"}}', "not readable as an index"),
    ],
)
def test_a_wrong_index_is_named(out, place, index, message):
    publish(out, place)
    files_at(place).write(INDEX, index)
    with pytest.raises(ResultError, match=message):
        published(place)


def test_a_file_that_is_not_there_is_named(place):
    with pytest.raises(ResultError):
        result_at(f"{place}/results/ours.json")


def test_the_command_builds_the_board_of_a_place(out, place, tmp_path):
    publish(out, place)
    done = CliRunner().invoke(app_of(), ["leaderboard", place, "--out", str(tmp_path / "board")])
    assert done.exit_code == 0, done.output
    assert "ours" in (tmp_path / "board/leaderboard.md").read_text()
