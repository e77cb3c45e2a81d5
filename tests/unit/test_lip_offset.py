"""AV offset from landmarks: recovered shifts, invariances, graded damage, refusals, and the envelope against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.lipsync import landmark_offset, speech_envelope
from hypothesis import given, settings
from hypothesis import strategies as st

RATE = 16000


def syllables(frames, seed=0):
    """Loudness between 0 and 1 with 2 to 6 openings a second, at 25 fps."""
    rng = np.random.default_rng(seed)
    onsets = np.cumsum(rng.uniform(4, 10, size=frames))
    time = np.arange(frames)[:, None]
    return np.exp(-((time - onsets[onsets < frames]) ** 2) / 6).sum(axis=1).clip(0, 1)


def voice(loudness, seed=0):
    """Band noise with that loudness at 25 fps, as a 16 kHz waveform."""
    samples = np.random.default_rng(seed).normal(size=len(loudness) * RATE // 25)
    return samples * np.interp(np.arange(len(samples)) / RATE * 25, np.arange(len(loudness)), loudness)


def tracks(lead=0, frames=120, noise=0.0, seed=0):
    """Opening and energy whose audio leads the lips by `lead` frames."""
    both = syllables(frames + 60, seed)
    opening = both[30 : 30 + frames] + noise * np.random.default_rng(seed + 1).normal(size=frames)
    return opening, np.log10(both[30 + lead : 30 + lead + frames] + 0.01)


@given(st.integers(-15, 15), st.integers(0, 99))
@settings(deadline=None)
def test_recovers_any_lead(lead, seed):
    assert landmark_offset(*tracks(lead, seed=seed)).offset == lead


@pytest.mark.parametrize("delay", [-5, 0, 5, 9])
def test_recovers_the_delay_of_a_waveform(delay):
    """The whole chain. Audio that comes `delay` frames late gives -delay, the sign of SyncNet."""
    loud = syllables(150)
    late = np.roll(voice(loud), delay * RATE // 25)
    assert landmark_offset(loud, speech_envelope(late, RATE, 25, 150)).offset == -delay


def test_formula_of_the_curve():
    """Each entry is numpy's correlation of the two derivatives on the frames where both exist."""
    opening, energy = tracks(lead=4, noise=0.2)
    lips, sound = np.gradient(opening)[1:-1], np.gradient(energy)[1:-1]
    result = landmark_offset(opening, energy, max_offset=6)
    for k, value in zip(range(-6, 7), result.curve, strict=True):
        a = lips[max(0, k) : len(lips) + min(0, k)]
        b = sound[max(0, -k) : len(sound) - max(0, k)]
        assert value == pytest.approx(np.corrcoef(a, b)[0, 1], rel=1e-9)
    assert result.confidence == pytest.approx(result.curve.max() - np.median(result.curve), rel=1e-12)


@given(st.floats(0.1, 100), st.floats(-5, 5), st.floats(0.1, 10))
def test_invariant_to_units_of_the_lips_and_level_of_the_audio(scale, shift, level):
    opening, energy = tracks(lead=-3, noise=0.3)
    plain, other = landmark_offset(opening, energy), landmark_offset(scale * opening + shift, level * energy)
    assert other.curve == pytest.approx(plain.curve, abs=1e-9)


def test_confidence_falls_with_tracking_noise():
    values = [landmark_offset(*tracks(frames=300, noise=n)).confidence for n in (0, 0.1, 0.3, 1.0)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.8 > 3 * values[-1]


def test_lost_frames_do_not_pull_the_offset():
    """Garbage where the face was lost is worth nothing once it is masked, and everything when it is not."""
    opening, energy = tracks(lead=2, frames=200)
    valid = np.ones(200, dtype=bool)
    valid[60:100] = False
    opening[60:100] = np.nan
    assert landmark_offset(opening, energy, valid=valid).offset == 2
    filled = np.where(valid, opening, 40 * np.roll(energy, 9))
    assert landmark_offset(filled, energy).offset != 2


def test_slope_spans_the_same_time_at_50_fps():
    opening, energy = (np.repeat(track, 2) for track in tracks(lead=3))
    assert landmark_offset(opening, energy, max_offset=20, fps=50).offset == 6


def test_silence_under_some_of_the_offsets_leaves_the_others_to_speak():
    """A word in the first 14 of 45 frames: where the sound leads by 15, the overlap hears nothing."""
    opening, energy = np.zeros(45), np.zeros(45)
    opening[2:11], energy[4:13] = syllables(40)[5:14], syllables(40)[5:14]
    found = landmark_offset(opening, energy)
    assert found.offset == -2
    assert found.curve[0] == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda o, e: (o[:-1], e), "cut to a common length"),
        (lambda o, e: (o[:30], e[:30]), "Use a longer clip"),
        (lambda o, e: (o * 0, e), "face frozen"),
        (lambda o, e: (o, e * 0), "audio silent"),
        (lambda o, e: (o * np.nan, e), "mark frames without a face"),
    ],
)
def test_refuses(change, message):
    with pytest.raises(MetricInputError, match=message):
        landmark_offset(*change(*tracks()))


def test_refuses_a_search_of_nothing():
    with pytest.raises(MetricInputError, match="at least 1"):
        landmark_offset(*tracks(), max_offset=0)


def test_envelope_of_a_tone_is_its_level():
    """A 1 kHz tone of amplitude A has the root mean square A / sqrt(2): 20 dB down is one in log10 (floor 0.01 aside)."""
    time = np.arange(2 * RATE) / RATE
    tone = np.sin(2 * np.pi * 1000 * time) * np.where(time < 1, 0.1, 1.0)
    envelope = speech_envelope(tone, RATE, 25, 50)
    assert envelope[5:20] == pytest.approx(np.log10(0.11), abs=0.01)
    assert envelope[30:45] == pytest.approx(np.log10(1.01), abs=0.01)


def test_envelope_frames_are_centred():
    """A click at 0.4 s is loudest at frame 10 and reaches neither neighbour by more than the filter's ring."""
    click = np.zeros(RATE)
    click[int(0.4 * RATE)] = 1
    envelope = speech_envelope(click, RATE, 25, 25)
    assert envelope.argmax() == 10
    assert max(envelope[9], envelope[11]) < envelope[10] - 1


def test_envelope_does_not_hear_hum_or_level():
    loud = voice(syllables(75))
    hum = 3 * np.sin(2 * np.pi * 50 * np.arange(len(loud)) / RATE)
    plain = speech_envelope(loud, RATE, 25, 75)
    heard = speech_envelope(loud + hum, RATE, 25, 75)
    assert heard[1:] == pytest.approx(plain[1:], abs=0.1)  # frame 0 hears the hum start
    assert speech_envelope(0.01 * loud, RATE, 25, 75) == pytest.approx(plain, abs=1e-9)


def test_envelope_beyond_the_audio_is_silence():
    envelope = speech_envelope(voice(np.ones(50)), RATE, 25, 75)
    assert envelope[52:] == pytest.approx(-2)


@pytest.mark.parametrize(
    ("waveform", "rate", "message"),
    [
        (np.zeros(RATE), RATE, "silent"),
        (np.zeros((2, RATE)), RATE, "mono"),
        (np.full(RATE, np.nan), RATE, "finite"),
        (np.ones(6000), 6000, "use 16000 Hz"),
        (np.ones(100), RATE, "less than 0.1 s"),
    ],
)
def test_envelope_refuses(waveform, rate, message):
    with pytest.raises(MetricInputError, match=message):
        speech_envelope(waveform, rate, 25, 25)
