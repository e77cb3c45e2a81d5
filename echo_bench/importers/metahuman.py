"""MetaHuman's 174 face controls, as EmoFace writes them: text, one line per frame at 60 frames per second."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from echo_bench.importers.arkit import check_blinks
from echo_bench.importers.base import Format, Layout, Recording
from echo_bench.importers.errors import FormatError
from echo_bench.importers.tables import cells, read_rows

BLINK_LEFT, BLINK_RIGHT = 36, 105  # CTRL_L_eye_blink and, 69 columns on, CTRL_R_eye_blink


def read_metahuman(path: Path) -> Recording:
    """Lines of 174 numbers with commas between them.

    Raises
    ------
    FormatError
        When a line has another number of columns, or the blinks at 36 and 105 do not go together.
    """
    lines = read_rows(path)
    for number, line in enumerate(lines, start=1):
        if len(line) != 174:
            raise FormatError(f"line {number} has {len(line)} columns instead of 174", where=path)
    rows = cells(lines, path)
    check_blinks(rows[:, BLINK_LEFT], rows[:, BLINK_RIGHT], path)
    return Recording(rows.astype(np.float32))


METAHUMAN = Format(
    name="metahuman",
    title="MetaHuman control rig (EmoFace)",
    source="SJTU-Lucy/EmoFace visualization/metahuman_attr_names.txt, dataset/validation/VALID_CTR",
    layouts={
        "emoface": Layout(
            "metahuman174",
            "text, 174 columns with commas: CTRL_C 0-28, CTRL_L 29-97, CTRL_R 98-166, others 167-173",
            "controls -1..1",
            ".txt",
            read_metahuman,
            60.0,
            {"exp": (-1.5, 1.5)},
        )
    },
)
