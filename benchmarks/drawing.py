"""How long the videos of dyad-mini's test split take, drawn and encoded by two processes, against the limit of four minutes.

    python benchmarks/drawing.py [--videos 6] [--frames 100]

The whole is 24 clips x 2 sides x 20 s at 25 fps and 256 px. A sample is drawn, and its set-up (painting, growing hair) and its
frames are scaled up apart. Both the wall clock and the processor time are scaled: on an idle machine they agree.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
from render import motion

from echo_bench.media.encode import write_video
from echo_bench.simulator.identity import identity
from echo_bench.simulator.people import read_people
from echo_bench.simulator.render import Renderer

LIMIT = 240.0  # seconds
VIDEOS, FRAMES, PROCESSES, SIZE = 48, 500, 2, 256
PEOPLE = ("marta", "viktor", "johanna", "nia", "aiko", "emil", "yun", "hiro", "adaeze", "shin", "niels", "samuel")


def clocks() -> np.ndarray:
    """Wall clock and processor time of this process."""
    return np.array([time.perf_counter(), time.process_time()])


def one(name: str, folder: Path, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw one video; seconds by both clocks of the set-up and of the frames."""
    rows, sound = motion(frames), np.zeros(frames * 640, np.float32)
    begun = clocks()
    renderer = Renderer(identity(read_people()[name].face), SIZE)
    ready = clocks()
    write_video(folder / f"{name}.mp4", map(renderer.frame, rows), audio=sound)
    return ready - begun, clocks() - ready


def main() -> None:
    """Print the time that the whole would take, and its ratio to the limit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--videos", type=int, default=6)
    parser.add_argument("--frames", type=int, default=100)
    options = parser.parse_args()
    names = PEOPLE[: options.videos]
    with tempfile.TemporaryDirectory() as folder, multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        work = partial(one, folder=Path(folder), frames=options.frames)
        pool.map(partial(one, folder=Path(folder), frames=2), names[:PROCESSES], chunksize=1)  # loads compiled code
        measured = np.array(pool.map(work, names, chunksize=1))
    setup, drawing = measured.mean(axis=0)
    whole = VIDEOS * (setup + drawing * FRAMES / options.frames) / PROCESSES
    for clock, seconds, rate in zip(("wall clock", "processor"), whole, options.frames / drawing, strict=True):
        print(
            f"{clock}: {rate:5.1f} frames/s drawn and encoded per process, so {seconds:5.1f} s for {VIDEOS * FRAMES} frames by "
            f"{PROCESSES} processes: {LIMIT / seconds:.2f}x as fast as the limit of {LIMIT:.0f} s"
        )


if __name__ == "__main__":
    main()
