"""One report, written once for all tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from echo_bench.report.inputs import ReportInputs
from echo_bench.report.page import write_page
from tests.reportbyhand import report_inputs


@pytest.fixture(scope="package")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> ReportInputs:
    return report_inputs(tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="package")
def page(inputs: ReportInputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(inputs, tmp_path_factory.mktemp("report"))
