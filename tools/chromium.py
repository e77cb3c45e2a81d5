"""A headless Chromium, driven by Selenium: Debian's chromium and chromium-driver."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1400,1200")


@contextmanager
def chromium(*flags: str, logs: Mapping[str, str] | None = None) -> Iterator[webdriver.Chrome]:
    """Open it, and close it in the end.

    Parameters
    ----------
    *flags : str
        Beside the usual ones.
    logs : mapping of str to str, optional
        Kind of log -> level, for ``get_log``.
    """
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for flag in (*FLAGS, *flags):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", dict(logs or {}))
    opened = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield opened
    finally:
        opened.quit()
