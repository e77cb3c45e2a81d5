"""`echo-bench parity` with stand-in packages: what is printed, what is missing, exit codes. The real ones: tests/parity."""

from __future__ import annotations

import json

import pytest
import torch
from typer.testing import CliRunner

from echo_bench.cli.main import build
from echo_bench.errors import UnavailableError
from echo_bench.peers import PEERS
from echo_bench.peers.compare import Peer, odd, relative, replaced
from tests.footage import FPS, pattern

run = CliRunner()


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    from echo_bench.media.encode import write_video

    path = tmp_path_factory.mktemp("video") / "a.mp4"
    write_video(path, pattern(0, 8), fps=FPS)
    return path


def with_peers(monkeypatch, **results: dict[str, float]) -> None:
    """Peers whose module is always importable, each with its own numbers."""
    table = {
        name: Peer(name, "json", f"pip install {name}", lambda _, found=found: found) for name, found in results.items()
    }
    monkeypatch.setattr(PEERS, "_table", lambda: dict.fromkeys(table, ("", "")))
    monkeypatch.setattr(PEERS, "get", table.__getitem__)


def test_equal_nets_exit_with_0(video, monkeypatch):
    with_peers(monkeypatch, one={"lip": 3e-7, "audio": 0.0})
    done = run.invoke(build(), ["parity", str(video)])
    assert done.exit_code == 0
    assert done.stdout.split() == ["one", "lip", "3.0e-07", "one", "audio", "0.0e+00"]


def test_a_difference_exits_with_1(video, monkeypatch):
    with_peers(monkeypatch, one={"lip": 3e-7}, two={"pool3": 2e-5})
    assert run.invoke(build(), ["parity", str(video)]).exit_code == 1
    assert run.invoke(build(), ["parity", str(video), "--backend", "one"]).exit_code == 0


def test_packages_that_are_not_here_are_named_with_their_line(video):
    done = run.invoke(build(), ["parity", str(video), "--backend", "deepface,pytorch-fid", "--json"])
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    assert said["deepface"] == "deepface not installed -> pip install 'echo-bench[deepface]'"
    assert "pytorch_fid" in said["pytorch-fid"]


def test_a_package_that_breaks_on_import_is_unavailable():
    def compare(_):
        raise ModuleNotFoundError("No module named 'werkzeug'")

    with pytest.raises(
        UnavailableError, match=r"broken cannot be imported: No module named 'werkzeug' -> pip install it"
    ):
        Peer("broken", "json", "pip install it", compare).run(pattern(0, 2))


def test_every_known_package_has_its_line():
    for name in PEERS:
        assert PEERS.get(name).name == name
        assert PEERS.get(name).install.startswith("pip install 'echo-bench[")


def test_difference_is_relative_and_shapes_must_agree():
    a = torch.tensor([1.0, 2.0, 2.0])
    assert relative(a, a) == 0
    assert relative(2 * a, a) == pytest.approx(1)
    with pytest.raises(ValueError, match=r"ours has shape \(3,\), theirs \(1, 3\)"):
        relative(a, a[None])


def test_odd_sizes_and_a_borrowed_attribute_is_given_back():
    assert odd(pattern(0, 2)).shape == (2, 63, 41, 3)
    with replaced(json, "dumps", 1):
        assert json.dumps == 1
    assert callable(json.dumps)
