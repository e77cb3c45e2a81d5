"""Selective scans: the parallel form is the sequential one, and a sequence may be read in parts."""

from __future__ import annotations

import pytest
import torch
from echo_model.scan import CHUNK, SelectiveScan, chunked_scan, parallel_scan, sequential_scan
from hypothesis import given, settings
from hypothesis import strategies as st


def drawn(length, dtype, seed=0):
    rng = torch.Generator().manual_seed(seed)
    decay = torch.rand(2, length, 3, 4, generator=rng, dtype=dtype)
    return (
        decay,
        torch.randn(2, length, 3, 4, generator=rng, dtype=dtype),
        torch.randn(2, 3, 4, generator=rng, dtype=dtype),
    )


@pytest.mark.parametrize(("dtype", "most"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
@settings(max_examples=25)
@given(length=st.integers(1, 200), seed=st.integers(0, 1000))
def test_parallel_is_sequential(dtype, most, length, seed):
    inputs = drawn(length, dtype, seed)
    assert (parallel_scan(*inputs) - sequential_scan(*inputs)).abs().max() <= most


@pytest.mark.parametrize("length", [1, CHUNK, CHUNK + 1, 3 * CHUNK - 5])
def test_chunks_go_on_from_one_another(length):
    inputs = drawn(length, torch.float64)
    assert (chunked_scan(*inputs) - sequential_scan(*inputs)).abs().max() <= 1e-10


def test_gradients_agree():
    inputs = [x.requires_grad_() for x in drawn(CHUNK + 33, torch.float64)]
    grads = []
    for scan in (parallel_scan, sequential_scan, chunked_scan):
        scan(*inputs).square().sum().backward()
        grads.append([x.grad.clone() for x in inputs])
        for x in inputs:
            x.grad = None
    assert all((a - b).abs().max() < 1e-8 for other in grads[1:] for a, b in zip(grads[0], other, strict=True))


def test_a_sequence_may_be_read_in_parts():
    torch.manual_seed(0)
    net = SelectiveScan(12, 4).double()
    rows = torch.randn(2, 50, 12, dtype=torch.float64)
    whole, last = net(rows)
    state, parts = None, []
    for start in (0, 7, 30):
        out, state = net(rows[:, start : {0: 7, 7: 30, 30: 50}[start]], state)
        parts.append(out)
    assert (torch.cat(parts, 1) - whole).abs().max() < 1e-12
    assert (state - last).abs().max() < 1e-12


def test_the_past_reaches_far_and_the_future_not_at_all():
    torch.manual_seed(0)
    net = SelectiveScan(12, 4).double()
    rows = torch.randn(1, 400, 12, dtype=torch.float64)
    early, late = rows.clone(), rows.clone()
    early[:, :10], late[:, 300:] = torch.randn(10, 12), torch.randn(100, 12)
    whole = net(rows)[0]
    assert (net(early)[0][:, -1] - whole[:, -1]).abs().max() > 1e-6
    assert torch.equal(net(late)[0][:, :300], whole[:, :300])


def test_memory_does_not_grow():
    net = SelectiveScan(12, 4)
    assert {net(torch.randn(1, n, 12))[1].numel() for n in (1, 10, 1000)} == {48}
