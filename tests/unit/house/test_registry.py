"""Registries: lazy, unique names, helpful refusals, entry points of installed packages."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from echo_bench import registry
from echo_bench.errors import NameCollisionError, UnavailableError, UnknownNameError
from echo_bench.registry import Registry


def table(**entries: str) -> Registry[object]:
    return Registry("method", entries, "echo_bench.test")


def test_gets_an_attribute_of_a_module():
    assert table(path="os:path.join").get("path")("a", "b") == "a/b"


def test_lists_without_importing():
    names = table(b="no_such_module:x", a="os:sep")
    assert list(names) == ["a", "b"]
    assert "b" in names
    assert len(names) == 2


def test_suggests_the_nearest_name():
    with pytest.raises(UnknownNameError, match=r"did you mean 'mirror'.*available: mirror, static"):
        table(mirror="os:sep", static="os:sep").get("miror")


def test_says_what_cannot_be_imported():
    with pytest.raises(UnavailableError, match="no_such_module"):
        table(b="no_such_module:x").get("b")


@pytest.fixture
def installed(monkeypatch):
    """Pretend that packages with these entry points are installed."""

    def install(*points: tuple[str, str]) -> None:
        found = [EntryPoint(name, value, "echo_bench.test") for name, value in points]
        monkeypatch.setattr(registry, "entry_points", lambda group: found)

    return install


def test_finds_an_installed_package(installed):
    installed(("theirs", "os:sep"))
    names = table(ours="os:sep")
    assert list(names) == ["ours", "theirs"]
    assert names.get("theirs") == "/"
    assert names.origin("ours") == "echo-bench"


def test_refuses_two_claims_to_one_name(installed):
    installed(("ours", "os:sep"))
    with pytest.raises(NameCollisionError, match="claimed by an unnamed package and by echo-bench"):
        table(ours="os:sep").get("ours")
