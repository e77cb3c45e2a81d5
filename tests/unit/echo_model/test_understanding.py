"""What user and dialogue tell: how errors are counted, who learns by itself, and that a face is read wherever it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from echo_model.config import TIME
from echo_model.corpus import UNKNOWN, read_corpus
from echo_model.feeling import AFFECT
from echo_model.lcu import BROWS, CALM, FARTHEST, FROWN, SIZES, SMILE, SMILING, Reaction, UserWindow
from echo_model.locate import face_mask
from echo_model.masks import Regions
from echo_model.talks import draw_dialogues, draw_talk
from echo_model.understanding import (
    STRANGE,
    TELL,
    UNHEARD,
    UnderstandingTraining,
    heard,
    reading,
    rows_of,
    shown,
    strange,
    understood,
    wrong,
)

from tests.unit.echo_model import corpora
from tests.unit.echo_model.small import CONFIG, model

TOLD = len(SIZES)


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    return read_corpus(corpora.write(tmp_path_factory.mktemp("corpus")))


def test_a_reaction_is_told_in_a_straight_line_of_user_and_dialogue():
    torch.manual_seed(0)
    told, user, feeling = Reaction(8), torch.randn(2, 4, 8), torch.randn(2, 2, 8)
    with torch.no_grad():
        told.feel.bias.zero_()
        user2, feeling2 = torch.randn(2, 4, 8), torch.randn(2, 2, 8)
        once, once_felt = told.told(user, feeling)
        second, second_felt = told.told(user2, feeling2)
        both, both_felt = told.told(user + user2, feeling + feeling2)
        assert torch.allclose(both, once + second, atol=1e-5)
        assert torch.allclose(both_felt, once_felt + second_felt, atol=1e-5)
        mixed, mixed_felt = told.told(user2, feeling)
        assert torch.equal(mixed_felt, once_felt)  # the user is not in what is felt
        assert not torch.allclose(mixed, once, atol=1e-2)
        assert not torch.allclose(told.told(user, feeling2)[0], once, atol=1e-2)
        assert not torch.allclose(second_felt, once_felt, atol=1e-2)


def test_what_is_told_is_in_f_pu_and_what_is_felt_in_c_emo_in_units_of_what_varies():
    torch.manual_seed(0)
    reaction, user, feeling = Reaction(8), torch.randn(2, 4, 8), torch.randn(2, 2, 8)
    told, felt = torch.rand(2, TOLD), torch.rand(2, TOLD)
    with torch.no_grad():
        found = reaction(user, feeling, told, felt)
    pairs = ((user, told, reaction.embed), (feeling, felt, reaction.embed_felt))
    for after, (before, what, embed) in zip(found, pairs, strict=True):
        added = (what / torch.tensor(SIZES)).numpy() @ embed.weight.detach().numpy().T + embed.bias.detach().numpy()
        assert (after - before).numpy() == pytest.approx(np.repeat(added[:, None], after.shape[1], 1), abs=1e-5)


def test_the_mouth_shows_what_is_felt_and_brows_what_is_told():
    """Smiles are of the mouth, which no user reaches: up or down, and never farther than a face can go."""
    reaction, (told, felt) = Reaction(8), torch.rand(2, 3, TOLD)
    felt[:, -3] = torch.tensor([0.02, -0.02, 9.0])
    smile, frown, brows = reaction.shown(told, felt).unbind(1)
    assert smile.tolist() == pytest.approx([SMILE * 0.02, 0.0, FARTHEST], rel=2e-3)
    assert frown.tolist() == pytest.approx([0.0, FROWN * 0.02, 0.0], rel=2e-3)
    assert brows.tolist() == pytest.approx((BROWS * (told[:, -2] - CALM - SMILING * felt[:, -3])).tolist(), abs=1e-5)


def test_errors_are_counted_in_the_sizes_of_what_varies():
    """Written out; what nobody knows does not count."""
    told, wanted = torch.rand(2, TOLD), torch.rand(2, TOLD)
    wanted[0, -AFFECT:] = torch.nan
    squares = ((told.numpy() - wanted.numpy()) / np.array(SIZES)) ** 2
    assert float(wrong(told, wanted)) == pytest.approx(np.nanmean(squares), rel=1e-4)
    assert float(wrong(told, torch.full_like(wanted, torch.nan))) == 0.0


def test_what_the_user_feels_is_counted_alike(entries):
    net, talk = model(), draw_talk(entries, 2, np.random.default_rng(0), CONFIG)
    with torch.no_grad():
        _, terms = heard(net, talk)
        window = UserWindow(talk.latents.flatten(1, 2), net.heard(talk.voice).flatten(1, 2), talk.mask, *shown(talk))
        _, felt = net.lcu.hbcu.told(net.lcu(window, None)[1])
    squares = ((felt.numpy() - talk.affect.numpy()) / np.array(SIZES[-AFFECT:])) ** 2
    assert float(terms["affect"]) == pytest.approx(TELL * squares.mean(), rel=1e-4)
    half = talk.affect.clone()
    half[:, ::2] = torch.nan
    with torch.no_grad():
        assert float(heard(net, replace(talk, affect=half))[1]["affect"]) == pytest.approx(
            TELL * squares[:, 1::2].mean(), rel=1e-4
        )
    unknown = replace(talk, affect=torch.full_like(talk.affect, torch.nan), acts=torch.full_like(talk.acts, torch.nan))
    with torch.no_grad():
        assert {name: float(term) for name, term in heard(net, unknown)[1].items()} == {"acts": 0.0, "affect": 0.0}


def test_the_understanding_learns_by_itself(entries):
    """All of it but how it is told to the generator; and nothing else of the model."""
    training = UnderstandingTraining(model().train(), entries, 2)
    terms = training(np.random.default_rng(0))
    assert set(terms) == {"acts", "affect", "reaction", "felt", "mood", "levels"}
    sum(terms.values()).backward()
    learning = {name for name, value in training.named_parameters() if value.grad is not None and value.grad.any()}
    assert all(name.startswith("model.lcu.") and ".reaction.embed" not in name for name in learning)
    for part in ("lpe.see", "lpe.scan_voice.rates", "hbcu.think", "lau.words.weight", "reaction.hear.weight"):
        assert f"model.lcu.{part}" in learning


def test_windows_are_found_among_those_of_all_conversations(entries):
    talk = draw_talk(entries, 3, np.random.default_rng(1), CONFIG)
    count, window = talk.reaction.shape[1], torch.tensor([0, 1, 1, 0, 0, 1])
    assert count > 1
    assert rows_of(window, talk).tolist() == [0, 1, count + 1, count, 2 * count, 2 * count + 1]


def test_dialogues_are_read_up_to_moments_anywhere_in_them(entries):
    """Also in conversations that are longer than others; written out from the conversations that they are of."""
    said = draw_dialogues(entries, 24, np.random.default_rng(2), CONFIG)
    span, words = TIME * CONFIG.current, {tuple(entry.person.words): entry for entry in entries}
    assert len(words) == len(entries)  # dialogues tell conversations apart
    latest = dict.fromkeys(words, 0)
    for row, sides, lengths, moods, reactions in zip(
        said.words, said.sides, said.lengths, said.mood, said.reaction, strict=True
    ):
        entry = next(entry for known, entry in words.items() if tuple(row[: len(known)].tolist()) == known)
        person, count = entry.person, len(entry.person.words)
        assert sides[:count].tolist() == person.sides.tolist()
        assert not row[count:].any()
        starts = {
            k: (int((person.ends <= TIME * k + span).sum()), person.affect[TIME * k : TIME * k + span].mean(0))
            for k in range(entry.length - CONFIG.current + 1)
        }
        for length, mood, reaction in zip(lengths.tolist(), moods.tolist(), reactions.numpy(), strict=True):
            start = min(starts, key=lambda k: float(np.abs(starts[k][1] - reaction[-AFFECT:]).max()))
            assert starts[start][1] == pytest.approx(reaction[-AFFECT:], abs=1e-6)
            assert (length, mood) == (starts[start][0], person.mood[TIME * start + span - 1])
            latest[tuple(person.words)] = max(latest[tuple(person.words)], start)
    assert {known: entry.length - CONFIG.current for known, entry in words.items()} == latest


def test_voices_are_moved_for_a_whole_conversation_or_not_heard():
    torch.manual_seed(0)
    voices = torch.randn(400, 6, 13)
    moved = strange(voices)
    blank = (moved == 0).all(-1).all(-1)
    assert float(blank.float().mean()) == pytest.approx(UNHEARD, abs=0.07)
    assert not (moved[~blank] == 0).any()
    away = (moved - voices)[~blank]
    assert torch.allclose(away, away[:, :1].expand_as(away), atol=1e-5)  # the same in all of a conversation
    assert float(away[:, 0].std()) == pytest.approx(STRANGE, rel=0.05)
    assert float(away[:, 0].mean(1).std()) < 0.4 * STRANGE  # each number by itself, and each conversation


def test_in_training_the_user_must_tell_reactions_without_the_dialogue_too(entries, monkeypatch):
    """In a share of windows what both tell is what f_pu tells by itself; written out."""
    net, talk = model().train(), draw_talk(entries, 2, np.random.default_rng(0), CONFIG)
    made = torch.arange(4)
    for share, trained in ((1.0, True), (0.0, True), (1.0, False)):
        monkeypatch.setattr("echo_model.understanding.UNSAID", share)
        with torch.no_grad():
            found, _ = understood(net.train(trained), talk, made)
            user = found.user.mean(1)
            alone = user @ net.lcu.reaction.hear.weight.T / user.shape[1] ** 0.5
        wanted = alone if share and trained else alone + found.felt
        assert torch.allclose(found.told, wanted, atol=1e-5)
        assert float(found.felt.abs().max()) > 1e-2


def test_strange_voices_are_heard_in_training_alone(entries, monkeypatch):
    monkeypatch.setattr("echo_model.understanding.BLURRED", 0.0)
    monkeypatch.setattr("echo_model.lcu.SHAKE", 0.0)
    net, talk = model(), draw_talk(entries, 2, np.random.default_rng(0), CONFIG)
    with torch.no_grad():
        once, again = (heard(net.eval(), talk)[0] for _ in range(2))
        learning = heard(net.train(), talk)[0]
    assert torch.equal(once, again)
    assert not torch.allclose(learning, once, atol=1e-3)


def test_what_nobody_knows_is_not_taught(entries):
    talk = draw_talk(entries, 2, np.random.default_rng(0), CONFIG)
    blank = replace(talk, mood=torch.full_like(talk.mood, UNKNOWN), reaction=torch.full_like(talk.reaction, torch.nan))
    net = model()
    terms = understood(net, blank, rows_of(torch.zeros(2, dtype=torch.int64), blank))[1] | reading(net.lcu.lau, blank)
    assert [float(terms[name].detach()) for name in ("mood", "levels", "reaction", "felt")] == [0.0] * 4


def test_a_face_is_read_wherever_it_is():
    """Moved by whole cells, it gives the same tokens; its upper half gives others than its lower."""
    net, rng = model(), torch.Generator().manual_seed(0)
    grid = CONFIG.vae.grid

    def tokens(middle, radius):
        place = torch.tensor([[middle, middle]])
        ellipse = Regions(place, torch.full((1, 2), radius), place, torch.full((1, 2), 0.1))
        cells = (torch.arange(grid) + 0.5) / grid
        x, y = torch.meshgrid(cells, cells, indexing="xy")
        smooth = torch.stack([(2 * (x - middle) / radius).sin(), (y - middle) / radius, x - y, (x - middle) / radius])
        video = smooth[None, None].float().expand(1, CONFIG.current, -1, -1, -1)
        voice = torch.zeros(1, 4 * CONFIG.current, CONFIG.audio)
        blank = torch.zeros(1, CONFIG.current, 3, 8 * grid, 8 * grid), torch.zeros(1, 3, 8 * grid, 8 * grid)
        with torch.no_grad():
            seen = net.lcu.lpe.tokens(UserWindow(video, voice, face_mask(ellipse, grid), *blank))[1]
        return seen.unflatten(1, (CONFIG.current, -1))[:, :, :-1].flatten(1, 2)  # without what eyes see

    torch.nn.init.normal_(net.lcu.lpe.see, 0, 0.1, generator=rng)
    here = tokens(0.5, 0.25)
    apart = float((here - tokens(0.5 + 1 / grid, 0.25)).abs().max() / here.std())
    assert apart < 1e-4
    halves = float((here - here.flip(1)).abs().max() / here.std())
    assert halves > 1


def test_faces_are_looked_for_beside_where_they_are_in_training_alone():
    net = model()
    mask = face_mask(Regions(*(torch.full((1, 2), value) for value in (0.5, 0.3, 0.5, 0.1))), CONFIG.vae.grid)
    places = net.lcu.lpe._places
    assert torch.equal(places(mask), places(mask))
    net.train()
    assert 0 < float((places(mask) - places(mask)).abs().max()) < 0.5
