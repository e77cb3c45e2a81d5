"""A headless Chromium that reaches nothing but files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

from echo_bench.report.page import write_page
from tests.reportbyhand import report_inputs

FLAGS = ("--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """A Chromium driven by Selenium; skipped where either is absent, an error in CI."""
    absent = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    absent += ["selenium"] if find_spec("selenium") is None else []
    if absent:
        if os.environ.get("CI", "").lower() == "true":
            raise RuntimeError(f"CI must have {', '.join(absent)}")
        pytest.skip(f"needs {', '.join(absent)}: apt-get install chromium chromium-driver; pip install selenium")
    from tools.chromium import chromium

    profile = f"--user-data-dir={tmp_path_factory.mktemp('profile')}"
    with chromium(*FLAGS, profile, logs={"browser": "ALL", "performance": "ALL"}) as opened:
        yield opened


@pytest.fixture(scope="session")
def single_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with real videos in one file; ``index.html`` and its folders lie beside it."""
    sources, folder = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("report")
    return write_page(report_inputs(sources), folder, single_file=True)


@pytest.fixture(scope="session")
def page_path(single_path: Path) -> Path:
    """The same report as a page with folders."""
    return single_path.with_name("index.html")


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which a Python package carries; skipped where that is absent, an error in CI."""
    try:
        package = files("axe_core_python")
    except ModuleNotFoundError:
        if os.environ.get("CI", "").lower() == "true":
            raise RuntimeError("CI must have the Python package axe-core-python") from None
        pytest.skip("needs pip install axe-core-python")
    return (package / "axe.min.js").read_text("utf-8")
