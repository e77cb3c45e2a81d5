"""Facial attributes of the REACT challenges: 15 action units, valence and arousal, 8 expressions per frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from echo_bench.importers.arrays import numbers, read_npy
from echo_bench.importers.base import Format, Layout, Recording
from echo_bench.importers.tables import cells, read_table

LIMITS = {"au": (-0.001, 1.001), "va": (-1.001, 1.001), "emotion": (-0.001, 1.001)}
WIDTH = 25


def read_emotion_csv(path: Path) -> Recording:
    """A csv with a header and 25 columns, as of 2023 and 2024.

    Raises
    ------
    FormatError
    """
    _, rows = read_table(path)
    return Recording(numbers(cells(rows, path), "the table", (None, WIDTH), path).astype(np.float32))


def read_attributes(path: Path) -> Recording:
    """An npy (T, 25), as of 2025.

    Raises
    ------
    FormatError
    """
    return Recording(numbers(read_npy(path), "the array", (None, WIDTH), path).astype(np.float32))


UNITS = "action units 0 or 1, valence and arousal in [-1, 1], probabilities of 8 expressions"
REACT = Format(
    name="react",
    title="REACT facial attributes",
    source="reactmultimodalchallenge/baseline_react2023, baseline_react2024, baseline_react2025",
    layouts={
        "emotion-csv": Layout(
            "react25", "csv: 15 action units, valence, arousal, 8 expressions", UNITS, ".csv", read_emotion_csv, 25.0, LIMITS
        ),
        "mars": Layout(
            "react25", "npy (T, 25): 15 action units, valence, arousal, 8 expressions", UNITS, ".npy", read_attributes, 30.0, LIMITS
        ),
    },
)  # fmt: skip
