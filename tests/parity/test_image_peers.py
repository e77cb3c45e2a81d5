"""PSNR and SSIM against piq 0.8.0 and scikit-image 0.26.0, CPBD against cpbd 1.0.7, on pictures of several sizes and damages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from echo_metrics.cpbd import cpbd
from echo_metrics.image import psnr, ssim
from scipy import ndimage

from tests.parity.peers import peer

pytestmark = pytest.mark.parity

SIDES = [(64, 64), (128, 96), (300, 420), (512, 512), (640, 700)]


def pair(height: int, width: int, noise: float = 0.05, seed: int = 0) -> tuple[Any, Any]:
    """A coloured picture with structure, and the same with noise; float64 in [0, 1]."""
    rng = np.random.default_rng(seed)
    clean = ndimage.gaussian_filter(rng.random((height, width, 3)), (3, 3, 0))
    clean = (clean - clean.min()) / np.ptp(clean)
    return clean, np.clip(clean + noise * rng.normal(size=clean.shape), 0, 1)


@pytest.fixture(scope="module")
def piq() -> Any:
    return peer("piq", needs_torchvision=True)


@pytest.mark.parametrize("size", SIDES)
def test_piq(piq, size):
    import torch

    frames = [torch.from_numpy(frame).permute(2, 0, 1)[None] for frame in pair(*size)]
    ours = pair(*size)
    assert float(psnr(*ours)) == pytest.approx(float(piq.psnr(*frames, data_range=1.0)), abs=1e-6)
    assert float(ssim(*ours)) == pytest.approx(float(piq.ssim(*frames, data_range=1.0)), abs=1e-7)
    bytes_ = [(255 * frame).astype(np.uint8) for frame in ours]
    double, single = (
        [torch.from_numpy(f).permute(2, 0, 1)[None].to(t) / 255 for f in bytes_] for t in (torch.float64, torch.float32)
    )
    assert float(ssim(*bytes_)) == pytest.approx(float(piq.ssim(*double, data_range=1.0)), abs=1e-6)
    assert float(ssim(*bytes_)) == pytest.approx(
        float(piq.ssim(*single, data_range=1.0)), abs=1e-4
    )  # piq's float32 cancels more


def test_piq_on_equal_frames(piq):
    import torch

    frame = torch.zeros(1, 3, 64, 64)
    assert float(piq.psnr(frame, frame)) == pytest.approx(80.0, abs=1e-4)


@pytest.mark.parametrize("size", SIDES)
def test_scikit_image(size):
    metrics = peer("skimage.metrics")
    clean, noisy = pair(*size)
    default = metrics.structural_similarity(clean, noisy, channel_axis=-1, data_range=1.0)
    gaussian = metrics.structural_similarity(
        clean, noisy, channel_axis=-1, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert float(ssim(clean, noisy, "skimage")) == pytest.approx(default, abs=1e-9)
    assert float(ssim(clean, noisy, "skimage-gaussian")) == pytest.approx(gaussian, abs=1e-9)
    truth = metrics.peak_signal_noise_ratio(clean, noisy, data_range=1.0)
    assert float(psnr(clean, noisy, "skimage")) == pytest.approx(truth, rel=1e-12)


@pytest.mark.parametrize("blur", [0.0, 0.7, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("size", [(128, 128), (200, 330)])
def test_cpbd(monkeypatch, size, blur):
    """The package imports a SciPy function that is gone (`imread`, used by its command line only)."""
    peer("skimage.feature")
    monkeypatch.setattr(ndimage, "imread", None, raising=False)
    package, image = peer("cpbd"), peer("PIL.Image")
    frame = (255 * np.clip(ndimage.gaussian_filter(pair(*size, noise=0.2)[1], (blur, blur, 0)), 0, 1)).astype(np.uint8)
    grey = np.asarray(image.fromarray(frame).convert("L"))
    assert float(cpbd(frame)) == pytest.approx(float(package.compute(grey)), abs=1e-12)
