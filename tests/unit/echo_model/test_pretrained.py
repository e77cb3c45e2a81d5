"""Pretrained encoders in place of the small parts: built, taught one step, sampled, kept out of the file."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from echo_model.config import BASE, SMALL, TIME, LcuConfig, VaeConfig
from echo_model.corpus import read_corpus
from echo_model.export import load, save
from echo_model.language import LanguageFeeling, LanguageUnderstanding
from echo_model.loop import Loop, Recipe
from echo_model.model import Echo
from echo_model.objective import EchoTraining
from echo_model.pretrained import Encoders, PretrainedVae, read_encoders, with_encoders
from echo_model.sample import sample
from echo_model.sdcm import numbers
from echo_model.train import RECIPES, UNDERSTOOD, train

from tests.unit.echo_model import corpora
from tests.unit.echo_model.small import CONFIG, model
from tests.unit.echo_model.test_sample import scene

diffusers = pytest.importorskip("diffusers", reason="needs echo-bench[echo]")
pytest.importorskip("transformers", reason="needs echo-bench[echo]")
from tests.unit.echo_model import encoders as tiny  # noqa: E402

STEP = Recipe(steps=1, batch=1, rate=1e-3, warmup=1, save_every=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The encoders as `save_pretrained` writes them."""
    made, folder = tiny.encoders(), tmp_path_factory.mktemp("encoders")
    made.video.save_pretrained(folder / "video")
    for name in ("understanding", "language", "text"):
        getattr(made, name).net.save_pretrained(folder / name)
        getattr(made, name).tokeniser.save_pretrained(folder / name)
    return folder


@pytest.fixture(scope="module")
def encoders(folder):
    return read_encoders(folder)


def small_corpus(path, config):
    """Words are tokens of the language model here."""
    folder = corpora.write(path, replace(config, lcu=replace(config.lcu, words=len(tiny.WORDS))), latents=False)
    return read_corpus(folder)


@pytest.mark.parametrize("size", [SMALL, BASE])
def test_large_sizes_train_and_sample_with_pretrained_encoders(size, encoders, tmp_path):
    """All but width and depth is that of the size: guidance, steps, switches, recomputing."""
    small = replace(
        size, vae=VaeConfig(size=64, channels=4, width=4), width=32, heads=2, layers=2,
        lcu=LcuConfig(width=16, state=size.lcu.state, pool=2, layers=1),
    )  # fmt: skip
    config = with_encoders(small, encoders)
    assert config.encoders == ("video", "understanding", "language", "text")
    entries = small_corpus(tmp_path / "corpus", config)
    recipes = dict.fromkeys(RECIPES, STEP)
    trained = train(config, entries, tmp_path / "run", recipes, 0, "cpu", recompute=True, encoders=encoders)
    assert all(np.isfinite(list(row.values())).all() for row in trained.curve)
    assert len(trained.curve) == 2
    columns = (tmp_path / "run" / config.name / UNDERSTOOD / "log.csv").read_text().splitlines()[0].split(",")
    assert "mood" not in columns  # a language model's words are its own
    assert "reaction" in columns
    assert isinstance(trained.model.vae, PretrainedVae)
    save(trained.model, tmp_path / "m.safetensors")
    read = load(tmp_path / "m.safetensors", encoders)
    frames = np.stack(list(sample(read, replace(scene(23), words=np.array([3, 4, 5])), 0)))
    assert frames.shape == (23, 64, 64, 3)
    assert frames.std() > 1


def test_encoders_are_no_part_of_a_model(encoders):
    net = Echo(with_encoders(CONFIG, encoders), encoders)
    owned = {id(each) for each in net.parameters()}
    nets = [encoders.video, *(getattr(encoders, name).net for name in ("understanding", "language", "text"))]
    assert not any(id(value) in owned or value.requires_grad for each in nets for value in each.parameters())
    assert not any("frozen" in name or "writer" in name or "reader" in name for name in net.state_dict())
    assert numbers(net.train()) < numbers(Echo(CONFIG)) + 20_000
    assert not any(each.training for each in nets)
    net.double()
    assert next(encoders.video.parameters()).dtype == torch.float64  # it moves along
    net.float()


def test_a_file_without_its_encoders_is_refused(encoders, tmp_path):
    save(Echo(with_encoders(CONFIG, encoders), encoders), tmp_path / "m.safetensors")
    with pytest.raises(ValueError, match="video, understanding, language, text; given: none"):
        load(tmp_path / "m.safetensors")


def test_language_models_go_in_pairs(encoders):
    with pytest.raises(ValueError, match="`language` and `text` go together"):
        Encoders(language=encoders.language)


def test_a_folder_of_none_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds none of the folders video, understanding, language, text"):
        read_encoders(tmp_path)


def test_some_can_be_pretrained(encoders, folder):
    some = Encoders(understanding=encoders.understanding)
    net = Echo(with_encoders(CONFIG, some), some)
    assert isinstance(net.lcu.hbcu.model, LanguageUnderstanding)
    assert not isinstance(net.vae, PretrainedVae)


def test_stage_2_teaches_the_ways_into_and_out_of_the_language_model(encoders, tmp_path):
    """The gradient goes through the frozen net."""
    config = with_encoders(CONFIG, replace(encoders, video=None))
    entries = read_corpus(
        corpora.write(tmp_path / "c", replace(config, lcu=replace(config.lcu, words=len(tiny.WORDS))))
    )
    net = Echo(config, replace(encoders, video=None))
    kept = [value.clone() for value in encoders.understanding.net.parameters()]
    before = {name: value.detach().clone() for name, value in net.named_parameters()}
    torch.nn.init.normal_(net.generator.leave.weight, 0, 0.05)
    Loop(EchoTraining(net, entries, 1, alone=False), replace(STEP, steps=2), 0, tmp_path / "r").run()
    changed = {name for name, value in net.named_parameters() if not torch.equal(value, before[name])}
    assert {
        "lcu.hbcu.model.enter.1.weight",
        "lcu.hbcu.model.leave.1.weight",
        "lcu.lau.read.key_value.weight",
    } <= changed
    assert all(torch.equal(*pair) for pair in zip(kept, encoders.understanding.net.parameters(), strict=True))


def test_states_of_the_language_model_follow_from_all_before(encoders):
    """Last-token states know the first token, and the think prompt."""
    torch.manual_seed(0)
    net, rows = LanguageUnderstanding(16, encoders.understanding).eval(), torch.randn(1, 6, 16)
    one, other = net(rows), net(torch.cat([-rows[:, :1], rows[:, 1:]], dim=1))
    assert not torch.equal(one[:, -1], other[:, -1])
    later = net(torch.cat([rows[:, :-1], -rows[:, -1:]], dim=1))
    assert torch.allclose(one[:, :-1], later[:, :-1], atol=1e-5)
    net.think = net.think.flip(1)
    assert not torch.allclose(net(rows), one)


def test_recomputing_the_language_model_gives_the_same_gradients(encoders):
    torch.manual_seed(0)
    net, rows, found = LanguageUnderstanding(16, encoders.understanding).train(), torch.randn(1, 6, 16), []
    for recompute in (False, True):
        net.recompute = recompute
        net.zero_grad()
        net(rows).square().sum().backward()
        found.append(net.enter[1].weight.grad.clone())
    assert torch.allclose(*found, rtol=1e-4, atol=1e-7)
    assert found[0].abs().max() > 0


def test_the_feeling_is_written_and_read(encoders, monkeypatch):
    """The sentence follows from the dialogue and who said it; c_emo from the sentence. An equal dialogue is not read again."""
    torch.manual_seed(0)
    lau, asked = LanguageFeeling(16, 2, encoders.language, encoders.text).eval(), []
    generate = encoders.language.net.generate

    def spied(ids, **kwargs):
        asked.append(lau.write_tokens.decode(ids[0]))
        return generate(ids, **kwargs)

    monkeypatch.setattr(encoders.language.net, "generate", spied)
    words = torch.tensor([lau.tokens("hello you feel happy"), lau.tokens("I am fine sad")])
    sides, lengths = torch.tensor([[0, 0, 1, 1], [1, 1, 1, 1]]), torch.tensor([4, 2])
    texts = lau.texts(words, sides, lengths)
    assert lau.texts(words, sides, lengths) == texts
    ask = "In one sentence : how does the listener feel ?"
    assert asked == [f"User : hello you Avatar : feel happy {ask}", f"Avatar : I am {ask}"]
    encoded = lau(["happy", "sad you feel", "happy"])
    assert encoded.shape == (3, 2, 16)
    assert torch.allclose(encoded[0], encoded[2])
    assert not torch.allclose(encoded[0], encoded[1])


def test_an_autoencoder_of_other_latents_is_refused():
    with pytest.raises(ValueError, match=r"to latents \(1, 6, 8, 8\), and the model needs \(1, 4, 8, 8\)"):
        PretrainedVae(CONFIG.vae, tiny.video(6))


def test_a_pretrained_autoencoder_codes_as_its_class_does(encoders):
    """A frame before the clip, whose latent is left out."""
    vae, video = PretrainedVae(CONFIG.vae, encoders.video), torch.rand(1, 8, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        clip = torch.cat([video[:, :1], video], dim=1).transpose(1, 2)
        latents = encoders.video.encode(clip).latent_dist.mean.transpose(1, 2)
        assert torch.allclose(vae.encode(video, video[:, 0]), latents[:, 1:], atol=1e-6)
        whole = encoders.video.decode(latents.transpose(1, 2)).sample.transpose(1, 2).clamp(-1, 1)
        assert torch.allclose(vae.decode(latents[:, 1:], video[:, 0], latents[:, :1]), whole[:, 1:], atol=1e-6)
        assert vae.decode(latents[:, 1:], video[:, 0]).shape == video.shape


def test_windows_of_a_pretrained_autoencoder_join(encoders):
    """With four latents before it, a window is nearer to what decoding at once gives than with one."""
    vae = PretrainedVae(CONFIG.vae, encoders.video)
    with torch.no_grad():
        latents = torch.randn(1, 8, 4, 8, 8, generator=torch.Generator().manual_seed(0))
        still = torch.zeros(1, 3, 64, 64)
        whole = vae.decode(latents, still)[:, -TIME:]
        made = [vae.decode(latents[:, -1:], still, latents[:, -1 - k : -1]) for k in (1, 4, 7)]
        errors = [float((each - whole).abs().mean()) for each in made]
    assert errors[0] > errors[1] > errors[2]


def test_a_model_of_our_own_names_no_encoders():
    assert model().config.encoders == ()
    assert [field.name for field in fields(Encoders)] == ["video", "understanding", "language", "text"]
