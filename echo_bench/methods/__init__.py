"""Methods: the always-on rows, precomputed outputs, and the table of their names."""

from __future__ import annotations

from collections.abc import Callable

from echo_bench.method import Method
from echo_bench.registry import Registry

METHODS: Registry[Callable[[], Method]] = Registry(
    "method",
    {
        "ground-truth": "echo_bench.methods.truth:GroundTruth",
        "ground-truth-halves": "echo_bench.methods.truth:GroundTruthHalves",
        "reencoded": "echo_bench.methods.truth:Reencoded",
        "shifted-audio": "echo_bench.methods.truth:ShiftedAudio",
        "static": "echo_bench.methods.static:Static",
        "mean-face": "echo_bench.methods.static:MeanFace",
        "random": "echo_bench.methods.borrowed:RandomListener",
        "shuffled": "echo_bench.methods.borrowed:Shuffled",
        "mirror": "echo_bench.methods.borrowed:Mirror",
    },
    "echo_bench.methods",
)

ALWAYS = (
    "ground-truth",
    "ground-truth-halves",
    "reencoded",
    "shifted-audio",
    "static",
    "mean-face",
    "random",
    "shuffled",
    "mirror",
)
"""The rows that stand on every board: yardsticks first, then what a method has to beat."""
