"""The nets that wheels carry and DeepFace's, beside the packages they come from: one state dict in both, real frames."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from echo_bench.nets import deepface_emotion, dlib_resnet, silero, whisper
from echo_bench.nets import efficientnet_lite as lite
from tests.nets import randomised, relative
from tests.parity.peers import peer
from tests.wheels import fetched

pytestmark = pytest.mark.parity
CLOSE = 1e-5


@pytest.fixture(scope="module")
def frames(shared: Path) -> list[NDArray[np.uint8]]:
    """A square, a wide and an odd-sized picture of real people."""
    torch.set_num_threads(1)
    names = ("styletalk/Obama_clip1.mp4", "vico/d336vte2a17j.mp4", "grid/bbaf2n.mpg")
    pictures = []
    for name in names:
        with av.open(str(shared / "clips" / name)) as container:
            pictures += [f.to_ndarray(format="rgb24") for f in islice(container.decode(video=0), 0, 30, 15)]
    return [*pictures[:4], pictures[4][:, :, :][:287, :359]]


def test_efficientnet_lite0_block_by_block(frames):
    package = peer("efficientnet_lite_pytorch")
    theirs = package.EfficientNet.from_name("efficientnet-lite0").eval()
    state = randomised(theirs)
    ours = lite.EfficientNetLite0().eval()
    ours.load_state_dict(state)
    with torch.inference_mode():
        for frame in frames:
            x = lite.normalise(torch.from_numpy(frame)[None])
            y = theirs._swish(theirs._bn0(theirs._conv_stem(x)))
            for block, found in zip(theirs._blocks, ours.maps(x), strict=True):
                y = block(y)
                assert relative(found, y) <= CLOSE
            assert relative(ours(x), theirs(x)) <= CLOSE


def test_dlib_on_its_own_file(frames):
    dlib = peer("dlib")
    path = fetched("dlib-face")["dlib-face"]
    theirs, ours = dlib.face_recognition_model_v1(str(path)), dlib_resnet.load(path)
    for frame in frames:
        chip = np.ascontiguousarray(frame[40:190, 60:210])
        expected = torch.tensor(np.array(theirs.compute_face_descriptor(chip)))
        with torch.inference_mode():
            assert relative(ours(dlib_resnet.normalise(torch.from_numpy(chip)[None]))[0], expected) <= CLOSE


def test_silero_beside_its_own_script():
    path = fetched("silero-vad")["silero-vad"]
    theirs, ours = torch.jit.load(path), silero.load(path)
    sound = np.random.default_rng(0).normal(0, 0.1, 16000 * 3 + 77).astype(np.float32)
    sound[16000:32000] *= np.sin(np.arange(16000) / 20)
    padded = torch.nn.functional.pad(torch.from_numpy(sound), (0, -len(sound) % silero.CHUNK))
    with torch.inference_mode():
        expected = torch.cat([theirs(chunk[None], 16000).flatten() for chunk in padded.split(silero.CHUNK)])
    assert relative(torch.from_numpy(silero.speech_probability(ours, sound)), expected) <= CLOSE


WHISPER = {
    "attn.query": "self_attn.q_proj", "attn.key": "self_attn.k_proj", "attn.value": "self_attn.v_proj", "attn.out": "self_attn.out_proj",
    "attn_ln": "self_attn_layer_norm", "mlp.0": "fc1", "mlp.2": "fc2", "mlp_ln": "final_layer_norm",
}  # fmt: skip


def renamed(name: str) -> str:
    """OpenAI's name of a parameter in transformers' words."""
    found = re.match(r"blocks\.(\d)\.(.*)\.(weight|bias)", name)
    if found:
        return f"layers.{found[1]}.{WHISPER[found[2]]}.{found[3]}"
    return name.replace("positional_embedding", "embed_positions.weight").replace("ln_post", "layer_norm")


def test_whisper_encoder_and_spectrogram_beside_transformers(shared):
    transformers = peer("transformers", needs_torchvision=True)
    modelling = peer("transformers.models.whisper.modeling_whisper")
    ours = whisper.WhisperEncoder().eval()
    state = randomised(ours)
    config = transformers.WhisperConfig(
        d_model=384, encoder_layers=4, encoder_attention_heads=6, encoder_ffn_dim=1536, num_mel_bins=80
    )
    theirs = modelling.WhisperEncoder(config).eval()
    theirs.load_state_dict({renamed(name): value for name, value in state.items()})
    with av.open(str(shared / "clips/styletalk/Obama_clip1.wav")) as container:
        resampler = av.AudioResampler("flt", "mono", 16000)
        heard = [out.to_ndarray()[0] for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    sound = np.concatenate(heard)[: 16000 * 7 + 33]
    mel = transformers.WhisperFeatureExtractor(feature_size=80)(
        sound, sampling_rate=16000, return_tensors="pt"
    ).input_features
    assert relative(whisper.log_mel(torch.from_numpy(sound)), mel[0]) <= CLOSE
    with torch.inference_mode():
        assert relative(ours(mel), theirs(mel).last_hidden_state) <= CLOSE


def test_deepface_net_and_preprocessing(frames, tmp_path, monkeypatch):
    """Random parameters under DEEPFACE_HOME; the package's own loader, letterbox, grey and net on real faces of odd sizes."""
    state = randomised(deepface_emotion.EmotionModel())
    folder = tmp_path / ".deepface" / "weights"
    folder.mkdir(parents=True)
    torch.save(dict(state), folder / "facial_expression_model_weights.pth")
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    monkeypatch.setenv("DEEPFACE_BACKEND_ENGINE", "pytorch")
    client = peer("deepface.models.demography.pytorch.Emotion").EmotionClient()
    resize = peer("deepface.modules.preprocessing").resize_image
    ours = deepface_emotion.EmotionModel().eval()
    ours.load_state_dict(state)
    for frame, (height, width) in zip(frames, ((120, 90), (77, 131), (150, 150), (224, 224), (48, 300)), strict=True):
        face = np.ascontiguousarray(frame[20 : 20 + height, 10 : 10 + width])
        letterboxed = resize(face[:, :, ::-1].astype(np.float32) / 255, (224, 224))
        expected = torch.from_numpy(np.atleast_2d(client.predict(letterboxed)))
        with torch.inference_mode():
            found = ours(deepface_emotion.normalise(torch.from_numpy(face))[None])
        assert relative(found, expected) <= CLOSE
