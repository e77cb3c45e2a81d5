"""When everything is said: word and phone times, loudness and pitch of both sides on the clip's one timeline.

The times come from forced alignment at authoring time (``tools/author_dyad_mini.py``) and lie as ``<id>.json`` beside the audio,
so that behaviour is generated without decoding sound. Prosody is sampled at the motion's frame rate: value ``k`` belongs to the
40 ms that begin at ``k / 25`` s.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from echo_bench.clip import Side, Span, Word
from echo_bench.errors import DatasetError
from echo_bench.simulator.dialogue import Dialogue

FPS = 25.0
SILENCE = "SIL"


class SideSpeech(BaseModel):
    """One person's speech.

    Attributes
    ----------
    voice : str
        Name of the voice it was synthesised with.
    words : tuple of (start, end, text, turn)
    phones : tuple of (start, end, label)
        ARPAbet without stress digits; time between phones is silence.
    loudness : tuple of int
        Per frame, 0 (silence) to 100 (the loudest frame of the side).
    pitch : tuple of int
        Per frame, fundamental frequency in Hz; 0 where unvoiced.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    voice: str
    words: tuple[tuple[float, float, str, str], ...]
    phones: tuple[tuple[float, float, str], ...]
    loudness: tuple[int, ...]
    pitch: tuple[int, ...]

    def transcript(self) -> tuple[Word, ...]:
        """The words in order of time."""
        return tuple(Word(start, end, text) for start, end, text, _ in self.words)


class Speech(BaseModel):
    """Both sides of one clip.

    Attributes
    ----------
    dialogue : str
    duration : float
        Seconds.
    made_of : str
        Digest of the words, feelings and voices that this was spoken from.
    turns : mapping of str to (start, end)
    user, avatar : SideSpeech
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dialogue: str
    duration: float
    made_of: str = ""
    turns: dict[str, tuple[float, float]]
    user: SideSpeech
    avatar: SideSpeech

    @property
    def frames(self) -> int:
        """Number of motion frames, T."""
        return round(self.duration * FPS)

    def side(self, who: Side) -> SideSpeech:
        """The speech of one person."""
        return self.user if who == "user" else self.avatar

    def frame_times(self) -> NDArray[np.float64]:
        """Time (T,) in seconds at the middle of each frame, where motion is sampled.

        Frame k is on screen from k / 25 to (k + 1) / 25 s, together with just that stretch of sound.
        """
        return np.asarray((np.arange(self.frames) + 0.5) / FPS, np.float64)

    def word_time(self, turn: str, word: str) -> tuple[float, float]:
        """Start and end of the first occurrence of `word` in a turn."""
        words = (*self.user.words, *self.avatar.words)
        return next((start, end) for start, end, text, name in words if name == turn and text == word)

    def landing(self, dialogue: Dialogue, turn: str) -> float:
        """When the message of a turn lands: at the end of its key word, or of the turn."""
        key = dialogue.turn(turn).key
        return self.word_time(turn, key)[1] if key else self.turns[turn][1]

    def spans(self, dialogue: Dialogue) -> tuple[Span, ...]:
        """Who speaks when and with which emotion, in order of time."""
        spans = [Span(turn.who, *self.turns[turn.id], turn.emotion) for turn in dialogue.turns]
        return tuple(sorted(spans, key=lambda span: (span.start, span.who)))


def read_speech(path: Path) -> Speech:
    """Read the times of one clip.

    Raises
    ------
    DatasetError
        When the file does not have this form.
    """
    try:
        return Speech.model_validate_json(path.read_bytes())
    except ValidationError as error:
        lines = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise DatasetError(f"does not hold the times of a clip: {lines}", where=path) from error
