"""What the official files give, where they are present: `ECHO_BENCH_WEIGHTS` names their folder. They are not in the repository.

Zeros against ones, 8 x 30 frames of 64 x 64: README of JunyaoHu/common_metrics_on_video_quality; never moved since.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from echo_bench.clip import VideoRef
from echo_bench.extractor import FrameExtractor
from echo_bench.extractors import EXTRACTORS
from echo_bench.extractors.i3d import WindowNet
from tests.golden.official import require


def opened(name: str) -> FrameExtractor:
    return cast(FrameExtractor, EXTRACTORS.get(name)())


def uniform(shade: int, count: int) -> np.ndarray:
    return np.full((count, 64, 64, 3), shade, np.uint8)


@pytest.mark.parametrize(
    ("length", "published"), [(10, 570.07), (16, 153.110), (20, 338.18), (24, 66.081), (30, 151.168)]
)
def test_fvd_of_black_against_white(length, published):
    """All eight videos of a side are one, so the covariances are 0 and what is left is the distance of the means."""
    require("fvd-zeros-ones")
    net = cast(WindowNet, opened("i3d-styleganv-crop224-pm1-t16s1"))
    black, white = (net.run(uniform(shade, length)[None])[0].astype(np.float64) for shade in (0, 255))
    assert float(((black - white) ** 2).sum()) == pytest.approx(published, rel=1e-3)


def test_lpips_of_black_against_white(tmp_path):
    require("lpips-zeros-ones")
    session = opened("lpips-alex").begin(VideoRef(tmp_path / "a.mp4", ""))
    session.push(uniform(0, 1)[0], uniform(255, 1)[0])
    assert session.finish()["lpips"] == pytest.approx([0.81401], rel=1e-3)


@pytest.mark.parametrize("name", ["inception", "inception-clean", "inception-tf1"])
def test_the_official_inception_loads(name, tmp_path):
    """A ReLU and a mean are behind every feature: none is negative, and a few are not 0."""
    require("inception-loads")
    session = opened(name).begin(VideoRef(tmp_path / "a.mp4", ""))
    session.push(np.random.default_rng(0).integers(0, 256, (64, 80, 3)).astype(np.uint8))
    rows = session.finish()["pool3"]
    assert rows.shape == (1, 2048)
    assert rows.min() >= 0 < rows.mean()
