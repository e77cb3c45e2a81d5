"""The whole performance: what is committed is what the rules give, every act has a cause, and speech is where the sound is."""

import numpy as np
import pytest

from echo_bench.clip import AudioRef, MotionRef
from echo_bench.datasets.dyad_mini_content import CONTENT
from echo_bench.media.audio import waveform
from echo_bench.motion_io import load_motion
from echo_bench.simulator.behaviour import perform
from echo_bench.simulator.curves import COLUMN
from echo_bench.simulator.truth import read_truth
from tests.unit.simulator.content import CLIPS, DATA, SIDES, cast, dialogue, performance, speech


@pytest.mark.parametrize("clip", CLIPS)
def test_committed_motion_and_truth_are_what_the_rules_give(clip):
    """Equal but for the last bit of another machine's exp(): half a step of the grid."""
    done, truth = performance(clip), read_truth(CONTENT / DATA / f"{clip}.truth.json")
    for side in SIDES:
        motion, valid = load_motion(MotionRef(CONTENT / DATA / f"{clip}.{side}.npz", "", "rig61"))
        assert motion == pytest.approx(done.motion[side], abs=2**-12)
        assert valid.all()
        assert truth.affect[side] == pytest.approx(done.affect[side], abs=0.006)
    assert [event.row() for event in truth.events] == [event.row() for event in done.events]


def test_equal_seeds_give_equal_bytes_and_others_do_not():
    clip = "demo-teasing"
    again = perform(dialogue(clip), speech(clip), cast(clip))
    other = performance(clip, seed=1)
    for side in SIDES:
        assert again.motion[side].tobytes() == performance(clip).motion[side].tobytes()
        assert other.motion[side].tobytes() != again.motion[side].tobytes()
    assert other.spans == again.spans


@pytest.mark.parametrize("clip", CLIPS)
def test_motion_is_in_rig61(clip):
    for motion in performance(clip).motion.values():
        assert motion.shape == (speech(clip).frames, 61)
        assert motion.dtype == np.float32
        assert np.isfinite(motion).all()
        assert motion[:, :52].min() >= 0
        assert motion[:, :52].max() <= 1
        assert np.abs(motion[:, 52:55]).max() < np.radians(30), "heads do not break"
        assert np.abs(motion[:, 55:58]).max() < 0.05


@pytest.mark.parametrize("clip", CLIPS)
def test_every_event_has_a_cause_and_lies_in_the_clip(clip):
    turns = {turn.id for turn in dialogue(clip).turns}
    for event in performance(clip).events:
        assert 0 <= event.start < event.end
        assert event.start < speech(clip).duration + 1.5
        assert event.intensity > 0
        assert event.cause.reason
        assert event.cause.turn is None or event.cause.turn in turns
        if event.cause.reason != "turn-start":
            assert event.latency >= -0.25


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("side", SIDES)
def test_speech_is_where_the_spans_say(clip, side):
    """Energy of the decoded sound inside and outside of the spans; the file is as long as the clip."""
    sound = waveform(AudioRef(CONTENT / DATA / f"{clip}.{side}.opus", ""))
    assert len(sound) / 16000 == pytest.approx(speech(clip).duration, abs=0.02)
    times = np.arange(len(sound)) / 16000
    inside = np.zeros(len(sound), bool)
    for span in performance(clip).spans:
        if span.who == side:
            inside |= (times > span.start - 0.12) & (times < span.end + 0.25)
            spoken = sound[(times >= span.start) & (times < span.end)]
            assert np.sqrt(np.mean(spoken**2)) > 0.02
    assert np.sqrt(np.mean(sound[~inside] ** 2)) < 0.002


@pytest.mark.parametrize("clip", CLIPS)
def test_sound_and_times_share_a_clock(clip):
    """Loudness measured from the decoded file follows the loudness that was stored: no shift by codec or container."""
    for side in SIDES:
        stored = np.array(speech(clip).side(side).loudness, float)
        sound = waveform(AudioRef(CONTENT / DATA / f"{clip}.{side}.opus", ""))[: len(stored) * 640]
        decoded = np.sqrt(np.mean(np.pad(sound, (0, len(stored) * 640 - len(sound))).reshape(-1, 640) ** 2, axis=1))
        scores = [np.corrcoef(np.roll(decoded, k), stored)[0, 1] for k in range(-3, 4)]
        assert np.argmax(scores) == 3
        assert scores[3] > 0.95


@pytest.mark.parametrize("clip", CLIPS)
def test_phones_lie_within_their_words(clip):
    for side in SIDES:
        said = speech(clip).side(side)
        for start, end, label in said.phones:
            assert any(a - 1e-6 <= start < end <= b + 1e-6 for a, b, _, _ in said.words), (start, label)


def test_the_lips_rest_while_the_other_speaks():
    """The one who listens to the complaint keeps the mouth shut until their own words."""
    clip = "demo-complaint"
    first = min(start for start, _ in [speech(clip).turns["t2"]])
    jaw = performance(clip).motion["avatar"][: int((first - 0.2) * 25), COLUMN["jawOpen"]]
    assert jaw.max() < 0.05
