"""Stretches: every part of a clip is cut to the same seconds, and dyad-mini's are drawn as their motion says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from echo_bench.clip import Alternative, Span, Word
from echo_bench.datasets.base import DatasetOptions
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frame_count
from echo_bench.motion_io import load_motion
from echo_bench.testing.toy import toy_dyad
from echo_bench.validation.stretches import Stretches, stretch


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    made = toy_dyad(tmp_path_factory.mktemp("clip"), seconds=4, seed=0)
    words = (Word(0.1, 0.5, "gone"), Word(1.1, 1.5, "kept"), Word(2.9, 3.2, "half"))
    return replace(
        made,
        avatar=replace(made.avatar, transcript=words),
        spans=(Span("user", 0.0, 1.5), Span("avatar", 1.5, 4.0), Span("user", 3.5, 4.0)),
        alternatives=(Alternative(made.user.motion, "appropriate"),),
    )


def test_every_part_is_cut_to_the_same_seconds(clip, tmp_path):
    cut = stretch(clip, 1.01, 2.0, tmp_path)  # starts with the nearest frame
    assert cut.duration == pytest.approx(2.0)
    for ref, whole in ((cut.avatar.motion, clip.avatar.motion), (cut.alternatives[0].motion, clip.user.motion)):
        np.testing.assert_array_equal(load_motion(ref)[0], load_motion(whole)[0][25:75])
    assert [(s.who, s.start, s.end) for s in cut.spans] == [("user", 0.0, 0.5), ("avatar", 0.5, 2.0)]
    assert [(w.text, round(w.start, 6)) for w in cut.avatar.transcript] == [("kept", 0.1)]
    assert cut.user.transcript == clip.user.transcript
    heard, whole = waveform(cut.avatar.audio), waveform(clip.avatar.audio)
    assert len(heard) == 32000
    np.testing.assert_allclose(heard[100:-100], whole[16100:47900], atol=2e-3)


def test_a_stretch_ends_with_its_clip(clip, tmp_path):
    assert stretch(clip, 3.0, 9.0, tmp_path).duration == pytest.approx(1.0)


@pytest.mark.slow
def test_stretches_of_dyad_mini_listen_and_then_speak(tmp_path):
    (clip, other) = Stretches(DatasetOptions(limit=2), tmp_path, 1.0).clips("test")
    for track in (clip.user, clip.avatar):
        assert frame_count(track.video) == len(load_motion(track.motion)[0]) == 25
    assert {span.who for span in clip.spans} >= {"avatar"}
    assert clip.alternatives
    assert clip.id != other.id
