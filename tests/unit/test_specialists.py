"""What the embedded nets are trained on: nobody of another split, labels that follow the picture, damage of the stated amount."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from echo_bench.datasets.dyad_mini_content import CONTENT, DATA
from echo_bench.simulator.dialogue import read_dialogue
from echo_bench.simulator.people import read_people
from echo_bench.spaces import RIG61
from tools.specialists.corpus import LENGTH, STRANGERS, busiest, dialogues, split_of, stretches
from tools.specialists.damage import blocky, blurred, coarse, cosines, noisy, relit
from tools.specialists.faces import mirrored
from tools.specialists.judge_faces import within
from tools.specialists.judge_sync import offset, shifted
from tools.specialists.train_sync import windowed


def pictures(count: int = 3, side: int = 32) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).uniform(0, 255, (count, side, side, 3)).astype(np.float32))


def test_nobody_of_another_split_is_learnt_from():
    others = {
        read_people()[name].face
        for path in dialogues().glob("*.toml")
        if split_of(path.stem) != "train"
        for name in read_dialogue(path).cast.values()
    }
    learnt = list(stretches("train", CONTENT / DATA))
    faces = {stretch.face for stretch in learnt}
    assert not faces & others
    assert all(split_of(stretch.dialogue) == "train" for stretch in learnt)
    assert len(faces) == 204
    assert sum(face >= STRANGERS for face in faces) == 180
    assert len(learnt) == 255


def test_others_are_shown_by_those_who_hold_the_conversation():
    for stretch in stretches("val", CONTENT / DATA):
        script = read_dialogue(dialogues() / f"{stretch.dialogue}.toml")
        assert stretch.face == read_people()[script.cast[stretch.side]].face


def test_where_most_is_said():
    active = np.zeros(400, bool)
    active[210:290] = True
    start = busiest(active)
    assert 190 <= start <= 210
    assert active[start : start + LENGTH].sum() == 80


def test_a_mirror_swaps_sides_and_turns():
    motion = np.random.default_rng(0).normal(size=(4, 61)).astype(np.float32)
    seen = mirrored(motion)
    names = RIG61.columns
    left, right = names.index("mouthSmileLeft"), names.index("mouthSmileRight")
    np.testing.assert_array_equal(seen[:, left], motion[:, right])
    for name, sign in {
        "jawOpen": 1,
        "pitch": 1,
        "yaw": -1,
        "roll": -1,
        "x": -1,
        "z": 1,
        "gazeYaw": -1,
        "gazePitch": 1,
    }.items():
        np.testing.assert_array_equal(seen[:, names.index(name)], sign * motion[:, names.index(name)])
    np.testing.assert_array_equal(mirrored(seen), motion)


def test_no_amount_is_no_damage():
    none = torch.zeros(3)
    torch.testing.assert_close(blurred(pictures(), none), pictures())
    torch.testing.assert_close(noisy(pictures(), none, torch.Generator()), pictures())
    torch.testing.assert_close(blocky(pictures(), none), pictures())
    torch.testing.assert_close(relit(pictures(), torch.Generator(), 0.0), pictures(), atol=0.3, rtol=0)


def test_each_picture_has_its_own_amount():
    amount = torch.tensor([0.0, 0.3, 1.0])
    for damaged in (blurred(pictures(), amount), blocky(pictures(), amount)):
        change = (damaged - pictures()).square().mean(dim=(1, 2, 3))
        assert change[0] == 0
        assert 0 < change[1] < change[2]


def test_noise_and_blur_are_of_the_stated_strength():
    flat = torch.full((1, 64, 64, 3), 128.0)
    assert float(noisy(flat, torch.tensor([0.25]), torch.Generator().manual_seed(0)).std()) == pytest.approx(
        10, rel=0.03
    )
    point = torch.zeros(1, 97, 97, 1)
    point[:, 48, 48] = 1.0
    spread = blurred(point, torch.tensor([1.0]), 96)[0, :, :, 0]
    at = torch.arange(97).float() - 48
    assert float(spread.sum()) == pytest.approx(1, rel=1e-4)
    assert float((spread.sum(dim=1) * at.square()).sum()) == pytest.approx(9, rel=0.05)


def test_blocks_are_rounded_in_an_orthonormal_basis():
    torch.testing.assert_close(cosines() @ cosines().T, torch.eye(8), atol=1e-6, rtol=0)
    grainy = 128 + 2 * torch.randn(1, 16, 16, 3, generator=torch.Generator().manual_seed(0))
    flat = blocky(grainy, torch.ones(1))[0, :8, :8]  # grain is finer than the step: only the mean of a block is left
    torch.testing.assert_close(flat, flat[:1, :1].expand(8, 8, 3), atol=1e-3, rtol=0)


def test_lost_resolution_keeps_what_is_flat():
    flat = torch.full((2, 48, 48, 3), 77.0)
    torch.testing.assert_close(coarse(flat, torch.Generator().manual_seed(0)), flat)


def test_windows_are_those_of_use():
    mouths = torch.rand(60, 48, 48, generator=torch.Generator().manual_seed(0)) * 255
    windows = windowed(mouths)
    assert windows.shape == (56, 6, 48, 48)
    torch.testing.assert_close(windows[40, :5], mouths[40:45])
    torch.testing.assert_close(windows[40, 5], mouths[17:60].mean(dim=0))


def test_a_shift_is_counted_as_the_protocol_does():
    rows = np.random.default_rng(0).normal(size=(90, 8))
    for k in (-7, -1, 0, 4):
        assert offset(*shifted(rows, rows, k)) == k


def test_correlation_is_taken_within_stretches():
    rng = np.random.default_rng(0)
    truth = [rng.normal(size=(50, 3)) for _ in range(4)]
    found = [rows + rng.normal(size=3) * 100 for rows in truth]
    found[0][7] = np.nan
    np.testing.assert_allclose(within(found, truth), 1)
