"""Says in words how a voice sounds and what face goes with it: the rules that stand in for the language model of AVI-Talking.

================  =================================================================================================================
loud, fast        lively: heads move with the loudness of speech (Munhall et al., Psychol. Sci. 15, 2004); quiet or slow: still
high              raised brows, and low: a frown (Huron, Dahl and Johnson, Empirical Musicology Review 4, 2009)
================  =================================================================================================================

A voice is loud, high or fast against what has been heard of it so far, so nothing after the stretch is needed. The wording is that of
descriptions of the manner of speech (SpeechCraft, ACM MM 2024).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import MethodView
from echo_bench.methods.base import frames_in
from echo_bench.methods.learned.captions import CONCEPTS, coded, read_text
from echo_bench.methods.learned.features import Rows
from echo_bench.methods.prosody import PER_FRAME, Prosody, listen, speaking

LEAST = 20  # steps of speech (voiced steps) below which a stretch says nothing of its volume (pitch)
BEAT = 7  # steps to either side within which the peak of a syllable is the loudest
# by how much a stretch is louder, higher, has more syllables that is called so:
DECIBELS, SEMITONES, PER_SECOND = 3.0, 2.0, 1.0
FACES = {
    "loud": "lively",
    "quiet": "still",
    "high": "raised brows",
    "low": "a frown",
    "fast": "lively",
    "slow": "still",
}


def manner(
    values: NDArray[np.float64], start: int, known: NDArray[np.bool_], least: float, names: tuple[str, str]
) -> list[str]:
    """The name of more or of less if the mean of the values from `start` on, where they are known, is `least` off that before.

    Examples
    --------
    >>> level = np.r_[np.full(40, -30.0), np.full(20, -24.0)]
    >>> manner(level, 40, np.ones(60, bool), 3.0, ("loud", "quiet"))
    ['loud']
    """
    before, now = values[:start][known[:start]], values[start:][known[start:]]
    if min(len(before), len(now)) < LEAST:
        return []
    more = now.mean() - before.mean()
    return [names[0]] if more > least else [names[1]] if more < -least else []


def beats(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Steps that are the loudest around, about one per syllable, as a rate whose mean is peaks per second."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(level, BEAT, constant_values=-np.inf), 2 * BEAT + 1)
    peaks = (level >= windows.max(axis=1)) & (np.diff(level, prepend=level[0]) > 0)
    return np.where(peaks, 100.0, 0.0)


def instruct(voice: Prosody, start: int) -> str:
    """How the voice sounds from step `start` on, and the face that goes with it; nothing where nothing stands out.

    Examples
    --------
    >>> level = np.r_[np.full(200, -40.0), np.full(100, -20.0)]
    >>> pitch = np.r_[np.full(200, 150.0), np.full(100, 220.0)]
    >>> instruct(Prosody(level, pitch), 200)
    'A loud, high voice: lively, raised brows.'
    """
    loud, voiced = speaking(voice.level), voice.pitch > 0
    semitones = 12.0 * np.log2(np.where(voiced, voice.pitch, 1.0))
    found = [
        *manner(voice.level, start, loud, DECIBELS, ("loud", "quiet")),
        *manner(semitones, start, loud & voiced, SEMITONES, ("high", "low")),
        *manner(beats(voice.level), start, loud, PER_SECOND, ("fast", "slow")),
    ]
    faces = dict.fromkeys(FACES[each] for each in found)
    return f"A {', '.join(found)} voice: {', '.join(faces)}." if found else ""


def script(view: MethodView, chunk: int) -> Rows:
    """What is asked of the avatar in each frame, from its own voice and its own words.

    Parameters
    ----------
    view : MethodView
    chunk : int
        Frames that are made at once. What is asked in one depends on what is heard and said up to its end.

    Returns
    -------
    ndarray of shape (T, concepts), float32
    """
    frames = frames_in(view)
    voice, asked = listen(view.avatar_audio, frames), np.zeros((frames, len(CONCEPTS)), np.float32)
    for start in range(0, frames, chunk):
        end = min(start + chunk, frames)
        heard = Prosody(voice.level[: end * PER_FRAME], voice.pitch[: end * PER_FRAME])
        text = [instruct(heard, start * PER_FRAME), *_words(view, start / view.fps, end / view.fps)]
        asked[start:end] = coded(read_text(" ".join(text))).numpy()
    return asked


def _words(view: MethodView, start: float, end: float) -> Sequence[str]:
    """What the avatar has finished saying in a stretch of time."""
    return [word.text for who, word in view.dialogue if who == "avatar" and start < word.end <= end]
