"""Words of one truth are fitted once, whoever is counted into them, and warn every time."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.shannon import MotionWords, shannon_index
from numpy.typing import NDArray

from echo_bench.metrics import codebooks
from echo_bench.metrics.codebooks import words_of
from echo_bench.metrics.sets import SID_EXP
from echo_bench.metrics.two_samples import TwoSamples


def motion(seed: int, frames: int = 300, channels: int = 3) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(frames, channels))


@pytest.fixture(autouse=True)
def fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Frames of every fit that is made."""
    made: list[int] = []

    class Counted(MotionWords):
        def __init__(self, frames: NDArray[np.float64], clusters: int, seed: int = 0) -> None:
            made.append(len(frames))
            super().__init__(frames, clusters, seed)

    monkeypatch.setattr(codebooks, "MotionWords", Counted)
    monkeypatch.setattr(codebooks, "_kept", {})
    return made


def test_several_methods_share_the_words_of_one_truth(fits: list[int]) -> None:
    truth = (motion(0), motion(1))
    values = [SID_EXP.finalize(TwoSamples((motion(seed),), tuple(t.copy() for t in truth))) for seed in (2, 3)]
    assert fits == [600]
    assert values == [shannon_index(list(truth), [motion(seed)], 40) for seed in (2, 3)]
    assert values[0] != values[1]


def test_other_frames_shapes_clusters_and_seeds_have_words_of_their_own(fits: list[int]) -> None:
    frames = motion(0)
    for args in ((frames, 4, 0), (frames + 1e-12, 4, 0), (frames.reshape(-1, 9), 4, 0), (frames, 5, 0), (frames, 4, 1)):
        words_of(*args)
    assert len(fits) == 5


def test_a_static_truth_is_told_of_every_time() -> None:
    for _ in range(2):
        with pytest.warns(MetricWarning, match="only 1 of 4 motion words"):
            words_of(np.zeros((30, 2)), 4, 0)


def test_too_few_frames_are_refused_every_time() -> None:
    for _ in range(2):
        with pytest.raises(MetricInputError, match="30 frames cannot make 40 clusters"):
            words_of(motion(0, 30), 40, 0)


def test_what_is_kept_is_bounded(fits: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codebooks, "KEPT", 2)
    for seed in (0, 1, 2, 2, 1, 0):
        words_of(motion(seed, 30), 2, 0)
    assert len(fits) == 4, "the oldest goes first"
    assert len(codebooks._kept) == 2
