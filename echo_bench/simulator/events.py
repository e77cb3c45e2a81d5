"""Why a face moves: every visible act of a performance with its cause, latency and strength."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from echo_bench.clip import Side

Act = Literal["nod", "smile", "brow-raise", "frown", "laugh", "blink", "gaze-aversion", "beat"]
Reason = Literal[
    "key-word",  # the message of the partner's turn landed
    "phrase-end",  # the partner paused inside or at the end of a turn
    "low-pitch",  # a stretch of low pitch in the partner's voice
    "partner-laugh",  # the partner laughed
    "own-laugh",  # the person's own voice laughs
    "own-key-word",  # the person stresses the key word of the own turn
    "stress",  # a stressed syllable of the own speech
    "turn-start",  # the person plans a turn
    "last-blink",  # blinks are a renewal process
    "last-mutual-gaze",  # nobody looks into another's eyes for ever
]


@dataclass(frozen=True, slots=True)
class Cause:
    """What an act follows from.

    Attributes
    ----------
    reason : str
    time : float
        Seconds from the start of the clip.
    turn : str, optional
        The turn it lies in.
    """

    reason: Reason
    time: float
    turn: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One visible act.

    Attributes
    ----------
    who : {"user", "avatar"}
    act : str
    start, end : float
        Seconds from the start of the clip; `end` may lie behind the clip's end.
    intensity : float
        1 is the plain form of the act.
    cause : Cause
    """

    who: Side
    act: Act
    start: float
    end: float
    intensity: float
    cause: Cause

    @property
    def latency(self) -> float:
        """Seconds from the cause to the act; negative where the act prepares what causes it, as a turn."""
        return self.start - self.cause.time

    def as_json(self) -> dict[str, Any]:
        """Plain values, times in seconds to the millisecond."""
        row = asdict(self)
        row["latency"] = self.latency
        row["cause"]["time"] = round(self.cause.time, 3)
        return row | {key: round(row[key], 3) for key in ("start", "end", "intensity", "latency")}
