"""Consistency of fine detail over time, in motion and in pictures."""

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.flicker import fine_energy, fine_energy_distance, flicker_distance, flicker_spectrum
from hypothesis import given, settings
from hypothesis import strategies as st

RNG = np.random.default_rng
SIGMAS = (0.0, 2.0, 5.0, 10.0, 20.0)


def nods(frames=200):
    t = np.arange(frames)[:, None] / 25
    return np.sin(2 * np.pi * 0.5 * t + np.arange(4))


def video(frames=24, size=32, seed=0):
    """A texture that drifts slowly sideways."""
    texture = RNG(seed).integers(40, 200, (size, size + frames, 3), np.uint8)
    return np.stack([texture[:, t // 4 : t // 4 + size] for t in range(frames)])


def flickering(frames, sigma, seed=1):
    noise = sigma * RNG(seed).normal(size=frames.shape)
    return np.clip(frames + noise, 0, 255).astype(np.uint8)


def test_a_cubic_has_no_fine_part():
    t = np.arange(60)[:, None] / 25
    assert fine_energy([t**3 - 2 * t, 5 - t**2]) == pytest.approx(0, abs=1e-20)


def test_energy_of_white_noise_is_its_share_that_the_filter_leaves():
    """A least-squares cubic over 11 samples leaves 1 - 89 / 429 of unit noise in their middle (Savitzky and Golay 1964)."""
    assert fine_energy([RNG(0).normal(size=(100_000, 1))]) == pytest.approx(1 - 89 / 429, rel=0.02)


def test_equal_motion_is_at_0_and_shaking_and_smoothing_are_not():
    truth = [nods() + 0.02 * RNG(0).normal(size=(200, 4))]
    shaken = [[truth[0] + level * RNG(1).normal(size=(200, 4))] for level in (0.01, 0.05, 0.2)]
    assert fine_energy_distance(truth, truth) == 0
    distances = [fine_energy_distance(truth, clips) for clips in shaken]
    assert distances == sorted(distances)
    assert distances[0] > 0
    assert fine_energy_distance(truth, [nods()]) > 0.01


@settings(max_examples=20)
@given(st.floats(0.1, 10), st.floats(-5, 5))
def test_motion_scales_and_shifts(scale, shift):
    clips = [nods(60) + 0.1 * RNG(0).normal(size=(60, 4))]
    assert fine_energy([scale * clips[0] + shift]) == pytest.approx(scale**2 * fine_energy(clips), rel=1e-6)


def test_flicker_grows_with_its_level():
    truth = video()
    distances = [flicker_distance(truth, flickering(truth, sigma)) for sigma in SIGMAS]
    assert distances[0] == 0
    assert np.all(np.diff(distances) > 0)


def test_a_frozen_and_a_blurred_video_lack_what_the_truth_has():
    from scipy.ndimage import gaussian_filter

    truth = video()
    frozen = np.repeat(truth[:1], len(truth), axis=0)
    blurred = np.stack([gaussian_filter(frame, (2, 2, 0)) for frame in truth])
    assert flicker_spectrum(frozen).max() == 0
    assert flicker_distance(truth, frozen) == pytest.approx(np.linalg.norm(flicker_spectrum(truth)))
    assert 0 < flicker_distance(truth, blurred) < flicker_distance(truth, frozen)


def test_squares_of_the_spectrum_add_up_to_the_mean_square_of_the_changes():
    """Parseval, for even and odd lengths, against sums without any transform."""
    from scipy.ndimage import gaussian_filter

    for frames in (12, 13):
        clip = video(frames)
        luma = clip @ [0.299, 0.587, 0.114] / 255
        fine = luma - gaussian_filter(luma, (0, 2, 2))
        assert np.sum(flicker_spectrum(clip) ** 2) == pytest.approx(np.mean(np.diff(fine, axis=0) ** 2), rel=1e-9)


def test_brightness_that_changes_as_a_whole_is_no_detail():
    """Lamps that pulse are slow in space: nearly nothing of them is left; a pixel that blinks is."""
    lamp = np.full((21, 32, 32, 3), 100, np.uint8)
    lamp[::2] = 110
    pixel = np.full((21, 32, 32, 3), 100, np.uint8)
    pixel[::2, 16, 16] = 255
    assert flicker_spectrum(lamp).max() < 1e-9
    assert flicker_spectrum(pixel)[-1] > 100 * flicker_spectrum(pixel)[:-1].max()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fine_energy([nods(10)]), "has 10 frames; at least 11"),
        (lambda: fine_energy_distance([nods()], [nods()[:, :2]]), "4 columns and pred 2"),
        (lambda: flicker_distance(video(6), video(5)), "common length"),
        (lambda: flicker_spectrum(video(6) / 255), "uint8"),
        (lambda: flicker_spectrum(video(2)), "3 frames or more"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(MetricInputError, match=message):
        call()
