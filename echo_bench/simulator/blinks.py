"""Blinks: a renewal process whose clock runs faster while speaking.

Intervals are lognormal. Rates: 17 per minute at rest, 26 in conversation (Bentivoglio et al., Mov. Disord. 12, 1997);
here rest stands for listening. A blink closes in about 80 ms, stays shut for about 40 ms and opens in about 160 ms
(after VanderWerf et al., J. Neurophysiol. 89, 2003: the down phase is about twice as fast as the up phase).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import Side
from echo_bench.simulator.curves import Array, plateau, put
from echo_bench.simulator.draws import LogNormal
from echo_bench.simulator.events import Cause, Event

SIGMA = 0.55
LISTENING_RATE, SPEAKING_RATE = 17.0 / 60.0, 26.0 / 60.0  # blinks per second
INTERVAL = LogNormal(median=1.0 / LISTENING_RATE / float(np.exp(SIGMA**2 / 2)), sigma=SIGMA)  # its mean is 1 / rate
CLOSING, SHUT, OPENING = 0.08, 0.04, 0.16


def blink_events(rng: np.random.Generator, who: Side, times: Array, speaking: NDArray[np.bool_]) -> list[Event]:
    """The blinks of one person.

    Parameters
    ----------
    rng : Generator
    who : {"user", "avatar"}
    times : ndarray of shape (T,), float
        Frame times in seconds.
    speaking : ndarray of shape (T,), bool
        Whether the person speaks; time then counts 26 / 17 times.

    Returns
    -------
    list of Event
        Each blink is caused by the one before; the first one's predecessor lies before the clip, a random part of an interval ago.

    Notes
    -----
    In the person's own time, the integral of ``1 + (26 / 17 - 1) * speaking``, intervals are draws of :data:`INTERVAL`.
    """
    step = times[1] - times[0]
    clock = np.concatenate([[0.0], np.cumsum(np.where(speaking, SPEAKING_RATE / LISTENING_RATE, 1.0) * step)])
    grid = np.concatenate([[0.0], times + step / 2])
    own = -float(rng.uniform()) * INTERVAL.one(rng)
    last = own
    events = []
    while (own := own + INTERVAL.one(rng)) < clock[-1]:
        onset = float(np.interp(own, clock, grid)) if own > 0 else own
        if onset >= 0:
            intensity = float(rng.uniform(0.9, 1.0))
            cause = Cause("last-blink", last)
            events.append(Event(who, "blink", onset, onset + CLOSING + SHUT + OPENING, intensity, cause))
        last = onset
    return events


def add_blinks(motion: Array, times: Array, events: list[Event]) -> None:
    """Close the lids; a blink on top of half-closed lids closes them no further than shut."""
    lids = np.zeros(len(times))
    for event in events:
        if event.act == "blink":
            lids = np.maximum(lids, event.intensity * plateau(times, event.start, event.end, CLOSING, OPENING))
    put(motion, "eyeBlink", lids)
