"""The published numbers of SyncNet's example clip, where its weights and the clip are in ECHO_BENCH_WEIGHTS.

README of joonson/syncnet_python (6efbb1c), `demo_syncnet.py` on data/example.avi: AV offset 3, min dist 5.353, confidence 10.021.
The example is cropped already: only the JPEGs before the net are between it and the number. Other FFmpeg builds give 5.348 and 10.081
(a comment in syncnet-python 0.2.3), and so the tolerances.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from echo_metrics.lipsync import SyncScores, sync_scores

from echo_bench.clip import AudioRef, VideoRef
from echo_bench.extractors.syncnet import LipRows, SyncNetAudio, open_lip
from echo_bench.faces.iou_tracks import BoxTrack
from echo_bench.faces.syncnet_crop import Crop, Square
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from echo_bench.media.generations import Generations, Setting
from echo_bench.media.hashing import file_sha256
from echo_bench.weights.golden import CHECKS
from tests.golden.official import require

EXAMPLE_SHA256 = "1724121b3a50141cfc9e77c034f7de914024d015b92762ae12d3e1a7151b8621"
OFFSET, LSE_D, LSE_C = 3, 5.353, 10.021


@pytest.fixture(scope="module")
def example() -> Path:
    """The clip; skipped where it, or the official weights, are absent."""
    require("syncnet-example")
    path = Path(os.environ["ECHO_BENCH_WEIGHTS"]) / CHECKS["syncnet-example"].clip
    assert file_sha256(path) == EXAMPLE_SHA256
    return path


def scores(path: Path, settings: tuple[Setting, ...]) -> SyncScores:
    track, rows, wear = BoxTrack(0), LipRows(open_lip()), Generations(settings)
    count = 0
    for count, frame in enumerate(frames(VideoRef(path, "")), start=1):
        rows.add([Crop(track, count - 1, Square(0, 0, 0), wear(frame))])
    lip = rows.finish([track], count, VideoRef(path, ""))["lip"].astype(float)
    audio = SyncNetAudio()(waveform(AudioRef(path, "")))["audio"].astype(float)
    common = min(len(lip), len(audio))
    return sync_scores(lip[:common], audio[:common])


def test_the_example_has_its_published_scores(example):
    found = scores(example, (Setting("mjpeg"),))
    assert found.offset == OFFSET
    assert (found.distance, found.confidence) == (pytest.approx(LSE_D, abs=0.1), pytest.approx(LSE_C, abs=0.2))


def test_without_the_jpegs_it_is_near(example):
    found = scores(example, ())
    assert found.offset == OFFSET
    assert found.distance == pytest.approx(LSE_D, abs=0.5)
