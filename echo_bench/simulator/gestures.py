"""What an act looks like: the curves of nods, smiles, raised and knitted brows, and laughs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from echo_bench.simulator.curves import COLUMN, Array, min_jerk, plateau, put
from echo_bench.simulator.events import Act, Event

NOD_RATE = 2.2  # Hz; ordinary head movements lie at 1.8-3.7 Hz (Hadar et al., Hum. Mov. Sci. 2, 1983)
NOD_SIZE = np.radians(5.5)
LAUGH_RATE = 4.7  # Hz, vowels of laughter (Bachorowski et al., J. Acoust. Soc. Am. 110, 2001)

# Seconds that the plain form of an act lasts. Smiles of enjoyment last 0.5-4 s (Ekman and Friesen, J. Nonverb. Behav. 6, 1982).
LENGTH: Mapping[Act, float] = {"nod": 0.9, "smile": 2.2, "brow-raise": 0.8, "frown": 1.6, "laugh": 1.6}


def _nod(motion: Array, times: Array, event: Event) -> None:
    """Down and back, each swing smaller than the one before; the first goes down."""
    since = np.clip(times - event.start, 0.0, event.end - event.start)
    swing = 0.5 * (1.0 - np.cos(2 * np.pi * NOD_RATE * since)) * np.exp(-1.2 * since)
    motion[:, COLUMN["pitch"]] += event.intensity * NOD_SIZE * swing * plateau(times, event.start, event.end, 0.08, 0.2)


def _smile(motion: Array, times: Array, event: Event) -> None:
    """Lip corners with cheeks; slow onset and offset mark the spontaneous smile (Schmidt et al., J. Nonverb. Behav. 30, 2006)."""
    curve = event.intensity * plateau(times, event.start, event.end, 0.5, 0.8)
    put(motion, "mouthSmile", 0.55 * curve)
    put(motion, "cheekSquint", 0.40 * curve)
    put(motion, "eyeSquint", 0.20 * curve)
    put(motion, "mouthDimple", 0.10 * curve)


def _brow_raise(motion: Array, times: Array, event: Event) -> None:
    curve = event.intensity * plateau(times, event.start, event.end, 0.16, 0.3)
    put(motion, "browInnerUp", 0.60 * curve)
    put(motion, "browOuterUp", 0.60 * curve)
    put(motion, "eyeWide", 0.35 * curve)


def _frown(motion: Array, times: Array, event: Event) -> None:
    """Knitted brows and drawn-down corners: the face of concern."""
    curve = event.intensity * plateau(times, event.start, event.end, 0.35, 0.5)
    put(motion, "browDown", 0.45 * curve)
    put(motion, "browInnerUp", 0.35 * curve)
    put(motion, "mouthFrown", 0.35 * curve)
    put(motion, "mouthPress", 0.15 * curve)


def _laugh(motion: Array, times: Array, event: Event) -> None:
    """AU 6+12+25+26 with the head thrown back and shaken by the breath (Ruch and Ekman, "The expressive pattern of laughter", 2001)."""
    curve = event.intensity * plateau(times, event.start, event.end, 0.25, 0.7)
    pulse = 0.5 * (1.0 - np.cos(2 * np.pi * LAUGH_RATE * np.maximum(times - event.start, 0.0)))
    put(motion, "mouthSmile", 0.80 * curve)
    put(motion, "cheekSquint", 0.70 * curve)
    put(motion, "eyeSquint", 0.45 * curve)
    put(motion, "mouthUpperUp", 0.25 * curve)
    if event.cause.reason != "own-laugh":  # an audible laugh has its own syllables: the jaw then follows the phones
        put(motion, "jawOpen", curve * (0.16 + 0.10 * pulse))
    motion[:, COLUMN["pitch"]] -= np.radians(6.0) * curve * (1.0 - 0.25 * pulse)
    motion[:, COLUMN["y"]] -= 2.0e-3 * curve * pulse


DRAW: Mapping[Act, Callable[[Array, Array, Event], None]] = {
    "nod": _nod, "smile": _smile, "brow-raise": _brow_raise, "frown": _frown, "laugh": _laugh,
}  # fmt: skip


def add_gestures(motion: Array, times: Array, events: list[Event]) -> None:
    """Draw all acts that have a shape of their own into `motion` (T, 61)."""
    for event in events:
        if event.act in DRAW:
            DRAW[event.act](motion, times, event)


def soften_lips(motion: Array) -> None:
    """Spread lips round less: smiling takes away from funnel and pucker."""
    smile = np.clip(0.5 * (motion[:, COLUMN["mouthSmileLeft"]] + motion[:, COLUMN["mouthSmileRight"]]), 0.0, 1.0)
    for name in ("mouthFunnel", "mouthPucker"):
        motion[:, COLUMN[name]] *= 1.0 - 0.5 * min_jerk(smile)
