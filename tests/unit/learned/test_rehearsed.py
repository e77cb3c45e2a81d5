"""Learning from further performances: they belong to what is learnt from, under the sound of the recording, and to nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from echo_bench.cli import train_command
from echo_bench.cli.train_command import read_material
from echo_bench.datasets.base import Rehearses
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.errors import DatasetError
from echo_bench.methods.learned.corpus import batch_of
from tests.unit.learned.corpora import example
from tests.unit.learned.untrained import network


class TwoClips(DyadMini):
    """dyad-mini with two conversations to learn from."""

    def pool(self, split):
        return super().pool(split)[:2]


class Recorded:
    """A dataset of footage; nothing but its name is looked at."""

    name = "recorded"


def test_each_conversation_that_is_learnt_from_comes_several_times(tmp_path, monkeypatch):
    monkeypatch.setattr(train_command, "HELD_OUT", 2)
    read = read_material(TwoClips(), tmp_path, "cpu", rehearsals=2)
    assert (len(read.seen), len(read.unseen)) == (2 * 3, 2)
    recorded, again = read.seen[0], read.seen[2]
    np.testing.assert_array_equal(again.inputs.user_audio, recorded.inputs.user_audio)
    np.testing.assert_array_equal(again.inputs.avatar_audio, recorded.inputs.avatar_audio)
    np.testing.assert_array_equal(again.emotion, recorded.emotion)
    assert again.target.shape == recorded.target.shape
    assert not np.array_equal(again.target, recorded.target)
    for mine, other in zip(read.seen[::2], read.seen[1::2], strict=True):  # both roles of one performance
        np.testing.assert_array_equal(mine.target, other.inputs.user_motion)
        np.testing.assert_array_equal(mine.inputs.user_motion, other.target)
        np.testing.assert_array_equal(mine.inputs.reference, mine.target[0])


def test_only_train_conversations_are_performed_again():
    assert isinstance(DyadMini(), Rehearses)
    with pytest.raises(DatasetError, match="train split alone"):
        DyadMini().rehearsals("test-comfort-01", 1)


def test_recorded_people_cannot_be_asked_again(tmp_path):
    with pytest.raises(DatasetError, match="cannot be performed again"):
        read_material(Recorded(), tmp_path, "cpu", rehearsals=1)


def test_liveliness_scales_what_departs_from_the_mean_posture(monkeypatch):
    net = network("dualtalk")
    net.motion.mean.fill_(0.25)
    batch = batch_of(example(0).inputs)
    monkeypatch.setattr(type(net), "liveliness", 1.0)
    plain = net.generate(batch, 0)
    monkeypatch.setattr(type(net), "liveliness", 1.5)
    torch.testing.assert_close(net.generate(batch, 0) - 0.25, 1.5 * (plain - 0.25))
