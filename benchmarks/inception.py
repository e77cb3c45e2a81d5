"""Inception features for FID: ours beside pytorch-fid, one after the other, in one run on one machine.

    python benchmarks/inception.py [--frames 64] [--size 256] [--batch 16] [--threads 1] [--rounds 3]

Both have the same random parameters and get the same frames from memory: uint8 RGB for ours, which scales and resizes them itself, float in
[0, 1] for theirs, whose scaling is therefore not timed. The best of `--rounds` counts, taken in turns. With one thread processor time is
counted, which other work on the machine changes little; with more, wall time. pytorch-fid is not a requirement: `pip install pytorch-fid`
into an environment of its own.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from echo_bench.nets import inception
from echo_bench.peers.compare import randomised, relative, replaced
from echo_bench.peers.torchvision_repair import repair_torchvision


def peer(state: Mapping[str, Tensor]) -> torch.nn.Module:
    """pytorch-fid's net with our random parameters."""
    repair_torchvision()
    from pytorch_fid import inception as package

    with replaced(package, "load_state_dict_from_url", lambda *_, **__: state):
        return package.InceptionV3().eval()


def batched(run: Callable[[Tensor], Tensor], frames: Tensor, batch: int) -> Tensor:
    """Features of all frames, batch by batch."""
    with torch.inference_mode():
        return torch.cat([run(part) for part in frames.split(batch)])


def timed(run: Callable[[], Tensor]) -> float:
    """Seconds of one call."""
    now = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    start = now()
    run()
    return now() - start


def main() -> None:
    """Print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=64)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    shape = (options.frames, options.size, options.size, 3)
    frames = torch.from_numpy(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    floats = (frames.permute(0, 3, 1, 2).float() / 255).contiguous()  # as its own loader makes them
    state = randomised(inception.FidInception())
    theirs, net = peer(state), inception.build(state).to(memory_format=torch.channels_last)

    def ours_run() -> Tensor:
        return batched(lambda part: net(inception.for_pytorch_fid(part)), frames, options.batch)

    def their_run() -> Tensor:
        return batched(lambda part: theirs(part)[0][:, :, 0, 0], floats, options.batch)

    gap = relative(ours_run(), their_run())
    times = [(timed(their_run), timed(ours_run)) for _ in range(options.rounds)]
    their_best, our_best = (options.frames / min(column) for column in zip(*times, strict=True))
    print(f"{options.frames} frames of {options.size} px, batch {options.batch}, {options.threads} thread(s), fp32")
    print(
        f"pytorch-fid {their_best:7.1f} frames/s   ours {our_best:7.1f} frames/s   ratio {our_best / their_best:.2f}x"
    )
    print(f"relative difference of the features {gap:.1e}")


if __name__ == "__main__":
    main()
