"""Mechanisms of sonic: windows that shift, buckets of how much is moved."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_bench.methods.learned.diffusion_trunk import STEPS
from echo_bench.methods.learned.sonic import BUCKETS, HEAD, LEAST, PER_UNIT, SHIFT, WINDOW, spans, variances
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, drawn, without


@settings(max_examples=40)
@given(st.integers(1, 400), st.integers(0, 400))
def test_windows_cover_every_frame_once(frames, offset):
    covered = [t for start, end in spans(frames, offset) for t in range(start, end)]
    assert covered == list(range(frames))
    assert all(0 < end - start <= WINDOW for start, end in spans(frames, offset))


def test_no_seam_stays_where_it_was():
    """Every seam of a step lies within a window in all other steps."""
    seams = Counter(start for step in range(STEPS) for start, _ in spans(500, step * SHIFT) if start)
    assert set(seams.values()) == {1}


def level_of_each_window(x, times, voice, asked):
    """A velocity that brings each window to a level of its own."""
    return x.mean(dim=1, keepdim=True) - x + 20 * x[:, :1].sign()


def test_shifting_windows_leaves_no_seam(monkeypatch):
    """Where windows disagree, standing ones leave a cut at each seam, and shifting ones leave none that is larger than the others."""
    net = network("sonic")
    monkeypatch.setattr(net, "velocity", level_of_each_window)
    asked = batch(net, 300)
    with torch.inference_mode():
        standing, shifting = (
            net.sample(asked, chance(), shift=shift).diff(dim=1).abs().mean((0, 2)) for shift in (0, SHIFT)
        )
    seams = [k * WINDOW - 1 for k in range(1, 6)]
    assert standing[seams].mean() > 5 * standing.median()
    assert shifting[seams].mean() < 0.5 * standing[seams].mean()


def swinging(size: float, frames: int = 60) -> torch.Tensor:
    """Motion (frames, 61) of which the head swings."""
    motion = torch.zeros(frames, 61)
    motion[:, HEAD] = size * torch.sin(torch.arange(float(frames)) / 3)[:, None]
    return motion


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0, 1.5])
def test_as_much_is_moved_as_is_asked_for(scale, monkeypatch):
    """Where a velocity keeps to its buckets, the head moves by the usual variance times the scale."""
    net = network("sonic")

    def obedient(x, times, voice, asked):
        asked_for = (asked[:, 0] - LEAST).float() / PER_UNIT
        return (swinging(1.0, WINDOW)[: x.shape[1]] * (2.0 * asked_for).sqrt() - x) / (1.0 - times[..., None])

    monkeypatch.setattr(net, "velocity", obedient)
    with torch.inference_mode():
        made = net.sample(batch(net, WINDOW), chance(), scale=scale, shift=0)
    usual = float(variances(swinging(1.0, WINDOW)[None])[0, 0]) / 0.5
    assert float(variances(made)[0, 0]) == pytest.approx(scale * usual, abs=1e-3)


def test_each_window_is_taught_its_own_buckets(monkeypatch):
    net, told = network("sonic"), []
    velocity = net.velocity
    monkeypatch.setattr(net, "velocity", lambda *given: (told.append(given[3]), velocity(*given))[1])
    target = torch.stack([swinging(size, 80) for size in (0.0, 1.0, 2.0)])
    net.loss(replace(batch(net), avatar_audio=torch.zeros(3, 80, 52), target=target))
    assert told[0].tolist() == [[16, 16], [24, 16], [48, 16]]


def test_a_bucket_never_taught_is_like_its_neighbours():
    net = network("sonic")
    asked = batch(net, 30)
    x, times = torch.randn(1, 30, 61, generator=chance()), torch.full((1, 30), 0.5)
    with torch.inference_mode():
        moved = [net.velocity(x, times, asked.avatar_audio, torch.tensor([[k, LEAST]])) for k in range(LEAST, BUCKETS)]
    near, far = ((torch.cat(moved[k:]) - torch.cat(moved[:-k])).norm() / len(moved[k:]) ** 0.5 for k in (1, 24))
    assert 0 < near < 0.7 * far


def test_buckets_are_of_head_and_face_apart():
    still = torch.zeros(1, 50, 61)
    swing = still.clone()
    swing[..., HEAD] = torch.sin(torch.arange(50.0))[:, None]
    assert variances(still).tolist() == [[0.0, 0.0]]
    assert variances(swing)[0].tolist() == pytest.approx([0.5, 0.0], abs=0.02)


def test_the_voice_is_heard():
    net = network("sonic")
    asked = batch(net, 60)
    assert change(drawn(net, asked), drawn(net, without(asked, "avatar_audio"))) > 1e-3
