"""Fréchet distance against pytorch-fid 0.3.0 and torchmetrics 1.9.0 (with features of our own), KID against torchmetrics.

Both peers lose digits on singular covariances (3e-6 to 6e-6 of the value, measured against the exact low-rank form), hence two tolerances.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from echo_metrics.frechet import Moments, frechet_distance, kernel_distance

from tests.parity.peers import peer

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore::echo_metrics.errors.MetricWarning")]
CASES = [(400, 300, 64, 1e-7), (60, 400, 64, 1e-5), (40, 50, 64, 1e-5), (700, 600, 400, 1e-7)]


def features(n: int, d: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) * (1 + np.arange(d)) ** -0.4 + 0.1 * seed


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("n", "m", "d", "tolerance"), CASES)
def test_pytorch_fid(n, m, d, tolerance):
    fid_score = peer("pytorch_fid.fid_score", needs_torchvision=True)
    a, b = features(n, d, 0), features(m, d, 1)
    theirs = fid_score.calculate_frechet_distance(
        a.mean(axis=0), np.cov(a, rowvar=False), b.mean(axis=0), np.cov(b, rowvar=False)
    )
    assert frechet_distance(a, b) == pytest.approx(float(theirs), rel=tolerance)
    assert frechet_distance(Moments.from_features(a), Moments.from_features(b)) == pytest.approx(
        float(theirs), rel=tolerance
    )


def pixels(n: int, d: int, seed: int) -> Any:
    """uint8 images (n, 3, 1, d) whose first row of pixels is the feature."""
    import torch

    values = np.clip(128 + 40 * features(n, d, seed), 0, 255).astype(np.uint8)
    return torch.from_numpy(np.repeat(values[:, None, None, :], 3, axis=1))


def first_row(d: int) -> Any:
    """A feature extractor of d channels, as torchmetrics takes one: a module with `num_features`."""
    import torch

    class FirstRow(torch.nn.Module):
        num_features = d

        def forward(self, images: Any) -> Any:
            return images[:, 0, 0].double()

    return FirstRow()


@pytest.mark.parametrize(("n", "m", "d", "tolerance"), CASES)
def test_torchmetrics_fid(n, m, d, tolerance):
    image = peer("torchmetrics.image.fid", needs_torchvision=True)
    metric = image.FrechetInceptionDistance(feature=first_row(d), input_img_size=(3, 1, d)).set_dtype(
        peer("torch").float64
    )
    real, fake = pixels(n, d, 0), pixels(m, d, 1)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    ours = frechet_distance(real[:, 0, 0].numpy(), fake[:, 0, 0].numpy())
    assert ours == pytest.approx(float(metric.compute()), rel=max(tolerance, 1e-6))


def test_torchmetrics_kid():
    """On whole sets (one subset), where nothing is drawn."""
    image = peer("torchmetrics.image.kid", needs_torchvision=True)
    metric = image.KernelInceptionDistance(feature=first_row(64), subsets=1, subset_size=200)
    real, fake = pixels(200, 64, 0), pixels(200, 64, 1)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    ours = kernel_distance(real[:, 0, 0].numpy(), fake[:, 0, 0].numpy())
    assert ours.value == pytest.approx(float(metric.compute()[0]), rel=1e-6)
