"""Hub models as extractors, with tiny random models written by transformers: found on disk, never fetched, fed as stated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from echo_bench.clip import VideoRef
from echo_bench.errors import UnavailableError, WeightsMissingError
from echo_bench.extractors import EXTRACTORS
from echo_bench.extractors.hub import EMOTION_MODEL
from tests.nets import relative
from tests.parity.peers import peer

pytestmark = pytest.mark.parity
REF = VideoRef(Path("a.mp4"), "")
SPEECH = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "conv_dim": (32,) * 7,
    "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2,
}  # fmt: skip
VISION = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("ECHO_BENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "empty"))
    torch.manual_seed(0)
    torch.set_num_threads(1)
    return tmp_path


def picture(seed: int = 0, height: int = 90, width: int = 120) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def rows_of(name: str) -> np.ndarray:
    session = EXTRACTORS.get(name)().begin(REF)
    for index in range(3):
        session.push(picture(index))
    return session.finish()["features"]


def test_dinov2_is_fed_as_pil_resizes(hub):
    transformers, image = peer("transformers"), peer("PIL.Image")
    model = transformers.Dinov2Model(
        transformers.Dinov2Config(image_size=224, patch_size=14, mlp_ratio=2, **VISION)
    ).eval()
    model.save_pretrained(hub / "dinov2-large")
    found = rows_of("dinov2")
    scaled = np.asarray(image.fromarray(picture(1)).resize((224, 224), image.Resampling.BICUBIC), np.float32) / 255
    x = (scaled - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    with torch.inference_mode():
        expected = model(torch.from_numpy(x.astype(np.float32)).permute(2, 0, 1)[None]).pooler_output[0]
    assert found.shape == (3, 32)
    assert relative(torch.from_numpy(found[1]), expected) < 0.01  # PIL rounds to whole grey levels between


def test_clip_takes_its_own_mean(hub):
    transformers = peer("transformers")
    config = transformers.CLIPVisionConfig(image_size=32, patch_size=8, projection_dim=16, **VISION)
    transformers.CLIPVisionModelWithProjection(config).save_pretrained(hub / "clip-vit-base-patch32")
    (hub / "clip-vit-base-patch32" / "preprocessor_config.json").write_text(
        '{"crop_size": 32, "image_mean": [0, 0, 0]}'
    )
    first = rows_of("clip")
    assert first.shape == (3, 16)
    (hub / "clip-vit-base-patch32" / "preprocessor_config.json").write_text(
        '{"crop_size": 32, "image_mean": [1, 1, 1]}'
    )
    assert not np.allclose(rows_of("clip"), first)


@pytest.mark.parametrize(
    ("name", "folder", "kind"),
    [("wav2vec2", "wav2vec2-base-960h", "Wav2Vec2"), ("hubert", "hubert-base-ls960", "Hubert")],
)
def test_speech_encoders_give_25_rows_per_second(name, folder, kind, hub):
    transformers = peer("transformers")
    model = getattr(transformers, f"{kind}Model")(getattr(transformers, f"{kind}Config")(**SPEECH)).eval()
    model.save_pretrained(hub / folder)
    sound = np.random.default_rng(0).normal(0, 0.1, 16000 * 2).astype(np.float32)
    encode = EXTRACTORS.get(name)()
    found = encode(sound)["features"]
    with torch.inference_mode():
        normal = torch.from_numpy((sound - sound.mean()) / np.sqrt(sound.var() + 1e-7))
        rows = model(normal[None]).last_hidden_state[0]
    assert found.shape == (len(rows) // 2, 32)
    assert relative(torch.from_numpy(found[:20]), rows[:40].reshape(20, 2, 32).mean(1)) < 1e-5
    np.testing.assert_allclose(encode(0.5 * sound)["features"], found, atol=1e-3)


def test_a_classifier_is_sorted_into_common_classes(hub, monkeypatch):
    transformers = peer("transformers")
    labels = {0: "angry", 1: "Happy", 2: "sad"}
    config = transformers.ViTConfig(image_size=32, patch_size=8, num_labels=3, id2label=labels, **VISION)
    transformers.ViTForImageClassification(config).save_pretrained(hub / "faces")
    (hub / "faces" / "preprocessor_config.json").write_text('{"size": {"height": 32, "width": 32}}')
    monkeypatch.setenv(EMOTION_MODEL, "someone/faces")
    session = EXTRACTORS.get("hub-emotion")().begin(REF)
    session.push(picture(), np.random.default_rng(0).uniform(20, 70, (478, 3)).astype(np.float32))
    (row,) = session.finish()["expression"]
    assert row.nonzero()[0].tolist() == [1, 2, 6]  # happy, sad, anger in EmoNet's order
    assert row.sum() == pytest.approx(1)
    (hub / "faces" / "config.json").write_text(
        (hub / "faces" / "config.json").read_text().replace("angry", "cat").replace("Happy", "dog")
    )
    with pytest.raises(UnavailableError, match="cat, dog, sad, which are no emotions"):
        EXTRACTORS.get("hub-emotion")()


def test_what_is_not_here_is_named_at_once(hub, monkeypatch):
    peer("transformers")
    with pytest.raises(WeightsMissingError, match="huggingface-cli download facebook/dinov2-large"):
        EXTRACTORS.get("dinov2")()
    monkeypatch.delenv(EMOTION_MODEL, raising=False)
    with pytest.raises(UnavailableError, match=EMOTION_MODEL):
        EXTRACTORS.get("hub-emotion")()
