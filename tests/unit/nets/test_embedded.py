"""The embedded nets: shapes, their space, what their inputs keep, and that the files in the package are theirs."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import torch
from torch import nn

from echo_bench.extractors.emotion import CLASSES as READ
from echo_bench.nets import emonet_eb, facenet_eb, imagenet_eb, rignet, syncnet_eb, videonet_eb
from echo_bench.nets.embedded import asset, digest, filled
from echo_bench.nets.syncnet_eb import BANDS, embedded, log_mel, mel_bands
from echo_bench.nets.trunk import framed

NETS: dict[str, type[nn.Module]] = {
    "emonet-eb": emonet_eb.EmoNetEB,
    "facenet-eb": facenet_eb.FaceNetEB,
    "imagenet-eb": imagenet_eb.ImageNetEB,
    "rignet": rignet.RigNet,
    "syncnet-eb": syncnet_eb.SyncNetEB,
    "videonet-eb": videonet_eb.VideoNetEB,
}
LARGEST = 1_500_000


def pictures(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, (*shape, 3), np.uint8))


@pytest.mark.parametrize("name", NETS)
def test_the_file_in_the_package_fits_its_net_and_has_a_card(name: str):
    path = asset(name)
    assert path.stat().st_size <= LARGEST
    assert digest(name) == hashlib.sha256(path.read_bytes()).hexdigest()
    net = filled(NETS[name](), name)
    assert all(torch.isfinite(p).all() for p in net.parameters())
    card = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert card["command"] == f"python -m tools.train_specialists {name}"
    assert card["parameters"] == sum(p.numel() for p in NETS[name]().parameters())
    assert card["loss"][-1][1] < card["loss"][0][1]


@pytest.mark.parametrize(
    ("name", "shape", "width"),
    [
        ("rignet", (2, 96, 96), 61),
        ("emonet-eb", (2, 96, 96), 10),
        ("facenet-eb", (2, 96, 96), 64),
        ("imagenet-eb", (2, 96, 96), 64),
        ("videonet-eb", (2, 16, 64, 64), 64),
    ],
)
def test_shapes(name: str, shape: tuple[int, ...], width: int):
    with torch.inference_mode():
        rows = filled(NETS[name](), name)(pictures(*shape))
    assert rows.shape == (2, width)
    assert rows.dtype == torch.float32


def test_words_are_those_that_are_read():
    assert READ["emonet-eb"] == emonet_eb.CLASSES


def test_probabilities_and_directions():
    with torch.inference_mode():
        read = filled(emonet_eb.EmoNetEB(), "emonet-eb")(pictures(3, 96, 96))
        who = filled(facenet_eb.FaceNetEB(), "facenet-eb")(pictures(3, 96, 96))
    torch.testing.assert_close(read[:, :8].sum(dim=1), torch.ones(3))
    assert read[:, 8:].abs().max() <= 1
    torch.testing.assert_close(who.norm(dim=1), torch.ones(3))


def test_strangers_are_as_far_apart_as_silence():
    rows = embedded(torch.eye(64))
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(64))  # distance to a row of zeros
    torch.testing.assert_close((rows[0] - rows[1:]).norm(dim=1), torch.ones(63))  # to what has nothing in common
    assert (rows[0] - embedded(-torch.eye(64))[0]).norm() == pytest.approx(2**0.5)


def test_a_still_mouth_says_nothing_of_whose_it_is():
    net = filled(syncnet_eb.SyncNetEB(), "syncnet-eb")
    faces = torch.rand(2, 1, 48, 48, generator=torch.Generator().manual_seed(0)) * 255
    with torch.inference_mode():
        rows = net.forward_lip(faces.expand(2, 6, 48, 48))
    torch.testing.assert_close(rows[0], rows[1])


def tone(frequency: float, seconds: float = 1.0) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * np.arange(round(16000 * seconds)) / 16000)


def test_a_tone_lights_its_band():
    low, high = (2595 * np.log10(1 + f / 700) for f in (60.0, 7600.0))
    for frequency in (300.0, 1000.0, 4000.0):
        nearest = round((2595 * np.log10(1 + frequency / 700) - low) / (high - low) * (BANDS + 1)) - 1
        assert abs(int(log_mel(tone(frequency)).mean(axis=1).argmax()) - nearest) <= 1


def test_loudness_is_taken_off_and_silence_is_the_floor():
    sound = tone(400) + 0.1 * np.random.default_rng(0).normal(size=16000)
    np.testing.assert_allclose(log_mel(sound), log_mel(0.01 * sound), atol=1e-3)
    assert (log_mel(np.zeros(16000)) == -4).all()


def test_steps_begin_every_10_ms():
    assert log_mel(np.zeros(16000)).shape == (40, 98)
    assert log_mel(np.zeros(399)).shape == (40, 0)
    click = np.zeros(16000)
    click[8200] = 1.0
    loudness = log_mel(click + 1e-4 * tone(200)).mean(axis=0)
    heard = np.flatnonzero(loudness > np.median(loudness) + 1)
    assert heard.tolist() == [49, 50, 51]  # windows of 400 samples from 160 k on that hold sample 8200


def test_bands_cover_speech_without_a_gap():
    total = mel_bands().sum(axis=0)
    bins = np.arange(257) * 16000 / 512
    assert (total[(bins > 150) & (bins < 7000)] > 0.5).all()


def test_frames_are_covered_about_their_centre():
    wide = torch.zeros(1, 128, 256, 3, dtype=torch.uint8)
    wide[:, :, 64:192] = 200
    assert (framed(wide, 64) > 190).float().mean() > 0.95
    flat = torch.full((1, 91, 53, 3), 7, dtype=torch.uint8)
    torch.testing.assert_close(framed(flat, 64), torch.full((1, 64, 64, 3), 7.0))
