"""The trunk of the learned methods: features, windows, scales, training that resumes, checkpoints."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from echo_bench.clip import AudioRef
from echo_bench.errors import DatasetError, MethodError, WeightsHashError, WeightsMissingError
from echo_bench.media.encode import write_video
from echo_bench.methods.learned import network as network_module
from echo_bench.methods.learned.arig import ArigNetwork
from echo_bench.methods.learned.checkpoint import Card, find, restore, write
from echo_bench.methods.learned.corpus import collate, draw
from echo_bench.methods.learned.features import AUDIO, hear, held
from echo_bench.methods.learned.network import Network, Scale
from echo_bench.methods.learned.rlhg_lstm import RlhgNetwork
from echo_bench.methods.learned.trainer import Recipe, Trainer
from tests.unit.learned.corpora import corpus

QUICK = Recipe(steps=12, batch=4, window=32, warmup=2, check_every=4)
CARD = Card(
    method="toy", version="1", dataset="toy@1/train", manifest_sha256="00", recipe={}, seed=0, steps=1, parameters=1,
    seconds=0.0, device="cpu", losses={"train": 1.0, "val": None}, curve=[(1, 1.0, None)], commit="", command="",
)  # fmt: skip


@pytest.fixture
def sound(tmp_path):
    """Half a second of silence, then noise."""
    rng = np.random.default_rng(0)
    wave = np.concatenate([np.zeros(8000), rng.normal(0, 0.2, 8000)]).astype(np.float32)
    path = tmp_path / "sound.mp4"
    write_video(path, np.zeros((25, 32, 32, 3), np.uint8), fps=25.0, audio=wave, audio_rate=16000)
    return AudioRef(path, "00")


def test_sound_is_heard_in_its_frame_and_not_before(sound):
    rows = hear(sound, 25)
    assert rows.shape == (25, AUDIO)
    energy = rows[:, ::13].max(axis=1)
    assert energy[:12].max() < energy[13:].min()


def test_no_frame_hears_what_comes_after_it(tmp_path, monkeypatch):
    """Sound is perturbed from the end of frame 9 on; rows 0 to 9 stay."""
    from echo_bench.methods.learned import features

    rng = np.random.default_rng(1)
    wave = rng.normal(0, 0.1, 25 * 640).astype(np.float32)
    other = wave.copy()
    other[10 * 640 :] = rng.normal(0, 0.1, 15 * 640)
    rows = []
    for each in (wave, other):
        monkeypatch.setattr(features, "waveform", lambda ref, rate, each=each: each)
        rows.append(hear(AudioRef(tmp_path / "x.wav", "00"), 25))
    assert np.array_equal(rows[0][:10], rows[1][:10])
    assert not np.array_equal(rows[0][10], rows[1][10])


def test_silence_where_there_is_no_sound():
    rows = hear(None, 7)
    assert rows.shape == (7, AUDIO)
    assert np.ptp(rows, axis=0).max() == 0


def test_holes_hold_the_last_known_row():
    motion = np.arange(10, dtype=np.float32)[:, None]
    valid = np.array([0, 0, 1, 1, 0, 0, 1, 0, 0, 0], bool)
    assert held(motion, valid, 12)[:, 0].tolist() == [2, 2, 2, 3, 3, 3, 6, 6, 6, 6, 6, 6]


def test_windows_are_equal_for_equal_seeds_and_stay_in_their_clip():
    examples = corpus(3, 40)
    one, two, other = (draw(examples, 16, 40, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert torch.equal(one.target, two.target)
    assert not torch.equal(one.target, other.target)
    whole = [torch.from_numpy(example.target) for example in examples]
    assert all(any(torch.equal(row, clip) for clip in whole) for row in one.target)


def test_the_look_at_the_start_is_that_of_the_window():
    batch = draw(corpus(3, 90), 8, 20, np.random.default_rng(0))
    assert torch.equal(batch.reference[:, 0], batch.target[:, 0])


def test_a_window_longer_than_every_clip_is_refused():
    with pytest.raises(DatasetError, match="no clip has 41 frames"):
        draw(corpus(2, 40), 4, 41, np.random.default_rng(0))


def test_scales_standardise_what_moves_and_hold_what_does_not():
    rng = np.random.default_rng(0)
    rows = np.stack([rng.normal(3, 2, 5000), np.full(5000, 0.25)], axis=1).astype(np.float32)
    scale = Scale(2)
    scale.fit([rows[:2000], rows[2000:]])
    out = scale(torch.from_numpy(rows))
    assert out.mean(0).abs().max() < 1e-5
    assert out[:, 0].std() == pytest.approx(1, abs=1e-3)
    assert out[:, 1].abs().max() == 0
    assert torch.allclose(scale.undo(out), torch.from_numpy(rows), atol=1e-5)
    assert scale.undo(torch.full((1, 2), 9.0))[0, 1] == 0.25


def trainer(folder, recipe=QUICK, seed=0):
    torch.manual_seed(seed)
    return Trainer(RlhgNetwork(), corpus(), corpus(2), recipe, seed, folder)


def state(network):
    return {name: value.numpy().tobytes() for name, value in network.state_dict().items()}


def test_a_killed_run_resumes_to_the_same_bytes(tmp_path):
    whole = trainer(tmp_path / "whole").run()

    class Killed(Exception):
        pass

    def kill(done, total, loss):
        if done == 10:
            raise Killed

    with pytest.raises(Killed):
        trainer(tmp_path / "parts").run(kill)
    resumed = trainer(tmp_path / "parts").run()
    assert state(resumed.network) == state(whole.network)
    assert [row[0] for row in resumed.curve] == [4, 8, 12]
    assert (tmp_path / "parts" / "log.csv").read_text().splitlines()[0] == "step,train,val"


def test_a_run_of_another_recipe_is_not_resumed(tmp_path):
    trainer(tmp_path).run()
    with pytest.raises(MethodError, match="another recipe or seed"):
        trainer(tmp_path, replace(QUICK, rate=1e-4)).run()
    with pytest.raises(MethodError, match="another recipe or seed"):
        trainer(tmp_path, seed=1).run()


def test_training_learns_the_rule(tmp_path, monkeypatch):
    monkeypatch.setattr(network_module, "AFFECT", 0.0)  # the toy shows none, so nothing of it can be learnt
    long = Recipe(steps=150, batch=8, window=64, warmup=10, rate=5e-3, average=0.9, check_every=150)
    untrained, trained = (
        trainer(tmp_path / str(r.steps), r).run().curve[-1][2] for r in (replace(long, steps=1), long)
    )
    assert trained < 0.3 * untrained


def test_a_checkpoint_comes_back_as_it_was_written(tmp_path):
    network = trainer(tmp_path / "run").run().network
    path = write(network, CARD, tmp_path)
    again = RlhgNetwork()
    card = restore(again, path)
    assert card.method == "toy"
    for name, value in network.state_dict().items():
        assert torch.equal(again.state_dict()[name], value.half().float())


def test_a_damaged_checkpoint_is_refused(tmp_path):
    path = write(RlhgNetwork(), CARD, tmp_path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsHashError, match="not the file that its card describes"):
        restore(RlhgNetwork(), path)


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    with pytest.raises(WeightsHashError, match="another network"):
        restore(ArigNetwork(), write(RlhgNetwork(), CARD, tmp_path))


def test_an_untrained_method_says_how_to_train_it(tmp_path, monkeypatch):
    monkeypatch.setenv("ECHO_BENCH_CHECKPOINTS", str(tmp_path))
    with pytest.raises(WeightsMissingError, match="echo-bench train toy"):
        find("toy")
    write(RlhgNetwork(), CARD, tmp_path)
    assert find("toy").parent == tmp_path


def test_a_network_that_cannot_learn_or_sample_is_not_built():
    with pytest.raises(TypeError, match="abstract"):
        Network()  # type: ignore[abstract]


def test_a_network_survives_copies_and_pickles():
    network = RlhgNetwork().eval()
    network.fit_scales(corpus())
    batch = collate(corpus(1))
    for other in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert torch.equal(other.generate(batch, 0), network.generate(batch, 0))


def test_generation_undoes_the_scales_and_draws_chance_on_the_cpu():
    network = RlhgNetwork().eval()
    network.fit_scales(corpus())
    batch = collate(corpus(1))
    assert torch.equal(network.generate(batch, 0), network.generate(batch, 0))
    assert network.generate(batch, 0).shape == (1, 160, 61)
