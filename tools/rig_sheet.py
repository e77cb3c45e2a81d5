"""Draw the contact sheet of the documentation: a cast at rest, and one person through expressions, gaze and head pose.

python tools/rig_sheet.py docs/images/rig.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.image
import numpy as np
from numpy.typing import NDArray

from echo_bench.simulator.render import Renderer
from echo_bench.simulator.rig import identity
from echo_bench.spaces import RIG61

COLUMNS, ROWS, SIZE, SHOWN = 8, 3, 256, 128
MOMENTS: tuple[dict[str, float], ...] = (
    {},
    {"mouthSmile": 0.8, "cheekSquint": 0.5, "jawOpen": 0.1, "mouthUpperUp": 0.4},
    {"jawOpen": 0.6},
    {"mouthPucker": 0.8, "browInnerUp": 0.8},
    {"eyeBlink": 1.0, "pitch": 0.15},
    {"browDown": 0.9, "mouthFrown": 0.9, "noseSneer": 0.4},
    {"yaw": 0.4, "gazeYaw": -0.35},
    {"roll": 0.3, "yaw": -0.35, "mouthSmile": 0.4},
)


def row(values: dict[str, float]) -> NDArray[np.float32]:
    """A motion row with some columns set; a name without side sets both."""
    motion = np.zeros(RIG61.width, np.float32)
    for name, value in values.items():
        sides = [name] if name in RIG61.columns else [f"{name}Left", f"{name}Right"]
        motion[[RIG61.columns.index(side) for side in sides]] = value
    return motion


def small(renderer: Renderer, values: dict[str, float]) -> NDArray[np.uint8]:
    """One picture, halved."""
    frame = renderer.frame(row(values)).reshape(SHOWN, SIZE // SHOWN, SHOWN, SIZE // SHOWN, 3)
    return np.asarray(frame.mean(axis=(1, 3)).round(), np.uint8)


def main() -> None:
    """Draw and write the sheet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    cast = [small(Renderer(identity(seed), SIZE), {}) for seed in range(COLUMNS * ROWS)]
    rows = [np.hstack(cast[i : i + COLUMNS]) for i in range(0, len(cast), COLUMNS)]
    one = Renderer(identity(4), SIZE)
    rows.append(np.hstack([small(one, values) for values in MOMENTS]))
    sheet = np.vstack(rows) // 4 * 4 + 2  # six bits per channel: a smaller file, and no difference to be seen
    matplotlib.image.imsave(out, sheet)


if __name__ == "__main__":
    main()
