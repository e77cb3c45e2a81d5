"""What a metric says of its input reaches the result; what Python says goes on."""

from __future__ import annotations

import warnings

import pytest
from echo_metrics.errors import MetricWarning

from echo_bench.pipeline.rows import heard


def test_metric_warnings_are_collected_once():
    with heard() as said:
        for _ in range(3):
            warnings.warn("10 frames for 52 columns", MetricWarning, stacklevel=1)
    assert said == ["10 frames for 52 columns"]


def test_other_warnings_go_on():
    with pytest.warns(RuntimeWarning, match="division"), heard() as said:
        warnings.warn("division", RuntimeWarning, stacklevel=1)
    assert said == []
