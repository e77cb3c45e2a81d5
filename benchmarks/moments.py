"""Memory of streaming moments: the peak of `Moments.update` over batches, beside keeping all rows for `numpy.cov`, in one run.

python benchmarks/moments.py [--channels 512] [--batch 1000]
"""

from __future__ import annotations

import argparse
import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
from echo_metrics.frechet import Moments
from numpy.typing import NDArray

Rows = NDArray[np.float32]
MIB = 2**20


def batches(count: int, size: int, channels: int) -> Iterator[Rows]:
    """Rows as a net hands them over."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        yield rng.random((size, channels), np.float32)


def streamed(parts: Iterator[Rows], channels: int) -> NDArray[np.float64]:
    """Covariance of rows that are forgotten once summed."""
    moments = Moments.empty(channels)
    for part in parts:
        moments.update(part)
    return moments.covariance()


def kept(parts: Iterator[Rows], _: int) -> NDArray[np.float64]:
    """Covariance of rows that are kept, as pytorch-fid and the official motion code do."""
    return np.asarray(np.cov(np.concatenate(list(parts)), rowvar=False))


def peak(call: Callable[[Iterator[Rows], int], object], count: int, size: int, channels: int) -> float:
    """Most MiB held at once."""
    tracemalloc.start()
    call(batches(count, size, channels), channels)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / MIB


def main() -> None:
    """Print one line per number of rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--channels", type=int, default=512)
    parser.add_argument("--batch", type=int, default=1000)
    options = parser.parse_args()
    for count in (5, 20, 80):
        ours, peer = (peak(call, count, options.batch, options.channels) for call in (streamed, kept))
        print(
            f"{count * options.batch:8d} rows: Moments {ours:7.1f} MiB   all rows {peer:7.1f} MiB   {peer / ours:5.1f}x"
        )


if __name__ == "__main__":
    main()
