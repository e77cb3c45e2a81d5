"""The optimiser: its directions, which numbers it is for, agreement with the one of PyTorch."""

from __future__ import annotations

import pytest
import torch
from echo_model.muon import Muon, matrices, orthogonal
from torch import nn

from tests.unit.echo_model.small import model


@pytest.mark.parametrize("shape", [(6, 40), (40, 6), (16, 16)])
def test_directions_keep_the_singular_vectors(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    values = torch.diagonal(left.T @ orthogonal(matrix) @ right.T)
    assert 0.6 < values.min() <= values.max() < 1.3
    assert torch.allclose(left @ torch.diag(values) @ right, orthogonal(matrix), atol=1e-4)


def test_a_step_does_not_depend_on_the_size_of_the_gradient():
    steps = []
    for size in (1e-3, 10.0):
        value = nn.Parameter(torch.zeros(4, 3, 3, 3))
        value.grad = size * torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(1))
        Muon([value], 0.1).step()
        steps.append(value.detach())
    assert torch.allclose(*steps, atol=1e-5)
    assert steps[0].norm() == pytest.approx(0.1 * 4**0.5, rel=0.3)  # four singular values of about 0.1


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="PyTorch has it since 2.9")
def test_linear_layers_are_trained_as_by_pytorch():
    """Theirs computes in bfloat16."""
    values = [nn.Parameter(torch.randn(12, 30, generator=torch.Generator().manual_seed(2))) for _ in range(2)]
    ours, theirs = Muon(values[:1], 0.05), torch.optim.Muon(values[1:], lr=0.05, weight_decay=0.0, momentum=0.95)
    for step in range(5):
        for value, optimiser in zip(values, (ours, theirs), strict=True):
            value.grad = torch.randn(12, 30, generator=torch.Generator().manual_seed(10 + step))
            optimiser.step()
    moved = (values[0] - torch.randn(12, 30, generator=torch.Generator().manual_seed(2))).norm()
    assert (values[0] - values[1]).norm() < 0.03 * moved


def test_what_is_a_matrix_inside_a_net():
    net = model()
    net.vae.requires_grad_(False)
    names = {name for name, value in net.named_parameters() if any(value is found for found in matrices(net))}
    assert {"generator.blocks.0.query_key_value.weight", "locator.net.1.weight"} <= names
    assert not {name for name in names if name.startswith("vae.") or not name.endswith(".weight")}
    assert not {"generator.enter.weight", "generator.leave.weight"} & names
