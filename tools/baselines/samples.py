"""The sheet of samples: one conversation, the user and the avatar's real face above, below them what each method makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from echo_bench.clip import MotionRef
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, read_scene
from echo_bench.motion_io import load_motion
from echo_bench.report import style
from echo_bench.simulator.identity import identity
from echo_bench.simulator.render import render

CLIP = "test-pair-ferry-a"
TIMES, SIZE = 10, 128  # moments, evenly over the clip; pixels of a picture
FACE = np.s_[8:104, 16:112]  # of a picture
LABEL, CELL, HEADING = 1.5, 0.8, 0.25  # inches
HIDDEN = ("ground-truth-halves", "shifted-audio", "ground-truth")  # show what the truth shows


def draw_samples(run: Path) -> Figure:
    """A row per method, a column per moment."""
    motions = dict(_motions(run))
    frames = len(motions["user"][1])
    at = np.linspace(0, frames - 1, TIMES + 2).astype(int)[1:-1]
    pictures = {
        name: [each[FACE] for each in render(motion[np.minimum(at, len(motion) - 1)], identity(face), SIZE)]
        for name, (face, motion) in motions.items()
    }
    return draw_grid(pictures, [f"{frame / 25:.1f} s" for frame in at])


def draw_grid(rows: Mapping[str, Sequence[NDArray[np.uint8]]], headings: Sequence[str]) -> Figure:
    """Pictures in rows with names, and with a heading above each column."""
    width, height = LABEL + CELL * len(headings), HEADING + CELL * len(rows)
    drawn = style.figure(width, height, layout=None)
    for place, (name, pictures) in enumerate(rows.items()):
        top = 1 - (HEADING + CELL * (place + 1)) / height
        drawn.text(0.05 / width, top + CELL / height / 2, name, va="center", fontsize=7)
        for column, (heading, picture) in enumerate(zip(headings, pictures, strict=True)):
            box = ((LABEL + CELL * column) / width, top, CELL / width, CELL / height)
            axes = drawn.add_axes(box)
            axes.axis("off")
            axes.imshow(picture, interpolation="lanczos")
            if not place:
                axes.set_title(heading, fontsize=7, weight="normal", loc="center", pad=2)
    return drawn


def _motions(run: Path) -> Iterator[tuple[str, tuple[int, NDArray[np.float32]]]]:
    """Row by row a name with the seed of a face and its motion."""
    cast = read_scene(CLIP).cast
    for side, name in (("user", "user"), ("avatar", "truth")):
        yield name, (cast[side].face, load_motion(MotionRef(CONTENT / DATA / f"{CLIP}.{side}.npz", "", "rig61"))[0])
    for folder in sorted((run / "artefacts").iterdir()):
        path = folder / f"{CLIP}.s00.npz"
        if path.is_file() and folder.name not in HIDDEN:
            yield folder.name, (cast["avatar"].face, load_motion(MotionRef(path, "", "rig61"))[0])
