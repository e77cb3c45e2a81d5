"""Toy dyads are what they say: their offset is known, and reading it back gives it."""

from __future__ import annotations

import numpy as np
import pytest

from echo_bench.extractors.speech import SpeechExtractor
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from echo_bench.metric import ClipFeatures
from echo_bench.metrics import METRICS
from echo_bench.motion_io import load_motion
from echo_bench.testing.toy import JAW, toy_dyad, toy_samples


@pytest.mark.parametrize("offset", [0, 3, -4])
def test_the_offset_is_what_was_asked_for(tmp_path, offset):
    clip = toy_dyad(tmp_path, offset=offset, seconds=6)
    motion, valid = load_motion(clip.avatar.motion)
    features = {
        "pred:native": {"motion": motion, "valid": valid},
        "pred:speech": SpeechExtractor()(waveform(clip.avatar.audio)),
    }
    metric = METRICS.get("av_offset@eb1-native")
    assert metric.finalize(metric.clip([ClipFeatures(clip, features)])) == -offset


def test_the_drawn_mouth_opens_with_the_jaw(tmp_path):
    clip = toy_dyad(tmp_path, seconds=2)
    jaw = load_motion(clip.avatar.motion)[0][:, JAW]
    dark = [float((rgb[30:, 16:48, 1] < 60).sum()) for rgb in frames(clip.avatar.video, fps=25.0)]
    assert np.corrcoef(jaw, dark)[0, 1] > 0.9


def test_strength_zero_is_the_truth_and_equal_seeds_are_equal():
    draw = toy_samples(["pred:native", "truth:native"])
    (sample,), *_ = draw(0.0)
    (again,), *_ = draw(0.0)
    np.testing.assert_array_equal(sample["pred:native"]["motion"], sample["truth:native"]["motion"])
    np.testing.assert_array_equal(sample["pred:native"]["motion"], again["pred:native"]["motion"])
