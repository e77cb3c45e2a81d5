"""Inception, I3D and LPIPS on CUDA: the features of the CPU within 1e-4, in float32 without TF32, and the same bytes twice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from echo_bench.nets import i3d, inception, lpips
from echo_bench.nets.runs import Run, on_device
from tests.footage import pattern
from tests.nets import randomised

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]


def of_inception() -> Run:
    net = inception.build(randomised(inception.FidInception()))
    return on_device(net, lambda frames: net(inception.for_pytorch_fid(frames)))


def of_clean() -> Run:
    net = inception.build(randomised(inception.FidInception()))
    return on_device(net, lambda frames: net(inception.for_clean_fid(frames)))


def of_i3d() -> Run:
    net = i3d.build(randomised(i3d.I3D()))
    return on_device(net, lambda frames: net(i3d.for_videogpt(frames[None])), torch.channels_last_3d)


def of_lpips() -> Run:
    net = lpips.Lpips("alex")
    randomised(net)
    return on_device(net, lambda frames: net(lpips.for_lpips(frames[:8]), lpips.for_lpips(frames[8:])))


@pytest.mark.parametrize("make", [of_inception, of_clean, of_i3d, of_lpips])
def test_cuda_gives_the_features_of_the_cpu(make: Callable[[], Run], monkeypatch):
    frames: NDArray[np.uint8] = pattern(0, 16, 96)
    expected = make()(frames)
    monkeypatch.setenv("ECHO_BENCH_DEVICE", "cuda")
    run = make()
    found = run(frames)
    assert np.linalg.norm(found - expected) <= 1e-4 * np.linalg.norm(expected)
    assert run(frames).tobytes() == found.tobytes()
