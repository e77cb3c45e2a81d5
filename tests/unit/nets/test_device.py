"""Where nets run and with which arithmetic; what needs CUDA is marked so."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from echo_bench.nets.device import (
    BATCH_MEMORY,
    LARGEST,
    VARIABLE,
    arithmetic,
    batch_size,
    batches_at_once,
    device,
    policy,
    reduced,
    upload,
)
from echo_bench.nets.runs import on_device


@given(st.integers(0, 2**50))
def test_a_device_s_memory_gives_a_power_of_two(free):
    """As many batches as fit, never more, and at least one."""
    times = batches_at_once(free)
    assert times & (times - 1) == 0
    assert 1 <= times <= LARGEST
    assert times == 1 or times * BATCH_MEMORY <= free
    assert times == LARGEST or free < 2 * times * BATCH_MEMORY


def test_no_memory_changes_a_reported_batch(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert batch_size(16) == 16
    with arithmetic(fast=True):
        assert batch_size(16) == 16  # a CPU gains nothing


@pytest.mark.parametrize("fast", [False, True])
def test_tf32_is_off_but_for_the_fast_policy_s_own_calls(fast):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    with arithmetic(fast=fast):
        device()
    assert not torch.backends.cuda.matmul.allow_tf32
    assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.deterministic
    assert not torch.backends.cudnn.benchmark


def test_convolutions_run_channels_last():
    net = nn.Conv2d(3, 4, 3)
    on_device(net, net)
    assert net.weight.is_contiguous(memory_format=torch.channels_last)


@pytest.fixture
def cuda(monkeypatch) -> torch.device:
    monkeypatch.setenv(VARIABLE, "cuda")
    return device()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
class TestOnCuda:
    def test_what_is_uploaded_arrives(self, cuda):
        batch = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
        there = upload(batch, cuda)
        assert there.device.type == "cuda"
        np.testing.assert_array_equal(there.cpu().numpy(), batch)

    def test_the_fast_policy_takes_as_much_as_there_is(self, cuda):
        assert batch_size(16) == 16
        with arithmetic(fast=True):
            assert policy() == "fast bf16 cuda"
            assert batch_size(16) == 16 * batches_at_once(torch.cuda.mem_get_info(cuda)[0])

    def test_the_fast_policy_is_bfloat16_and_near(self, cuda):
        net = nn.Conv2d(3, 8, 3)
        frames = np.random.default_rng(0).normal(size=(4, 3, 16, 16)).astype(np.float32)
        expected = on_device(net, net)(frames)
        with arithmetic(fast=True):
            found = on_device(net, net)(frames)
        assert 0 < np.linalg.norm(found - expected) <= 2e-2 * np.linalg.norm(expected)
        with reduced(cuda):
            assert torch.backends.cuda.matmul.allow_tf32
            assert net(torch.zeros(1, 3, 8, 8, device=cuda)).dtype == torch.bfloat16
        assert not torch.backends.cuda.matmul.allow_tf32
