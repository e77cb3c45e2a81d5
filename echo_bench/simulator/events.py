"""Why a face moves: every visible act of a performance with its cause, latency and strength."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
Row = tuple[Act, float, float, float, Reason, float, str | None]


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

    def row(self) -> Row:
        """Act, start, end, intensity, reason, time and turn of the cause: plain values, times in seconds to the millisecond."""
        start, end, intensity, time = (round(x, 3) for x in (self.start, self.end, self.intensity, self.cause.time))
        return self.act, start, end, intensity, self.cause.reason, time, self.cause.turn


def event_of(who: Side, row: Row) -> Event:
    """The event that a row stands for.

    Examples
    --------
    >>> event_of("user", ("nod", 1.5, 2.0, 0.8, "phrase-end", 1.0, "t1")).latency
    0.5
    """
    act, start, end, intensity, reason, time, turn = row
    return Event(who, act, start, end, intensity, Cause(reason, time, turn))
