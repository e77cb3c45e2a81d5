"""MFCC: pinned values of python_speech_features, properties of the transform, refusals. Live parity: tests/parity."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.mfcc import mel_filters, mfcc


def chirp(samples=4000, rate=16000):
    time = np.arange(samples) / rate
    return np.round(8000 * np.sin(2 * np.pi * (200 + 2000 * time) * time)).astype(np.int16)


def test_golden_python_speech_features():
    """python_speech_features 0.6 `mfcc(chirp())`, numpy 2.4; rows 0 and 12, columns 0, 1, 6, 12."""
    rows = mfcc(chirp())
    assert rows.shape == (24, 13)
    assert rows[0, [0, 1, 6, 12]] == pytest.approx(
        [18.025332008049773, 27.124844591363537, -17.701453669466783, -9.233737454721664], rel=1e-9
    )
    assert rows[12, [0, 1, 6, 12]] == pytest.approx(
        [20.05425367255892, 18.90367180490952, 16.099481833154062, -6.9680867857697555], rel=1e-9
    )


def test_loudness_moves_the_energy_alone():
    rows, louder = mfcc(chirp()), mfcc(chirp() * 4.0)
    assert louder[:, 0] - rows[:, 0] == pytest.approx(2 * np.log(4), abs=1e-9)
    assert louder[:, 1:] == pytest.approx(rows[:, 1:], abs=1e-9)


def test_time_shift_by_a_step_moves_the_rows():
    rows = mfcc(chirp())
    assert mfcc(chirp()[160:])[1:-2] == pytest.approx(rows[2:-2], rel=1e-9)


def test_filters_tile_the_mel_axis():
    """Between the first and the last peak neighbouring triangles add up to one."""
    filters = mel_filters(512, 16000)
    inner = slice(filters[0].argmax(), filters[-1].argmax() + 1)
    assert filters.sum(axis=0)[inner] == pytest.approx(1)


def test_silence_is_finite():
    assert np.isfinite(mfcc(np.zeros(16000))).all()


@pytest.mark.parametrize("waveform", [np.zeros((2, 400)), np.zeros(0), np.array([0.0, np.nan])])
def test_refuses(waveform):
    with pytest.raises(MetricInputError, match="mono"):
        mfcc(waveform)
