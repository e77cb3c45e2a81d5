"""What leads to windows: reactions that are given or foreseen; blank and blurred users."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from echo_model import understanding
from echo_model.batches import draw
from echo_model.config import TIME
from echo_model.corpus import read_corpus
from echo_model.feeling import AFFECT
from echo_model.lcu import SIZES, SWAY
from echo_model.model import Chance, Conversation
from echo_model.moves import KINDS
from echo_model.objective import FELT, GIVEN, LIPS, PARTED, UNTOLD, EchoTraining, in_user_path
from echo_model.talks import PER
from echo_model.understanding import Understood, heard, rows_of, understood

from tests.unit.echo_model import corpora
from tests.unit.echo_model.small import CONFIG, image, model, turn

COUNT, TOLD = 4000, len(SIZES)


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    return read_corpus(corpora.write(tmp_path_factory.mktemp("corpus")))


@pytest.fixture
def training(entries):
    return EchoTraining(model().train(), entries, 2, alone=False)


def rows(seed):
    return torch.rand(COUNT, TOLD, generator=torch.Generator().manual_seed(seed))


def understood_of(told, felt):
    """What was understood of many windows."""
    torch.manual_seed(0)
    return Understood(torch.randn(COUNT, 4, CONFIG.lcu.width), torch.randn(COUNT, 2, CONFIG.lcu.width), told, felt)


def ways_led(training, reaction, found):
    """By window: whether f_pu and c_emo hold the true reaction, whether they hold the foreseen one, and whether the user is blank."""
    with torch.no_grad():
        user, feeling = training._lead(reaction, found)
        true = training.model.lcu.reaction(found.user, found.feeling, reaction, reaction)
        guessed = training.model.lcu.reaction(found.user, found.feeling, found.told, found.felt)
    ways = [
        torch.isclose(one, other, atol=1e-5).all(2).all(1)
        for one, pair in ((user, (true[0], guessed[0])), (feeling, (true[1], guessed[1])))
        for other in pair
    ]
    return (*ways, ~user.any(2).any(1))


def test_windows_are_led_to_the_true_reaction_or_to_the_foreseen_one(training):
    """F_pu and c_emo by chances of their own; blank users are some of those of whom a reaction was foreseen."""
    user_true, user_guess, true, guess, blank = ways_led(training, rows(1), understood_of(rows(3), rows(4)))
    shares = [float(way.float().mean()) for way in (user_true, user_guess, blank, true, guess)]
    assert shares == pytest.approx((GIVEN, 1 - GIVEN - UNTOLD, UNTOLD, FELT, 1 - FELT), abs=0.03)
    assert torch.equal(user_true ^ user_guess ^ blank, torch.ones(COUNT, dtype=torch.bool))
    assert torch.equal(true ^ guess, torch.ones(COUNT, dtype=torch.bool))
    assert float((user_true & true).float().mean()) == pytest.approx(GIVEN * FELT, abs=0.03)


def test_what_nobody_knows_is_not_given(training):
    """Of what is known in part, the rest is foreseen."""
    told, felt, nobody = rows(3), rows(4), torch.full((COUNT, TOLD), torch.nan)
    _, user_guess, _, guess, blank = ways_led(training, nobody, understood_of(told, felt))
    assert (user_guess | blank).all()
    assert guess.all()
    half = rows(1)
    half[:, -AFFECT:] = torch.nan
    with torch.no_grad():
        user, feeling = training._lead(half, understood_of(told, felt))
    assert user.isfinite().all()
    assert feeling.isfinite().all()


def test_an_avatar_alone_knows_what_it_feels(entries):
    """In most windows c_emo holds the true reaction, in the others nothing; nobody is there to react to."""
    training = EchoTraining(model().train(), entries, 2, alone=True)
    reaction = rows(1)
    reaction[: COUNT // 4, -1] = torch.nan
    sample = SimpleNamespace(latents=torch.zeros(COUNT, 1), reaction=reaction)
    with torch.no_grad():
        user, feeling = training._alone(sample)
        nothing = torch.zeros_like(feeling)
        _, wanted = training.model.lcu.reaction(user, nothing, reaction, reaction)
    assert not user.any()
    held, blank = torch.isclose(feeling, wanted, atol=1e-6).all(2).all(1), ~feeling.any(2).any(1)
    assert torch.equal(held ^ blank, torch.ones(COUNT, dtype=torch.bool))
    assert blank[: COUNT // 4].all()
    assert float(held[COUNT // 4 :].float().mean()) == pytest.approx(1 - UNTOLD, abs=0.03)


def test_stage_1_teaches_how_feelings_look_and_nothing_of_the_user(entries):
    net = model().train()
    torch.nn.init.normal_(net.generator.leave.weight, 0, 0.05)
    torch.nn.init.normal_(net.generator.feeling.weight, 0, 0.05)
    sum(EchoTraining(net, entries, 2, alone=True)(np.random.default_rng(0)).values()).backward()
    learning = {name for name, value in net.named_parameters() if value.grad is not None and value.grad.any()}
    assert {"lcu.reaction.embed_felt.weight", "generator.feeling.weight"} <= learning
    assert not any(in_user_path(name) for name in learning)
    assert {name for name in learning if name.startswith("lcu.")} == {
        f"lcu.reaction.embed_felt.{x}" for x in ("weight", "bias")
    }


def test_the_voice_is_taught_how_far_lips_are_apart(entries):
    """Written out; frames in which nobody knows do not count."""
    training, sample = (
        EchoTraining(model(), entries, 2, alone=True),
        draw(entries, 2, np.random.default_rng(0), CONFIG, whole=False),
    )
    sample.opening[0, :5] = torch.nan
    sample.opening[1] = torch.nan
    user, feeling = training._alone(sample)
    with torch.no_grad():
        found = training._flow(sample, user, feeling)["opening"]
        voice = training.model.heard(sample.voice) * sample.sounding[..., None]
        told = training.model.generator.opening(voice)[:, TIME * CONFIG.previous :].numpy()
    squares = ((told - sample.opening.numpy()) / PARTED) ** 2
    assert float(found) == pytest.approx(LIPS * np.nanmean(squares), rel=1e-4)


@pytest.mark.parametrize("learning", [True, False])
def test_users_are_blurred_in_training_alone(training, entries, learning, monkeypatch):
    for name in ("STRANGE", "UNHEARD"):
        monkeypatch.setattr(f"echo_model.understanding.{name}", 0.0)
    sample, seen = draw(entries, 2, np.random.default_rng(0), CONFIG, whole=True), []
    training.train(learning).model.lcu.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    training.model.generator.spread.fill_(2.0)
    with torch.no_grad():
        heard(training.model, sample.talk)
    looks = seen[0].latents - sample.talk.latents.flatten(1, 2)
    sounds = seen[0].voice - training.model.heard(sample.talk.voice).flatten(1, 2)
    sizes = float(looks.std()), float(sounds.std())
    assert sizes == (pytest.approx((0.6, 0.3), rel=0.05) if learning else (0.0, 0.0))


def test_what_is_foreseen_is_taught_to_the_understanding_alone(training, entries):
    training(np.random.default_rng(0))["reaction"].backward()
    told = {name for name, value in training.named_parameters() if value.grad is not None and value.grad.any()}
    assert {"model.lcu.reaction.hear.weight", "model.lcu.reaction.feel.weight", "model.lcu.lpe.hear.weight"} <= told
    assert all(name.startswith("model.lcu.") for name in told)
    assert "model.lcu.reaction.embed.weight" not in told


def test_a_conversation_follows_what_it_foresees():
    """When it is made, too: f_pu and c_emo hold one of the reactions that fit what they tell, affect as its course has it."""
    net, given, sway = model(), turn(0), torch.tensor([[0.5, -1.0, 2.0]])
    torch.nn.init.normal_(net.lcu.course.whole.tell.weight)
    with torch.inference_mode():
        made, _, _, state = net.conditions(given, net.avatar(image()), Conversation(), sway)
        heard = replace(given.user, voice=net.heard(given.user.voice))
        user, read, _ = net.lcu(heard, None)
        user, said = user[:, 0], given.dialogue
        feeling = net.lcu.feeling(said.words, said.sides, said.lengths)
        foreseen = net.lcu.reaction.told(user, feeling)
        affects = torch.stack([net.lcu.hbcu.told(read)[1][:, 0], *(each[:, -AFFECT:] for each in foreseen)], dim=1)
        course, after = net.lcu.course(heard.voice[:, None], net.heard(given.voice)[:, None], affects[:, None], None)
        drawn = [
            net.lcu.reaction.drawn(each, way, sway) for each, way in zip(foreseen, course[:, 0].unbind(1), strict=True)
        ]
        lead = net.lcu.reaction(user, feeling, *drawn)
    assert not made.user[1].any(), "the second row knows of no user"
    assert torch.equal(*made.feeling)
    for found, wanted, before in zip((made.user, made.feeling), lead, (user, feeling), strict=True):
        assert torch.allclose(found[:1], wanted, atol=1e-6)
        assert not torch.allclose(found[:1], before, atol=1e-3)
    assert torch.allclose(state, after, atol=1e-6)


def test_the_course_goes_on_from_window_to_window():
    """What one window leaves is where the next goes on from."""
    net, calm, before = model(), torch.zeros(1, AFFECT), Conversation()
    chance = Chance(torch.zeros(1, 5, 4, 8, 8), torch.zeros(1, 5, len(KINDS)), calm, torch.zeros(1, 2))
    with torch.inference_mode():
        avatar = net.avatar(image())
        for k in range(3):
            state = net.conditions(turn(k), avatar, before, calm)[3]
            _, after = net.window(turn(k), avatar, before, chance)
            assert torch.equal(after.course, state)
            before = after
        fresh = net.conditions(turn(2), avatar, Conversation(), calm)[3]
    assert not torch.allclose(state, fresh, atol=1e-4)


def test_a_reaction_is_drawn_about_its_course():
    """Written out; acts and dominance are shown as they are foreseen."""
    told, sway = rows(1)[:5], torch.randn(5, AFFECT, generator=torch.Generator().manual_seed(0))
    course = torch.rand(5, 2, generator=torch.Generator().manual_seed(1))
    drawn = model().lcu.reaction.drawn(told, course, sway).numpy()
    affect = (
        np.concatenate([course.numpy(), told.numpy()[:, -1:]], axis=1)
        + SWAY * np.array([0.3, 0.15, 0.15]) * sway.numpy()
    )
    assert drawn[:, :-AFFECT].tolist() == told[:, :-AFFECT].tolist()
    assert drawn[:, -AFFECT:] == pytest.approx(affect, abs=1e-6)


def test_reactions_are_foreseen_in_all_windows(training, entries, monkeypatch):
    """Each from the user and the words up to it; those of the windows that are made lead to them."""
    sample, asked = draw(entries, 2, np.random.default_rng(0), CONFIG, whole=True), []
    lcu, talk = training.model.lcu, sample.talk
    monkeypatch.setattr(understanding, "wrong", lambda told, wanted: asked.append((told, wanted)) or told.sum())
    training.eval()
    with torch.no_grad():
        found, _ = understood(training.model, talk, rows_of(sample.window, talk))
        user, _ = heard(training.model, talk)
    _, (told, wanted), (felt, wanted_too), _ = asked  # the others are of the user
    count = talk.reaction.shape[1]
    assert torch.equal(wanted, talk.reaction.flatten(0, 1))
    assert torch.equal(wanted_too, wanted)
    for row in range(len(told)):
        who, k = divmod(row, count)
        length = talk.lengths[who, k : k + 1]
        words = (rows[who : who + 1, : max(1, int(length))] for rows in (talk.words, talk.sides))  # none later
        with torch.no_grad():
            own, own_felt = lcu.reaction.told(user[row : row + 1], lcu.feeling(*words, length))
        assert torch.allclose(told[row], own[0], atol=1e-5)
        assert torch.allclose(felt[row], own_felt[0], atol=1e-5)
    made = [n // PER * count + int(sample.window[n]) for n in range(len(sample.latents))]
    assert torch.equal(found.user, user[made])
    assert torch.equal(found.told, told[made])
    assert torch.equal(found.felt, felt[made])
