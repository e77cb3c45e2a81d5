"""Control by words: by hand, what is not heard, and with the suite's own detectors."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.detection import detect_nods, detect_shakes
from echo_metrics.errors import MetricInputError
from echo_metrics.text_control import text_control

DEEDS = [{"nod"}, {"shake"}, {"smile", "nod"}]


def test_by_hand():
    """Of four deeds asked for, two are shown; the words of each clip meet one deed in the two other clips in all: 1 of 8."""
    found = text_control(DEEDS, [{"nod"}, set(), {"smile"}])
    assert found.accuracy == 2 / 4
    assert found.chance == pytest.approx(1 / 8)


def test_who_shows_everything_is_no_better_than_chance():
    everything = [{"nod", "shake", "smile"}] * 3
    assert text_control(DEEDS, everything) == (1.0, 1.0)
    assert text_control(DEEDS, [set()] * 3) == (0.0, 0.0)


def test_nods_and_shakes_of_motion_that_does_as_told_and_of_motion_that_does_not():
    t = np.arange(100) / 25
    swing, still = 0.1 * np.sin(2 * np.pi * 2 * t), 0 * t

    def shown(pitch: np.ndarray, yaw: np.ndarray) -> set[str]:
        rotation = np.stack([pitch, yaw, still], axis=1)
        return {event.label for event in detect_nods(rotation) + detect_shakes(rotation)}

    asked = [{"nod"}, {"shake"}]
    assert text_control(asked, [shown(swing, still), shown(still, swing)]) == (1.0, 0.0)
    assert text_control(asked, [shown(still, swing), shown(swing, still)]) == (0.0, 1.0)


def test_refusals():
    with pytest.raises(MetricInputError, match="3 clips with words and 2"):
        text_control(DEEDS, DEEDS[:2])
    with pytest.raises(MetricInputError, match="two or more"):
        text_control(DEEDS[:1], DEEDS[:1])
    with pytest.raises(MetricInputError, match="asks for anything"):
        text_control([set(), set()], DEEDS[:2])
