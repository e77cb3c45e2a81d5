"""What the official files give, where they are present: `ECHO_BENCH_WEIGHTS` names their folder. They are not in the repository."""

from __future__ import annotations

import numpy as np
import pytest

from echo_bench.clip import VideoRef
from echo_bench.errors import WeightsMissingError
from echo_bench.extractor import FrameExtractor
from echo_bench.extractors import EXTRACTORS


def opened(name: str) -> FrameExtractor:
    try:
        return EXTRACTORS.get(name)()
    except WeightsMissingError as error:
        pytest.skip(str(error))


def test_fvd_of_black_against_white(tmp_path):
    """JunyaoHu/common_metrics_on_video_quality, README: zeros against ones, 8 x 16 frames of 64 x 64, 153.110; never moved since.

    All eight videos of a side are one, so the covariances are 0 and what is left is the distance of the means.
    """
    net = opened("i3d-styleganv-crop224-pm1-t16s1")
    logits = []
    for shade in (0, 255):
        session = net.begin(VideoRef(tmp_path / "a.mp4", ""))
        for _ in range(16):
            session.push(np.full((64, 64, 3), shade, np.uint8))
        logits.append(session.finish()["logits"][0].astype(np.float64))
    assert float(((logits[0] - logits[1]) ** 2).sum()) == pytest.approx(153.110, rel=1e-3)


@pytest.mark.parametrize("name", ["inception", "inception-clean", "inception-tf1"])
def test_the_official_inception_loads(name, tmp_path):
    """A ReLU and a mean are behind every feature: none is negative, and a few are not 0."""
    session = opened(name).begin(VideoRef(tmp_path / "a.mp4", ""))
    session.push(np.random.default_rng(0).integers(0, 256, (64, 80, 3)).astype(np.uint8))
    rows = session.finish()["pool3"]
    assert rows.shape == (1, 2048)
    assert rows.min() >= 0 < rows.mean()
