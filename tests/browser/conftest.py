"""A headless Chromium that reaches nothing but files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from echo_bench.report.page import write_page
from tests.reportbyhand import report_inputs

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--window-size=1400,1200",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """A Chromium driven by Selenium; skipped where either is absent, an error in CI."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        webdriver = None
    if not (chromium and driver and webdriver):
        if os.environ.get("CI", "").lower() == "true":
            raise RuntimeError("CI must have chromium, chromedriver and the Python package selenium")
        pytest.skip("needs chromium, chromedriver (apt-get install chromium chromium-driver) and pip install selenium")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(driver))
    yield opened
    opened.quit()


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
