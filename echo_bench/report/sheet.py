"""A contact sheet: both people of every clip, at one moment."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from echo_bench.clip import DyadicClip, ImageRef, VideoRef
from echo_bench.leaderboard.text import one_line
from echo_bench.media.decode import still
from echo_bench.report import style

COLUMNS = 6  # clips in a row
CELL, CAPTION, GAP = (2.0, 0.18, 0.06)  # inches: width of two pictures, height of their caption, space between cells
MOMENT = 0.5  # share of the clip after which it is shown


def draw_sheet(clips: Sequence[DyadicClip]) -> Figure:
    """User and avatar of every clip side by side, halfway through it; people without video are left blank."""
    columns = min(COLUMNS, len(clips))
    rows = math.ceil(len(clips) / columns)
    width, height = (columns * (CELL + GAP) + GAP, rows * (CELL / 2 + CAPTION + GAP) + GAP)
    drawn = style.figure(width, height, layout=None)
    for number, clip in enumerate(clips):
        row, column = divmod(number, columns)
        left = GAP + column * (CELL + GAP)
        top = height - GAP - row * (CELL / 2 + CAPTION + GAP)
        for index, track in enumerate((clip.user, clip.avatar)):
            box = (left + index * CELL / 2, top - CAPTION - CELL / 2, CELL / 2, CELL / 2)
            axes = drawn.add_axes((box[0] / width, box[1] / height, box[2] / width, box[3] / height))
            axes.axis("off")
            if track.video is not None:
                axes.imshow(_picture(track.video, clip), interpolation="lanczos", aspect="equal")
        drawn.text(left / width, (top - 0.02) / height, one_line(clip.id), va="top", fontsize=7)
    return drawn


def _picture(video: VideoRef, clip: DyadicClip) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return still(ImageRef(video.path, video.sha256, video.panel, video.start + MOMENT * clip.duration))
