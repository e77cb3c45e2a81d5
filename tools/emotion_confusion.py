"""What emotion nets say of videos whose file names carry the emotion, as MEAD's do: a confusion matrix per net, in markdown.

    python -m tools.emotion_confusion FOLDER [NET ...]

Nets are extractors of echo_bench.extractors.emotion (default: fer). All frames of a video are pooled by their mean probability.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.extractors import EXTRACTORS
from echo_bench.extractors.emotion import CLASSES, WORDS
from echo_bench.faces.track import FaceTracker
from echo_bench.media.decode import frames
from echo_bench.metrics.emotion import recognised
from echo_bench.weights.store import weight_path


def main(folder: Path, nets: list[str]) -> None:
    """Print the tables."""
    videos = {path: label for path in sorted(folder.rglob("*.mp4")) if (label := label_of(path))}
    for net in nets:
        rows = {path: expression(net, path) for path in videos}
        print(f"`{net}`, {len(videos)} videos\n")
        print(
            table(
                Counter((videos[path], recognised(found, CLASSES[net])) for path, found in rows.items()), CLASSES[net]
            )
        )
        for path, found in rows.items():
            seen = found[np.isfinite(found[:, 0]), : len(CLASSES[net])].mean(axis=0)
            said = ", ".join(
                f"{name} {share:.2f}" for name, share in zip(CLASSES[net], seen, strict=True) if share >= 0.1
            )
            print(f"* {path.stem}: {said}")


def label_of(path: Path) -> str | None:
    """The emotion in a file name such as ``M003_level_1_disgusted_015.mp4``."""
    return next((WORDS[word] for word in path.stem.lower().split("_") if word in WORDS), None)


def expression(net: str, path: Path) -> NDArray[np.float32]:
    """Probabilities per frame of one video."""
    ref = VideoRef(path, "")
    tracker, session = FaceTracker(weight_path("tracker")), EXTRACTORS.get(net)().begin(ref)
    for frame in frames(ref, fps=25.0):
        tracker.push(frame)
        points = tracker.present()
        session.push(frame, np.full((478, 3), np.nan, np.float32) if points is None else points)
    return session.finish()["expression"]


def table(counts: Counter[tuple[str, str]], classes: tuple[str, ...]) -> str:
    """Rows are what the names say, columns what the net says."""
    labels = sorted({label for label, _ in counts})
    lines = [f"| named | {' | '.join(classes)} |", "|---|" + "---|" * len(classes)]
    lines += [f"| {label} | " + " | ".join(str(counts[label, said]) for said in classes) + " |" for label in labels]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or ["fer"])
