"""Alignment: who learns from what, what is wanted, and what nobody knows."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
import torch
from echo_model import alignment
from echo_model.alignment import Alignment
from echo_model.batches import LOOKS, PER, draw
from echo_model.config import TIME
from echo_model.corpus import read_corpus
from echo_model.frames import to_video
from echo_model.lcu import AFFECT, SIZES, Reaction
from echo_model.masks import Regions
from echo_model.objective import EchoTraining

from tests.unit.echo_model import corpora
from tests.unit.echo_model.small import CONFIG, REGIONS, model

TOLD = len(SIZES)


@pytest.fixture
def entries(tmp_path):
    return read_corpus(corpora.write(tmp_path))


@pytest.fixture
def heads():
    torch.manual_seed(0)
    return Alignment().eval()


def pictures(count=3, frames=2, seed=0):
    size, rng = CONFIG.vae.size, torch.Generator().manual_seed(seed)
    return torch.rand(count, frames, 3, size, size, generator=rng) * 2 - 1


def everywhere(count):
    """The face of REGIONS in each of some pictures."""
    return Regions(*(x.expand(count, 2) for x in (getattr(REGIONS, field.name) for field in fields(REGIONS))))


def test_the_reader_learns_from_footage_and_the_model_from_what_it_reads(heads):
    made, images, wanted = pictures(seed=1).requires_grad_(), pictures(seed=2)[:, 0], torch.zeros(3, TOLD)
    heads.taught(pictures()[:, 0], images, everywhere(3), wanted).backward()
    assert all(value.grad.any() for value in heads.reader.parameters())
    heads.zero_grad()
    heads.expression(made, images, everywhere(3), wanted).backward()
    assert made.grad.any()
    assert not any(value.grad is not None and value.grad.any() for value in heads.reader.parameters())


def test_what_is_made_is_read_as_footage_is(heads):
    """Over several frames it is the mean of what is read of each."""
    torch.manual_seed(0)
    footage, images, wanted = pictures(200, 1), pictures(200, 1, seed=2)[:, 0], torch.rand(200, TOLD)
    twice = footage.expand(-1, 2, -1, -1, -1)
    found = [heads.expression(made, images, everywhere(200), wanted) for made in (footage, twice)]
    taught = float(heads.taught(footage[:, 0], images, everywhere(200), wanted).detach())
    assert [float(each.detach()) for each in found] == pytest.approx([taught] * 2, rel=0.02)  # but for noise


def test_faces_are_cut_out_beside_those_of_the_reference(monkeypatch):
    """A picture that tells its places: the middle and the half width of what is seen."""
    for name in ("SHAKE", "NOISE"):
        monkeypatch.setattr(alignment, name, 0.0)
    size = 64
    along = 2 * (torch.arange(size) + 0.5) / size - 1
    across, down = torch.meshgrid(along, along, indexing="xy")
    shown = torch.stack([across, down, torch.zeros_like(down)])[None, None]
    regions = Regions(*(torch.tensor([pair]) for pair in ([0.5, 0.4], [0.2, 0.25], [0.5, 0.5], [0.1, 0.1])))
    cut = alignment._faces(shown, -shown[:, 0], alignment._places(regions))
    assert cut.shape == (1, 6, alignment.SIDE, alignment.SIDE)
    assert torch.allclose(cut[:, :3], -cut[:, 3:])
    edge = 1 - 1 / alignment.SIDE
    for row, middle, radius in ((cut[0, 0, 0], 0.5, 0.2), (cut[0, 1, :, 0], 0.4, 0.25)):
        ends = 2 * (middle + alignment.AROUND * radius * edge * np.array([-1, 1])) - 1
        assert row[[0, -1]].tolist() == pytest.approx(ends, abs=1e-5)


def test_what_is_small_is_not_read(heads):
    """Noise as large as NOISE covers what no face shows, and faces are not always seen at the same place."""
    still, places = pictures(1, 1), alignment._places(everywhere(1))
    other = alignment._places(everywhere(1))
    assert 0 < float((places - other).abs().max()) < 0.5
    difference = alignment._faces(still, still[:, 0], places) - alignment._faces(still, still[:, 0], places)
    assert float(difference.std()) == pytest.approx(2**0.5 * alignment.NOISE, rel=0.1)


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
                assert sample.reaction[n // PER, sample.window[n]].numpy() == pytest.approx(own, abs=1e-6)
                found += 1
    assert found == len(sample.latents)


def test_stage_2_reads_what_the_generator_makes(entries, monkeypatch):
    """As pictures of one latent frame."""
    training, seen, made = EchoTraining(model().train(), entries, 2, alone=False), [], []
    expression = training.alignment.expression
    monkeypatch.setattr(training.alignment, "expression", lambda *given: seen.append(given) or expression(*given))
    training.model.generator.register_forward_hook(lambda *given: made.append(given[-1]))
    training(np.random.default_rng(3))
    shown, image, regions, asked = seen[0]
    sample = draw(entries, 2, np.random.default_rng(3), CONFIG, whole=True)
    with torch.no_grad():
        whole = training.model.vae.decode(made[0].float(), sample.image).unflatten(1, (CONFIG.current, TIME))
    away = (whole - shown[:, None]).abs().amax((0, 2, 3, 4, 5))
    assert sorted(away.tolist())[0] < 1e-5 < sorted(away.tolist())[1]
    assert int(away.argmin()) > 0  # the first frame's picture needs the one before the window
    assert shown.requires_grad
    assert torch.equal(image, sample.image)
    assert torch.equal(regions.face, sample.regions[:, :2])
    assert asked.shape == sample.other.shape
    assert EchoTraining(model(), entries, 2, alone=True).alignment is None


def test_the_reader_sees_anybody_at_any_time(entries, monkeypatch):
    """Pictures beside the same person's reference, with what that person does and feels then."""
    training, seen = EchoTraining(model().train(), entries, 2, alone=False), []
    taught = training.alignment.taught
    monkeypatch.setattr(training.alignment, "taught", lambda *given: seen.append(given) or taught(*given))
    training(np.random.default_rng(3))
    pictures, images, regions, shown = seen[0]
    assert len(pictures) == 2 * PER * LOOKS
    whose, when = [], []
    for picture, image, face, told in zip(pictures, images, regions.face, shown, strict=True):
        (number,) = [k for k, e in enumerate(entries) if torch.equal(to_video(e.reference()), image)]
        own = entries[number]
        frames = [k for k, frame in enumerate(own.frames()) if torch.equal(to_video(frame), picture)]
        acts, affect = own.person.acts[frames], own.person.affect[frames]
        assert told.tolist() in np.concatenate([acts, affect], axis=1).tolist()
        assert face.tolist() == own.person.regions[0, :2].tolist()
        whose.append(number)
        when.append(frames[0])
    assert set(whose) == set(range(len(entries)))
    assert len(set(when)) > len(when) / 4
    assert draw(entries, 2, np.random.default_rng(3), CONFIG, whole=False).looks.shape[:2] == (2 * PER, 0)


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
