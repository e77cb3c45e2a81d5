"""SadTalker `.mat`: what its audio-to-coefficient nets predict, also written by ChatAnything."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from echo_bench.importers.arrays import numbers, read_mat
from echo_bench.importers.base import Format, Layout, Recording
from echo_bench.importers.deep3d import LIMITS


def read_sadtalker(path: Path) -> Recording:
    """``coeff_3dmm`` (T, 70), which is in the order of the space already.

    Raises
    ------
    FormatError
        When there is no such array.
    """
    return Recording(numbers(read_mat(path, "coeff_3dmm"), "coeff_3dmm", (None, 70), path).astype(np.float32))


SADTALKER = Format(
    name="sadtalker",
    title="SadTalker coefficients (SadTalker, ChatAnything)",
    source="OpenTalker/SadTalker src/test_audio2coeff.py",
    layouts={
        "coeff70": Layout(
            space="bfm70",
            columns="`coeff_3dmm` (T, 70): expression 64, angles 3, translation 3",
            units="angles rad, translation model units",
            suffix=".mat",
            read=read_sadtalker,
            fps=25.0,
            limits=LIMITS,
        )
    },
)
