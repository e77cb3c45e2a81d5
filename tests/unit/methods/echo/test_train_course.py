"""What the course of affect of the shipped model is learnt from: performances that nobody draws."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from echo_metrics.rig_affect import displayed_affect
from echo_model.export import load, save
from echo_model.lcu import ACTS
from echo_model.train_course import lessons_of

from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.datasets.dyad_mini_content import read_scene
from echo_bench.simulator.reactions import sample
from tests.unit.echo_model.small import model
from tools import train_course


@pytest.fixture(scope="module")
def one():
    data = DyadMini(replace(DatasetOptions(), limit=1), drawn=False)
    (clip,) = data.clips("val")
    return clip, read_scene(clip.id), np.asarray(data.truth(clip.id).affect["user"])


def test_each_conversation_is_performed_several_times(one, monkeypatch):
    clip, scene, affect = one
    monkeypatch.setattr(train_course, "TIMES", 2)
    user, first, second = train_course.entries_of(clip, scene, affect)
    frames, made = scene.speech.frames, sample(scene, "appropriate", 2)
    assert (first.partner, second.partner) == (user.stem, user.stem)
    np.testing.assert_allclose(second.person.affect, made.affect)
    np.testing.assert_allclose(second.person.shown[::5], displayed_affect(made.motion), rtol=1e-6)
    assert not np.array_equal(first.person.shown, second.person.shown)
    assert np.isnan(user.person.shown).all()
    np.testing.assert_allclose(user.person.affect, affect[:frames])
    speaks = second.person.acts[:, ACTS.index("speaking")]
    loud = second.person.voice[:, 0] > np.median(second.person.voice[:, 0]) + 1
    assert 0.1 < speaks.mean() < 0.9
    assert speaks[loud].mean() > 0.9, "it speaks where its voice is heard"
    lessons = list(lessons_of([user, first, second], model()))
    assert len(lessons) == 2
    assert all(each.stretches for each in lessons)


def test_the_course_is_trained_and_nothing_else(one, tmp_path, monkeypatch):
    monkeypatch.setattr(train_course, "TIMES", 1)
    monkeypatch.setattr(train_course, "SPLIT", "val")
    monkeypatch.setattr(train_course, "DatasetOptions", lambda: DatasetOptions(limit=1))
    old = tmp_path / "echo-tiny.safetensors"
    save(model(), old)
    monkeypatch.setattr(sys, "argv", ["train", "--weights", str(old), "--out", str(tmp_path / "run"), "--steps", "2"])
    train_course.main()
    before, after = load(old).state_dict(), load(tmp_path / "run" / "echo-tiny.safetensors").state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all(name.startswith("lcu.course.") for name in changed)
    assert (tmp_path / "run" / "course" / "log.csv").is_file()
