"""Where the avatar listens, and where it speaks: the stretches that reactions and lips are scored on."""

from __future__ import annotations

import numpy as np
from echo_metrics.appropriateness import RATE, SHORTEST_SPAN_S
from numpy.typing import NDArray

from echo_bench.clip import DyadicClip
from echo_bench.errors import NotApplicable


def speaks(clip: DyadicClip, times: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Whether the avatar speaks at each time, in seconds.

    Raises
    ------
    NotApplicable
        When the clip does not say who speaks when.
    """
    if not clip.spans:
        raise NotApplicable("needs to know who speaks when, and this clip does not say")
    inside = np.zeros(len(times), bool)
    for span in clip.spans:
        if span.who == "avatar":
            inside |= (times >= span.start) & (times < span.end)
    return inside


def listening(clip: DyadicClip) -> list[slice]:
    """The stretches of at least 2 s in which the avatar does not speak, as samples at 5 Hz; sample k is at (k + 0.5) / 5 s.

    Raises
    ------
    NotApplicable
        When there is none, or the clip does not say who speaks when.
    """
    times = (np.arange(int(clip.duration * RATE)) + 0.5) / RATE
    edges = np.flatnonzero(np.diff(np.pad(~speaks(clip, times), 1).astype(int)))
    runs = [slice(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]
    long = [run for run in runs if run.stop - run.start >= SHORTEST_SPAN_S * RATE]
    if not long:
        raise NotApplicable(f"the avatar never listens for {SHORTEST_SPAN_S:g} s in this clip")
    return long
