"""Pitch and loudness of a voice, and the listener that goes by them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_bench.clip import AudioRef
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA
from echo_bench.methods.prosody import Prosody, listen, prosody, speaking
from echo_bench.methods.prosody_rules import behave, blinks, cues, jaw, nods
from echo_bench.spaces import RIG61
from tests.unit.simulator import content

SILENT = -80.0
PITCH, BLINK, JAW = (RIG61.columns.index(name) for name in ("pitch", "eyeBlinkLeft", "jawOpen"))


def tone(hertz: float, seconds: float = 0.5, harmonics: int = 6) -> np.ndarray:
    times = np.arange(round(16000 * seconds)) / 16000
    return sum(0.1 / k * np.sin(2 * np.pi * k * hertz * times) for k in range(1, harmonics + 1))


def voice(*parts: tuple[float, float]) -> Prosody:
    """Parts of (pitch, seconds) at an even level; pitch 0 is silence."""
    pitch = np.concatenate([np.full(round(100 * seconds), hertz) for hertz, seconds in parts])
    return Prosody(np.where(pitch > 0, -20.0, SILENT), pitch)


QUIET = voice((0.0, 12.0))


@settings(max_examples=30)
@given(st.floats(80, 450))
def test_the_pitch_of_a_tone_is_found(hertz):
    heard = prosody(tone(hertz)).pitch[5:]
    np.testing.assert_allclose(heard, hertz, rtol=0.01)


def test_noise_and_silence_have_no_pitch():
    rng = np.random.default_rng(0)
    assert (prosody(0.1 * rng.normal(size=32000)).pitch > 0).mean() < 0.1
    assert prosody(np.zeros(8000)).pitch.max() == 0
    assert prosody(np.zeros(8000)).level.max() == pytest.approx(SILENT)


def test_level_is_of_full_scale():
    assert prosody(np.sqrt(2) * 0.1 * np.sin(np.arange(8000) * 0.3)).level[20] == pytest.approx(-20, abs=0.3)


def test_no_step_hears_what_comes_after_it():
    sound = tone(150, 1.0)
    other = sound.copy()
    other[8000:] = tone(310, 0.5)
    one, two = prosody(sound), prosody(other)
    np.testing.assert_allclose(one.pitch[:50], two.pitch[:50])
    np.testing.assert_allclose(one.level[:50], two.level[:50])
    assert one.pitch[60] != pytest.approx(two.pitch[60], rel=0.1)


@pytest.mark.parametrize("clip", ["test-comfort-01", "test-bad-news-01"])
def test_voices_of_the_data_set_are_tracked(clip):
    """Against the pitch that the speech was made with: the same frames are voiced, at the same pitch."""
    truth = np.array(content.speech(clip).side("user").pitch, float)
    steps = listen(AudioRef(CONTENT / DATA / f"{clip}.user.opus", ""), len(truth)).pitch.reshape(-1, 4)
    found = np.array([np.median(row[row > 0]) if (row > 0).sum() > 2 else 0.0 for row in steps])
    both = (truth > 0) & (found > 0)
    assert ((truth > 0) == (found > 0)).mean() > 0.9
    assert np.median(np.abs(found[both] / truth[both] - 1)) < 0.08


def test_silence_after_speech_is_not_speech():
    heard = speaking(np.array([SILENT] * 5 + [-20.0] * 5 + [-60.0] * 5 + [-30.0] * 5))
    assert heard.tolist() == [False] * 5 + [True] * 5 + [False] * 5 + [True] * 5


def test_low_pitch_after_enough_speech_is_answered_700_ms_later():
    assert cues(voice((200, 1.5), (120, 0.3), (200, 2.0)))[0] == 150 + 11 + 70


@pytest.mark.parametrize(
    ("why", "user"),
    [
        ("too little speech before", voice((200, 0.3), (120, 0.3), (0, 0.1))),
        ("low for too short", voice((200, 1.5), (120, 0.1), (200, 1.0))),
        ("not low", voice((200, 1.5), (260, 0.3), (200, 1.0))),
        ("a breath is no pause", voice((200, 1.5), (0, 0.1), (200, 1.0))),
    ],
)
def test_nothing_else_is_answered(why, user):
    assert cues(user) == [], why


def test_a_pause_in_speech_is_answered_at_once_and_once():
    assert cues(voice((200, 1.0), (0, 2.0))) == [100 + 20]


def test_nods_keep_apart_and_out_of_the_own_speech():
    pauses = [part for _ in range(6) for part in ((200, 0.9), (0, 0.25))]
    user = voice(*pauses)
    begun = nods(user, QUIET)
    assert len(begun) >= 3
    assert min(np.diff(begun)) >= 0.8
    own = Prosody(np.where(np.arange(len(user.level)) < 400, -20.0, SILENT), np.zeros(len(user.level)))
    assert [start for start in nods(user, own) if start < 4.0] == []
    assert [start for start in nods(user, own) if start > 4.2] == [start for start in begun if start > 4.2]


def test_a_nod_goes_down_and_comes_back():
    motion = behave(voice((200, 1.0), (0, 3.0)), voice((0, 4.0)), seed=0)
    pitch = motion[:, PITCH]
    assert pitch[:30].max() == 0
    assert 0.03 < pitch[30:50].max() < 0.1
    assert pitch.min() == 0
    assert pitch[52:].max() == 0


def test_nobody_nods_to_silence():
    assert np.ptp(behave(QUIET, QUIET, seed=0)[:, PITCH]) == 0


def test_people_blink_as_often_as_they_do_and_more_while_speaking():
    minutes = 20
    rest, talk = voice((0, 60.0 * minutes)), voice((200, 60.0 * minutes))
    rates = [len(blinks(own, np.random.default_rng(0))) / minutes for own in (rest, talk)]
    assert rates[0] == pytest.approx(17, rel=0.15)
    assert rates[1] == pytest.approx(26, rel=0.15)


def test_the_jaw_follows_the_own_voice_alone():
    loud, soft = (Prosody(np.full(100, level), np.full(100, 200.0)) for level in (-20.0, -38.0))
    own = Prosody(np.concatenate([loud.level, soft.level, QUIET.level[:100]]), np.zeros(300))
    opened = jaw(own).reshape(3, 25)[:, 10:].mean(axis=1)
    assert opened[0] > 0.4 > 0.2 > opened[1] > 0.05
    assert opened[2] < 0.01
    assert behave(voice((200, 3.0)), voice((0, 3.0)), seed=0)[:, JAW].max() == 0


def test_chance_moves_blinks_and_depths_but_not_the_times_of_nods():
    user = voice((200, 1.0), (0, 0.5), (200, 1.0), (0, 2.5))
    one, two = (behave(user, voice((0, 5.0)), seed) for seed in (0, 1))
    assert np.array_equal(one[:, PITCH] > 0, two[:, PITCH] > 0)
    assert not np.allclose(one[:, PITCH], two[:, PITCH])
    assert not np.array_equal(one[:, BLINK], two[:, BLINK])
