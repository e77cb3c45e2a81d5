"""What no recording knows, on disk: what both people feel in every frame, and every act with its cause.

``<id>.truth.json`` is small rather than pretty: per person three rows of integers (valence, arousal and dominance in hundredths),
emotion words as runs of frames, and one short row per event (:meth:`echo_bench.simulator.events.Event.row`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import Side
from echo_bench.simulator.affect import SIDES
from echo_bench.simulator.dialogue import Emotion
from echo_bench.simulator.emotions import emotion_runs
from echo_bench.simulator.events import Event, event_of

HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class Truth:
    """What no method may see of a clip.

    Attributes
    ----------
    affect : mapping of side to ndarray of shape (T, 3), float32
        Valence, arousal and dominance in [-1, 1], to the hundredth, at 25 fps.
    emotion : mapping of side to tuple of str
        The word for it in each frame.
    events : tuple of Event
        In order of time, to the millisecond.
    """

    affect: Mapping[Side, NDArray[np.float32]]
    emotion: Mapping[Side, tuple[Emotion, ...]]
    events: tuple[Event, ...]


def write_truth(path: Path, affect: Mapping[Side, NDArray[np.float32]], events: Iterable[Event]) -> None:
    """Write what was felt (T, 3) and done in a clip; the words for feelings follow from the feelings.

    Equal content gives equal bytes.
    """
    happened = list(events)
    felt = {who: np.rint(affect[who] * HUNDREDTHS).astype(int) for who in SIDES}
    content: dict[str, dict[Side, Any]] = {
        "affect": {who: felt[who].T.tolist() for who in SIDES},
        "emotion": {who: emotion_runs(felt[who] / HUNDREDTHS) for who in SIDES},
        "events": {who: [event.row() for event in happened if event.who == who] for who in SIDES},
    }
    write_lines(path, content)


def read_truth(path: Path) -> Truth:
    """Read what :func:`write_truth` wrote; the file's hash is checked by whoever opens the dataset."""
    content = json.loads(path.read_text("utf-8"))
    events = [event_of(who, tuple(row)) for who in SIDES for row in content["events"][who]]
    return Truth(
        affect={who: (np.array(content["affect"][who]).T / HUNDREDTHS).astype(np.float32) for who in SIDES},
        emotion={who: tuple(word for word, n in content["emotion"][who] for _ in range(n)) for who in SIDES},
        events=tuple(sorted(events, key=lambda event: (event.start, event.who, event.act))),
    )


def write_lines(path: Path, content: Mapping[str, Any]) -> None:
    """JSON with one line per entry: small, and still readable in a diff."""
    rows = [f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in content.items()]
    path.write_text("{" + ",\n".join(rows) + "}\n", "utf-8")
