"""Rehearsals: words and voices stay; looks, motion and feelings are nobody's of the dataset."""

from __future__ import annotations

import numpy as np
import pytest

from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.motion_io import load_motion
from echo_bench.simulator.people import read_people
from tools import echo_rehearsals
from tools.echo_rehearsals import FIRST_FACE, face_of, rehearse
from tools.train_echo import Rehearsed


@pytest.fixture(scope="module")
def clips():
    return Rehearsed().scripts()


@pytest.fixture
def undrawn(monkeypatch):
    """What would be drawn; pictures of two people take half a minute."""
    asked = []
    monkeypatch.setattr(echo_rehearsals, "draw_all", lambda _what, drawings, *_: asked.extend(drawings))
    monkeypatch.setattr(echo_rehearsals, "_drawn", lambda clip, _: clip)
    return asked


def test_every_side_of_every_conversation_has_a_face_that_nobody_has(clips):
    faces = {face_of(clip.id, side) for clip in clips for side in ("user", "avatar")}
    assert len(clips) == 102
    assert len(faces) == 204
    assert min(faces) >= FIRST_FACE
    assert not faces & {person.face for person in read_people().values()}


def test_motion_and_truth_are_of_the_same_other_performance(clips, undrawn, tmp_path):
    data, clip = DyadMini(), clips[0]
    ((same, truth),) = rehearse(data, [clip], tmp_path)
    assert same.id == clip.id
    recorded = data.truth(clip.id)
    for drawing, side in zip(undrawn, ("user", "avatar"), strict=True):
        motion, valid = load_motion(drawing.motion)
        own, _ = load_motion((clip.user if side == "user" else clip.avatar).motion)
        assert drawing.name == f"{clip.id}.{side}"
        assert drawing.face == face_of(clip.id, side)
        assert drawing.size == 128
        assert motion.shape == own.shape
        assert valid.all()
        assert not np.allclose(motion, own, atol=0.05)
        assert len(truth.affect[side]) == len(truth.emotion[side]) == len(motion)
        assert np.abs(truth.affect[side] - recorded.affect[side]).mean() > 0.01
        # Smiles are shown where gladness is felt: what is known belongs to what is shown.
        smile = motion[:, [43, 44]].mean(1)
        felt, other = (np.corrcoef(smile, each.affect[side][:, 0])[0, 1] for each in (truth, recorded))
        assert felt > 0.3
        assert felt > other
    assert [event.start for event in truth.events] == sorted(event.start for event in truth.events)


def test_a_rehearsal_is_the_same_again(clips, undrawn, tmp_path):
    first, again = (rehearse(DyadMini(), clips[:1], tmp_path / name)[0][1] for name in ("a", "b"))
    assert all(np.array_equal(first.affect[side], again.affect[side]) for side in ("user", "avatar"))
    assert [drawing.motion.sha256 for drawing in undrawn[:2]] == [drawing.motion.sha256 for drawing in undrawn[2:]]


def test_faces_of_people_are_refused(clips, monkeypatch, tmp_path):
    monkeypatch.setattr(echo_rehearsals, "FIRST_FACE", 5)
    with pytest.raises(ValueError, match="faces from 5 on are people of dyad-mini"):
        rehearse(DyadMini(), clips[:1], tmp_path)
