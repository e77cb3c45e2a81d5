"""The plot of one conversation and the contact sheet: everything known of a clip is in it, and what is not known is left out."""

import numpy as np
import pytest

from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.datasets.folder import Folder
from echo_bench.report import style
from echo_bench.report.channels import CHANNELS
from echo_bench.report.conversation import FEELINGS, MOMENTS, draw_conversation
from echo_bench.report.sheet import draw_sheet


@pytest.fixture(scope="module")
def clip():
    return DyadMini().pool("demo")[0]


@pytest.fixture(scope="module")
def truth(clip):
    return DyadMini().truth(clip.id)


def texts(axes):
    return {text.get_text() for text in axes.texts}


def test_everything_that_is_known_is_drawn(clip, truth):
    drawn = draw_conversation(clip, truth)
    speech, events, *curves = drawn.axes
    assert len(curves) == len(FEELINGS) + len(CHANNELS)
    words = [word for text in texts(speech) for word in text.split()]
    assert {word.text for side in (clip.user, clip.avatar) for word in side.transcript} <= set(words)
    assert len(events.collections) == len(truth.events)
    answers = [event for event in truth.events if event.cause.reason not in {"last-blink", "last-mutual-gaze"}]
    assert sum(len(line.get_xdata()) == 2 and line.get_xdata()[0] != 0 for line in events.lines) == len(answers)
    for axes in drawn.axes:
        assert axes.get_xlim() == (0.0, clip.duration)
    for axes, dimension in zip(curves, range(3), strict=False):
        for line, side in zip(axes.lines, ("user", "avatar"), strict=False):
            assert np.array_equal(line.get_ydata(), truth.affect[side][:, dimension])


def test_without_truth_words_and_motion_remain(clip):
    assert len(draw_conversation(clip, None).axes) == 1 + len(CHANNELS)


def test_footage_without_motion_shows_its_pictures(footage):
    (clip,) = Folder(DatasetOptions(footage(("a",)), "left-right")).clips("all")
    user, avatar, speech = draw_conversation(clip, None).axes
    assert len(user.images) == len(avatar.images) == MOMENTS
    assert not any(text.get_text() for text in speech.texts)
    first = user.images[0].get_array()
    assert first.shape[2] == 3
    assert not np.array_equal(first, avatar.images[0].get_array())


def test_equal_figures_are_equal_bytes(clip, truth, tmp_path):
    with style.look():
        first, _ = style.save(draw_conversation(clip, truth), tmp_path / "a")
        second, _ = style.save(draw_conversation(clip, truth), tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()


def test_the_sheet_shows_both_people_of_every_clip(footage):
    clips = Folder(DatasetOptions(footage(tuple("abcdefg")), "left-right")).clips("all")
    drawn = draw_sheet(clips)
    assert [text.get_text() for text in drawn.texts] == list("abcdefg")
    assert [len(axes.images) for axes in drawn.axes] == [1] * 14


def test_people_without_video_are_left_blank(clip):
    assert [len(axes.images) for axes in draw_sheet([clip]).axes] == [0, 0]
