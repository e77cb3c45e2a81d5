"""Training: what a stage touches, resume, batches, the corpus on disk, export."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from echo_model.batches import PER, draw
from echo_model.config import TIME, Switches
from echo_model.corpus import read_corpus, suffixed
from echo_model.export import load, save
from echo_model.frames import to_video
from echo_model.lcu import UserWindow
from echo_model.loop import Loop, Recipe
from echo_model.model import Echo
from echo_model.train import EchoTraining, fit_spread, train
from echo_model.train_vae import OPEN, VaeTraining, encode_corpus, opening
from echo_model.vae import VideoVae, video_loss

from tests.unit.echo_model import corpora
from tests.unit.echo_model.small import CONFIG, model

RECIPE = Recipe(steps=4, batch=2, rate=1e-2, warmup=1, save_every=2)


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    return read_corpus(corpora.write(tmp_path_factory.mktemp("corpus")))


def weights(module):
    return {name: value.detach().clone() for name, value in module.named_parameters()}


@pytest.mark.parametrize("sdcm", [True, False])
def test_stage_1_leaves_the_users_path_untouched(sdcm, entries, tmp_path):
    net = model(replace(CONFIG, switches=Switches(sdcm=sdcm)))
    before = weights(net)
    Loop(EchoTraining(net, entries, 2, alone=True), RECIPE, 0, tmp_path).run()
    changed = {name for name, value in weights(net).items() if not torch.equal(value, before[name])}
    users = ("lcu.", "generator.user.", "generator.feeling.", "attend_user", "look_user", "modulate.user.", "vae.")
    assert not [name for name in changed if any(part in name for part in users)]
    assert any(".attend_voice." in name or ".modulate.attend." in name for name in changed)
    assert {"generator.leave.weight", "locator.net.1.weight"} <= changed


def test_stage_2_teaches_the_user_s_path_and_not_the_autoencoder(entries, tmp_path):
    net = model()
    before = weights(net)
    Loop(EchoTraining(net, entries, 2, alone=False), RECIPE, 0, tmp_path).run()
    unchanged = {name for name, value in weights(net).items() if torch.equal(value, before[name])}
    assert {name for name in before if name.startswith("vae.")} <= unchanged
    # What stands in for parts that are there is not used.
    assert {name for name in unchanged if not name.startswith("vae.")} == {"lcu.no_lpe", "lcu.no_lau"}


@pytest.mark.parametrize(
    "switches", [Switches(lpe=False), Switches(hbcu=False), Switches(lau=False), Switches(context="short"),
                 Switches(user_video=False), Switches(sdcm=False)],
)  # fmt: skip
def test_every_variant_is_trainable(switches, entries, tmp_path):
    net = model(replace(CONFIG, switches=switches))
    loop = Loop(EchoTraining(net, entries, 2, alone=False), replace(RECIPE, steps=1, save_every=1), 0, tmp_path)
    loop.run()
    assert np.isfinite(list(loop.curve[0].values())).all()


def test_a_run_that_is_killed_and_resumed_is_the_same(entries, tmp_path):
    def loop(folder):
        return Loop(EchoTraining(model(), entries, 2, alone=False), RECIPE, 3, folder)

    def run(folder):
        made = loop(folder)
        made.run()
        return weights(made.module)

    whole, torn = run(tmp_path / "whole"), loop(tmp_path / "torn")
    torn._note = raising(torn._note)
    with pytest.raises(KeyboardInterrupt):
        torn.run()
    resumed = run(tmp_path / "torn")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    rows = [(tmp_path / name / "log.csv").read_text().splitlines() for name in ("whole", "torn")]
    assert [len(each) for each in rows] == [3, 3]


def raising(note):
    """A note-taker that is interrupted once it has noted."""

    def noted():
        note()
        raise KeyboardInterrupt

    return noted


def test_a_run_of_another_recipe_is_refused(entries, tmp_path):
    Loop(EchoTraining(model(), entries, 2, alone=True), RECIPE, 0, tmp_path).run()
    with pytest.raises(ValueError, match="holds a run of another recipe or seed: train into another folder"):
        Loop(EchoTraining(model(), entries, 2, alone=True), RECIPE, 1, tmp_path).run()


def test_latents_and_places_are_learned(entries, tmp_path):
    torch.manual_seed(0)
    training = EchoTraining(Echo(CONFIG), entries[:2], 1, alone=True)
    loop = Loop(training, Recipe(40, 1, 2e-2, turn=2e-2, warmup=5, save_every=10), 0, tmp_path)
    loop.run()
    assert loop.curve[-1]["flow"] < 0.9 * loop.curve[0]["flow"]
    assert loop.curve[-1]["places"] < 0.5 * loop.curve[0]["places"]


def test_departures_are_measured_from_the_reference(entries):
    net, squares = model(), []
    fit_spread(net, entries)
    for entry in entries:
        for latent in entry.latents().astype(np.float64):
            squares.append(((latent - entry.still()[0].astype(np.float64)) ** 2).mean(axis=(1, 2)))
    assert net.generator.spread.flatten().tolist() == pytest.approx(np.mean(squares, axis=0) ** 0.5, rel=1e-4)


def test_recomputed_blocks_give_the_same_gradients(entries):
    gradients, calls = [], []
    for recompute in (False, True):
        net = model().train()
        net.generator.recompute = recompute
        net.generator.blocks[0].register_forward_pre_hook(lambda *_, recompute=recompute: calls.append(recompute))
        torch.manual_seed(0)
        sum(EchoTraining(net, entries, 1, alone=True)(np.random.default_rng(0)).values()).backward()
        gradients.append(net.generator.enter.weight.grad)
    assert torch.allclose(*gradients, rtol=1e-4, atol=1e-6)
    assert calls == [False, True, True]


def test_windows_lie_on_one_time_axis(entries):
    """The avatar's latents, its sound, the words before it and the user's windows belong to the same moment."""
    sample = draw(entries, 3, np.random.default_rng(1), CONFIG, whole=True)
    found = 0
    for n in range(len(sample.latents)):
        for entry in entries:
            rows = entry.latents().astype(np.float32)
            starts = [s for s in range(entry.length - 4) if np.array_equal(rows[s : s + 5], sample.latents[n])]
            if not starts:
                continue
            (start,), partner = starts, next(e for e in entries if e.stem == entry.partner)
            found += 1
            window = partner.latents()[start : start + 5].astype(np.float32)
            assert np.array_equal(sample.user_latents[n // PER, sample.window[n]], window)
            assert np.array_equal(sample.voice[n, TIME * 2 :], entry.person.voice[TIME * start : TIME * (start + 5)])
            assert int(sample.lengths[n]) == max(1, int((entry.person.ends <= TIME * start).sum()))
            if sample.given[n]:
                assert np.array_equal(sample.previous[n], rows[start - 2 : start])
    assert found == len(sample.latents) == 3 * PER


def test_flows_start_at_a_walk_of_the_same_person(entries, monkeypatch):
    training, known = EchoTraining(model().train(), entries, 3, alone=True), []
    start = training.model.generator.start
    monkeypatch.setattr(
        training.model.generator, "start", lambda noise, moved: known.append(moved) or start(noise, moved)
    )
    training(np.random.default_rng(2))
    (moved,) = known
    sample = draw(entries, 3, np.random.default_rng(2), CONFIG, whole=False)
    assert torch.equal(moved, sample.moved)
    places = set()
    for n, piece in enumerate(moved):
        (entry,) = [e for e in entries if np.array_equal(e.still().astype(np.float32), sample.still[n])]
        walks = torch.from_numpy(entry.moved().astype(np.float32))
        found = [
            (w, t)
            for w in range(len(walks))
            for t in range(walks.shape[1] - 4)
            if torch.equal(walks[w, t : t + 5], piece)
        ]
        places |= set(found)
        assert len(found) == 1
    assert len({w for w, _ in places}) > 2
    assert len({t for _, t in places}) > 2


def test_a_window_gets_the_user_up_to_its_own_end(entries):
    training = EchoTraining(model().eval(), entries, 2, alone=False)
    sample = draw(entries, 2, np.random.default_rng(3), CONFIG, whole=True)
    with torch.inference_mode():
        torch.manual_seed(4)
        user, _ = training._understood(sample)
        for n in range(len(user)):
            who, memory = n // PER, None
            for k in range(int(sample.window[n]) + 1):
                rows = sample.user_latents[who : who + 1, k], training.model.heard(sample.user_voice[who : who + 1, k])
                own, _, memory = training.model.lcu(UserWindow(*rows, sample.face[who : who + 1]), memory)
            assert torch.allclose(user[n], own[0, 0], atol=1e-5) or not user[n].any()  # untold, for guidance
    assert len(set(sample.window.tolist())) > 1
    assert user.any((1, 2)).sum() >= len(user) / 2


def test_a_batch_is_shared_by_all_ranks(monkeypatch):
    assert replace(RECIPE, batch=6).part == 6
    monkeypatch.setattr("echo_model.loop.is_initialized", lambda: True)
    monkeypatch.setattr("echo_model.loop.get_world_size", lambda: 2)
    assert replace(RECIPE, batch=6).part == 3
    with pytest.raises(ValueError, match="2 processes cannot have equal parts of a batch of 5"):
        _ = replace(RECIPE, batch=5).part


def test_a_batch_follows_from_its_seed(entries):
    one, same, other = (draw(entries, 2, np.random.default_rng(s), CONFIG, whole=False) for s in (5, 5, 6))
    assert torch.equal(one.latents, same.latents)
    assert not torch.equal(one.latents, other.latents)
    assert one.user_latents.shape[1] == 0


def test_a_person_without_a_partner_is_left_out(tmp_path):
    folder = corpora.write(tmp_path)
    suffixed(folder / "a.user", ".safetensors").unlink()
    assert [entry.stem.name for entry in read_corpus(folder)] == ["b.avatar", "b.user"]


def test_an_empty_corpus_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no conversation"):
        read_corpus(tmp_path)


def test_the_whole_way_and_back_from_a_file(tmp_path):
    """Autoencoder, latents, both stages, export: what is read back is what was trained, to half precision."""
    entries = read_corpus(corpora.write(tmp_path / "corpus", latents=False))
    recipes = {name: replace(RECIPE, steps=2) for name in ("vae", "stage1", "stage2")}
    trained = train(CONFIG, entries, tmp_path / "run", recipes, 0, "cpu")
    assert [row["step"] for row in trained.curve] == [2.0, 2.0]
    latents = np.concatenate([entry.latents() for entry in entries]).astype(np.float32)
    assert np.abs(latents.mean((0, 2, 3))).max() < 0.5
    assert latents.std((0, 2, 3)).min() > 0.7
    save(trained.model, tmp_path / "m.safetensors")
    read = load(tmp_path / "m.safetensors")
    assert read.config == CONFIG
    kept, made = weights(read), weights(trained.model)
    assert all(torch.allclose(kept[name], made[name], rtol=1e-3, atol=1e-3) for name in made)


def test_variants_share_the_stage_without_the_user(tmp_path):
    """What a variant becomes in the folder of another is what it becomes in one of its own; without SDCM stage 1 is another, too."""
    entries = read_corpus(corpora.write(tmp_path / "corpus", latents=False))
    recipes = {name: replace(RECIPE, steps=2) for name in ("vae", "stage1", "stage2")}
    short = replace(CONFIG, name="short", switches=Switches(context="short"))
    train(CONFIG, entries, tmp_path / "run", recipes, 0, "cpu")
    written = (tmp_path / "run" / "stage1" / "state.pt").read_bytes()
    shared, own = (train(short, entries, tmp_path / out, recipes, 0, "cpu") for out in ("run", "own"))
    assert (tmp_path / "run" / "stage1" / "state.pt").read_bytes() == written
    assert all(
        torch.equal(x, y) for x, y in zip(weights(shared.model).values(), weights(own.model).values(), strict=True)
    )
    train(replace(CONFIG, name="joint", switches=Switches(sdcm=False)), entries, tmp_path / "run", recipes, 0, "cpu")
    assert (tmp_path / "run" / "stage1-no-sdcm" / "state.pt").is_file()


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"x\.safetensors is no ECHO model of this version"):
        load(path)


def test_latents_of_a_corpus_are_those_of_the_whole_video(tmp_path, monkeypatch):
    """Chunks are seamless."""
    monkeypatch.setattr("echo_model.train_vae.CHUNK", 3)
    entries = read_corpus(corpora.write(tmp_path, latents=False))
    torch.manual_seed(0)
    vae = VideoVae(CONFIG.vae)
    encode_corpus(vae, entries, "cpu")
    with torch.inference_mode():
        reference = to_video(entries[0].frames()[0])[None]
        whole = vae.encode(to_video(entries[0].frames())[None], reference)[0]
        still = vae.encode(reference[:, None].expand(-1, TIME, -1, -1, -1), reference)[0]
    assert np.abs(entries[0].still() - still.numpy()).max() < 0.02
    assert np.abs(entries[0].latents() - whole.numpy()).max() < 0.02  # float16 of values up to about 10


def test_the_autoencoder_learns(tmp_path):
    entries = read_corpus(corpora.write(tmp_path / "corpus", latents=False))[:1]
    torch.manual_seed(0)
    loop = Loop(
        VaeTraining(CONFIG.vae, entries, 2),
        Recipe(80, 2, 3e-3, turn=3e-2, warmup=5, save_every=10),
        0,
        tmp_path / "run",
    )
    loop.run()
    assert loop.curve[-1]["pixels"] < 0.7 * loop.curve[0]["pixels"]


def test_errors_in_the_mouth_count_more():
    video = torch.zeros(1, 4, 3, 16, 16)
    weight = torch.ones(1, 1, 16, 16)
    weight[..., 8:, :] = 5
    above, below = video.clone(), video.clone()
    above[..., 2:4, 2:4], below[..., 10:12, 2:4] = 1, 1
    low, high = (video_loss(made, video, weight) for made in (above, below))
    assert float(high["pixels"]) == pytest.approx(5 * float(low["pixels"]))
    assert high["edges"] > low["edges"]


def test_what_is_told_of_a_mouth_is_its_brightness_and_contrast():
    """Written out for a mouth of four pixels; what lies beside it does not count."""
    lip = torch.zeros(1, 1, 8, 8)
    lip[..., 4:6, 2:4] = 0.5
    still, video = torch.zeros(1, 3, 8, 8), torch.rand(1, 4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    video[0, 2, :, 4:6, 2:4] = torch.tensor([[0.2, 0.4], [0.6, 0.8]])
    told = opening(video, still, lip)
    assert told.shape == (1, 1, 8)
    bright, contrast = told[0, 0, 4:6].tolist()
    assert bright == pytest.approx(OPEN * 0.5, rel=1e-5)
    assert contrast == pytest.approx(OPEN * (0.05**0.5 - 1e-3), rel=1e-3)  # of nothing: sqrt(1e-6)


def test_the_voice_is_taught_what_it_means_for_lips(entries):
    """The gradient of that term reaches the voice's tokens and nothing of the flow."""
    training = EchoTraining(model().train(), entries, 1, alone=True)
    torch.manual_seed(0)
    training(np.random.default_rng(0))["lips"].backward()
    reached = {name for name, value in training.named_parameters() if value.grad is not None and value.grad.any()}
    assert reached == {"lips.weight", "lips.bias", "model.generator.moments_heard"} | {
        f"model.generator.voice.{part}" for part in ("0.weight", "0.bias", "2.weight", "2.bias")
    }


@pytest.mark.slow
def test_two_processes_train_as_one_model(tmp_path):
    """Under torchrun one file comes out; where every rank keeps half of the numbers, it is the same as where each keeps all."""
    folder = corpora.write(tmp_path / "corpus", CONFIG, latents=False)
    script = tmp_path / "go.py"
    script.write_text(
        f"import sys\nsys.path.append({str(Path(__file__).parents[3])!r})\n"
        "from echo_model import train\nfrom tests.unit.echo_model.small import CONFIG\n"
        "train.config = lambda name: CONFIG\ntrain.main()\n"
    )
    made = []
    for out, shard in (("whole", []), ("halves", ["--shard", "--recompute"])):
        done = subprocess.run(
            [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", str(script), "echo-test",
             "--corpus", str(folder), "--out", str(tmp_path / out), "--steps", "2", "3", "3", "--batch", "2", *shard],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        made.append(weights(load(tmp_path / out / "echo-test.safetensors")))
    whole, halves = made
    torch.manual_seed(0)
    first = weights(Echo(CONFIG))
    turned = [name for name in whole if name.endswith(("feed.0.weight", "query_key_value.weight"))]
    apart = {name: float((whole[name] - halves[name]).norm() / (whole[name] - first[name]).norm()) for name in turned}
    assert len(turned) == 2 * CONFIG.layers
    # In three steps; sums in another order turn what has hardly a gradient. Shares that are turned each by itself are 1 apart.
    assert max(apart.values()) < 0.4, apart
