"""Training: what a stage touches, resume, batches, the corpus on disk, export."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from echo_model.batches import draw
from echo_model.config import Switches
from echo_model.corpus import read_corpus
from echo_model.export import load, save
from echo_model.loop import Loop, Recipe
from echo_model.model import Echo
from echo_model.objective import EchoTraining, in_user_path, is_understanding
from echo_model.train import FITTED, RECIPES, train
from echo_model.train_vae import OPEN, VaeTraining, opening
from echo_model.understanding import COURSE, EYES, rows_of, understood
from echo_model.vae import video_loss

from tests.unit.echo_model import corpora
from tests.unit.echo_model.small import CONFIG, model

RECIPE = Recipe(steps=4, batch=2, rate=1e-2, warmup=1, save_every=2)


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    return read_corpus(corpora.write(tmp_path_factory.mktemp("corpus")))


WRITER = ("words", "sides", "read", "choose", "rate")


def weights(module):
    return {name: value.detach().clone() for name, value in module.named_parameters()}


@pytest.mark.parametrize("sdcm", [True, False])
def test_stage_1_leaves_the_users_path_untouched(sdcm, entries, tmp_path):
    net = model(replace(CONFIG, switches=Switches(sdcm=sdcm)))
    before = weights(net)
    Loop(EchoTraining(net, entries, 2, alone=True), RECIPE, 0, tmp_path).run()
    changed = {name for name, value in weights(net).items() if not torch.equal(value, before[name])}
    users = ("lcu.", "generator.user.", "attend_user", "look_user", "modulate.user.", "vae.")
    touched = {name for name in changed if any(part in name for part in users)}
    assert touched == {
        "lcu.reaction.embed_felt.weight",
        "lcu.reaction.embed_felt.bias",
    }  # how the avatar's own feeling is told
    assert any(".attend_voice." in name or ".modulate.attend." in name for name in changed)
    assert {"generator.leave.weight", "locator.net.1.weight"} <= changed


def test_stage_2_teaches_the_user_s_path_and_not_autoencoder_and_eyes(entries, tmp_path):
    net = model()
    before = weights(net)
    Loop(EchoTraining(net, entries, 2, alone=False), RECIPE, 0, tmp_path).run()
    unchanged = {name for name, value in weights(net).items() if torch.equal(value, before[name])}
    earlier = {name for name in before if name.startswith(("vae.", EYES, COURSE))}
    assert earlier <= unchanged
    # What stands in for parts that are there is not used, and no gradient passes through a text to who wrote it.
    wrote = {f"lcu.lau.{name}" for name, _ in net.lcu.lau.named_parameters() if name.split(".")[0] in WRITER}
    unused = {"lcu.no_lpe", "lcu.no_hbcu", "lcu.no_lau"}
    assert unchanged - earlier == unused | wrote


@pytest.mark.parametrize(
    "switches", [Switches(lpe=False), Switches(hbcu=False), Switches(lau=False), Switches(context="short"),
                 Switches(user_video=False), Switches(sdcm=False)],
)  # fmt: skip
def test_every_variant_is_trainable(switches, entries, tmp_path):
    net = model(replace(CONFIG, switches=switches))
    loop = Loop(EchoTraining(net, entries, 2, alone=False), replace(RECIPE, steps=1, save_every=1), 0, tmp_path)
    loop.run()
    assert np.isfinite(list(loop.curve[0].values())).all()


def test_stage_2_begins_where_stage_1_ended(entries):
    """What is not trained yet of the user's path changes nothing: the same windows have the same error with and without the user."""
    torch.manual_seed(0)
    net = Echo(CONFIG).train()
    torch.nn.init.normal_(net.generator.leave.weight, 0, 0.05)
    sample = draw(entries, 2, np.random.default_rng(0), CONFIG, whole=True)
    found, _ = understood(net, sample.talk, rows_of(sample.window, sample.talk))
    user, feeling = EchoTraining(net, entries, 2, alone=False)._lead(sample.reaction, found)
    errors = []
    for share in (1, 0):
        torch.manual_seed(1)
        errors.append(EchoTraining(net, entries, 2, alone=True)._flow(sample, share * user, feeling)["flow"])
    assert user.abs().max() > 0.01
    one, other = (float(error.detach()) for error in errors)
    assert one == pytest.approx(other, rel=1e-5)


def test_what_stage_1_trained_goes_on_at_a_share_of_the_rates(entries, tmp_path):
    """At a share of zero it stays, as does what is understood; how that is told is new. In stage 1 nothing is settled."""
    net, recipe = model(), replace(RECIPE, settled=0.0, decay=0.0)
    training = EchoTraining(net, entries, 2, alone=False)
    before = weights(net)
    Loop(training, recipe, 0, tmp_path, settled=training.settled()).run()
    changed = {name for name, value in weights(net).items() if not torch.equal(value, before[name])}
    assert changed
    assert all(in_user_path(name) and not is_understanding(name) for name in changed)
    assert not EchoTraining(net, entries, 2, alone=True).settled()


def test_the_head_that_tells_lips_goes_on_in_stage_2(tmp_path, monkeypatch):
    entries, seen = read_corpus(corpora.write(tmp_path / "corpus", latents=False)), []
    run = Loop.run

    def watched(self):
        if isinstance(self.module, EchoTraining):
            seen.append(self.module.lips.weight.detach().clone())
        run(self)
        if isinstance(self.module, EchoTraining):
            seen.append(self.module.lips.weight.detach().clone())

    monkeypatch.setattr(Loop, "run", watched)
    recipes = {name: replace(RECIPE, steps=2) for name in RECIPES}
    train(CONFIG, entries, tmp_path / "run", recipes, 0, "cpu")
    first, after_stage_1, before_stage_2, _ = seen
    assert torch.equal(after_stage_1, before_stage_2)
    assert not torch.equal(first, after_stage_1)


def test_without_hbcu_nobody_tells_what_the_user_does(entries):
    """Else its targets would reach P_usr through the tokens that both share."""
    training = EchoTraining(model(replace(CONFIG, switches=Switches(hbcu=False))).train(), entries, 2, alone=False)
    terms = training(np.random.default_rng(0))
    assert set(terms) == {"flow", "lips", "opening", "places", "reaction", "felt"}


def test_the_locator_learns_from_those_stills(entries):
    training, shown = EchoTraining(model().train(), entries, 2, alone=True), []
    training.model.locator.register_forward_pre_hook(lambda _, given: shown.append(given[0]))
    terms = training(np.random.default_rng(4))
    sample = draw(entries, 2, np.random.default_rng(4), CONFIG, whole=False)
    assert torch.equal(shown[0], sample.seen)
    located = training.model.locator(sample.seen)
    assert float(terms["places"].detach()) == pytest.approx(
        float((located - sample.places).abs().mean().detach()), rel=1e-4
    )


def test_a_flow_is_a_straight_way_from_its_start_to_the_data(entries, monkeypatch):
    """What the generator is shown lies between both, as far as the time says."""
    training, seen = EchoTraining(model().train(), entries, 2, alone=True), []
    start, net = training.model.generator.start, training.model.generator

    def noted(*given):
        seen.append(start(*given))
        return seen[-1]

    net.register_forward_pre_hook(lambda _, given: seen.append(given))
    monkeypatch.setattr(net, "start", noted)
    training(np.random.default_rng(2))
    begun, (noisy, times, *_) = seen
    part = times[:, None, None, None, None]
    sample = draw(entries, 2, np.random.default_rng(2), CONFIG, whole=False)
    assert torch.allclose(noisy, begun + part * (sample.latents - begun), atol=1e-6)
    assert 0 < float(times.min()) < float(times.max()) < 1


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


def test_what_is_left_is_the_average_over_steps(entries, tmp_path, monkeypatch):
    """Exponential, and warming up: after step k it keeps k / (10 + k) of itself, up to what the recipe says."""
    loop, seen = Loop(EchoTraining(model(), entries, 2, alone=True), replace(RECIPE, average=0.1), 0, tmp_path), []
    expected, advance = loop.module.model.generator.enter.weight.detach().clone(), loop._advance

    def advanced():
        found = advance()
        seen.append(loop.module.model.generator.enter.weight.detach().clone())
        return found

    monkeypatch.setattr(loop, "_advance", advanced)
    loop.run()
    for step, latest in enumerate(seen):
        keep = min(0.1, step / (10 + step))
        expected = keep * expected + (1 - keep) * latest
    assert len(seen) == RECIPE.steps
    assert not torch.allclose(expected, seen[-1], atol=1e-6)
    assert torch.allclose(loop.module.model.generator.enter.weight, expected, atol=1e-6)


def test_a_run_of_another_recipe_is_refused(entries, tmp_path):
    Loop(EchoTraining(model(), entries, 2, alone=True), RECIPE, 0, tmp_path).run()
    with pytest.raises(ValueError, match="holds a run of another recipe or seed: train into another folder"):
        Loop(EchoTraining(model(), entries, 2, alone=True), RECIPE, 1, tmp_path).run()


def test_a_run_goes_on_for_more_steps_and_not_for_fewer(entries, tmp_path):
    longer = replace(RECIPE, steps=RECIPE.steps + 2)
    Loop(EchoTraining(model(), entries, 2, alone=True), RECIPE, 0, tmp_path).run()
    loop = Loop(EchoTraining(model(), entries, 2, alone=True), longer, 0, tmp_path)
    taken, advance = [], loop._advance
    loop._advance = lambda: taken.append(loop.step) or advance()
    loop.run()
    assert taken == [RECIPE.steps, RECIPE.steps + 1]
    with pytest.raises(
        ValueError, match=rf"has taken {longer.steps} steps, more than {RECIPE.steps}: ask for no fewer"
    ):
        Loop(EchoTraining(model(), entries, 2, alone=True), RECIPE, 0, tmp_path).run()


def test_no_stage_is_kept_that_was_built_on_what_has_gone_on(tmp_path):
    """Autoencoder and stage 1 go on when they are asked to; then what was built on them is not passed off as built on what they are now."""
    entries, out = read_corpus(corpora.write(tmp_path / "corpus", latents=False)), tmp_path / "run"
    recipes = {name: replace(RECIPE, steps=1) for name in RECIPES}
    train(CONFIG, entries, out, recipes, 0, "cpu")
    once = torch.load(out / "vae" / FITTED, weights_only=True)
    for longer, stage in (("stage1", Path(CONFIG.name) / "understanding"), ("vae", Path("stage1"))):
        more = recipes | {longer: replace(RECIPE, steps=2)}
        with pytest.raises(ValueError, match=f"{stage}/state.pt holds a run that began from other numbers"):
            train(CONFIG, entries, out, more, 0, "cpu")
    again = torch.load(out / "vae" / FITTED, weights_only=True)
    assert not all(torch.equal(once[name], again[name]) for name in once)


def test_latents_and_places_are_learned(entries, tmp_path):
    torch.manual_seed(0)
    training = EchoTraining(Echo(CONFIG), entries[:2], 1, alone=True)
    loop = Loop(training, Recipe(40, 1, 2e-2, turn=2e-2, warmup=5, save_every=10), 0, tmp_path)
    loop.run()
    assert loop.curve[-1]["flow"] < 0.9 * loop.curve[0]["flow"]
    assert loop.curve[-1]["places"] < 0.5 * loop.curve[0]["places"]


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


def test_a_batch_is_shared_by_all_ranks(monkeypatch):
    assert replace(RECIPE, batch=6).part == 6
    monkeypatch.setattr("echo_model.loop.is_initialized", lambda: True)
    monkeypatch.setattr("echo_model.loop.get_world_size", lambda: 2)
    assert replace(RECIPE, batch=6).part == 3
    with pytest.raises(ValueError, match="2 processes cannot have equal parts of a batch of 5"):
        _ = replace(RECIPE, batch=5).part


def test_the_whole_way_and_back_from_a_file(tmp_path):
    """Autoencoder, latents, both stages, export: what is read back is what was trained, to half precision."""
    entries = read_corpus(corpora.write(tmp_path / "corpus", latents=False))
    recipes = {name: replace(RECIPE, steps=2) for name in RECIPES}
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
    recipes = {name: replace(RECIPE, steps=2) for name in RECIPES}
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
             "--corpus", str(folder), "--out", str(tmp_path / out), "--steps", "2", "2", "3", "2", "3", "2", "--batch", "2", *shard],
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
