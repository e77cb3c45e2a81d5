"""Latents of a corpus: seamless, of one autoencoder, with starts of flows that are near what is to be made."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from echo_model.config import TIME
from echo_model.corpus import read_corpus, suffixed
from echo_model.frames import to_video
from echo_model.latents import WALKS, fit_scale, picture, spread_of, write_latents
from echo_model.lips import guessed
from echo_model.masks import regions_from
from echo_model.moves import KINDS, NEAR, SIZES, moved, near, told, walk
from echo_model.train import FITTED, fit_spread, fit_vae
from echo_model.vae import VideoVae

from tests.unit.echo_model import corpora
from tests.unit.echo_model.small import CONFIG, REGIONS, image, model


def autoencoder(seed=0):
    torch.manual_seed(seed)
    return VideoVae(CONFIG.vae)


@pytest.fixture
def entries(tmp_path):
    return read_corpus(corpora.write(tmp_path / "corpus", latents=False))


def test_latents_of_a_corpus_are_those_of_the_whole_video(entries, monkeypatch):
    """Chunks are seamless."""
    monkeypatch.setattr("echo_model.latents.CHUNK", 3)
    vae = autoencoder()
    fit_scale(vae, entries, "cpu")
    write_latents(vae, entries, "one", "cpu")
    with torch.inference_mode():
        reference = to_video(entries[0].frames()[0])[None]
        whole = vae.encode(to_video(entries[0].frames())[None], reference)[0]
        still = vae.encode(reference[:, None].expand(-1, TIME, -1, -1, -1), reference)[0]
    assert np.abs(entries[0].still() - still.numpy()).max() < 0.02
    assert np.abs(entries[0].latents() - whole.numpy()).max() < 0.02  # float16 of values up to about 10
    assert entries[0].moved().shape == (WALKS, *entries[0].latents().shape)


def test_departures_are_measured_from_the_reference(entries):
    write_latents(autoencoder(), entries, "one", "cpu")
    net, squares = model(), []
    fit_spread(net, entries)
    for entry in entries:
        for latent in entry.latents().astype(np.float64):
            squares.append(((latent - entry.still()[0].astype(np.float64)) ** 2).mean(axis=(1, 2)))
    assert net.generator.spread.flatten().tolist() == pytest.approx(np.mean(squares, axis=0) ** 0.5, rel=1e-4)


def test_latents_of_another_autoencoder_are_made_again_and_others_are_not(entries, tmp_path):
    """Two runs on one corpus do not go on with each other's latents, and a corpus that grew gets what it lacks."""

    def stamps():
        return {e.stem.name: suffixed(e.stem, ".latents.npy").stat().st_mtime_ns for e in entries}

    fit_vae(autoencoder(0), entries[:2], tmp_path / "a", "cpu")
    first = stamps() if all(suffixed(e.stem, ".latents.npy").exists() for e in entries) else None
    assert first is None, "a person that was not given was encoded"
    fit_vae(autoencoder(0), entries, tmp_path / "a", "cpu")
    first = stamps()
    fit_vae(autoencoder(0), entries, tmp_path / "a", "cpu")
    assert stamps() == first
    one = entries[0].latents().copy()
    fit_vae(autoencoder(1), entries, tmp_path / "b", "cpu")
    assert not np.array_equal(entries[0].latents(), one)
    fit_vae(autoencoder(2), entries, tmp_path / "a", "cpu")  # its own is read back, whatever it is given
    assert np.array_equal(entries[0].latents(), one)
    assert (tmp_path / "a" / FITTED).is_file()


def test_a_person_whose_encoding_was_killed_is_encoded_again(entries, monkeypatch):
    vae = autoencoder()
    monkeypatch.setattr("echo_model.latents._move", raising)
    with pytest.raises(KeyboardInterrupt):
        write_latents(vae, entries, "one", "cpu")
    monkeypatch.undo()
    suffixed(entries[0].stem, ".latents.npy").write_bytes(b"torn")
    write_latents(vae, entries, "one", "cpu")
    assert entries[0].latents().shape[0] == entries[0].length


def raising(*_):
    raise KeyboardInterrupt


def test_poses_are_told_from_latents():
    """Of a head that was moved by known poses, exactly where latents are the picture's own; none are told of a head that stayed."""
    rng = torch.Generator().manual_seed(0)
    smooth = torch.nn.functional.avg_pool2d(image(), 9, 1, 4)  # so that moves of a pixel are linear in it
    poses = 0.5 * walk(torch.randn(1, 6, len(KINDS), generator=rng), None)
    latents = moved(Pictures(), smooth, REGIONS, poses, torch.zeros(1, 6 * TIME))[0]
    spread = torch.full((3, 1, 1), 0.01)
    found = told(Pictures(), smooth, REGIONS, latents - smooth, spread)
    assert ((found - poses[0]) / torch.tensor(SIZES)).abs().mean() < 0.05
    assert told(Pictures(), smooth, REGIONS, torch.zeros_like(latents), spread).abs().max() == 0


class Pictures:
    """An autoencoder whose latents are the pictures."""

    def encode(self, video, reference):
        return video[:, :1]


def test_starts_are_as_large_as_poses_and_near_them():
    rng = torch.Generator().manual_seed(0)
    poses, walked = torch.randn(2, 20_000, len(KINDS), generator=rng).unbind(0)
    starts = near(poses, walked)
    assert starts.std(0).tolist() == pytest.approx([1.0] * len(KINDS), abs=0.02)
    assert (starts * poses).mean(0).tolist() == pytest.approx([NEAR] * len(KINDS), abs=0.03)


def test_flows_start_near_the_pose_that_is_to_be_made(entries, monkeypatch):
    """Without chance, a start is the reference moved by most of the pose that is told of the frame, its mouth half as far open as there."""
    monkeypatch.setattr("echo_model.latents.near", lambda poses, walked: near(poses, 0 * walked))
    monkeypatch.setattr("echo_model.latents.guessed", lambda openings, others: guessed(openings, 0 * others))
    vae, entry = autoencoder(), entries[1]
    write_latents(vae, entries, "one", "cpu")
    spread, regions = spread_of(entries), regions_from(torch.from_numpy(entry.person.regions[:1]))
    with torch.inference_mode():
        away = torch.from_numpy(entry.latents().astype(np.float32) - entry.still().astype(np.float32))
        poses = told(vae, picture(entry), regions, away, spread)
        opening = torch.from_numpy(entry.person.opening)[None]
        expected = moved(vae, picture(entry), regions, NEAR * poses[None], opening / 2)[0]
    assert np.abs(entry.moved()[0] - expected.numpy()).max() < 0.02


def test_other_openings_are_of_other_moments_of_the_person(entries, monkeypatch):
    drawn = []
    monkeypatch.setattr("echo_model.latents.guessed", lambda *given: drawn.append(given) or guessed(*given))
    write_latents(autoencoder(), entries, "one", "cpu")
    assert len(drawn) == WALKS * len(entries)
    for openings, others in drawn:
        (entry,) = [e for e in entries if np.array_equal(e.person.opening, openings.numpy())]
        assert sorted(others.tolist()) == sorted(entry.person.opening.tolist())
        assert float((others == openings).float().mean()) < 0.1
