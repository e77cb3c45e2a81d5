"""MFCC against the package SyncNet's authors use."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.mfcc import mfcc

from tests.parity.peers import peer

pytestmark = pytest.mark.parity


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
@pytest.mark.parametrize("samples", [1, 200, 400, 401, 16000, 31999])
def test_equals_python_speech_features(rate, samples):
    rng = np.random.default_rng(samples)
    waveform = np.round(3000 * rng.standard_normal(samples)).astype(np.int16)
    expected = peer("python_speech_features").mfcc(waveform, rate, nfft=1 << (int(0.025 * rate) - 1).bit_length())
    assert mfcc(waveform, rate) == pytest.approx(expected, rel=1e-9, abs=1e-9)
