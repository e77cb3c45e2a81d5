"""Fit the affect readout of ``echo_metrics.rig_affect`` on dyad-mini, where what people feel is known, and write its table.

    python -m tools.fit_affect_readout

Ridge regression on both people of every `train` conversation, features and feelings smoothed alike; errors on `val`, whose people and words
are others. All features are coefficients in [0, 1], so one penalty holds for all of them, and what hardly ever moves gets no large weight.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from echo_metrics.correlation import concordance_correlation
from echo_metrics.rig_affect import FEATURES, affect_features, smoothed
from numpy.typing import NDArray

from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, NAME, SIDES, VERSION
from echo_bench.simulator.dialogue import read_dialogues
from echo_bench.simulator.truth import read_truth

Floats = NDArray[np.float64]

PENALTY = 2e-4  # times the samples; a tenth or ten times as much changes the errors in the second digit
TABLE = Path(__file__).resolve().parents[1] / "metrics" / "echo_metrics" / "rig_affect.toml"


def samples(folder: Path, clips: Sequence[str]) -> tuple[Floats, Floats]:
    """Features (N, 13), and valence and arousal (N, 2), of both people of all clips at 5 Hz."""
    features, felt = [], []
    for clip in clips:
        affect = read_truth(folder / f"{clip}.truth.json").affect
        for side in SIDES:
            with np.load(folder / f"{clip}.{side}.npz") as data:
                features.append(smoothed(affect_features(data["motion"])))
            felt.append(smoothed(affect[side][:, :2]))
    return np.concatenate(features), np.concatenate(felt)


def ridge(features: Floats, target: Floats, penalty: float = PENALTY) -> tuple[Floats, Floats]:
    """Weights (D, 2) per unit of a feature, and intercept (2,), which is not penalised."""
    centred, mean = features - features.mean(axis=0), target.mean(axis=0)
    normal = centred.T @ centred + penalty * len(features) * np.eye(features.shape[1])
    weights = np.linalg.solve(normal, centred.T @ (target - mean))
    return weights, mean - features.mean(axis=0) @ weights


def errors(predicted: Floats, target: Floats) -> dict[str, list[float]]:
    """R² and Lin's concordance of valence and of arousal."""
    residual = ((predicted - target) ** 2).sum(axis=0) / ((target - target.mean(axis=0)) ** 2).sum(axis=0)
    return {
        "r2": (1.0 - residual).round(3).tolist(),
        "ccc": concordance_correlation(predicted.T, target.T).round(3).tolist(),
    }


def toml(weights: Floats, intercept: Floats, fit: dict[str, object]) -> str:
    """The table as text."""
    lines = ["# Valence and arousal per unit of a coefficient. Written by `python -m tools.fit_affect_readout`.", ""]
    lines += [f"intercept = {intercept.round(5).tolist()}", "", "[fit]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in fit.items()]
    lines += ["", "[weights]"]
    lines += [f'"{name}" = {row.round(5).tolist()}' for name, row in zip(FEATURES, weights, strict=True)]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=CONTENT / DATA, help="folder of motion and truth")
    given = parser.parse_args()
    dialogues = read_dialogues().values()
    clips = {
        split: [d.id for d in dialogues if d.split == split and (given.data / f"{d.id}.truth.json").exists()]
        for split in ("train", "val")
    }
    features, felt = samples(given.data, clips["train"])
    weights, intercept = ridge(features, felt)
    seen, wanted = samples(given.data, clips["val"])
    fit: dict[str, object] = {
        "data": f"{NAME}@{VERSION}: {len(clips['train'])} train and {len(clips['val'])} val conversations, both people",
        "samples": len(features),
        "penalty": PENALTY,
        "order": ["valence", "arousal"],
        **{f"val_{name}": value for name, value in errors(seen @ weights + intercept, wanted).items()},
    }
    TABLE.write_text(toml(weights, intercept, fit), "utf-8")
    print(json.dumps(fit, indent=1))


if __name__ == "__main__":
    main()
