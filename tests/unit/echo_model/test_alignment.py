"""Alignment: who learns from what, what is wanted, and what nobody knows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from echo_model.alignment import Alignment
from echo_model.batches import draw
from echo_model.config import TIME
from echo_model.corpus import read_corpus
from echo_model.lcu import AFFECT, SIZES, Reaction
from echo_model.objective import EchoTraining

from tests.unit.echo_model import corpora
from tests.unit.echo_model.small import CONFIG, model

TOLD = len(SIZES)


@pytest.fixture
def entries(tmp_path):
    return read_corpus(corpora.write(tmp_path))


@pytest.fixture
def heads():
    torch.manual_seed(0)
    return Alignment(CONFIG).eval()


def latents(count=3, seed=0):
    rng, vae = torch.Generator().manual_seed(seed), CONFIG.vae
    return torch.randn(count, CONFIG.current, vae.channels, vae.grid, vae.grid, generator=rng)


def test_the_reader_learns_from_real_latents_and_the_model_from_what_it_reads(heads):
    real, made, still, wanted = (
        latents(),
        latents(seed=1).requires_grad_(),
        latents(seed=2)[:, :1],
        torch.zeros(3, TOLD),
    )
    terms = heads.expression(real, made, still, wanted, wanted)
    terms["reader"].backward(retain_graph=True)
    assert made.grad is None
    assert all(value.grad.any() for value in heads.reader.parameters())
    heads.zero_grad()
    terms["expression"].backward()
    assert made.grad.any()
    assert not any(value.grad is not None and value.grad.any() for value in heads.reader.parameters())


def test_made_latents_that_are_the_real_ones_are_read_alike(heads):
    torch.manual_seed(0)
    real, wanted = latents(), torch.rand(3, TOLD)
    found = heads.expression(real, real, latents(seed=2)[:, :1], wanted, wanted)
    assert float(found["expression"].detach()) == pytest.approx(
        float(found["reader"].detach()), rel=0.1
    )  # but for noise


def test_a_reaction_is_told_in_a_straight_line_of_user_and_dialogue():
    torch.manual_seed(0)
    told, user, feeling = Reaction(8), torch.randn(2, 4, 8), torch.randn(2, 2, 8)
    with torch.no_grad():
        told.hear.bias.zero_()
        told.feel.bias.zero_()
        once, user2, feeling2 = told.told(user, feeling), torch.randn(2, 4, 8), torch.randn(2, 2, 8)
        both = told.told(user + user2, feeling + feeling2)
        assert torch.allclose(both, once + told.told(user2, feeling2), atol=1e-5)
        assert not torch.allclose(told.told(user, feeling2), once, atol=1e-2)
        assert not torch.allclose(told.told(user2, feeling), once, atol=1e-2)


def test_what_is_told_is_in_f_pu_in_units_of_what_varies():
    torch.manual_seed(0)
    reaction, user, told = Reaction(8), torch.randn(2, 4, 8), torch.rand(2, TOLD)
    with torch.no_grad():
        added = reaction(user, told) - user
        columns = reaction.embed.weight.numpy().T
        bias = reaction.embed.bias.numpy()
    for n, row in enumerate((told / torch.tensor(SIZES)).numpy() @ columns + bias):
        assert added[n].numpy() == pytest.approx(np.tile(row, (4, 1)), abs=1e-5)


def test_errors_are_counted_in_the_sizes_of_what_varies(heads):
    """Written out; what nobody knows does not count."""
    told, wanted = torch.rand(2, TOLD), torch.rand(2, TOLD)
    wanted[0, -AFFECT:] = torch.nan
    wrong = ((told.numpy() - wanted.numpy()) / np.array(SIZES)) ** 2
    assert float(heads.wrong(told, wanted)) == pytest.approx(np.nanmean(wrong), rel=1e-4)
    assert float(heads.wrong(told, torch.full_like(wanted, torch.nan))) == 0.0


def test_what_is_wanted_is_what_the_avatar_does_in_the_window(entries):
    sample, found = draw(entries, 3, np.random.default_rng(1), CONFIG, whole=True), 0
    for n in range(len(sample.latents)):
        for entry in entries:
            rows = entry.latents().astype(np.float32)
            starts = [s for s in range(entry.length - 4) if np.array_equal(rows[s : s + 5], sample.latents[n])]
            for start in starts:
                span = slice(TIME * start, TIME * (start + CONFIG.current))
                own = np.concatenate([entry.person.acts[span].mean(0), entry.person.affect[span].mean(0)])
                assert sample.reaction[n].numpy() == pytest.approx(own, abs=1e-6)
                found += 1
    assert found == len(sample.latents)


def test_stage_2_reads_what_the_generator_makes(entries, monkeypatch):
    """In units of departures; the real latents are the window's own."""
    training, seen = EchoTraining(model().train(), entries, 2, alone=False), []
    expression = training.alignment.expression
    monkeypatch.setattr(training.alignment, "expression", lambda *given: seen.append(given) or expression(*given))
    made = []
    training.model.generator.register_forward_hook(lambda *given: made.append(given[-1]))
    training(np.random.default_rng(3))
    (real, shown, still, recorded, asked), sample = (
        seen[0],
        draw(entries, 2, np.random.default_rng(3), CONFIG, whole=True),
    )
    spread = training.model.generator.spread
    assert torch.allclose(real, (sample.latents - sample.still) / spread, atol=1e-5)
    assert torch.allclose(shown, (made[0].float() - sample.still) / spread, atol=1e-5)
    assert torch.equal(still, sample.still)
    assert torch.equal(recorded, sample.reaction)
    assert asked.shape == recorded.shape
    assert EchoTraining(model(), entries, 2, alone=True).alignment is None


def test_with_a_user_more_windows_are_made_without_those_before(entries):
    """Two fifths against a tenth, beside those at the beginning."""

    def batches(whole):
        return [draw(entries, 4, np.random.default_rng(k), CONFIG, whole=whole) for k in range(40)]

    assert 0.75 < float(torch.cat([batch.given for batch in batches(False)]).mean()) < 0.92
    later = torch.cat([batch.given[batch.window > 0] for batch in batches(True)])
    assert float(later.mean()) == pytest.approx(0.6, abs=0.06)


def test_heads_are_new_in_stage_2(entries):
    training = EchoTraining(model(), entries, 2, alone=False)
    assert not any(name.startswith("alignment.") for name in training.settled())
    assert {"lips.weight", "model.generator.enter.weight"} <= training.settled()
