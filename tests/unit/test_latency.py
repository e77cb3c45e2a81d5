"""Real-time factor, first-frame delay, and the causality check on filters whose look-ahead is known."""

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.latency import causality, first_frame_delay, real_time_factor
from hypothesis import given
from hypothesis import strategies as st

SIGNAL = np.random.default_rng(0).normal(size=(60, 3))
CUTS = [20, 33, 50]


def looking_ahead(frames):
    """A filter whose output t is the input t + frames, held at the end."""

    def generate(rows):
        return np.concatenate([rows[frames:], np.repeat(rows[-1:], frames, axis=0)])

    return generate


def in_chunks(size):
    """Every output of a chunk is the mean of the chunk: what a block-wise generator sees."""

    def generate(rows):
        return np.concatenate(
            [np.tile(rows[i : i + size].mean(axis=0), (len(rows[i : i + size]), 1)) for i in range(0, len(rows), size)]
        )

    return generate


def test_real_time_factor():
    """Teller: 0.92 s of computing per second of video; Hallo: 20.93 (arXiv 2503.18429, abstract)."""
    assert real_time_factor(9.2, 10.0) == pytest.approx(0.92)
    for bad in ((0.0, 1.0), (1.0, 0.0), (-1.0, 1.0), (np.nan, 1.0), (1.0, np.inf)):
        with pytest.raises(MetricInputError, match="must be positive"):
            real_time_factor(*bad)


@given(st.floats(0.01, 100), st.floats(0.01, 100), st.floats(0.01, 100))
def test_real_time_factor_is_a_ratio(processing, media, unit):
    assert real_time_factor(unit * processing, unit * media) == pytest.approx(real_time_factor(processing, media))


def test_first_frame_delay():
    assert first_frame_delay(2.0, [2.5, 2.5, 2.54]) == pytest.approx(0.5)
    with pytest.raises(MetricInputError, match="one monotonic clock"):
        first_frame_delay(2.0, [1.9, 2.1])
    with pytest.raises(MetricInputError, match="one monotonic clock"):
        first_frame_delay(2.0, [2.5, 2.4])
    for bad in ([], [np.nan], [[2.5]]):
        with pytest.raises(MetricInputError, match="one finite time per frame"):
            first_frame_delay(2.0, bad)


@pytest.mark.parametrize("frames", [0, 1, 5])
def test_finds_the_look_ahead_of_a_filter(frames):
    result = causality(looking_ahead(frames), SIGNAL, CUTS)
    assert result.look_ahead == frames
    assert result.is_causal == (frames == 0)
    assert (result.deviation > 0) == (frames > 0)


def test_a_declared_look_ahead_is_allowed():
    assert causality(looking_ahead(5), SIGNAL, CUTS, allowed_look_ahead=5).is_causal
    assert causality(looking_ahead(5), SIGNAL, CUTS, allowed_look_ahead=5).deviation == 0.0
    assert not causality(looking_ahead(5), SIGNAL, CUTS, allowed_look_ahead=4).is_causal


def test_a_chunk_counts_as_look_ahead():
    """Cut 33 falls 3 frames into a chunk of 10, whose earlier frames have seen the future."""
    assert causality(in_chunks(10), SIGNAL, [33]).look_ahead == 3
    assert causality(in_chunks(10), SIGNAL, [20, 30]).is_causal


def test_a_tiny_leak_is_seen_and_may_be_tolerated():
    def generate(rows):
        return rows + 1e-9 * rows.mean(axis=0)

    assert not causality(generate, SIGNAL, CUTS).is_causal
    assert causality(generate, SIGNAL, CUTS, tolerance=1e-6).is_causal


def test_audio_at_its_own_rate():
    audio = np.random.default_rng(1).normal(size=(640 * 50, 1))

    def energy(rows):
        return np.square(rows).reshape(50, 640).mean(axis=1, keepdims=True)

    assert causality(energy, audio, [10, 30], samples_per_frame=640).is_causal
    with pytest.raises(MetricInputError, match="samples_per_frame"):
        causality(energy, audio, [10, 30], samples_per_frame=320)


def test_a_method_may_write_on_its_input():
    kept = SIGNAL.copy()

    def careless(rows):
        output = looking_ahead(5)(rows)
        rows[:] = 0
        return output

    assert causality(careless, SIGNAL, CUTS).look_ahead == 5
    np.testing.assert_array_equal(SIGNAL, kept)


def test_refuses_an_unseeded_method_and_cuts_at_the_ends():
    rng = np.random.default_rng(2)
    with pytest.raises(MetricInputError, match="fix the seed"):
        causality(lambda rows: rng.normal(size=rows.shape), SIGNAL, CUTS)
    for cuts in ([], [0], [60]):
        with pytest.raises(MetricInputError, match="a past and a future"):
            causality(looking_ahead(0), SIGNAL, cuts)
    with pytest.raises(MetricInputError, match="NaN"):
        causality(lambda rows: rows * np.nan, SIGNAL, CUTS)
