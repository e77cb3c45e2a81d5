"""Face nets under their published names, with random parameters: keys, sizes, formulae."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from echo_bench.extractors.emotion import CLASSES
from echo_bench.nets import deepface_emotion, emonet, emotion_fan, iresnet

torch.set_num_threads(1)


def names(net: torch.nn.Module) -> set[str]:
    return set(net.state_dict())


@pytest.mark.parametrize(("depth", "parameters"), [("r50", 43_590_848), ("r100", 65_156_160)])
def test_iresnet_has_the_published_size_and_names(depth, parameters):
    """Counts of InsightFace's own iresnet50 and iresnet100 (arcface_torch/backbones/iresnet.py, 04a433f)."""
    with torch.device("meta"):
        net = iresnet.IResNet(depth)
    assert sum(p.numel() for p in net.parameters()) == parameters
    assert {"layer1.0.downsample.1.running_mean", "layer4.2.prelu.weight", "fc.bias", "features.running_var"} <= names(
        net
    )
    assert "layer1.1.downsample.0.weight" not in names(net)


def test_iresnet_block_by_hand():
    torch.manual_seed(0)
    block = iresnet.IBasicBlock(4, 4, 1).eval()
    x = torch.randn(1, 4, 6, 6)
    with torch.inference_mode():
        y = F.conv2d(block.bn1(x), block.conv1.weight, padding=1)
        y = F.conv2d(F.prelu(block.bn2(y), block.prelu.weight), block.conv2.weight, padding=1)
        torch.testing.assert_close(block(x), block.bn3(y) + x)


def test_emonet_takes_the_file_with_prefix_and_without_counters():
    torch.manual_seed(0)
    net = emonet.EmoNet()
    state = {f"module.{k}": v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    loaded = emonet.load(state)
    torch.testing.assert_close(loaded.conv1.weight, net.conv1.weight)
    with pytest.raises(RuntimeError, match="Missing key"):
        emonet.load({name: value for name, value in state.items() if "emo_fc_2" not in name})
    with pytest.raises(RuntimeError, match="Unexpected key"):
        emonet.load(state | {"module.extra": torch.zeros(1)})


def test_emonet_gives_ten_numbers_for_a_face():
    torch.manual_seed(0)
    net = emonet.EmoNet().eval()
    faces = torch.randint(0, 256, (1, 256, 256, 3), dtype=torch.uint8)
    with torch.inference_mode():
        found = net(emonet.normalise(faces))
    assert found.shape == (1, 10)
    assert torch.isfinite(found).all()


def test_deepface_letterboxes_and_greys():
    """A wide white face: a white band of half the height between black ones; grey of white is white."""
    found = deepface_emotion.normalise(torch.full((50, 100, 3), 255, dtype=torch.uint8))[0]
    assert found.shape == (48, 48)
    assert found[24].min() == pytest.approx(1.0, abs=1e-6)
    assert found[:11].max() == 0
    assert found[37:].max() == 0


def test_deepface_net_gives_probabilities():
    torch.manual_seed(0)
    net = deepface_emotion.EmotionModel().eval()
    assert sum(p.numel() for p in net.parameters()) == 1_485_831
    with torch.inference_mode():
        found = net(torch.rand(3, 1, 48, 48))
    torch.testing.assert_close(found.sum(dim=1), torch.ones(3))


@pytest.fixture(scope="module")
def fan() -> emotion_fan.EmotionFan:
    torch.manual_seed(0)
    return emotion_fan.EmotionFan().eval()


def test_emotion_fan_attention_by_hand(fan):
    """The official evaluation, in numpy: weights by alpha, divides by the sum of alpha beta."""
    features = torch.randn(5, 512)
    with torch.inference_mode():
        found = fan.video(features).numpy()
    v = features.double().numpy()

    def gate(layer, x):
        return 1 / (1 + np.exp(-(x @ layer.weight.detach().double().numpy().T + layer.bias.detach().double().numpy())))

    alpha = gate(fan.alpha[0], v)
    mean = (v * alpha).sum(axis=0) / alpha.sum()
    related = np.concatenate([v, np.tile(mean, (5, 1))], axis=1)
    pooled = (related * alpha).sum(axis=0) / (alpha * gate(fan.beta[0], related)).sum()
    expected = pooled @ fan.pred_fc2.weight.detach().double().numpy().T + fan.pred_fc2.bias.detach().double().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_emotion_fan_does_not_care_for_the_order_of_frames(fan):
    features = torch.randn(6, 512)
    with torch.inference_mode():
        torch.testing.assert_close(fan.video(features), fan.video(features.flip(0)))


def test_emotion_fan_refuses_a_checkpoint_of_seven_classes(fan):
    state = {f"module.{k}": v for k, v in emotion_fan.EmotionFan(7).state_dict().items()}
    with pytest.raises(RuntimeError, match="size mismatch"):
        emotion_fan.load(state)
    assert emotion_fan.load(state, classes=7).pred_fc2.out_features == 7


def test_columns_are_named_as_the_nets_name_them():
    assert CLASSES["emonet"] == emonet.CLASSES
    assert CLASSES["deepface-emotion"] == deepface_emotion.CLASSES
    assert CLASSES["emotion-fan"] == emotion_fan.CLASSES
