"""SyncNet's architecture. Against the published module with the same weights: tests/parity/test_syncnet_python.py."""

from __future__ import annotations

import pytest
import torch

from echo_bench.nets.syncnet import SyncNet, audio_tower, lip_tower
from tests.nets import randomised, relative

# Of joonson/syncnet_python SyncNetModel.S (6efbb1c): names and shapes of the tensors in syncnet_v2.model.
PARAMETERS = 13_631_616
SHAPES = {
    "netcnnaud.0.weight": (64, 1, 3, 3),
    "netcnnaud.15.running_var": (256,),
    "netcnnaud.18.weight": (512, 256, 5, 4),
    "netfcaud.3.weight": (1024, 512),
    "netfclip.1.running_mean": (512,),
    "netcnnlip.0.weight": (96, 3, 5, 7, 7),
    "netcnnlip.4.weight": (256, 96, 1, 5, 5),
    "netcnnlip.18.weight": (512, 256, 1, 6, 6),
    "netcnnlip.19.num_batches_tracked": (),
}


@pytest.fixture(scope="module")
def net() -> SyncNet:
    torch.set_num_threads(1)
    made = SyncNet()
    randomised(made)
    return made.eval()


def test_has_the_published_names_and_shapes(net):
    state = net.state_dict()
    assert sum(p.numel() for p in net.parameters()) == PARAMETERS
    assert len(state) == 102
    assert {name: tuple(state[name].shape) for name in SHAPES} == SHAPES


def test_the_lip_tower_takes_rgb_and_gives_the_same(net):
    """Five RGB frames side by side as channels, against the published net on BGR."""
    frames = torch.randint(0, 256, (2, 5, 224, 224, 3), generator=torch.Generator().manual_seed(0)).float()
    stacked = frames.permute(0, 1, 4, 2, 3).reshape(2, 15, 224, 224)
    with torch.inference_mode():
        expected = net.forward_lip(frames.flip(-1).permute(0, 4, 1, 2, 3))
        found = lip_tower(net)(stacked.contiguous(memory_format=torch.channels_last))
        wrong = lip_tower(net)(stacked.flip(1))
    assert relative(found, expected) < 1e-5
    assert relative(wrong, expected) > 1e-2


def test_the_audio_tower_gives_the_same(net):
    sound = torch.randn(4, 1, 13, 20, generator=torch.Generator().manual_seed(0)) * 5
    with torch.inference_mode():
        assert relative(audio_tower(net)(sound), net.forward_aud(sound)) < 1e-5


def test_making_towers_leaves_the_net_as_it_was(net):
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    lip_tower(net), audio_tower(net)
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())
