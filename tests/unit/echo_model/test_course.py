"""The course that affect takes: what reaches which net, what it is taught, and that it learns it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from echo_model import train_course
from echo_model.config import TIME, Switches
from echo_model.corpus import read_corpus
from echo_model.course import USUAL, Course
from echo_model.lcu import ACTS
from echo_model.loop import Loop
from echo_model.model import Chance, Conversation
from echo_model.moves import KINDS
from echo_model.train_course import (
    ERRORS,
    LASTS,
    RECIPE,
    SLOPES,
    CourseTraining,
    Lesson,
    agreement,
    between,
    concordance,
    lessons_of,
    misread,
    stretches,
)

from tests.unit.echo_model.corpora import write
from tests.unit.echo_model.small import CONFIG, image, model, turn

FRAMES = TIME * CONFIG.current


def woken(seed: int = 0) -> Course:
    """A course that tells something else than what is usual."""
    torch.manual_seed(seed)
    course = Course(CONFIG.audio).eval()
    for net in (course.alone, course.whole):
        torch.nn.init.normal_(net.tell.weight)
    return course


def heard(seed: int, windows: int = 6) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    voices = torch.randn(2, 1, windows, FRAMES, CONFIG.audio, generator=rng)
    return voices[0], voices[1], torch.rand(1, windows, 3, 3, generator=rng) - 0.5


def test_untrained_it_shows_what_is_usual():
    told, _ = Course(CONFIG.audio)(*heard(0), None)
    assert torch.equal(told, torch.tensor(USUAL).expand_as(told))


@torch.inference_mode()
def test_the_user_is_in_the_whole_and_not_in_what_moves_the_mouth():
    """Exactly: neither the user's voice, nor what is read of the user, nor what both paths tell."""
    course, (user, own, read) = woken(), heard(0)
    other, others = heard(1)[0], read.clone()
    others[:, :, :2] = 1.0
    told, changed, unread = (
        course(*given, None)[0] for given in ((user, own, read), (other, own, read), (user, own, others))
    )
    for found in (changed, unread):
        assert torch.equal(found[:, :, 1], told[:, :, 1])
        assert (found[:, :, 0] - told[:, :, 0]).abs().max() > 1e-3
    spoken = course(user, heard(1)[1], read, None)[0]
    felt = course(user, own, torch.cat([read[:, :, :2], 1 - read[:, :, 2:]], dim=2), None)[0]
    assert ((spoken - told).abs().amax((0, 1, 3)) > 1e-3).all()
    assert (felt[:, :, 1] - told[:, :, 1]).abs().max() > 1e-3
    assert torch.equal(felt[:, :, 0], told[:, :, 0])


@torch.inference_mode()
def test_window_by_window_is_the_same_as_at_once():
    course, given = woken(), heard(2)
    whole, last = course(*given, None)
    state, parts = None, []
    for k in range(given[0].shape[1]):
        told, state = course(*(each[:, k : k + 1] for each in given), state)
        parts.append(told)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole)
    torch.testing.assert_close(state, last)
    assert (course(*(each[:, 3:] for each in given), None)[0] - whole[:, 3:]).abs().max() > 1e-3, "it remembers"


@torch.inference_mode()
@pytest.mark.parametrize("sdcm", [True, False])
def test_no_user_reaches_the_mouth(sdcm):
    """Through three windows, exactly: not what it shows, and no pixel of its lips. The rest is reached, and its own voice moves it.

    Without SDCM the user reaches both.
    """
    net = model(replace(CONFIG, switches=Switches(sdcm=sdcm)))
    net.lcu.course = woken()
    avatar, rng = net.avatar(image()), torch.Generator().manual_seed(0)
    shapes = ((1, 5, 4, 8, 8), (1, 5, len(KINDS)), (1, 3), (1, 2))
    chances = [Chance(*(torch.randn(shape, generator=rng) for shape in shapes)) for _ in range(3)]

    def made(turns):
        before, last = Conversation(), None
        for each, chance in zip(turns, chances, strict=True):
            shown = net.conditions(each, avatar, before, torch.zeros(1, 3))[1]
            window, before = net.window(each, avatar, before, chance)
            video, last = net.pictures(window, avatar, last), window.both()
        return shown, video[0], window.mouth[0]

    here, there = ([turn(k) for k in range(first, first + 3)] for first in (0, 3))
    (shown, video, mouth), (others, strange, same) = (
        made(turns) for turns in (here, [replace(own, user=other.user) for own, other in zip(here, there, strict=True)])
    )
    assert torch.equal(shown[1], others[1])
    if not sdcm:
        assert not torch.equal(shown[0, :2], others[0, :2])
        assert not mouth.any()
        return
    assert torch.equal(shown[:, :2], others[:, :2])
    assert (shown[0, 2] - others[0, 2]).abs() > 1e-4
    assert torch.equal(mouth, same)
    lips = (mouth == 1).expand_as(video)
    assert 0.005 < lips.float().mean() < 0.2
    assert torch.equal(video[lips], strange[lips])
    assert (video - strange)[(mouth == 0).expand_as(video)].abs().max() > 1e-2
    spoken = made([replace(own, voice=other.voice) for own, other in zip(here, there, strict=True)])[1]
    assert (video - spoken)[lips].abs().max() > 1e-2


def test_concordance_is_lins():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 40, 3))
    b = 0.5 * a + 0.2 * b + 0.3
    wanted = [
        2 * np.cov(x, y, ddof=0)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
        for x, y in zip(a.T, b.T, strict=True)
    ]
    assert concordance(torch.tensor(a), torch.tensor(b)).numpy() == pytest.approx(wanted, rel=1e-3)


def test_between_ends_of_windows_it_goes_evenly():
    told = torch.tensor([[0.5, 0.1], [0.1, 0.3], [0.4, -0.2]], dtype=torch.float64)
    moments = (np.arange(12) + 0.5) / 4
    for k in range(2):
        wanted = np.interp(moments, np.arange(4), [USUAL[k], *told[:, k]])
        assert between(told)[:, k].numpy() == pytest.approx(wanted, abs=1e-7)


def test_what_is_misread_is_as_wrong_as_it_is_of_strangers():
    torch.manual_seed(0)
    truth = torch.ones(200, 300, 3, 3)
    error = misread(truth) - truth * torch.tensor(SLOPES)
    assert error.std((0, 1)).numpy() == pytest.approx(np.array(ERRORS), rel=0.05)
    neighbours = (error[:, 1:] * error[:, :-1]).mean((0, 1)) / error.square().mean((0, 1))
    assert neighbours.numpy() == pytest.approx(np.full((3, 3), LASTS), abs=0.02)


def test_stretches_shorter_than_two_seconds_do_not_count():
    listens = np.repeat([True, False, True, False, True], [10, 2, 9, 3, 11])
    assert stretches(listens) == (slice(0, 10), slice(24, 35))
    assert stretches(~np.ones(50, bool)) == ()


def lesson(seed: int, windows: int = 12) -> Lesson:
    """A face that shows how loud its voice was."""
    rng = torch.Generator().manual_seed(seed)
    loud = torch.randn(windows, generator=rng)
    voices = 0.1 * torch.randn(2, windows, FRAMES, CONFIG.audio, generator=rng)
    voices[1] += loud[:, None, None]
    shown = between(torch.stack([0.3 * loud, 0.1 - 0.1 * loud], dim=1))
    return Lesson(*voices, torch.zeros(windows, 2, 3), shown, (slice(0, 20), slice(24, 48)))


def test_agreement_is_of_stretches_and_of_both_nets():
    given = lesson(0)
    ends = given.shown.reshape(-1, 4, 2)
    told = torch.stack([ends[:, -1] + (ends[:, -1] - ends[:, -2]) / 2] * 2, dim=1)  # at the ends of windows
    away, agreed = agreement(told, given)
    assert (float(away), float(agreed)) == pytest.approx((0.0, 1.0), abs=0.02)
    worse = told.clone()
    worse[:, 1] = 0.0
    assert float(agreement(worse, given)[1]) == pytest.approx(0.5, abs=0.02)
    torch.testing.assert_close(
        agreement(told, replace(given, stretches=given.stretches[:1]))[1], torch.tensor(1.0), atol=0.02, rtol=0
    )


def test_it_learns_what_a_voice_tells(tmp_path, monkeypatch):
    """Of a conversation that it has not heard; and another run from the same state gives the same numbers."""
    monkeypatch.setattr(train_course, "BLURRED", 0.1)
    torch.manual_seed(0)
    course, recipe = Course(CONFIG.audio), replace(RECIPE, steps=200, batch=8, save_every=100)
    Loop(CourseTraining(course, [lesson(k) for k in range(1, 33)], recipe.batch), recipe, 0, tmp_path).run()
    strange = lesson(99)
    with torch.inference_mode():
        given = (strange.user_voice[None], strange.voice[None], torch.zeros(1, len(strange.voice), 3, 3))
        found = agreement(course.eval()(*given, None)[0][0], strange)[1]
        still = agreement(Course(CONFIG.audio).eval()(*given, None)[0][0], strange)[1]
    assert float(still) == pytest.approx(0.0, abs=0.05)
    assert float(found) > 0.7


def test_lessons_are_of_people_whose_faces_are_known(tmp_path):
    entries = read_corpus(write(tmp_path))
    net = model()
    unknown = [
        replace(each, person=replace(each.person, shown=np.full_like(each.person.shown, np.nan)))
        for each in entries[:2]
    ]
    found = list(lessons_of([*unknown, *entries[2:]], net))
    assert len(found) == 2
    own = next(each for each in entries if each.stem.name == "b.avatar").person
    user = next(each for each in entries if each.stem.name == "b.user").person
    first = next(
        each for each in found if torch.allclose(each.voice.flatten(0, 1), net.heard(torch.from_numpy(own.voice[:80])))
    )
    assert torch.allclose(first.user_voice.flatten(0, 1), net.heard(torch.from_numpy(user.voice[:80])))
    assert first.felt[1, 0].numpy() == pytest.approx(user.affect[20:40].mean(0), abs=1e-6)
    assert first.felt[1, 1].numpy() == pytest.approx(own.affect[20:40].mean(0), abs=1e-6)
    assert first.shown[3].numpy() == pytest.approx(own.shown[15:20].mean(0), abs=1e-6)
    assert first.stretches == (slice(4, 16),)
    own.acts[:, ACTS.index("speaking")] = 1.0
    assert len(list(lessons_of([*unknown, *entries[2:]], net))) == 1, "who never listens has nothing to learn from"
