"""Lips and sound belong together in every clip: from phone times, and from the energy of the recorded speech.

An offset is counted in frames, positive when the sound leads the lips. Motion is sampled at the middle of its frame and the
envelope of :func:`echo_metrics.lipsync.speech_envelope` at its beginning, so half a frame of lag is the honest reading there.
"""

from functools import cache

import numpy as np
import pytest
from echo_metrics.lipsync import landmark_offset, speech_envelope

from echo_bench.clip import AudioRef, Side
from echo_bench.datasets.dyad_mini_content import CONTENT, SIDES
from echo_bench.media.audio import waveform
from echo_bench.simulator.speech import FPS
from echo_bench.simulator.visemes import VISEMES
from echo_bench.spaces import RIG61
from tests.unit.simulator.content import ALL, CLIPS, DATA, performance, speech

INJECTED = range(-10, 11)
LONGEST = max(INJECTED)


@cache
def opening(clip: str, who: Side) -> np.ndarray:
    """How far the lips are apart (T,)."""
    motion = performance(clip).motion[who].astype(float)
    return motion[:, RIG61.columns.index("jawOpen")] - motion[:, RIG61.columns.index("mouthClose")]


def articulated(clip: str, who: Side, finer: int = 8) -> np.ndarray:
    """How far the phone that sounds opens the jaw, averaged over each frame (T,): no co-articulation, no gain, no rules."""
    times = (np.arange(speech(clip).frames * finer) + 0.5) / (FPS * finer)
    jaw = np.zeros(len(times))
    for start, end, label in speech(clip).side(who).phones:
        if label in VISEMES:
            jaw[(times >= start) & (times < end)] = VISEMES[label].shape.get("jawOpen", 0.0)
    return jaw.reshape(-1, finer).mean(axis=1)


@cache
def envelope(clip: str, who: Side) -> np.ndarray:
    """Energy of the person's own voice at each frame (T,)."""
    sound = waveform(AudioRef(CONTENT / DATA / f"{clip}.{who}.opus", ""))
    return speech_envelope(sound, 16000, FPS, speech(clip).frames)


def injected(clip: str, who: Side, late: int) -> int:
    """The offset read off when the sound comes so many frames late."""
    lips, sound = opening(clip, who), envelope(clip, who)
    return landmark_offset(lips[LONGEST:-LONGEST], sound[LONGEST - late : len(sound) - LONGEST - late]).offset


def check_phones(clip: str) -> None:
    for who in SIDES:
        found = landmark_offset(opening(clip, who), articulated(clip, who))
        assert found.offset == 0, f"{who} of {clip}"
        assert found.confidence > 0.4


def check_energy(clips: tuple[str, ...]) -> None:
    offsets = [landmark_offset(opening(clip, who), envelope(clip, who)).offset for clip in clips for who in SIDES]
    assert np.mean(np.abs(offsets) <= 1) >= 0.9


def check_injected(clips: tuple[str, ...]) -> None:
    errors = np.array([[injected(clip, who, late) + late for late in INJECTED] for clip in clips for who in SIDES])
    assert np.mean(np.abs(errors) <= 1) >= 0.9
    assert (np.abs(np.median(errors, axis=0)) <= 1).all()


@pytest.mark.parametrize("clip", CLIPS)
def test_lips_move_with_the_phones(clip):
    check_phones(clip)


def test_lips_move_with_the_sound():
    check_energy(CLIPS)


def test_injected_offsets_are_recovered():
    check_injected(CLIPS[4:])  # those of the demo are too short to be searched ten frames either way


def test_moved_motion_is_noticed():
    """Two frames of delay in the lips, which nobody would see in the numbers of a face."""
    clip, who = CLIPS[4], SIDES[1]
    assert landmark_offset(opening(clip, who)[:-2], articulated(clip, who)[2:]).offset == 2


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("who", SIDES)
def test_lips_are_shut_in_labials_and_open_in_open_vowels(clip, who):
    """At the middle of the phone, where long enough to own a frame."""
    lips = opening(clip, who)
    gaps: dict[bool, list[float]] = {True: [], False: []}
    for start, end, label in speech(clip).side(who).phones:
        if end - start >= 1.5 / FPS and label in ("B", "M", "P", "AA", "AE", "AY", "AW"):
            gaps[label in "BMP"].append(float(lips[int((start + end) / 2 * FPS)]))
    if gaps[True] and gaps[False]:
        assert np.median(gaps[True]) < 0.08
        assert np.median(gaps[False]) > 0.2


@pytest.mark.slow
@pytest.mark.parametrize("clip", [clip for clip in ALL if clip not in CLIPS])
def test_lips_move_with_the_phones_in_every_other_clip(clip):
    check_phones(clip)


@pytest.mark.slow
def test_lips_move_with_the_sound_in_all_clips():
    check_energy(ALL)


@pytest.mark.slow
def test_injected_offsets_are_recovered_in_all_long_clips():
    check_injected(tuple(clip for clip in ALL if speech(clip).duration > 12))
