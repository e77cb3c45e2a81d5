"""FD, P-FD, MSE, SID, Var, STS and diversity of motion: what they notice, what they must not notice, what they refuse."""

import numpy as np
import pytest
from echo_metrics import motion as metrics
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.sequences import trim_to_shortest


def tracks(clips=3, frames=150, dims=6, seed=0):
    """Ground truth and a partner that moves alike."""
    rng = np.random.default_rng(seed)
    gt = [rng.normal(size=(frames, dims)).cumsum(0) * 0.1 for _ in range(clips)]
    return gt, [clip + 0.1 * rng.normal(size=clip.shape).cumsum(0) for clip in gt]


def noisy(clips, level, seed=1):
    rng = np.random.default_rng(seed)
    return [clip + level * rng.normal(size=clip.shape) for clip in clips]


def shrunk(clips, factor):
    return [clip.mean(0) + factor * (clip - clip.mean(0)) for clip in clips]


PAIRWISE = {"frechet": metrics.frechet, "mse": metrics.mean_squared_error, "sts": metrics.sts}


@pytest.mark.parametrize("name", PAIRWISE)
def test_grows_with_noise(name):
    gt, _ = tracks()
    values = [PAIRWISE[name](gt, noisy(gt, level)) for level in (0.1, 0.3, 1.0, 3.0)]
    assert values == sorted(values)
    assert values[0] > 0
    assert PAIRWISE[name](gt, gt) == pytest.approx(0, abs=1e-9)


def test_frechet_ignores_time_and_sts_ignores_a_constant_offset():
    gt, _ = tracks()
    pred = noisy(gt, 0.3)
    reversed_in_time = [clip[::-1] for clip in pred]
    assert metrics.frechet(gt, reversed_in_time) == pytest.approx(metrics.frechet(gt, pred), rel=1e-9)
    assert metrics.sts(gt, [clip + 5 for clip in pred]) == pytest.approx(metrics.sts(gt, pred), rel=1e-9)


def test_paired_frechet_sees_a_shuffled_partner_and_frechet_does_not():
    gt, partner = tracks()
    other = [clip[::-1] for clip in gt]  # the same frames, no longer beside the same partner frames
    assert metrics.frechet(gt, other) == pytest.approx(0, abs=1e-9)
    assert metrics.paired_frechet(gt, other, partner) > 0.1


def test_paired_frechet_by_concatenation():
    gt, partner = tracks()
    pred = noisy(gt, 0.5)
    joined = [[np.hstack([x, y]) for x, y in zip(partner, side, strict=True)] for side in (gt, pred)]
    assert metrics.paired_frechet(gt, pred, partner) == pytest.approx(metrics.frechet(*joined), rel=1e-12)


def test_clip_and_corpus_pooling_differ_on_unequal_clips():
    gt = [np.zeros((10, 1)), np.zeros((30, 1))]
    pred = [np.ones((10, 1)), np.zeros((30, 1))]
    assert metrics.mean_squared_error(gt, pred) == 0.5  # each clip once; frame-weighted it would be 0.25


def test_short_clips_bias_the_frechet_distance():
    """field.md 2.1.1: two draws of one 50-d Gaussian gave 40.8 at 30 frames and 2.96 at 500 (one draw each); the truth is 0."""
    rng = np.random.default_rng(0)
    with pytest.warns(MetricWarning):
        short = metrics.frechet(*rng.normal(size=(2, 40, 30, 50)))
    long = metrics.frechet(*rng.normal(size=(2, 10, 500, 50)))
    assert short == pytest.approx(40.8, rel=0.1)
    assert long == pytest.approx(2.96, rel=0.1)


def test_sts_of_the_corpus_counts_the_joints():
    gt = [np.zeros((5, 1)), np.zeros((5, 1))]
    pred = [np.zeros((5, 1)), np.ones((5, 1))]
    assert metrics.sts(gt, pred, "clip") == 0
    assert metrics.sts(gt, pred, "corpus") == pytest.approx(np.sqrt(10))


def test_four_variances():
    rng = np.random.default_rng(0)
    clips = [rng.normal(size=(n, 3)) + np.array([0, 5, 10]) for n in (20, 40)]
    frames = np.concatenate(clips)
    assert metrics.variance(clips, "flat") == pytest.approx(np.mean((frames - frames.mean()) ** 2))
    assert metrics.variance(clips, "sum") == pytest.approx(sum(np.mean((c - c.mean()) ** 2) for c in frames.T))
    time = np.mean([np.mean([np.mean((c - c.mean()) ** 2) for c in clip.T]) for clip in clips])
    assert metrics.variance(clips, "time") == pytest.approx(time)
    react = np.mean([clip.var(0).mean() * len(clip) / (len(clip) - 1) for clip in clips])
    assert metrics.variance(clips, "react") == pytest.approx(react)


def test_only_flat_variance_is_fed_by_offsets_between_dimensions():
    gt, _ = tracks()
    moved = [clip + np.arange(6) for clip in gt]
    assert metrics.variance(moved, "flat") > 2 * metrics.variance(gt, "flat")
    assert metrics.variance(moved, "time") == pytest.approx(metrics.variance(gt, "time"))


@pytest.mark.parametrize("definition", ["time", "sum", "react"])
def test_variance_falls_as_motion_is_damped(definition):
    gt, _ = tracks()
    values = [metrics.variance(shrunk(gt, factor), definition) for factor in (1.0, 0.7, 0.4, 0.0)]
    assert values == sorted(values, reverse=True)


def test_diversity_of_two_poses():
    """Half the frames at 0, half at distance 5: about half of all pairs differ."""
    clip = np.repeat([[0.0, 0.0], [3.0, 4.0]], 500, axis=0)
    assert metrics.diversity([clip], pairs=1000) == pytest.approx(2.5, rel=0.1)


def test_diversity_falls_as_motion_is_damped():
    gt, _ = tracks()
    values = [metrics.diversity(shrunk(gt, factor)) for factor in (1.0, 0.5, 0.0)]
    assert values == [pytest.approx(values[0]), pytest.approx(values[0] / 2), pytest.approx(0, abs=1e-9)]


def test_refuses_tracks_of_different_length_and_trims_on_request():
    gt, partner = tracks()
    shorter = [clip[:-3] for clip in gt]
    with pytest.raises(MetricInputError, match="cut to a common length"):
        metrics.mean_squared_error(gt, shorter)
    assert metrics.mean_squared_error(*trim_to_shortest(gt, shorter)) == 0
    with pytest.raises(MetricInputError, match="prediction missing"):
        trim_to_shortest(gt, partner[:2])


BAD = {
    "no clip": ([], "no clip"),
    "one array": (np.zeros((20, 6)), "one array"),
    "wrong rank": ([np.zeros(20)], "frames, dims"),
    "lost face": ([np.full((20, 6), np.nan)], "face lost"),
    "two layouts": ([np.zeros((20, 6)), np.zeros((20, 50))], "two motion layouts"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses_bad_clips(case):
    clips, message = BAD[case]
    with pytest.raises(MetricInputError, match=message):
        metrics.variance(clips)


def test_refuses_other_mismatches():
    gt, _ = tracks()
    with pytest.raises(MetricInputError, match="prediction missing"):
        metrics.frechet(gt, gt[:2])
    with pytest.raises(MetricInputError, match="one motion layout"):
        metrics.frechet(gt, [clip[:, :3] for clip in gt])
    with pytest.raises(MetricInputError, match="pooling must be one of"):
        metrics.sts(gt, gt, "video")
    with pytest.raises(MetricInputError, match="definition must be one of"):
        metrics.variance(gt, "std")
    with pytest.raises(MetricInputError, match="at least 100"):
        metrics.diversity([np.zeros((99, 2))])
    with pytest.raises(MetricInputError, match="at least 1"):
        metrics.diversity(gt, pairs=0)
