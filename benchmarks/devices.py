"""Every extractor on CUDA beside the CPU: frames per second, their share of what decoding allows, and how far the values are apart.

Frames are those of talking people that the suite's simulator draws. The nets of benchmarks/suite_weights.py are random, the others as they
are found. An extractor is timed from frames in memory to rows in memory, crops included; the tracker runs on the CPU whatever the device.
Ends with 1 when a value of CUDA is further than 1e-4 (relative, per tensor) from that of the CPU.

    python -m benchmarks.devices [--device cuda] [--seconds 8] [--size 256] [--only NAME ...] [--fast]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks import suite_footage, suite_weights
from echo_bench.clip import AudioRef, VideoRef
from echo_bench.errors import UnavailableError
from echo_bench.extractor import Arrays, AudioExtractor
from echo_bench.extractors import EXTRACTORS, FAST, NO_NETS
from echo_bench.extractors.face import FaceSession
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from echo_bench.nets.device import VARIABLE, device
from echo_bench.pipeline.jobs import TRACKER, extractor, frame_extractor

LIMIT = 1e-4
Frames = list[NDArray[np.uint8]]
Made = tuple[Arrays, float]


class Footage:
    """One clip in memory: frames of the truth and of a method, landmarks, sound, and frames per second of decoding."""

    def __init__(self, folder: Path) -> None:
        self.ref = VideoRef(folder / "a" / "00.mp4", "")
        started = time.perf_counter()
        self.made: Frames = list(frames(self.ref))
        self.decoding = len(self.made) / (time.perf_counter() - started)
        self.truth: Frames = list(frames(VideoRef(folder / "truth" / "00.mp4", "")))
        self.sound = waveform(AudioRef(self.ref.path, ""), rate=suite_footage.RATE)
        track = cast(FaceSession, frame_extractor(TRACKER).begin(self.ref))
        self.points = []
        for frame in self.made:
            track.push(frame)
            self.points.append(track.points())


def rows(name: str, footage: Footage) -> Arrays:
    """The features of an extractor."""
    net = extractor(name)
    if net.spec.kind == "audio":
        return cast(AudioExtractor, net)(footage.sound)
    session = frame_extractor(name).begin(footage.ref)
    inputs: dict[str, Callable[[int], tuple[NDArray[Any], ...]]] = {
        "frames": lambda k: (footage.made[k],),
        "face": lambda k: (footage.made[k], footage.points[k]),
        "pair": lambda k: (footage.made[k], footage.truth[k]),
    }
    for k in range(len(footage.made)):
        session.push(*inputs[net.spec.kind](k))
    return session.finish()


def measure(name: str, footage: Footage, on: str) -> Made:
    """Features on a device, and the best frames per second of two passes after one that warms up."""
    os.environ[VARIABLE] = on
    extractor.cache_clear()
    found = rows(name, footage)
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        again = rows(name, footage)
        seconds.append(time.perf_counter() - started)
        if any(again[key].tobytes() != found[key].tobytes() for key in found):
            raise SystemExit(f"{name} on {on}: two passes differ")
    return found, len(footage.made) / min(seconds)


def gap(ours: Arrays, reference: Arrays) -> float:
    """The largest ``||a - b|| / ||b||`` of the tensors, where both are finite; the same places must be."""
    found = [0.0]
    for key, expected in reference.items():
        if expected.dtype.kind != "f":
            continue
        good = np.isfinite(expected)
        if (good != np.isfinite(ours[key])).any():
            return np.inf
        difference = np.linalg.norm(ours[key][good].astype(float) - expected[good])
        found.append(float(difference / max(np.linalg.norm(expected[good].astype(float)), 1e-30)))
    return max(found)


def table(names: list[str], footage: Footage, on: str) -> bool:
    """Print a line for each extractor; whether all values agree."""
    print(
        f"decoding: {footage.decoding:.0f} frames/s, one thread; {len(footage.made)} frames of {footage.made[0].shape[1]} px"
    )
    print(f"{'extractor':38s} {'cpu':>8s} {on:>8s} {'of decoding':>12s} {'difference':>11s}")
    good = True
    for name in names:
        try:
            expected, slow = measure(name.removesuffix(FAST), footage, "cpu")
            found, fast = measure(name, footage, on)
        except UnavailableError as error:
            print(f"{name:38s} {error.what}")
            continue
        apart = gap(found, expected)
        good &= apart <= LIMIT or name.endswith(FAST)
        print(f"{name:38s} {slow:8.1f} {fast:8.1f} {100 * fast / footage.decoding:11.0f}% {apart:11.1e}")
    return good


def main() -> None:
    """Draw a clip, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--only", nargs="+", default=sorted(set(EXTRACTORS) - NO_NETS), metavar="NAME")
    parser.add_argument("--fast", action="store_true", help="add the fast policy, whose differences are shown only")
    options = parser.parse_args()
    os.environ[VARIABLE] = options.device
    print(f"device: {torch.cuda.get_device_name(device()) if device().type == 'cuda' else device()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        suite_footage.draw(folder, 1, options.seconds, options.size)
        (folder / "weights").mkdir()
        suite_weights.write(folder / "weights")
        suite_weights.use(folder / "weights")
        names = [*options.only, *(f"{each}{FAST}" for each in options.only if options.fast)]
        if not table(names, Footage(folder), options.device):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
