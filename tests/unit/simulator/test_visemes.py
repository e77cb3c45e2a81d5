"""Lips: in time with the phones, closed for labials, wider with arousal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_bench.simulator.curves import COLUMN
from echo_bench.simulator.visemes import NAMES, VISEMES, add_speech, amplitude, mouth
from tests.unit.simulator.content import CLIPS, SIDES, performance, speech

JAW = NAMES.index("jawOpen")
CALM = np.zeros((200, 3))


def openness(phones, times):
    """How far each moment's phone opens the jaw, without any co-articulation: the plain truth of timing."""
    wanted = np.zeros(len(times))
    for start, end, label in phones:
        wanted[(times >= start) & (times < end)] = VISEMES[label].shape.get("jawOpen", 0.0)
    return wanted


def lag(a, b, reach):
    """Samples by which `a` comes after `b` where they correlate best."""
    scores = [np.corrcoef(np.roll(b, k), a)[0, 1] for k in range(-reach, reach + 1)]
    return int(np.argmax(scores)) - reach


def jaw_lag(clip, side, rate=200):
    """Seconds by which the jaw of speech alone comes after its phones; a laugh or gasp may open the mouth too."""
    said = speech(clip).side(side)
    times = (np.arange(round(speech(clip).duration * rate)) + 0.5) / rate
    curve = mouth(said.phones, times, np.ones(len(times)))[:, JAW]
    return lag(curve, openness(said.phones, times), reach=rate // 2) / rate


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("side", SIDES)
def test_the_jaw_is_in_time_with_the_phones(clip, side):
    """AV offset 0: on every track less than half a frame, whatever its phones."""
    assert abs(jaw_lag(clip, side)) <= 0.02


def test_the_jaw_neither_leads_nor_trails_on_the_whole():
    assert abs(np.mean([jaw_lag(clip, side) for clip in CLIPS for side in SIDES])) <= 0.01


@pytest.mark.parametrize("clip", CLIPS)
def test_motion_speaks_with_these_lips(clip):
    """The committed track opens the jaw at least as far as speech does, in every frame."""
    for side in SIDES:
        motion = np.zeros((speech(clip).frames, 61))
        affect = performance(clip).affect[side].astype(float)
        add_speech(motion, speech(clip).side(side).phones, speech(clip).frame_times(), affect)
        jaw = COLUMN["jawOpen"]
        assert (performance(clip).motion[side][:, jaw] >= np.minimum(motion[:, jaw], 1) - 2**-11).all()


@given(st.integers(-10, 10))
def test_the_lag_recovers_an_injected_offset(frames):
    said = speech("test-comfort-01").user
    times = speech("test-comfort-01").frame_times()
    curve = mouth(said.phones, times, np.ones(len(times)))[:, JAW]
    assert lag(np.roll(curve, frames), openness(said.phones, times), reach=12) == frames


def test_labials_close_between_open_vowels():
    times = np.arange(100) / 200
    phones = [(0.10, 0.20, "AA"), (0.20, 0.28, "M"), (0.28, 0.40, "AA")]
    jaw = mouth(phones, times, np.ones(len(times)))[:, JAW]
    assert jaw[30] > 0.35
    assert jaw[48] < 0.15
    assert jaw[70] > 0.4


def test_coarticulation_starts_rounding_early():
    """In "sue" the lips round during the S (Cohen and Massaro's own example), in "see" they do not."""
    times = np.array([0.19])
    pucker = NAMES.index("mouthPucker")
    sue, see = (mouth([(0.1, 0.2, "S"), (0.2, 0.4, v)], times, np.ones(1))[0, pucker] for v in ("UW", "IY"))
    assert sue > 0.1 > see


def test_silence_is_rest():
    times = np.arange(50) / 25
    assert not mouth([], times, np.ones(50)).any()
    assert mouth([(0.0, 0.2, "AA")], times, np.ones(50))[-1].max() < 1e-6


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_arousal_opens_the_mouth(valence, arousal):
    calm, moved = amplitude(np.array([[valence, 0.0, 0.0], [valence, arousal, 0.0]]))
    assert (moved >= calm) == (arousal >= 0) or np.isclose(moved, calm)


def test_every_phone_of_the_content_has_a_viseme():
    labels = {phone[2] for clip in CLIPS for side in SIDES for phone in speech(clip).side(side).phones}
    assert labels <= set(VISEMES)


def test_mouth_shapes_name_real_coefficients():
    motion = np.zeros((200, 61))
    add_speech(motion, [(0.0, 1.0, label) for label in VISEMES], np.arange(200) / 25, CALM)
    assert set(np.flatnonzero(motion.any(axis=0))) <= set(range(52))
