"""Frames per second of one core, for every person of dyad-mini, against the limit of 100 at 256 px.

    python benchmarks/render.py [--size 256] [--frames 60] [--only NAME ...]

Set-up (painting skin, growing hair, compiling) is timed apart. Times are the process's own
processor time, and the best of three rounds counts, for the machine may be shared.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from echo_bench.simulator.identity import identity
from echo_bench.simulator.people import read_people
from echo_bench.simulator.render import Renderer

LIMIT = 100.0


def motion(frames: int) -> np.ndarray:
    """Talking, blinking, nodding and turning, so that no two frames are alike."""
    t = np.arange(frames)[:, None] / 25.0
    rng = np.random.default_rng(0)
    rows = 0.5 + 0.5 * np.sin(2 * np.pi * (rng.uniform(0.3, 3.0, 61) * t + rng.random(61)))
    rows[:, :52] *= 0.3
    rows[:, 52:55] = 0.3 * (rows[:, 52:55] - 0.5)
    rows[:, 55:58] = 0.02 * (rows[:, 55:58] - 0.5)
    rows[:, 58:] = 0.2 * (rows[:, 58:] - 0.5)
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--only", nargs="+", default=list(read_people()), metavar="NAME")
    options = parser.parse_args()
    rows = motion(options.frames)
    start = time.process_time()
    Renderer(identity(0), options.size).frame(rows[0])
    print(
        f"first picture of this process: {time.process_time() - start:.2f} s (compiled code is read from the cache if there)"
    )
    rates = []
    for name in options.only:
        person = identity(read_people()[name].face)
        start = time.process_time()
        renderer = Renderer(person, options.size)
        ready = time.process_time() - start
        rounds = []
        for _ in range(3):
            start = time.process_time()
            for row in rows:
                renderer.frame(row)
            rounds.append(time.process_time() - start)
        rates.append(len(rows) / min(rounds))
        print(f"{name:10s} {person.hair.style:12s} set-up {ready:5.2f} s   {rates[-1]:6.1f} frames/s")
    mean = len(rates) / sum(1 / rate for rate in rates)
    below = sum(rate < LIMIT for rate in rates)
    print(
        f"{options.size} px: {mean:.1f} frames/s over all; slowest {min(rates):.1f}, which is {min(rates) / LIMIT:.2f} of the limit "
        f"of {LIMIT:.0f} at 256 px; {below} of {len(rates)} people below it"
    )


if __name__ == "__main__":
    main()
