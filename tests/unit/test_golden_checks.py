"""The table of golden tests with official weights: what is missing is named with its remedy, and nothing else is."""

import pytest

from echo_bench.errors import UnknownNameError
from echo_bench.weights.golden import CHECKS, Check
from echo_bench.weights.manifest import weights


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ECHO_BENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("ECHO_BENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_weights_and_clip_are_both_named(folder):
    assert Check("", ("inception",), "a.avi").missing() == [
        "the weights 'inception' (pt_inception-2015-12-05-6726825d.pth) are not here "
        "-> run: echo-bench weights fetch inception",
        "a.avi is not here -> put it into the folder named by ECHO_BENCH_WEIGHTS",
    ]


def test_a_clip_that_is_here_is_not_missing(folder, monkeypatch):
    (folder / "a.avi").write_bytes(b"x")
    assert Check("", (), "a.avi").missing() == []
    monkeypatch.delenv("ECHO_BENCH_WEIGHTS")
    assert len(Check("", (), "a.avi").missing()) == 1


def test_every_check_names_weights_of_the_manifest(folder):
    assert {name for check in CHECKS.values() for name in check.weights} <= set(weights())
    assert all(check.missing() for check in CHECKS.values())
    with pytest.raises(UnknownNameError):
        Check("", ("incepton",)).missing()
