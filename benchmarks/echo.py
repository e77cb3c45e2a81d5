"""Where the reference model spends its time: seconds per second of video, and the share of each part.

    python -m benchmarks.echo [--checkpoint echo-tiny.safetensors] [--seconds 8] [--threads 1] [--device cpu]

Time does not depend on what was learned, so random weights do. Two lengths are made, the second twice as long: peak memory of the
process must not grow with length. Seconds are of the processor (all threads together); on CUDA, of the clock, and the device is
waited for around each part.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from echo_model.config import TINY
from echo_model.export import load
from echo_model.model import Echo
from echo_model.sample import Scene, sample
from torch import nn

FPS = 25


def scene(model: Echo, frames: int) -> Scene:
    """Noise to see and hear."""
    rng, size, audio = np.random.default_rng(0), model.config.vae.size, model.config.audio
    return Scene(
        image=rng.integers(0, 256, (size, size, 3), np.uint8),
        pictures=(rng.integers(0, 256, (size, size, 3), np.uint8) for _ in range(frames)),
        user_voice=rng.standard_normal((frames, audio)).astype(np.float32),
        voice=rng.standard_normal((frames, audio)).astype(np.float32),
        words=np.arange(frames // 8), sides=np.arange(frames // 8) % 2, ends=np.arange(frames // 8) * 8,
    )  # fmt: skip


def clocked(spent: dict[str, float], name: str, call: Callable[..., Any], device: str) -> Callable[..., Any]:
    """`call`, with its time added to `spent`."""

    def timed(*args: Any, **kwargs: Any) -> Any:
        started = now(device)
        made = call(*args, **kwargs)
        spent[name] += now(device) - started
        return made

    return timed


def now(device: str) -> float:
    """Seconds: on the CPU those of the processor, for other work must not count; else once the device has nothing left to do."""
    if device == "cpu":
        return time.process_time()
    torch.cuda.synchronize(device)
    return time.perf_counter()


def watch(model: Echo, spent: dict[str, float], device: str) -> None:
    """Clock the parts of a model."""
    parts: dict[str, tuple[nn.Module, str]] = {
        "autoencoder: encode": (model.vae, "encode"), "autoencoder: decode": (model.vae, "decode"),
        "understanding": (model.lcu, "forward"), "generator": (model.generator, "forward"),
        "  understanding: scans (voice)": (model.lcu.lpe.scan_voice, "forward"),
        "  understanding: scans (video)": (model.lcu.lpe.scan_video, "forward"),
        "  understanding: eyes": (model.lcu.lpe.eyes, "forward"),
    }  # fmt: skip
    for name, (module, method) in parts.items():
        setattr(module, method, clocked(spent, name, getattr(module, method), device))
    for block in model.generator.blocks:
        for name, part in (
            ("attention", "_attend"),
            ("image and feeling", "look"),
            ("SDCM", "modulate"),
            ("feed", "feed"),
        ):
            module, method = (block, part) if part == "_attend" else (getattr(block, part), "forward")
            setattr(module, method, clocked(spent, f"  generator: {name}", getattr(module, method), device))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, help="default: random weights of echo-tiny")
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    model = (load(given.checkpoint) if given.checkpoint else Echo(TINY).eval()).to(given.device)
    list(sample(model, scene(model, 1), 0))  # the first call allocates and compiles
    spent: dict[str, float] = defaultdict(float)
    watch(model, spent, given.device)
    for seconds in (given.seconds, 2 * given.seconds):
        spent.clear()
        started = now(given.device)
        count = sum(1 for _ in sample(model, scene(model, seconds * FPS), 0))
        took = now(given.device) - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{count} frames in {took:.2f} s: {took / seconds:.3f} s per second of video; peak {peak:.0f} MiB")
    for name, value in sorted(spent.items(), key=lambda each: -each[1]):
        print(f"{name:34s} {value / took:6.1%}")


if __name__ == "__main__":
    main()
