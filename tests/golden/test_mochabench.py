"""MoChaBench's published table, from its own parts: how clips are weighed, and which of them the headline means.

Sync-D, Sync-C and clips of each subtask: congwei1230/MoChaBench README. The headline says monologues; it leaves the four Chinese ones out.
"""

from __future__ import annotations

from functools import reduce

import pytest

from echo_bench.metrics.base import MeanStat
from echo_bench.metrics.lse import V2_WHOLE

MONOLOGUES = {
    "1p_camera_movement": (18, 8.455, 5.432), "1p_closeup": (27, 7.958, 6.298), "1p_emotion": (34, 8.073, 6.214),
    "1p_generalization_chinese": (4, 8.273, 4.398), "action": (52, 8.386, 6.241), "portrait": (38, 8.125, 6.892),
    "2p_1clip_1talk": (30, 8.082, 6.493),
}  # fmt: skip
CHINESE = "1p_generalization_chinese"


def headline(column: int, *without: str) -> float:
    """The mean over clips of what each subtask has on average, by the suite's own merge."""
    metric = (V2_WHOLE.lse_d, V2_WHOLE.lse_c)[column - 1]
    parts = [MeanStat(row[0], row[0] * row[column]) for name, row in MONOLOGUES.items() if name not in without]
    return metric.finalize(reduce(metric.merge, parts))


def test_the_published_headline_is_the_mean_over_english_clips():
    assert sum(row[0] for name, row in MONOLOGUES.items() if name != CHINESE) == 199
    assert headline(1, CHINESE) == pytest.approx(8.185, abs=5e-4)
    assert headline(2, CHINESE) == pytest.approx(6.333, abs=5e-4)


def test_with_the_chinese_clips_it_would_be_another():
    assert headline(1) == pytest.approx(8.187, abs=5e-4)
    assert headline(2) == pytest.approx(6.295, abs=5e-4)
