"""The nets that wheels carry, with random parameters: formats read, shapes, independent formulae, what they must notice and refuse."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from echo_bench.errors import EchoBenchError, WeightsHashError
from echo_bench.nets import ctranslate2_file, dlib_file, dlib_resnet, silero, whisper
from echo_bench.nets import efficientnet_lite as lite
from tests.nets import randomised

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def effnet() -> lite.EfficientNetLite0:
    net = lite.EfficientNetLite0()
    randomised(net)
    return net.eval()


def frames(*size: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8))


def test_effnet_has_the_published_size(effnet):
    """4 652 008 parameters, 296 entries (the file's own): a block more or less would not load."""
    assert sum(p.numel() for p in effnet.parameters()) == 4_652_008
    assert len(effnet.state_dict()) == 296


@pytest.mark.parametrize(("size", "kernel", "stride"), [(224, 3, 2), (7, 5, 1), (15, 5, 2), (8, 3, 1)])
def test_same_padding_is_tensorflows(size, kernel, stride):
    """Output ceil(size / stride); what is odd goes to the end: compared with explicit padding by TensorFlow's formula."""
    conv = lite.SameConv2d(2, 3, kernel, stride)
    x = torch.randn(1, 2, size, size)
    out = -(-size // stride)
    total = max((out - 1) * stride + kernel - size, 0)
    before = total // 2
    padded = torch.zeros(1, 2, size + total, size + total)
    padded[:, :, before : before + size, before : before + size] = x
    expected = F.conv2d(padded, conv.weight, conv.bias, stride)
    torch.testing.assert_close(conv(x), expected)
    assert expected.shape[2] == out


def test_paired_distance_by_hand(effnet):
    with torch.inference_mode():
        a, b = (effnet.maps(lite.normalise(frames(2, 40, 56, seed=s))) for s in (0, 1))
        found = lite.distance(a, b)
    by_hand = 0.0
    for tap in (0, 2, 4, 10, 15):
        x, y = (m[tap][1].double().numpy() for m in (a, b))
        x, y = (m / np.linalg.norm(m, axis=0) for m in (x, y))
        by_hand += float(((x - y) ** 2).sum(axis=0).mean())
    assert float(found[1]) == pytest.approx(by_hand, rel=1e-5)


def test_paired_distance_notices_growing_damage(effnet):
    still = frames(1, 64, 64)
    noise = torch.randn(1, 64, 64, 3)
    values = []
    with torch.inference_mode():
        maps = effnet.maps(lite.normalise(still))
        for amount in (0, 8, 32):
            damaged = (still + amount * noise).clamp(0, 255).to(torch.uint8)
            values.append(float(lite.distance(maps, effnet.maps(lite.normalise(damaged)))))
    assert values[0] == 0
    assert values[0] < values[1] < values[2]


def test_frames_must_be_uint8():
    with pytest.raises(EchoBenchError, match="uint8 RGB frames"):
        lite.normalise(torch.zeros(1, 8, 8, 3))


def integer(value: int) -> bytes:
    size = max(1, (value.bit_length() + 7) // 8)
    return bytes([size]) + value.to_bytes(size, "little")


def dlib_layer(name: str, values: np.ndarray, *before: int) -> bytes:
    head = bytes([1, len(name)]) + name.encode() + b"".join(map(integer, before))
    return head + b"".join(map(integer, (2, values.size, 1, 1, 1))) + values.astype("<f4").tobytes()


def test_dlib_file_gives_layers_in_order(tmp_path):
    rng = np.random.default_rng(0)
    first, second, last = (rng.normal(size=n).astype(np.float32) for n in (300, 64, 2560))
    path = tmp_path / "net.dat"
    written = (
        dlib_layer("con_4", first),
        b"\x01\x03\x01\x05",
        dlib_layer("affine_", second),
        dlib_layer("fc_2", last, 10, 256),
    )
    path.write_bytes(b"".join(written))
    found = dlib_file.layers(path)
    assert [name for name, _ in found] == ["con", "affine", "fc"]
    for (_, values), expected in zip(found, (first, second, last), strict=True):
        np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize("data", [b"no net", bytes([1, 5]) + b"con_4" + bytes(40)])
def test_other_files_are_no_dlib_nets(tmp_path, data):
    path = tmp_path / "net.dat"
    path.write_bytes(data)
    with pytest.raises(WeightsHashError):
        dlib_file.layers(path)


def written(net: dlib_resnet.DlibFace) -> bytes:
    """The net as dlib would save it."""
    parts = []
    for module in net.modules():
        values = [p.detach().numpy().ravel() for p in module.parameters(recurse=False)]
        if isinstance(module, torch.nn.Conv2d):
            parts.append(dlib_layer("con_4", np.concatenate(values)))
        elif isinstance(module, dlib_resnet.Affine):
            parts.append(dlib_layer("affine_", np.concatenate(values)))
        elif isinstance(module, torch.nn.Linear):
            parts.append(dlib_layer("fc_2", module.weight.detach().numpy().T.ravel(), 128, 256))
    return b"".join(parts)


def test_dlib_net_survives_its_file(tmp_path):
    torch.manual_seed(1)
    net = dlib_resnet.DlibFace().eval()
    path = tmp_path / "net.dat"
    path.write_bytes(written(net))
    chip = frames(1, 150, 150)
    with torch.inference_mode():
        expected = net(dlib_resnet.normalise(chip))
        found = dlib_resnet.load(path)(dlib_resnet.normalise(chip))
    assert found.shape == (1, 128)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_dlib_net_of_another_shape_is_refused(tmp_path):
    path = tmp_path / "net.dat"
    path.write_bytes(written(dlib_resnet.DlibFace()).replace(b"affine_", b"xffine_", 1))
    with pytest.raises(ValueError):
        dlib_resnet.load(path)


def test_branches_of_unequal_size_are_filled_with_zeros():
    """A 3 x 3 way beside a 4 x 4 one: dlib's add_prev, row and column at the end, channels at the end."""
    block = dlib_resnet.Residual(2, 3, halves=True).eval()
    for parameter in block.parameters():
        torch.nn.init.zeros_(parameter)
    with torch.inference_mode():
        out = block(torch.ones(1, 2, 8, 8))
    assert out.shape == (1, 3, 4, 4)
    assert out[0, :2].eq(1).all()
    assert out[0, 2].eq(0).all()


def test_ctranslate2_file_round_trip(tmp_path):
    values = {
        "encoder/a/weight": np.arange(6, dtype=np.float16).reshape(2, 3),
        "encoder/n": np.array(4, np.int8),
        "other": np.ones(2, np.float32),
    }
    kinds = {"float16": 4, "int8": 1, "float32": 0}
    data = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, len(values))
    for name, value in values.items():
        data += text(name) + struct.pack(f"<B{value.ndim}I", value.ndim, *value.shape)
        data += struct.pack("<BI", kinds[value.dtype.name], value.nbytes) + value.tobytes()
    path = tmp_path / "model.bin"
    path.write_bytes(data)
    found = ctranslate2_file.variables(path, "encoder/")
    assert list(found) == ["a/weight"]
    assert found["a/weight"].dtype == np.float32
    np.testing.assert_array_equal(found["a/weight"], values["encoder/a/weight"])


def text(word: str) -> bytes:
    return struct.pack("<H", len(word) + 1) + word.encode() + b"\0"


@pytest.mark.parametrize("data", [b"", b"\x06\x00\x00\x00", b"PK\x03\x04" + bytes(99)])
def test_other_files_are_no_ctranslate2_models(tmp_path, data):
    path = tmp_path / "model.bin"
    path.write_bytes(data)
    with pytest.raises(WeightsHashError, match="CTranslate2"):
        ctranslate2_file.variables(path, "encoder/")


def test_mel_filters_are_slaneys():
    """Golden: librosa 0.11, filters.mel(sr=16000, n_fft=400, n_mels=80): three entries, and the unit area of the triangles."""
    found = whisper.mel_filters()
    assert found.shape == (80, 201)
    assert found[0, 1] == pytest.approx(0.02486259, rel=1e-5)
    assert found[0].nonzero()[0].tolist() == [1]
    assert (found.argmax(axis=1)[1:] >= found.argmax(axis=1)[:-1]).all()
    assert found[60:].sum(axis=1) * 40 == pytest.approx(np.ones(20), rel=0.02)


def test_log_mel_of_silence_is_flat_and_loudness_does_not_matter():
    silence = whisper.log_mel(torch.zeros(16000))
    assert silence.unique().tolist() == [-1.5]
    tone = torch.sin(2 * torch.pi * 1000 * torch.arange(16000) / 16000)
    quiet, loud = (whisper.log_mel(gain * tone) for gain in (0.1, 1.0))
    assert quiet.shape == (80, 3000)
    torch.testing.assert_close(loud - quiet, torch.full_like(loud, 0.5), atol=1e-3, rtol=0)


def test_whisper_features_end_with_the_sound():
    torch.manual_seed(0)
    net = whisper.WhisperEncoder().eval()
    assert whisper.features(net, np.zeros(16000 * 31, np.float32)).shape == (1550, 384)


def test_silero_chunks_and_memory():
    """One probability per 32 ms; what was heard before matters, what comes after does not."""
    torch.manual_seed(0)
    net = silero.SileroVad().eval()
    sound = np.random.default_rng(0).normal(0, 0.3, 16000).astype(np.float32)
    found = silero.speech_probability(net, sound)
    assert found.shape == (32,)
    assert silero.speech_probability(net, sound[:0]).shape == (0,)
    np.testing.assert_allclose(silero.speech_probability(net, sound[: 512 * 10]), found[:10], rtol=1e-5)
    assert not np.allclose(silero.speech_probability(net, sound[512 * 10 :])[:5], found[10:15], rtol=1e-4)


def test_silero_against_torchs_own_lstm():
    torch.manual_seed(1)
    net = silero.SileroVad().eval()
    chunks = torch.randn(6, silero.CHUNK + silero.CONTEXT)
    lstm = torch.nn.LSTM(128, 128)
    lstm.load_state_dict({f"{name}_l0": value for name, value in net.lstm_cell.state_dict().items()})
    with torch.inference_mode():
        hidden, _ = lstm(net.encode(chunks)[:, None])
        last = net.final_conv
        expected = torch.sigmoid(torch.relu(hidden[:, 0]) @ last.weight[0, :, 0] + last.bias)
        torch.testing.assert_close(net(chunks), expected)
