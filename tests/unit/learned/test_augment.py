"""Windows that are changed for training: what must stay with them, and what may not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from echo_bench.methods.learned.augment import Augment, mirrored
from echo_bench.methods.learned.corpus import draw
from echo_bench.spaces import RIG61
from tests.unit.learned.corpora import corpus

AT = {name: k for k, name in enumerate(RIG61.columns)}


@pytest.fixture(scope="module")
def changed():
    """Windows as drawn, and changed; of both, the fields by name."""
    examples = corpus(4)
    batch = draw(examples, 64, 50, np.random.default_rng(0))
    return batch, Augment(examples)(batch, torch.Generator().manual_seed(1))


def test_a_mirror_shown_in_a_mirror_is_as_before():
    rows = torch.rand(3, 7, 61, generator=torch.Generator().manual_seed(0)) - 0.5
    assert torch.equal(mirrored(mirrored(rows)), rows)
    assert not torch.equal(mirrored(rows), rows)


def test_a_mirror_swaps_sides_and_turns_the_head_the_other_way():
    row = torch.arange(61.0)
    shown = mirrored(row)
    for left in (name for name in AT if "Left" in name):
        assert shown[AT[left]] == AT[left.replace("Left", "Right")]
    for name in ("yaw", "roll", "x", "gazeYaw"):
        assert shown[AT[name]] == -AT[name]
    for name in ("pitch", "y", "z", "gazePitch", "gazeVergence", "jawOpen", "browInnerUp"):
        assert shown[AT[name]] == AT[name]


def test_both_people_stand_before_the_same_mirror(changed):
    before, after = changed
    yaw, roll = AT["yaw"], AT["roll"]
    flipped = after.target[:, 0, yaw] != before.target[:, 0, yaw]
    assert 0.25 < flipped.float().mean() < 0.75
    assert torch.equal(flipped, after.user_motion[:, 0, roll] != before.user_motion[:, 0, roll])
    assert torch.equal(after.reference[:, 0], after.target[:, 0])
    assert torch.equal(torch.where(flipped[:, None, None], mirrored(after.target), after.target), before.target)


def test_a_user_is_livelier_or_calmer_throughout_and_the_avatar_is_not_touched(changed):
    before, after = changed
    jaw = AT["jawOpen"]
    was, now = before.user_motion[..., jaw], after.user_motion[..., jaw]
    rates = (now / was).amax(dim=1, keepdim=True)
    assert torch.allclose(now, (rates * was).clamp(0.0, 1.0), atol=1e-5)
    assert rates.std() > 0.1
    assert torch.equal(after.target[..., jaw], before.target[..., jaw])


def test_voices_move_as_a_whole_and_each_on_its_own(changed):
    before, after = changed
    moved = [after.user_audio - before.user_audio, after.avatar_audio - before.avatar_audio]
    for rows in moved:
        assert rows.std(dim=1).max() < 1e-5
        assert torch.allclose(rows[..., :13], rows[..., 39:], atol=1e-5)
    together = torch.corrcoef(torch.stack([rows[:, 0, 0] for rows in moved]))[0, 1]
    assert together.abs() < 0.4


def test_equal_seeds_change_equally():
    examples = corpus(2)
    batch, augment = draw(examples, 4, 20, np.random.default_rng(0)), Augment(examples)
    one, two, other = (augment(batch, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4))
    assert torch.equal(one.user_audio, two.user_audio)
    assert not torch.equal(one.user_audio, other.user_audio)
