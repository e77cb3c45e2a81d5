"""Frames per second of PSNR, SSIM and CPBD on one thread, beside scikit-image and piq on the same frames when they are installed.

OMP_NUM_THREADS=1 python benchmarks/image.py [--side 256] [--frames 30]
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable, Iterator

import numpy as np
from echo_metrics.image import cpbd, psnr, ssim
from numpy.typing import NDArray
from scipy import ndimage

Frames = NDArray[np.uint8]
Measure = Callable[[Frames, Frames], object]


def frames(count: int, side: int) -> tuple[Frames, Frames]:
    """Smooth noise pictures and the same with noise, uint8."""
    rng = np.random.default_rng(0)
    clean = ndimage.gaussian_filter(rng.random((count, side, side, 3)), (0, 2, 2, 0))
    clean = (clean - clean.min()) / np.ptp(clean)
    noisy = np.clip(clean + 0.05 * rng.normal(size=clean.shape), 0, 1)
    return (255 * clean).astype(np.uint8), (255 * noisy).astype(np.uint8)


def peers() -> Iterator[tuple[str, Measure]]:
    """Those that are installed; each with the settings that give our number."""
    if importlib.util.find_spec("skimage"):
        from skimage.metrics import structural_similarity

        def skimage_gaussian(a: Frames, b: Frames) -> None:
            for x, y in zip(a, b, strict=True):
                structural_similarity(
                    x, y, channel_axis=-1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
                )

        yield "ssim, scikit-image", skimage_gaussian
    if importlib.util.find_spec("piq"):
        import torch

        from echo_bench.peers.torchvision_repair import repair_torchvision

        repair_torchvision()
        import piq

        torch.set_num_threads(1)

        def piq_ssim(a: Frames, b: Frames) -> None:
            x, y = (torch.from_numpy(v).permute(0, 3, 1, 2).float() / 255 for v in (a, b))
            piq.ssim(x, y, data_range=1.0, reduction="none")

        yield "ssim, piq", piq_ssim


def main() -> None:
    """Print the table; the best of three rounds counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--frames", type=int, default=30)
    options = parser.parse_args()
    clean, noisy = frames(options.frames, options.side)
    own: list[tuple[str, Measure]] = [
        ("psnr", psnr),
        ("ssim", ssim),
        ("ssim, float64", lambda a, b: ssim(a / 255, b / 255)),
        ("cpbd", lambda a, _: cpbd(a)),
    ]
    for name, call in [*own, *peers()]:
        times = []
        for _ in range(3):
            start = time.perf_counter()
            call(clean, noisy)
            times.append(time.perf_counter() - start)
        print(f"{name:20s} {options.frames / min(times):8.0f} frames/s at {options.side} px")


if __name__ == "__main__":
    main()
