"""Eyes: faces beside how they looked at first, in pixels."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from echo_model import eyes as module
from echo_model import train as train_module
from echo_model.config import TIME, Switches
from echo_model.corpus import read_corpus
from echo_model.eyes import SIDE, Eyes
from echo_model.frames import LARGEST, shrunk, to_video
from echo_model.lcu import ACTS, SIZES
from echo_model.locate import face_mask, middle_and_radii
from echo_model.loop import Loop, Recipe
from echo_model.masks import regions_from
from echo_model.objective import EchoTraining
from echo_model.sample import Scene, turns
from echo_model.talks import draw_stretches, talk_of
from echo_model.train import RECIPES, train
from echo_model.train_eyes import EyesTraining, seen
from echo_model.understanding import UnderstandingTraining, shown

from tests.unit.echo_model import corpora
from tests.unit.echo_model.small import CONFIG, model, turn

SIZE, WIDTH, TOLD = 64, 16, len(SIZES)


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    return read_corpus(corpora.write(tmp_path_factory.mktemp("corpus")))


def ellipse(x: float, y: float, across: float = 0.2, down: float = 0.25, grid: int = 16) -> torch.Tensor:
    return face_mask(regions_from(torch.tensor([[x, y, across, down, x, y, 0.1, 0.1]])), grid)


def pictures(count: int, seed: int = 0) -> torch.Tensor:
    return 2 * torch.rand(1, count, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(seed)) - 1


def looking(seed: int = 0) -> Eyes:
    torch.manual_seed(seed)
    return Eyes(WIDTH, TOLD).eval()


def test_a_mask_says_where_its_ellipse_is():
    middle, radii = middle_and_radii(ellipse(0.4, 0.6, grid=128))
    assert middle[0].tolist() == pytest.approx([2 * 0.4 - 1, 2 * 0.6 - 1], abs=0.01)
    assert radii[0].tolist() == pytest.approx([2 * 1.2 * 0.2, 2 * 1.2 * 0.25], rel=0.02)


@torch.no_grad()
def test_a_face_is_seen_wherever_it_is():
    net, seen, first = looking(), pictures(3), pictures(1, 1)[:, 0]
    here = net(seen, first, ellipse(0.5, 0.5))
    cell = SIZE // 16
    moved = [x.roll((cell, -cell), (-2, -1)) for x in (seen, first)]
    assert torch.allclose(net(*moved, ellipse(0.5 - 1 / 16, 0.5 + 1 / 16)), here, atol=1e-3)
    assert not torch.allclose(net(*moved, ellipse(0.5, 0.5)), here, atol=1e-1)


@torch.no_grad()
def test_what_is_behind_a_face_is_not_seen():
    net, seen, first, mask = looking(), pictures(3), pictures(1, 1)[:, 0], ellipse(0.5, 0.5)
    behind = torch.nn.functional.interpolate(mask[:, None], (SIZE, SIZE)) == 0
    other = torch.where(behind, torch.ones(()), seen)
    assert torch.equal(net(other, torch.where(behind, -torch.ones(()), first), mask), net(seen, first, mask))
    assert not torch.equal(net(seen.flip(-1), first, mask), net(seen, first, mask))


@torch.no_grad()
def test_tokens_are_of_one_picture_and_the_first_and_as_large_as_each_other():
    net, seen, first, mask = looking(), pictures(4), pictures(1, 1)[:, 0], ellipse(0.5, 0.5)
    whole = net(seen, first, mask)
    assert whole.shape == (1, 4, WIDTH)
    assert torch.allclose(net(seen[:, 2:3], first, mask)[:, 0], whole[:, 2], atol=1e-5)
    assert not torch.allclose(net(seen, seen[:, 0], mask)[:, 1], whole[:, 1], atol=1e-2)
    assert torch.allclose(whole.square().mean(-1), torch.ones(1, 4), atol=1e-2)


@torch.no_grad()
def test_in_training_a_face_is_seen_as_others_but_the_same_in_all_its_pictures(monkeypatch):
    monkeypatch.setattr(module, "GRAIN", 0.0)
    net, first, mask = looking().train(), pictures(1, 1)[:, 0], ellipse(0.5, 0.5)
    net.net[-1].p = 0.0
    same = first[:, None].expand(-1, 5, -1, -1, -1)
    once, again = net(same, first, mask), net(same, first, mask)
    assert torch.allclose(once, once[:, :1].expand_as(once), atol=1e-5)
    assert not torch.allclose(once, again, atol=1e-2)
    assert not torch.equal(*(net(pictures(2), first, mask) for _ in range(2)))
    net.eval()
    assert torch.equal(*(net(pictures(2), first, mask) for _ in range(2)))


def test_places_stay_near_the_face_in_training():
    net, mask = looking(), ellipse(0.45, 0.55).expand(300, -1, -1)
    still = net._places(mask)
    torch.manual_seed(0)
    away = net.train()._places(mask)
    assert away.shape == (300, SIDE, SIDE, 2)
    radii = middle_and_radii(mask)[1][0]
    middles = (away.mean((1, 2)) - still.mean((1, 2))) / radii
    assert float(middles.std(0).max()) < 0.1
    mirrored = (away[:, :, -1, 0] < away[:, :, 0, 0]).all(1)
    assert 0.4 < float(mirrored.float().mean()) < 0.6
    upright = away[~mirrored]
    assert 0.03 < float(((upright - still[: len(upright)]) / radii).square().mean().sqrt()) < 0.25


def test_errors_are_written_out():
    """Acts as logits, affect in the sizes in which it varies; what nobody knows does not count."""
    rng = np.random.default_rng(0)
    told, wanted = rng.normal(size=(2, 5, TOLD)).astype(np.float32)
    wanted[:, : len(ACTS)] = wanted[:, : len(ACTS)] > 0
    wanted[1, :] = np.nan
    found = seen(torch.from_numpy(told), torch.from_numpy(wanted))
    known = [0, 2, 3, 4]
    x, y = told[known, : len(ACTS)], wanted[known, : len(ACTS)]
    missed = np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0) - x * y
    assert float(found["acts"]) == pytest.approx(missed.mean(), rel=1e-4)
    off = ((told - wanted) / np.array(SIZES))[known, len(ACTS) :] ** 2
    assert float(found["affect"]) == pytest.approx(off.mean(), rel=1e-4)
    unknown = seen(torch.from_numpy(told), torch.full((5, TOLD), torch.nan))
    assert [float(term) for term in unknown.values()] == [0.0, 0.0]


def test_eyes_learn_what_is_to_be_seen(entries, tmp_path):
    """The pictures of the corpus are noise, so they learn them by heart: the error falls far below that of a constant."""
    training = EyesTraining(CONFIG, entries[:1], 8)
    training.footage = [(frames[:4], reference, person) for frames, reference, person in training.footage]
    net = training.eyes
    net.net[-1].p = 0.0
    loop = Loop(training, Recipe(steps=60, batch=8, rate=3e-3, warmup=5, average=0.5, save_every=10), 0, tmp_path)
    loop.run()
    assert loop.curve[-1]["affect"] < 0.5 * loop.curve[0]["affect"]
    assert not net.training


def test_eyes_are_left_as_they_are_by_what_comes_after(entries):
    for training in (
        UnderstandingTraining(model().train(), entries, 2),
        EchoTraining(model().train(), entries, 2, alone=True),
        EchoTraining(model().train(), entries, 2, alone=False),
    ):
        sum(training(np.random.default_rng(0)).values()).backward()
        net = training.model.lcu.lpe
        assert all(value.grad is None for value in net.eyes.parameters())
        assert (net.look.weight.grad is None) == (getattr(training, "alone", False))


def test_models_of_one_folder_have_the_same_eyes(tmp_path):
    entries = read_corpus(corpora.write(tmp_path / "corpus", latents=False))
    recipe = Recipe(steps=2, batch=2, rate=1e-3, warmup=1)
    recipes = dict.fromkeys(RECIPES, recipe)
    other = replace(CONFIG, name="echo-test-no-lau", switches=Switches(lau=False))
    found = [train(each, entries, tmp_path / "run", recipes, 0, "cpu").model.lcu.lpe.eyes for each in (CONFIG, other)]
    first, second = (net.state_dict() for net in found)
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    state = torch.load(tmp_path / "run" / "eyes" / "state.pt", weights_only=True)
    assert torch.equal(first["leave.weight"], state["average"]["eyes.leave.weight"])


def test_eyes_do_not_depend_on_what_was_done_before(tmp_path):
    """A run whose autoencoder is there already begins with the same eyes."""
    entries = read_corpus(corpora.write(tmp_path / "corpus", latents=False))
    recipes = dict.fromkeys(RECIPES, Recipe(steps=1, batch=2, rate=0.0, turn=0.0, decay=0.0))
    first = train(CONFIG, entries, tmp_path / "one", recipes, 0, "cpu").model.lcu.lpe.eyes.state_dict()
    shutil.copytree(tmp_path / "one" / "vae", tmp_path / "two" / "vae")
    second = train(CONFIG, entries, tmp_path / "two", recipes, 0, "cpu").model.lcu.lpe.eyes.state_dict()
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def test_a_batch_of_conversations_is_none_of_pictures(tmp_path, monkeypatch):
    found = []
    monkeypatch.setattr(train_module, "train", lambda *given, **more: found.append(given[3]) or sys.exit())
    monkeypatch.setattr(train_module, "read_corpus", lambda folder: [])
    monkeypatch.setattr(sys, "argv", ["train", "echo-tiny", "--corpus", ".", "--out", str(tmp_path), "--batch", "32"])
    with pytest.raises(SystemExit):
        train_module.main()
    sizes = {name: recipe.batch for name, recipe in found[0].items()}
    kept = {name: RECIPES[name].batch for name in ("vae", "eyes", "course")}
    assert sizes == kept | dict.fromkeys(("stage1", "understanding", "stage2"), 32)


def test_eyes_are_shown_the_last_picture_of_each_latent_frame(entries):
    stretches = draw_stretches(entries, 3, np.random.default_rng(1), CONFIG)
    talk, span = talk_of(stretches, CONFIG), TIME * CONFIG.current
    for k, stretch in enumerate(stretches):
        frames = stretch.partner.frames()[TIME * stretch.offset :][: stretch.count * span]
        assert np.array_equal(talk.pictures[k].flatten(0, 1), frames[TIME - 1 :: TIME])
        assert np.array_equal(talk.first[k], stretch.partner.reference())
    seen, first = shown(talk)
    assert torch.equal(first, to_video(talk.first.numpy()))
    assert torch.equal(seen[0, 3], to_video(talk.pictures[0, 0, 3].numpy()))


def test_a_stream_shows_eyes_the_same_pictures():
    rng, span = np.random.default_rng(0), TIME * CONFIG.current
    frames = rng.integers(0, 256, (2 * span, 64, 64, 3), dtype=np.uint8)
    voice = rng.normal(size=(2 * span, CONFIG.audio)).astype(np.float32)
    blank = np.zeros(0, np.int64)
    with torch.no_grad():
        made = list(turns(model(), Scene(frames[0], iter(frames), voice, voice, blank, blank, blank)))
    seen = torch.cat([each.user.pictures for each in made], dim=1)
    assert torch.equal(seen[0], to_video(frames[TIME - 1 :: TIME]))
    assert all(torch.equal(each.user.first[0], to_video(frames[0])) for each in made)


@torch.no_grad()
def test_what_eyes_see_is_understood_and_not_without_sight():
    for video in (True, False):
        net = model(replace(CONFIG, switches=Switches(context="short", lau=False, user_video=video)))
        user = turn(0).user
        other = replace(user, pictures=user.pictures.flip(-1))
        same = torch.equal(net.lcu(user, None)[0], net.lcu(other, None)[0])
        assert same is not video


def test_large_pictures_are_shrunk_by_means_of_areas():
    large = torch.rand(2, 3, 2 * LARGEST, 2 * LARGEST)
    small = shrunk(large)
    assert small.shape == (2, 3, LARGEST, LARGEST)
    assert torch.allclose(small[1, 2, 5, 7], large[1, 2, 10:12, 14:16].mean(), atol=1e-6)
    assert shrunk(small) is small
