"""Draw all people of dyad-mini by split.

python tools/people_sheet.py docs/images/people.png
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

from echo_bench.datasets.dyad_mini_content import CONTENT
from echo_bench.simulator.dialogue import read_dialogues
from echo_bench.simulator.identity import identity
from echo_bench.simulator.people import read_people
from echo_bench.simulator.render import Renderer
from echo_bench.spaces import RIG61

SIZE, SHOWN, COLUMNS = 256, 128, 12
SPLITS = ("demo", "train", "val", "test", "test-ood")


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


def main() -> None:
    """Draw and write the sheet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    draw_people().savefig(parser.parse_args().out, dpi=100, metadata={"Software": None}, pil_kwargs={"optimize": True})


if __name__ == "__main__":
    main()
