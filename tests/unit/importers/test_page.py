"""docs/importers.md says what the code does."""

from __future__ import annotations

from echo_bench.importers.base import FORMATS
from tests.conftest import ROOT
from tools.importer_table import replaced

PAGE = (ROOT / "docs" / "importers.md").read_text("utf-8")


def test_the_table_is_that_of_the_registry():
    """When this fails: python -m tools.importer_table --write docs/importers.md."""
    assert replaced(PAGE) == PAGE


def test_every_format_is_there_with_its_source():
    for name in FORMATS:
        assert f"| `{name}` |" in PAGE
        assert FORMATS.get(name).source
        assert FORMATS.get(name).name == name
