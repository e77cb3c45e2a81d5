"""The parts of CI's own gate; that the shipped method passes and one with noise does not is a step of .ci/run."""

from __future__ import annotations

import pytest
from safetensors.torch import load_file

from echo_bench.leaderboard.baseline import read_baseline
from echo_bench.media.decode import frames
from echo_bench.methods.learned.checkpoint import find, read_card
from echo_bench.motion_io import load_motion
from tools.ci_gate import BASELINE, GUARDED, METHOD, NOISE, SEED, SPLIT, noisy
from tools.short_clips import SECONDS, ShortClips


def test_the_baseline_is_of_the_named_method():
    baseline = read_baseline(BASELINE)
    assert baseline.method == METHOD
    assert {guarded.metric for guarded in baseline.metrics} == set(GUARDED)
    assert {tuple(seed.seed for seed in guarded.seeds) for guarded in baseline.metrics} == {(SEED,)}


def test_noise_is_a_share_of_each_tensors_spread(tmp_path):
    before = load_file(find(METHOD))
    after = load_file(noisy(tmp_path / "noisy", NOISE) / f"{METHOD}.safetensors")
    assert before.keys() == after.keys()
    for name, values in before.items():
        assert (after[name].shape, after[name].dtype) == (values.shape, values.dtype)
        if values.numel() > 1000 and values.is_floating_point():
            # float16 keeps 11 bits: rounding adds to noise where a tensor's mean is far from zero
            shares = (after[name].double() - values.double()).std() / values.double().std()
            assert float(shares) == pytest.approx(NOISE, rel=0.15), name


def test_weights_with_noise_have_a_card_and_no_noise_is_no_change(tmp_path):
    folder = noisy(tmp_path / "same", 0.0)
    card = read_card(folder / f"{METHOD}.safetensors")
    assert card.method == METHOD
    before, after = load_file(find(METHOD)), load_file(folder / f"{METHOD}.safetensors")
    assert all(values.equal(after[name]) for name, values in before.items())


@pytest.mark.slow
def test_short_clips_are_four_of_four_seconds(tmp_path):
    clips = ShortClips(tmp_path).clips(SPLIT)
    assert [clip.duration for clip in clips] == [SECONDS] * 4
    for clip in clips:
        assert all(span.end <= SECONDS for span in clip.spans)
        for track in (clip.user, clip.avatar):
            assert len(load_motion(track.motion)[0]) == 100
            assert sum(1 for _ in frames(track.video)) == 100
