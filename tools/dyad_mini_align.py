"""Forced alignment of a spoken sentence with its text: words and phones (authoring time only)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder

RATE = 16_000
MARGIN = 0.1  # seconds of silence put around the sentence: the aligner wants to find silence at its ends
FRAME = 0.01  # seconds per frame of the aligner
HUMS = {"hm", "mm"}


class Aligned(NamedTuple):
    """Times in seconds from the start of the sentence."""

    words: list[tuple[float, float, str]]
    phones: list[tuple[float, float, str]]


def align(sound: NDArray[np.float64], words: tuple[str, ...]) -> Aligned:
    """Find when each word and phone is spoken (two passes: words, then the phones within them).

    Raises
    ------
    ValueError
        When the words found are not the words said.
    """
    silence = np.random.default_rng(0).normal(0, 1e-4, round(MARGIN * RATE))
    padded = np.concatenate([silence, sound, silence])
    pcm = (np.clip(padded, -1, 1) * 32767).astype("<i2").tobytes()
    # Without the lattice's best path, which drops the last word of some sentences; wide beams, for synthetic voices fit badly.
    decoder = Decoder(samprate=RATE, loglevel="FATAL", bestpath=False, beam=1e-80, pbeam=1e-80, wbeam=1e-60)
    decoder.set_align_text(" ".join(words))
    _listen(decoder, pcm)
    decoder.set_alignment()
    _listen(decoder, pcm)
    found, phones = [], []
    for word in decoder.get_alignment():
        if word.name.startswith("<"):
            continue
        name = word.name.split("(")[0]
        found.append((*_seconds(word, len(sound)), name))
        phones += [(*_seconds(phone, len(sound)), phone.name) for phone in word]
    if tuple(word[2] for word in found) != words:
        raise ValueError(f"aligner found {[word[2] for word in found]} for {list(words)}")
    aligned = Aligned(found, [phone for phone in phones if phone[2] != "SIL" and phone[0] < phone[1]])
    return hummed(aligned, len(sound) / RATE) if set(words) <= HUMS else aligned


def hummed(aligned: Aligned, seconds: float) -> Aligned:
    """A sentence of hums laid over the whole of its sound: an aligner takes the beginning of a hum for silence."""
    start, end = aligned.phones[0][0], aligned.phones[-1][1]

    def laid(time: float) -> float:
        return min(max((time - start) / (end - start), 0.0), 1.0) * seconds

    return Aligned(*([(laid(a), laid(b), name) for a, b, name in rows] for rows in aligned))


def _listen(decoder: Decoder, pcm: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()


def _seconds(item: object, samples: int) -> tuple[float, ...]:
    """Start and end within the sentence: a stop at its edge may claim some of the margin."""
    start = item.start * FRAME - MARGIN  # type: ignore[attr-defined]
    end = start + item.duration * FRAME  # type: ignore[attr-defined]
    return tuple(min(max(time, 0.0), samples / RATE) for time in (start, end))
