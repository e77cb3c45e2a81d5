"""The gate of a set of right and wrong reactions, over the whole test split: right ones score alike, and far better than wrong ones."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from echo_bench.metrics import METRICS
from tests.native import features_of, reactions_of, shown_clips
from tests.unit.simulator import content

pytestmark = pytest.mark.slow

RIGHT = ("recorded", "appropriate")


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> list:
    names = [name for name, dialogue in content.DIALOGUES.items() if dialogue.split == "test"]
    return shown_clips(tmp_path_factory.mktemp("clips"), names)


@pytest.mark.parametrize(
    "name", ["appropriateness@eb1-native", "frcorr@react24-nan-aware-native", "frdist@react24-nan-aware-native"]
)
def test_right_reactions_are_told_from_wrong_ones(name, clips):
    """Clip by clip: each right reaction, the recorded one among them, against each wrong one of the same clip."""
    metric = METRICS.get(name)
    sign = 1 if metric.info.direction.value == "higher" else -1
    won, scores = defaultdict(list), defaultdict(list)
    for clip in clips:
        found = defaultdict(list)
        for label, ref in reactions_of(clip):
            found[label].append(sign * metric.finalize(metric.clip([features_of(clip, ref)])))
        right = np.array([score for label in RIGHT for score in found[label]])
        for label, values in found.items():
            scores[label] += values
            if label not in RIGHT:
                won[label].append(np.mean(right[:, None] > np.array(values)))
    assert {label for label, shares in won.items() if np.mean(shares) < 0.95} == set()
    assert set(won) == {"wrong-affect", "wrong-timing", "other-context"}
    means = {label: float(np.mean(values)) for label, values in scores.items()}
    gap = means["appropriate"] - max(means[label] for label in won)
    assert abs(means["recorded"] - means["appropriate"]) < 0.1 * gap


def test_the_truth_passes_the_gate_of_the_auc(clips):
    metric = METRICS.get("appropriateness-auc@eb1-native")
    assert np.mean([metric.clip([features_of(clip, clip.avatar.motion)]).total for clip in clips]) >= 0.95
