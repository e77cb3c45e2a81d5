"""Distances over general encoders, on rows made up here: which rows count, from which side, and that the number is the formula's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.frechet import frechet_distance
from numpy.typing import NDArray

from echo_bench.clip import DyadicClip, Track, VideoRef
from echo_bench.extractors import EXTRACTORS
from echo_bench.metric import ClipFeatures
from echo_bench.metrics import DEFAULT, METRICS

pytestmark = pytest.mark.filterwarnings("ignore::echo_metrics.errors.MetricWarning")
PICTURES = ("fd@dinov2", "fd@clip")
SPEECH = ("fad@wav2vec2", "fad@hubert", "fad@whisper-tiny-en")
VIDEO = Track(video=VideoRef(Path("a.mp4"), ""))
CLIP = DyadicClip("a", "toy", 25.0, 4.0, VIDEO, VIDEO)


def rows(seed: int, count: int = 60, shift: float = 0.0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(shift, 1.0, (count, 6)).astype(np.float32)


def features(net: str, **sides: NDArray[np.float32]) -> ClipFeatures:
    return ClipFeatures(CLIP, {f"{side}:{net}": {"features": value} for side, value in sides.items()})


@pytest.mark.parametrize("name", [*PICTURES, *SPEECH])
def test_the_number_is_the_formula_over_all_clips(name: str):
    metric, net = METRICS.get(name), name.partition("@")[2]
    stats = [metric.clip([features(net, pred=rows(k, shift=k), truth=rows(10 + k, 50))]) for k in range(2)]
    truth, pred = (np.concatenate(blocks) for blocks in ([rows(10, 50), rows(11, 50)], [rows(0), rows(1, shift=1)]))
    assert metric.finalize(metric.merge(*stats)) == pytest.approx(frechet_distance(truth, pred), rel=1e-9)
    assert metric.finalize(metric.clip([features(net, pred=rows(3), truth=rows(3))])) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", [*PICTURES, *SPEECH])
def test_a_side_without_a_row_is_refused(name: str):
    metric = METRICS.get(name)
    with pytest.raises(MetricInputError, match="nothing of truth"):
        metric.finalize(metric.clip([features(name.partition("@")[2], pred=rows(0))]))


@pytest.mark.parametrize("name", [*PICTURES, *SPEECH])
def test_what_they_read_is_an_extractor_of_that_name(name: str):
    info = METRICS.get(name).info
    assert info.id == name
    assert info.requires == tuple(f"{side}:{name.partition('@')[2]}" for side in ("pred", "truth"))
    assert name.partition("@")[2] in EXTRACTORS
    assert (name in DEFAULT) == (name == "fd@dinov2")
    assert ("pooling" in dict(info.signature)) == (name in SPEECH)
