"""The index of metrics names what the code has, and every page."""

import doctest
import re

import pytest
from echo_metrics import PROTOCOLS

from tests.conftest import ROOT
from tools.protocol_tables import replaced

PAGES = ROOT / "docs" / "metrics"
INDEX = (PAGES / "README.md").read_text("utf-8")


def test_the_tables_are_those_of_the_code():
    """When this fails: python -m tools.protocol_tables --write docs/metrics/README.md."""
    assert replaced(INDEX) == INDEX


def test_every_protocol_has_its_line_and_section():
    assert re.findall(r"^\| \[`([^`]+)`\]\(#", INDEX, re.M) == list(PROTOCOLS)
    assert re.findall(r"^### (.+)$", INDEX, re.M) == list(PROTOCOLS)


def test_every_page_is_linked_and_exists():
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", INDEX))
    assert linked == {page.name for page in PAGES.glob("*.md")} - {"README.md"}


@pytest.mark.parametrize("page", ["README", "coefficient-distances", "displayed-affect", "single-systems"])
@pytest.mark.filterwarnings("default")
def test_worked_example(page):
    flags = doctest.ELLIPSIS
    result = doctest.testfile(str(PAGES / f"{page}.md"), module_relative=False, encoding="utf-8", optionflags=flags)
    assert result.failed == 0
    assert result.attempted > 2
