"""How fast frames come: `echo_bench.media.decode.frames` against a raw PyAV loop, same file, same machine, one run.

Usage: ``python benchmarks/media.py [VIDEO ...]``; without one, three clips are made. Both decode with one thread and give RGB
arrays. The target is a ratio of at least 0.8: what time stamps, checks and the survey of the packets may cost.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.media.decode import frames
from echo_bench.media.encode import write_video
from echo_bench.media.probe import probe
from echo_bench.media.survey import _survey

REPEATS = 5


def raw(path: Path) -> Iterator[NDArray[np.uint8]]:
    """The peer: all frames in order, as the PyAV documentation shows it."""
    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def ours(path: Path) -> Iterator[NDArray[np.uint8]]:
    """At the file's own rate, so that both give the same frames; nothing remembered from an earlier run."""
    _survey.cache_clear()
    return frames(VideoRef(path, ""), fps=probe(path).fps)


def rate(read: Callable[[Path], Iterator[NDArray[np.uint8]]], path: Path) -> float:
    """Frames per second of one reading of the file."""
    begun = time.perf_counter()
    count = sum(1 for _ in read(path))
    return count / (time.perf_counter() - begun)


def clips(folder: Path) -> list[Path]:
    """Drifting texture with noise: 10 s at 256 px, 4 s at 512 px, 2 s at 1080p."""
    rng, made = np.random.default_rng(0), []
    for width, height, seconds in ((256, 256, 10), (512, 512, 4), (1920, 1080, 2)):
        texture = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
        source = (np.roll(texture, index, axis=1)[:height, :width] for index in range(25 * seconds))
        made.append(write_video(folder / f"{width}x{height}.mp4", source, crf=23))
    return made


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for path in [Path(name) for name in sys.argv[1:]] or clips(Path(folder)):
            pairs = [(rate(ours, path), rate(raw, path)) for _ in range(REPEATS)]  # in turn: load hits both alike
            best = [max(values) for values in zip(*pairs, strict=True)]
            print(
                f"{path.name:32} frames() {best[0]:7.0f}/s   raw PyAV {best[1]:7.0f}/s   ratio {best[0] / best[1]:.2f}"
            )


if __name__ == "__main__":
    main()
