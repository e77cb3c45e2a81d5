"""Mechanisms of sonic: windows that shift, buckets of how much is moved."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_bench.methods.learned.corpus import Example
from echo_bench.methods.learned.diffusion_trunk import STEPS
from echo_bench.methods.learned.sonic import HEAD, SHIFT, WINDOW, spans, variances
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, drawn, example, trained, without


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


def lively(seed: int) -> Example:
    """Heads that swing a lot or little, for no reason that can be heard."""
    base, size = example(seed, 60), (0.1, 0.5)[seed % 2]
    swing = size * np.sin(np.arange(60)[:, None] / 3 + np.arange(61)[None] + seed)
    return replace(base, target=swing.astype(np.float32))


def test_more_is_moved_when_more_is_asked_for():
    net = trained("sonic", [lively(seed) for seed in range(8)], 80, window=30, batch=8)
    asked = without(batch(net, 60), "avatar_audio")
    with torch.inference_mode():
        little, much = (float(variances(net.sample(asked, chance(), scale=scale))[0, 0]) for scale in (0.0, 2.0))
    assert little < 0.8 * much


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
