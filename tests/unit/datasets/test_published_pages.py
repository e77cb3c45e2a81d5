"""Every published dataset has a page and says where it comes from."""

from __future__ import annotations

import pytest

from echo_bench.datasets.base import DATASETS
from tests.conftest import ROOT

OWN = {"dyad-mini", "folder", "imported"}
PAGES = ROOT / "docs" / "datasets"
NAMES = sorted(set(DATASETS) - OWN)


@pytest.mark.parametrize("name", NAMES)
def test_every_dataset_has_a_page(name):
    text = (PAGES / f"{name}.md").read_text("utf-8")
    for part in ("**Layout.**", "**Splits and counts.**", "**Licence.**", "**Pitfalls.**", "**Source.**"):
        assert part in text
    assert f"data prepare {name} " in text
    assert DATASETS.get(name).name == name
    for count in DATASETS.get(name).official.values():
        assert str(count) in text
    assert f"[`{name}`]({name}.md)" in (PAGES / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    "name", [name for name in NAMES if "layout-ours" in str(getattr(DATASETS.get(name), "version", ""))]
)
def test_a_layout_of_ours_is_called_ours(name):
    assert "**Layout.** **ours**" in (PAGES / f"{name}.md").read_text("utf-8")
