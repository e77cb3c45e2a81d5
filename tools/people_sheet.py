"""Draw the contact sheets of dyad-mini: all people by split, and one conversation over time.

python tools/people_sheet.py people docs/images/people.png
python tools/people_sheet.py conversation docs/images/conversation.png --clip test-pair-ferry-a
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from echo_bench.clip import Side
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, SIDES
from echo_bench.simulator.behaviour import Performance, perform
from echo_bench.simulator.dialogue import Dialogue, read_dialogue, read_dialogues
from echo_bench.simulator.events import Event
from echo_bench.simulator.identity import identity
from echo_bench.simulator.people import read_people
from echo_bench.simulator.render import Renderer
from echo_bench.simulator.speech import FPS, Speech, read_speech
from echo_bench.spaces import RIG61

SIZE, SHOWN, COLUMNS = 256, 128, 12
CAPTION = 62  # pixels below a picture of the conversation
EVERY = 2.0  # seconds between two pictures of the conversation
SPLITS = ("demo", "train", "val", "test", "test-ood")
UNREMARKABLE = {"blink", "beat", "gaze-aversion"}


def small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Half the size, and six bits per channel: a smaller file, and no difference to be seen."""
    halved = picture.reshape(SHOWN, SIZE // SHOWN, SHOWN, SIZE // SHOWN, 3).mean(axis=(1, 3))
    return np.asarray(halved.round() // 4 * 4 + 2, np.uint8)


def sheet(width: int, height: int) -> tuple[Figure, Axes]:
    """A page whose coordinates are pixels from the upper left corner."""
    figure = plt.figure(figsize=(width / 100, height / 100), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def place(axes: Axes, picture: NDArray[np.uint8], x: float, y: float) -> None:
    """One picture with its upper left corner at (x, y)."""
    axes.imshow(picture, extent=(x, x + SHOWN, y + SHOWN, y), interpolation="none", aspect="auto")


def cast_by_split() -> dict[str, list[str]]:
    """The people of each split, in the order of ``people.toml``."""
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for dialogue in read_dialogues(CONTENT / "dialogues").values():
        seen[dialogue.split].update(dialogue.cast.values())
    return {split: [name for name in read_people() if name in seen[split]] for split in SPLITS}


def draw_people() -> Figure:
    """Everybody at rest, names below."""
    cast, step = cast_by_split(), SHOWN + 18
    lines = sum(-(-len(names) // COLUMNS) for names in cast.values())
    figure, axes = sheet(COLUMNS * (SHOWN + 4), lines * step + len(cast) * 22)
    y = 0.0
    for split, names in cast.items():
        axes.text(4, y + 16, f"{split}: {len(names)} people", fontsize=10, weight="bold")
        y += 22
        for at, name in enumerate(names):
            x, line = at % COLUMNS * (SHOWN + 4), y + at // COLUMNS * step
            place(axes, small(Renderer(identity(read_people()[name].face), SIZE).frame(np.zeros(RIG61.width))), x, line)
            axes.text(x + SHOWN / 2, line + SHOWN + 12, name, fontsize=8, ha="center")
        y += -(-len(names) // COLUMNS) * step
    return figure


def said(speech: Speech, who: Side, start: float, end: float) -> str:
    """The words that begin within a stretch."""
    return " ".join(text for begin, _, text, _ in speech.side(who).words if start <= begin < end)


def done(events: tuple[Event, ...], who: Side, start: float, end: float) -> str:
    """The remarkable acts that begin within a stretch, with what they answer."""
    acts = (event for event in events if event.who == who and start <= event.start < end)
    return "\n".join(f"{act.act} ({act.cause.reason})" for act in acts if act.act not in UNREMARKABLE)


def wrapped(text: str, width: int = 24) -> str:
    """Lines of at most so many letters."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += word + " "
    return "\n".join(lines)


def draw_conversation(dialogue: Dialogue, speech: Speech, performance: Performance) -> Figure:
    """Both people every two seconds, with what they say and do until the next picture."""
    moments = np.arange(0.0, speech.duration - EVERY / 2, EVERY)
    columns = -(-len(moments) // 2)
    pair = 2 * (SHOWN + CAPTION)
    figure, axes = sheet(columns * (SHOWN + 6), 2 * pair + 36)
    title = ", ".join(f"{dialogue.cast[who]} ({who}, {'above' if who == 'user' else 'below'})" for who in SIDES)
    axes.text(4, 14, f"{dialogue.id}: {title}; green: words, brown: acts and their causes", fontsize=9, weight="bold")
    for row, who in enumerate(SIDES):
        renderer = Renderer(identity(read_people()[dialogue.cast[who]].face), SIZE)
        for at, start in enumerate(moments):
            x, y = at % columns * (SHOWN + 6), 22 + at // columns * (pair + 10) + row * (SHOWN + CAPTION)
            place(axes, small(renderer.frame(performance.motion[who][int((start + EVERY / 2) * FPS)])), x, y)
            axes.text(x + 3, y + 11, f"{start + EVERY / 2:.0f} s", fontsize=6, color="white")
            words = wrapped(said(speech, who, start, start + EVERY))
            axes.text(x, y + SHOWN + 3, words, fontsize=6.5, va="top", color="darkgreen")
            acts = done(performance.events, who, start, start + EVERY)
            axes.text(x, y + SHOWN + 32, acts, fontsize=6, va="top", color="saddlebrown")
    return figure


def main() -> None:
    """Draw and write one of the sheets."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["people", "conversation"])
    parser.add_argument("out", type=Path)
    parser.add_argument("--clip", default="test-pair-ferry-a")
    options = parser.parse_args()
    if options.what == "people":
        figure = draw_people()
    else:
        dialogue = read_dialogue(CONTENT / "dialogues" / f"{options.clip}.toml")
        speech = read_speech(CONTENT / DATA / f"{options.clip}.json")
        cast = {who: read_people()[dialogue.cast[who]] for who in SIDES}
        figure = draw_conversation(dialogue, speech, perform(dialogue, speech, cast))
    figure.savefig(options.out, dpi=100, metadata={"Software": None}, pil_kwargs={"optimize": True})


if __name__ == "__main__":
    main()
