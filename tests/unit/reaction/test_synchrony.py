"""FRSyn: recovered lags, and the saturation that the official code reports as synchrony."""

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.reaction import frsyn, reaction_lags


def speakers(n=3, frames=200, dims=5, seed=0):
    return np.random.default_rng(seed).normal(size=(n, frames, dims))


@pytest.mark.parametrize("lag", [-49, -7, 0, 1, 30, 49])
def test_recovers_a_known_lag(lag):
    speaker = speakers()
    pred = np.roll(speaker, lag, axis=1)[:, None] + 0.3 * speakers(seed=1)[:, None]
    for rule in ("official", "aware"):
        assert (reaction_lags(pred, speaker, rule) == lag).all()
    assert frsyn(pred, speaker) == abs(lag)


def test_distance_grows_with_delay_and_not_with_level():
    speaker = speakers()
    delayed = [np.roll(speaker, lag, axis=1)[:, None] for lag in (0, 5, 20)]
    assert [frsyn(pred, speaker) for pred in delayed] == [0, 5, 20]
    assert frsyn(3 * delayed[1] + 7, speaker) == 5


def test_one_dead_channel_saturates_the_official_score():
    """field.md 2.5: a mime, exactly in sync, with one action unit that never fires: 49 officially, 0 in truth."""
    speaker = speakers()
    speaker[..., 2] = 0.0
    mime = speaker[:, None]
    with pytest.warns(MetricWarning, match="nan='aware'"):
        assert frsyn(mime, speaker) == 49
    assert frsyn(mime, speaker, nan="aware") == 0


def test_a_channel_dead_at_some_lags_only_decides_the_official_lag():
    """argmax takes the first NaN for the peak: an action unit that fires once, early, puts the peak where it drops out."""
    speaker, pred = speakers(n=1), speakers(n=1)[:, None].copy()
    pred[..., 0] = 0.0
    pred[0, 0, :20, 0] = 1.0  # outside the overlap once 20 frames are cut from the front
    with pytest.warns(MetricWarning):
        assert frsyn(pred, speaker) == 20
    assert frsyn(pred, speaker, nan="aware") == 0


def test_static_reactions_count_as_the_largest_lag():
    speaker = speakers()
    static = np.ones((3, 2, 200, 5))
    for rule in ("official", "aware"):
        with pytest.warns(MetricWarning, match="6 of 6 reactions"):
            assert frsyn(static, speaker, nan=rule) == 49


def test_first_sample_only():
    """anchors.md A: the official multi-process code returns inside its loop and scores 1 of M samples."""
    speaker = speakers()
    pred = np.stack([np.roll(speaker, lag, axis=1) for lag in (4, 10, 16)], axis=1)
    assert frsyn(pred, speaker) == 10
    assert frsyn(pred, speaker, samples="first") == 4


def test_refusals():
    speaker = speakers()
    with pytest.raises(MetricInputError, match="too short"):
        frsyn(speaker[:, None, :50], speaker[:, :50])
    with pytest.raises(MetricInputError, match="3 clips and speaker has 2"):
        frsyn(speaker[:, None], speaker[:2])
    with pytest.raises(MetricInputError, match="nan must be one of"):
        frsyn(speaker[:, None], speaker, nan="zero")
    with pytest.raises(MetricInputError, match="samples must be one of"):
        frsyn(speaker[:, None], speaker, samples="best")
