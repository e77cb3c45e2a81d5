"""Attention, convolution, codebooks and flows of the learned methods."""

from __future__ import annotations

import pytest
import torch

from echo_bench.methods.learned.blocks import Attention, Block, CausalConv, Moment, distance_bias
from echo_bench.methods.learned.flow import flow_loss, integrate
from echo_bench.methods.learned.quantise import Codebook, ResidualCodebooks


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@pytest.mark.parametrize("causal", [True, False])
def test_attention_is_causal_where_it_says_so(causal):
    net = Attention(16, 4).eval()
    rows = torch.randn(1, 12, 16)
    other = rows.clone()
    other[:, 7:] = torch.randn(1, 5, 16)
    bias = distance_bias(4, 12, 12, causal=causal)
    same = torch.allclose(net(rows, rows, bias)[:, :7], net(other, other, bias)[:, :7], atol=1e-6)
    assert same is causal


def test_attention_does_not_see_beyond_its_width():
    net = Attention(16, 4).eval()
    rows = torch.randn(1, 30, 16)
    other = rows.clone()
    other[:, 20:] = 0
    bias = distance_bias(4, 30, 30, causal=False, width=5)
    assert torch.allclose(net(rows, rows, bias)[:, :15], net(other, other, bias)[:, :15], atol=1e-6)
    assert not torch.allclose(net(rows, rows, bias)[:, 15], net(other, other, bias)[:, 15], atol=1e-4)


def test_late_queries_stand_at_the_end_of_the_keys():
    whole = distance_bias(2, 10, 10, causal=True)
    assert torch.equal(distance_bias(2, 3, 10, causal=True), whole[:, 7:])


def test_a_conditioned_block_starts_as_identity_and_then_listens():
    block = Block(16, 4, source_width=8, condition=6)
    rows, source, condition = torch.randn(2, 9, 16), torch.randn(2, 5, 8), torch.randn(2, 1, 6)
    biases = distance_bias(4, 9, 9, causal=True), torch.zeros(4, 9, 5)
    assert torch.equal(block(rows, biases[0], source, biases[1], condition), rows)
    torch.nn.init.normal_(block.modulate.weight)
    one, two = (block(rows, biases[0], source, biases[1], c) for c in (condition, -condition))
    assert not torch.allclose(one, two)


def test_a_plain_block_uses_all_its_parts():
    block = Block(16, 4, source_width=8)
    out = block(torch.randn(2, 9, 16), distance_bias(4, 9, 9, causal=True), torch.randn(2, 5, 8), torch.zeros(4, 9, 5))
    out.sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for n, p in block.named_parameters() if "key" not in n)


def test_convolution_sees_the_past_alone():
    conv = CausalConv(3, 4, 5)
    rows = torch.randn(1, 20, 3)
    other = rows.clone()
    other[:, 10:] = 0
    assert torch.equal(conv(rows)[:, :10], conv(other)[:, :10])
    assert CausalConv(3, 4, 5, causal=False)(rows).shape == (1, 20, 4)


def test_moments_are_told_apart():
    embed = Moment(24)(torch.linspace(0, 1, 11))
    assert embed.shape == (11, 24)
    assert torch.cdist(embed, embed)[~torch.eye(11, dtype=bool)].min() > 1e-3


def test_a_codebook_finds_its_clusters_and_revives_dead_codes():
    centres = torch.tensor([[4.0, 0.0], [-4.0, 0.0], [0.0, 4.0], [0.0, -4.0]])
    book = Codebook(4, 2, keep=0.8)
    book.vectors.copy_(torch.tensor([[9.0, 9.0]] * 4) + torch.randn(4, 2))
    book.sums.copy_(book.vectors)
    for _ in range(200):
        book(centres[torch.randint(4, (64,))] + 0.1 * torch.randn(64, 2))
    assert sorted(book.eval().nearest(centres).tolist()) == [0, 1, 2, 3]
    assert (book.look_up(book.nearest(centres)) - centres).abs().max() < 0.2


def test_gradients_pass_straight_through():
    rows = torch.randn(5, 3, requires_grad=True)
    Codebook(8, 3)(rows)[0].sum().backward()
    assert torch.equal(rows.grad, torch.ones(5, 3))


def test_more_levels_leave_a_smaller_error():
    rows = torch.randn(4000, 6)
    errors = []
    for levels in (1, 2, 4):
        book = ResidualCodebooks(levels, 16, 6)
        for _ in range(60):
            book(rows)
        quantised, indices, _ = book.eval()(rows)
        errors.append(float((quantised - rows).pow(2).mean()))
        assert indices.shape == (4000, levels)
        assert torch.allclose(book.look_up(indices), quantised, atol=1e-5)
    assert errors[0] > 1.2 * errors[1] > 1.2 * errors[2]


def test_flow_loss_is_zero_for_the_true_velocity():
    data = torch.randn(2, 5, 3)

    def truth(x, t):
        return (data - x) / (1 - t[..., None])

    assert flow_loss(truth, data) < 1e-8
    assert flow_loss(lambda x, t: torch.zeros_like(x), data) > 0.5


def test_integration_converges_with_more_steps():
    start = torch.ones(1, 1, 1)
    exact = torch.e
    errors = [abs(float(integrate(lambda x, t: x, start, n)) - exact) for n in (4, 8, 16)]
    assert errors[0] > 1.7 * errors[1] > 1.7 * errors[2]
