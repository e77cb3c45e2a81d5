"""What leads to windows in stage 2: reactions that are asked for, given, foreseen; blank and blurred users."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from echo_model import objective
from echo_model.batches import PER, draw
from echo_model.config import TIME
from echo_model.corpus import read_corpus
from echo_model.lcu import ACTS, AFFECT, LIVELY, SIZES, SWAY
from echo_model.model import Conversation
from echo_model.objective import ASKED, GIVEN, SPARED, UNTOLD, EchoTraining, Lead

from tests.unit.echo_model import corpora
from tests.unit.echo_model.small import CONFIG, image, model, turn

COUNT, TOLD = 4000, len(SIZES)
FIXED = [ACTS.index(act) for act in ("nod", "laugh", "speaking")]
FREE = [k for k in range(TOLD) if k not in FIXED]


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    return read_corpus(corpora.write(tmp_path_factory.mktemp("corpus")))


@pytest.fixture
def training(entries):
    return EchoTraining(model().train(), entries, 2, alone=False)


def led(training, sample, foreseen):
    """What many windows are led by, and the f_pu that they had."""
    torch.manual_seed(0)
    user, feeling = torch.randn(COUNT, 4, CONFIG.lcu.width), torch.randn(COUNT, 2, CONFIG.lcu.width)
    with torch.no_grad():
        return training._lead(sample.other, sample.reaction, user, feeling, foreseen), user


def rows(seed):
    return torch.rand(COUNT, TOLD, generator=torch.Generator().manual_seed(seed))


def is_led(training, lead, user, told):
    """By row: whether its f_pu holds what is told."""
    with torch.no_grad():
        return torch.isclose(lead.user, training.model.lcu.reaction(user, told), atol=1e-5).all(2).all(1)


def test_windows_are_led_to_what_is_asked_given_or_foreseen(training):
    sample, foreseen = SimpleNamespace(reaction=rows(1), other=rows(2)), rows(3)
    lead, user = led(training, sample, foreseen)
    mixed = sample.other.clone()
    mixed[:, FIXED] = sample.reaction[:, FIXED]
    blank = ~lead.user.any(2).any(1)
    ways = [is_led(training, lead, user, told) for told in (mixed, sample.reaction, foreseen)] + [blank]
    shares = (ASKED, GIVEN, 1 - ASKED - GIVEN - UNTOLD, UNTOLD)
    assert [float(way.float().mean()) for way in ways] == pytest.approx(shares, abs=0.03)
    assert torch.equal(torch.stack(ways).sum(0), torch.ones(COUNT, dtype=torch.int64))
    assert torch.equal(lead.other, ways[0])
    assert torch.equal(lead.asked[lead.other], mixed[lead.other])
    assert torch.equal(lead.asked[~lead.other], sample.reaction[~lead.other])


def test_what_nobody_knows_is_neither_asked_for_nor_given(training):
    nobody = torch.full((COUNT, TOLD), torch.nan)
    foreseen = rows(3)
    lead, user = led(training, SimpleNamespace(reaction=nobody, other=nobody), foreseen)
    assert not lead.other.any()
    blank = ~lead.user.any(2).any(1)
    assert (is_led(training, lead, user, foreseen) | blank).all()
    half = rows(1)
    half[:, -AFFECT:] = torch.nan
    lead, _ = led(training, SimpleNamespace(reaction=half, other=rows(2)), foreseen)
    assert lead.user.isfinite().all()
    assert lead.other.any()


def test_another_reaction_is_one_of_somebody_s_windows(entries):
    """A window's mean of somebody's acts and affect, and not always the recorded one."""
    sample = draw(entries, 4, np.random.default_rng(1), CONFIG, whole=True)
    span = TIME * CONFIG.current
    known, whose = [], []
    for number, entry in enumerate(entries):
        signals = np.concatenate([entry.person.acts, entry.person.affect], axis=1)
        for start in range(0, TIME * entry.length - span + 1, TIME):
            known.append(signals[start : start + span].mean(0))
            whose.append(number)
    far = np.abs(np.array(known) - sample.other.numpy()[:, None]).max(2)
    assert far.min(1).max() < 1e-6
    assert {whose[k] for k in far.argmin(1)} == set(range(len(entries)))
    assert not torch.isclose(sample.other, reaction_of(sample)).all(1).any()
    assert len(set(sample.other[:, -1].tolist())) > len(sample.other) / 2


def reaction_of(sample):
    """The recorded one in each window that is made."""
    return sample.reaction[torch.arange(len(sample.window)) // PER, sample.window]


def lead_of(sample, other):
    count, width = len(sample.latents), CONFIG.lcu.width
    user, feeling = torch.zeros(count, CONFIG.lcu.readout, width), torch.zeros(count, 2, width)
    return Lead(user, feeling, reaction_of(sample), torch.full((count,), other))


def test_where_another_reaction_is_asked_for_the_recorded_one_does_not_show(training, entries, monkeypatch):
    """The flow is at its start there, and its error counts less."""
    sample, seen = draw(entries, 2, np.random.default_rng(0), CONFIG, whole=True), []
    training.model.generator.register_forward_pre_hook(lambda _, given: seen.append(given[:2]))

    def flow(other):
        torch.manual_seed(3)
        return float(training._flow(sample, lead_of(sample, other))["flow"].detach())

    flow(False)
    spared = flow(True)
    monkeypatch.setattr(objective, "SPARED", 1.0)
    counted = flow(True)
    (usual, asked, _), spread = seen, training.model.generator.spread
    assert (usual[1] > 0).all()
    assert not asked[1].any()
    white = (asked[0] - sample.moved) / spread
    assert float(white.std()) == pytest.approx(0.4, rel=0.1)  # no part of it is what was recorded
    assert spared == pytest.approx(SPARED * counted, rel=1e-5)


def test_the_reader_must_read_what_is_asked_for(training, entries):
    sample = draw(entries, 2, np.random.default_rng(0), CONFIG, whole=True)
    lead = lead_of(sample, False)
    found = []
    for asked in (reaction_of(sample), torch.full_like(sample.other, 9.0)):
        torch.manual_seed(3)
        found.append(training._flow(sample, replace(lead, asked=asked)))
    assert float(found[1]["expression"].detach()) > 100 * float(found[0]["expression"].detach())
    assert float(found[1]["reader"].detach()) == float(found[0]["reader"].detach())


@pytest.mark.parametrize("learning", [True, False])
def test_users_are_blurred_in_training_alone(training, entries, learning):
    sample, seen = draw(entries, 2, np.random.default_rng(0), CONFIG, whole=True), []
    training.train(learning).model.lcu.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    training.model.generator.spread.fill_(2.0)
    with torch.no_grad():
        training._understood(sample)
    looks = seen[0].latents - sample.user_latents.flatten(1, 2)
    sounds = seen[0].voice - training.model.heard(sample.user_voice).flatten(1, 2)
    sizes = float(looks.std()), float(sounds.std())
    assert sizes == (pytest.approx((0.6, 0.3), rel=0.05) if learning else (0.0, 0.0))


def test_what_is_foreseen_is_taught_to_the_understanding_alone(training, entries):
    training(np.random.default_rng(0))["reaction"].backward()
    told = {name for name, value in training.named_parameters() if value.grad is not None and value.grad.any()}
    assert {"model.lcu.reaction.hear.weight", "model.lcu.reaction.feel.weight", "model.lcu.lpe.hear.weight"} <= told
    assert all(name.startswith("model.lcu.") for name in told)
    assert "model.lcu.reaction.embed.weight" not in told


def test_a_conversation_follows_what_it_foresees():
    """When it is made, too: f_pu holds one of the reactions that fit what it and the dialogue tell."""
    net, given, sway = model(), turn(0), torch.tensor([[0.5, -1.0, 2.0]])
    with torch.inference_mode():
        made, _ = net.conditions(given, net.avatar(image()), Conversation(), sway)
        heard = replace(given.user, voice=net.heard(given.user.voice))
        user = net.lcu(heard, None)[0][:, 0]
        drawn = net.lcu.reaction.drawn(net.lcu.reaction.told(user, made.feeling), sway)
        assert torch.allclose(made.user, net.lcu.reaction(user, drawn), atol=1e-6)
        assert not torch.allclose(made.user, user, atol=1e-3)


def test_a_reaction_is_drawn_as_lively_as_reactions_are():
    """Written out; acts are shown as they are foreseen."""
    told, sway = rows(1)[:5], torch.randn(5, AFFECT, generator=torch.Generator().manual_seed(0))
    drawn = model().lcu.reaction.drawn(told, sway).numpy()
    usual, sizes = np.array([0.0, 0.15, 0.0]), np.array([0.3, 0.15, 0.15])
    affect = usual + LIVELY * (told.numpy()[:, -AFFECT:] - usual) + SWAY * sizes * sway.numpy()
    assert drawn[:, :-AFFECT].tolist() == told[:, :-AFFECT].tolist()
    assert drawn[:, -AFFECT:] == pytest.approx(affect, abs=1e-6)


def test_reactions_are_foreseen_in_all_windows(training, entries, monkeypatch):
    """Each from the user and the words up to it; those of the windows that are made lead to them."""
    sample, asked, led = draw(entries, 2, np.random.default_rng(0), CONFIG, whole=True), [], []
    lcu, lead = training.model.lcu, training._lead
    monkeypatch.setattr(training.alignment, "wrong", lambda told, wanted: asked.append((told, wanted)) or told.sum())
    monkeypatch.setattr(training, "_lead", lambda *given: led.append(given) or lead(*given))
    training.eval()
    with torch.no_grad():
        training._together(sample)
        user, _ = training._understood(sample)
    ((foreseen, wanted),), count = asked, sample.reaction.shape[1]
    assert torch.equal(wanted, sample.reaction.flatten(0, 1))
    for row in range(len(foreseen)):
        who, k = divmod(row, count)
        length = sample.lengths[who, k : k + 1]
        words = (rows[who : who + 1, : max(1, int(length))] for rows in (sample.words, sample.sides))  # none later
        with torch.no_grad():
            own = lcu.reaction.told(user[row : row + 1], lcu.feeling(*words, length))
        assert torch.allclose(foreseen[row], own[0], atol=1e-5)
    made = [n // PER * count + int(sample.window[n]) for n in range(len(sample.latents))]
    assert torch.equal(led[0][1], reaction_of(sample))
    assert torch.equal(led[0][2], user[made])
    assert torch.equal(led[0][4], foreseen[made])
