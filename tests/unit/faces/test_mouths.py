"""Windows of mouths against all mouths at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from echo_bench.faces.mouths import REACH, MouthRun


def windows(mouths: np.ndarray, start: int = 0) -> list[tuple[int, np.ndarray]]:
    run = MouthRun(start)
    found = [window for mouth in mouths for window in run.push(mouth)]
    return found + run.finish()


@given(frames=st.integers(0, 120), start=st.integers(0, 1000))
def test_windows_of_a_run(frames: int, start: int):
    mouths = np.random.default_rng(frames).integers(0, 256, (frames, 4, 4), np.uint8)
    found = windows(mouths, start)
    assert [first for first, _ in found] == list(range(start, start + max(frames - 4, 0)))
    for k, (_, window) in enumerate(found):
        near = mouths[max(k + 2 - REACH, 0) : k + 3 + REACH]
        np.testing.assert_array_equal(window[:5], mouths[k : k + 5])
        np.testing.assert_allclose(window[5], near.astype(np.float64).mean(axis=0), rtol=1e-6)


def test_a_window_is_given_as_soon_as_its_second_has_passed():
    run = MouthRun()
    waited = [len(run.push(np.zeros((4, 4), np.uint8))) for _ in range(40)]
    assert waited == [0] * (REACH + 2) + [1] * (40 - REACH - 2)
