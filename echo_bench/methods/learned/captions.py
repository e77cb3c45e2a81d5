"""What can be said of how a person moves: a closed vocabulary, text read into it, and motion described in it.

A text is read word by word into concepts: deeds of head and face, and emotions. Its words are those of stage directions and of
descriptions of the manner of speech, as SpeechCraft (Jin et al., ACM MM 2024) writes them: volume, speed, feeling. Spoken words count,
too: a head nods with affirmation and shakes with negation (McClave, J. Pragmatics 32, 2000).

In training, what a window shows is described by rule, so no data set needs annotation; the thresholds are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import MappingProxyType

import torch
from torch import Tensor

from echo_bench.methods.learned.corpus import EMOTIONS
from echo_bench.spaces import RIG61

HEAD = ("nod", "shake", "left", "right", "up", "down")
AMOUNT = ("lively", "still")
FACE = ("brows", "frown", "smile")
CONCEPTS = (*HEAD, *AMOUNT, *FACE, *EMOTIONS)

_WORDS = {
    "nod": "nod nods nodding yes yeah yep exactly agreed",
    "shake": "shake shakes shaking no nope never",
    "left": "left",
    "right": "right",
    "up": "up upwards",
    "down": "down downwards",
    "lively": "lively loud loudly fast quickly rapid energetic animated excitedly",
    "still": "still motionless quiet quietly slow slowly soft softly whispering calmly",
    "brows": "raised raises raising",
    "frown": "frown frowns frowning furrowed",
    "smile": "smile smiles smiling grin",
    "neutral": "neutral calm",
    "joy": "joy happy happily cheerful joyful excited",
    "sadness": "sad sadly sadness sorrowful",
    "anger": "angry angrily anger furious",
    "fear": "fear afraid fearful scared",
    "surprise": "surprised surprise astonished",
    "disgust": "disgust disgusted",
    "amusement": "amused amusement laughing",
    "affection": "affection affectionate tender loving",
    "concern": "concern concerned worried",
    "embarrassment": "embarrassment embarrassed ashamed",
    "relief": "relief relieved",
}
WORDS = MappingProxyType({word: concept for concept, words in _WORDS.items() for word in words.split()})

FPS, BAND = 25.0, (0.5, 3.0)  # Hz: nods and shakes
SWING, LEAN, SHOWN = 0.1, 0.7, 0.5  # power of a swing; deviations of a held direction, of an expression
MUCH, LITTLE = 0.9, 0.3  # variance over time of all columns
FELT = 0.25  # share of the frames that are labelled with an emotion

_COLUMN = {name: number for number, name in enumerate(RIG61.columns)}
PITCH, YAW = _COLUMN["pitch"], _COLUMN["yaw"]
_SHOWING = {
    "brows": [_COLUMN[name] for name in ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")],
    "frown": [_COLUMN[name] for name in ("browDownLeft", "browDownRight")],
    "smile": [_COLUMN[name] for name in ("mouthSmileLeft", "mouthSmileRight")],
}


def read_text(text: str) -> tuple[str, ...]:
    """Concepts of a text, in the order of :data:`CONCEPTS`; words that are not known say nothing.

    Examples
    --------
    >>> read_text("A happy voice, loud and fast: she nods with raised brows.")
    ('nod', 'lively', 'brows', 'joy')
    """
    said = {WORDS.get(word) for word in re.findall(r"[a-z]+", text.lower())}
    return tuple(concept for concept in CONCEPTS if concept in said)


def coded(concepts: Iterable[str]) -> Tensor:
    """Concepts as a row (concepts,) of zeros and ones."""
    asked = set(concepts)
    return torch.tensor([float(concept in asked) for concept in CONCEPTS])


def swing(rows: Tensor) -> Tensor:
    """Power between 0.5 and 3 Hz, of rows (..., L): 0.5 for a sine of height 1.

    Examples
    --------
    >>> second = torch.arange(100) / 25
    >>> [round(float(swing(torch.sin(2 * torch.pi * hertz * second))), 3) for hertz in (0.25, 2.0, 6.0)]
    [0.0, 0.5, 0.0]
    """
    length = rows.shape[-1]
    power = 2.0 * (torch.fft.rfft(rows).abs() / length) ** 2
    hertz = torch.fft.rfftfreq(length, 1.0 / FPS, device=rows.device)
    within: Tensor = power[..., (hertz >= BAND[0]) & (hertz <= BAND[1])]
    return within.sum(-1)


def described(motion: Tensor, emotion: Tensor) -> Tensor:
    """Which concepts windows show.

    Parameters
    ----------
    motion : Tensor of shape (B, L, 61)
        Standardised.
    emotion : Tensor of shape (B, L), int64
        Labels of the frames, as in :class:`~echo_bench.methods.learned.corpus.Batch`.

    Returns
    -------
    Tensor of shape (B, concepts)
        1 where a concept is shown, else 0.
    """
    mean, nod, shake = motion.mean(1), swing(motion[..., PITCH]), swing(motion[..., YAW])
    amount = motion.var(1, unbiased=False).mean(-1)
    shown = {
        "nod": (nod > SWING) & (nod > 2 * shake),
        "shake": (shake > SWING) & (shake > 2 * nod),
        "left": mean[:, YAW] < -LEAN,
        "right": mean[:, YAW] > LEAN,
        "up": mean[:, PITCH] < -LEAN,
        "down": mean[:, PITCH] > LEAN,
        "lively": amount > MUCH,
        "still": amount < LITTLE,
    }
    shown |= {concept: mean[:, columns].mean(-1) > SHOWN for concept, columns in _SHOWING.items()}
    shown |= {name: (emotion == number).float().mean(1) > FELT for number, name in enumerate(EMOTIONS)}
    return torch.stack([shown[concept] for concept in CONCEPTS], dim=-1).to(motion)
