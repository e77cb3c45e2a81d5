"""Deep3DFaceRecon `.mat`: coefficients of the Basel face model per frame, as ViCo and StyleTalk store them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from echo_bench.importers.arrays import numbers, read_mat
from echo_bench.importers.base import Format, Layout, Recording

EXPRESSION, ANGLES, TRANSLATION = slice(80, 144), slice(224, 227), slice(254, 257)
LIMITS = {"exp": (-30.0, 30.0), "angle": (-1.6, 1.6)}
"""No head turns by more than a right angle; a shifted column does (illumination, identity)."""


def read_deep3d(path: Path) -> Recording:
    """What moves of ``coeff`` (T, 257): identity, texture and illumination are dropped, and so is ``transform_params`` (the crop).

    Raises
    ------
    FormatError
        When there is no such array.
    """
    coeff = numbers(read_mat(path, "coeff"), "coeff", (None, 257), path)
    motion = np.hstack([coeff[:, EXPRESSION], coeff[:, ANGLES], coeff[:, TRANSLATION]])
    return Recording(motion.astype(np.float32))


DEEP3D = Format(
    name="deep3d",
    title="Deep3DFaceRecon coefficients (ViCo, StyleTalk style clips)",
    source="sicxu/Deep3DFaceRecon_pytorch models/bfm.py split_coeff; dc3ea9f/vico_challenge_baseline data.py",
    layouts={
        "coeff257": Layout(
            space="bfm70",
            columns="`coeff` (T, 257): identity 80, expression 64, texture 80, angles 3, illumination 27, translation 3",
            units="angles rad, translation model units",
            suffix=".mat",
            read=read_deep3d,
            limits=LIMITS,
        )
    },
)
