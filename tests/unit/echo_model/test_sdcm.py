"""SDCM against its equations written out, and the two regions kept apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from echo_model.masks import Regions, masks, regions_of
from echo_model.sdcm import Sdcm, joint_like, numbers

GRID, WIDTH, HEADS, USER, VOICE = 6, 16, 2, 12, 10


@pytest.fixture
def parts():
    torch.manual_seed(0)
    net = awake(Sdcm(WIDTH, HEADS, USER, VOICE, GRID)).double().eval()
    tokens = torch.randn(1, 2 * GRID**2, WIDTH, dtype=torch.float64)
    user, voice = torch.randn(1, 5, USER, dtype=torch.float64), torch.randn(1, 2, 4, VOICE, dtype=torch.float64)
    regions = Regions(
        *(torch.tensor([p], dtype=torch.float64) for p in ([0.5, 0.5], [0.4, 0.45], [0.5, 0.75], [0.15, 0.08]))
    )
    return net, tokens, user, voice, *masks(regions, GRID)


def awake(net):
    """What begins at zero, so that an untrained user changes nothing, is filled."""
    for value in net.parameters():
        if not value.any():
            torch.nn.init.normal_(value, 0, 0.2)
    return net


def linear(layer, x):
    return x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()


def attention(net, tokens, condition):
    """Softmax attention, head by head, in plain numpy."""
    mean, var = tokens.mean(-1, keepdims=True), tokens.var(-1, keepdims=True)
    normed = (tokens - mean) / np.sqrt(var + 1e-5) * net.norm.weight.detach().numpy() + net.norm.bias.detach().numpy()
    query = linear(net.query, normed)
    key, value = np.split(linear(net.key_value, condition), 2, axis=-1)
    out, size = np.zeros_like(query), WIDTH // HEADS
    for h in range(HEADS):
        part = slice(h * size, (h + 1) * size)
        logits = query[:, part] @ key[:, part].T / np.sqrt(size)
        weights = np.exp(logits - logits.max(-1, keepdims=True))
        out[:, part] = weights / weights.sum(-1, keepdims=True) @ value[:, part]
    return linear(net.out, out)


def convolved(conv, tokens):
    """A 3 x 3 convolution with zeros around, and SiLU."""
    weight, bias = conv.weight.detach().numpy(), conv.bias.detach().numpy()
    out = np.zeros((len(tokens), len(bias)))
    for frame in range(len(tokens) // GRID**2):
        picture = np.pad(
            tokens[frame * GRID**2 : (frame + 1) * GRID**2].reshape(GRID, GRID, -1), ((1, 1), (1, 1), (0, 0))
        )
        for y in range(GRID):
            for x in range(GRID):
                patch = picture[y : y + 3, x : x + 3]
                out[frame * GRID**2 + y * GRID + x] = np.einsum("yxc,ocyx->o", patch, weight) + bias
    return out / (1 + np.exp(-out))


def test_the_equations_written_out(parts):
    """h_usr, h_avt, g, fused, and the sum, with nothing of torch but the weights."""
    net, tokens, user, voice, face, lip = parts
    h = tokens[0].numpy()
    h_usr = attention(net.attend_user, h, user[0].numpy())
    frames = zip(np.split(h, 2), voice[0].numpy(), strict=True)
    h_avt = np.concatenate([attention(net.attend_voice, frame, sound) for frame, sound in frames])
    seen = np.concatenate([convolved(net.look_user, h_usr), convolved(net.look_voice, h_avt)], axis=-1)
    g = 1 / (1 + np.exp(-linear(net.weigh, seen)))
    m_face, m_lip = (np.tile(m[0].numpy(), (2, 1)) for m in (face, lip))
    expected = h + m_face * (g * h_avt + (1 - g) * h_usr) + m_lip * h_avt
    assert np.abs(net(tokens, user, voice, face, lip)[0].detach().numpy() - expected).max() < 1e-12


def test_the_user_cannot_reach_the_lip_core(parts):
    net, tokens, user, voice, face, lip = parts
    with_user, without = (net(tokens, u, voice, face, lip)[0] for u in (user, torch.zeros_like(user)))
    moved = (with_user - without).abs().amax(-1).reshape(2, -1)
    core = face[0, :, 0] == 0
    assert core.any()
    assert moved[:, core].max() <= 1e-6
    assert moved[:, ~core].min() > 1e-6


def test_the_voice_reaches_lips_and_face(parts):
    net, tokens, user, voice, face, lip = parts
    one, other = (net(tokens, user, v, face, lip)[0] for v in (voice, -voice))
    moved = (one - other).abs().amax(-1).reshape(2, -1)
    assert moved.min() > 1e-6
    assert moved[:, face[0, :, 0] == 0].mean() > 0.3 * moved.mean()


def test_masks_cover_mouth_and_face():
    regions = regions_of(torch.tensor([[[0.2, 0.15], [0.8, 0.9]]]), torch.tensor([[[0.4, 0.66], [0.6, 0.74]]]))
    face, lip = (m[0, :, 0].reshape(16, 16) for m in masks(regions, 16))
    y, x = np.unravel_index(int(lip.argmax()), (16, 16))
    assert y == 11  # the mouth is at 0.70 of the height, in row 11 of 16
    assert x in (7, 8)
    assert face[11, 7] == face[11, 8] == 0
    assert face[5, 8] > 0.8 > face[0, 0] > 0
    assert lip[2, 2] < 1e-3
    assert ((face >= 0) & (face <= 1) & (lip >= 0) & (lip <= 1)).all()


def test_a_tiny_mouth_still_has_a_core():
    regions = Regions(*(torch.tensor([p]) for p in ([0.5, 0.5], [0.4, 0.4], [0.53, 0.71], [0.01, 0.01])))
    face, lip = masks(regions, 8)
    assert (face == 0).sum() == 1
    assert lip.max() == 1


def test_the_stand_in_has_as_many_numbers():
    torch.manual_seed(0)
    sdcm = Sdcm(64, 4, 48, 32, 8)
    stand_in = joint_like(sdcm, 64, 4, 48, 32)
    assert abs(numbers(stand_in) / numbers(sdcm) - 1) < 0.01


def test_the_stand_in_leaks_into_the_lips(parts):
    """What SDCM is for: without it the user moves the lip core as well."""
    net, tokens, user, voice, face, lip = parts
    stand_in = awake(joint_like(net, WIDTH, HEADS, USER, VOICE)).double()
    one, other = (stand_in(tokens, u, voice, face, lip)[0] for u in (user, torch.zeros_like(user)))
    moved = (one - other).abs().amax(-1).reshape(2, -1)
    assert moved[:, face[0, :, 0] == 0].min() > 1e-6
