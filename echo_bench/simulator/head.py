"""How the head moves: beats with the voice, sway, breath and posture.

Stressed syllables carry small nods whose size grows with loudness and arousal: head motion and prosody are tightly coupled
(Munhall et al., Psychol. Sci. 15, 2004; Busso et al., IEEE TASLP 15, 2007: head activity grows from neutral and sad to happy and
angry). Otherwise the head wanders slowly, more while speaking (Hadar et al., Hum. Mov. Sci. 2, 1983), and rises with the breath.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import Side
from echo_bench.simulator.curves import COLUMN, Array, bump, smooth, wander
from echo_bench.simulator.events import Cause, Event
from echo_bench.simulator.speech import FPS, SideSpeech

VOWELS = frozenset(["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"])
BEAT_CHANCE = 0.5
BEAT_APART = 0.35  # seconds between two beats at least
BEAT_SIZE = np.radians(2.2)
BEAT_WIDTH = 0.09  # seconds, standard deviation
SWAY = np.radians([0.9, 1.3, 0.8])  # pitch, yaw, roll while silent
DRIFT = np.array([2.5, 1.5, 3.0]) * 1e-3  # metres while silent
SPEAKING_GAIN = 1.8
SWAY_WIDTH = 0.45  # seconds
BREATH_RATE, BREATH = 0.25, 1.0e-3  # Hz, metres
LEAN = 0.02  # metres towards the partner at arousal 1


def beat_events(rng: np.random.Generator, who: Side, speech: SideSpeech) -> list[Event]:
    """Nods on stressed syllables, taken to be the vowels that are louder and longer than the side's median vowel."""
    vowels = [(start, end) for start, end, label in speech.phones if label in VOWELS]
    loud = np.array(speech.loudness, float)
    weight = np.array(
        [loud[int(start * FPS) : int(end * FPS) + 1].mean() * (end - start) ** 0.5 for start, end in vowels]
    )
    events: list[Event] = []
    for (start, end), heavy in zip(vowels, weight, strict=True):
        chosen, centre = rng.random() < BEAT_CHANCE, (start + end) / 2
        if not chosen or heavy < np.median(weight) or (events and start - events[-1].cause.time < BEAT_APART):
            continue
        intensity = float(rng.uniform(0.5, 1.0) * heavy / weight.max())
        span = (centre - 2 * BEAT_WIDTH, centre + 2 * BEAT_WIDTH)
        events.append(Event(who, "beat", *span, intensity, Cause("stress", start)))
    return events


def add_head(
    motion: Array,
    rng: np.random.Generator,
    times: Array,
    affect: Array,
    speaking: NDArray[np.bool_],
    beats: list[Event],
) -> None:
    """Add rotation and translation of the head to `motion` (T, 61).

    Parameters
    ----------
    motion : ndarray of shape (T, 61)
    rng : Generator
    times : ndarray of shape (T,)
    affect : ndarray of shape (T, 3)
    speaking : ndarray of shape (T,), bool
    beats : list of Event
    """
    arousal = affect[:, 1]
    lively = 1.0 + (SPEAKING_GAIN - 1.0) * smooth(speaking.astype(float), 0.3, FPS)
    sway = wander(rng, len(times), 6, SWAY_WIDTH, FPS) * (lively * (1.0 + 0.5 * arousal))[:, None]
    motion[:, 52:55] += sway[:, :3] * SWAY
    motion[:, 55:58] += sway[:, 3:] * DRIFT
    phase = float(rng.uniform(0, 2 * np.pi))
    motion[:, COLUMN["y"]] += BREATH * np.sin(2 * np.pi * BREATH_RATE * times + phase)
    motion[:, COLUMN["z"]] -= LEAN * smooth(arousal, 0.5, FPS)
    # Sad heads hang (Darwin's and FACS's M54): pitch is positive downwards.
    motion[:, COLUMN["pitch"]] += (
        np.radians(8.0) * np.maximum(-affect[:, 0], 0.0) * np.maximum(-affect[:, 2], 0.0) * 2.0
    )
    for beat in beats:
        size = beat.intensity * BEAT_SIZE * (1.0 + arousal)
        motion[:, COLUMN["pitch"]] += size * bump(times, (beat.start + beat.end) / 2, BEAT_WIDTH)
