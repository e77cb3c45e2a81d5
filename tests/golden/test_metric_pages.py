"""The worked examples of the motion and reaction pages give what the pages say."""

import doctest

import pytest

from tests.conftest import ROOT

PAGES = [
    "rpcc",
    "mse",
    "sid",
    "var",
    "sts",
    "diversity",
    "smoothness",
    "gaze-and-head-pose",
    "frcorr",
    "frdist",
    "frdiv-frvar-frdvs",
    "frsyn",
    "reaction-events",
    "interactivity",
]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.filterwarnings("default")
def test_worked_example(page):
    result = doctest.testfile(str(ROOT / "docs" / "metrics" / f"{page}.md"), module_relative=False, encoding="utf-8")
    assert result.failed == 0
    assert result.attempted > 0
