"""Reading weights without running code, folding norms, choosing a device."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from echo_bench.errors import EchoBenchError, UnavailableError
from echo_bench.nets.device import device, inference, policy
from echo_bench.nets.loading import fold_norms, load_state
from tests.nets import randomised, relative

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}


class Mischief:
    """Pickled, it would make a file on loading."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"state_dict": s, "epoch": 3}])
def test_reads_what_torch_saved(tmp_path, wrap):
    torch.save(wrap(STATE), tmp_path / "net.pth")
    found = load_state(tmp_path / "net.pth")
    assert set(found) == set(STATE)
    assert torch.equal(found["a.weight"], STATE["a.weight"])


def test_reads_safetensors(tmp_path):
    save_file(STATE, tmp_path / "net.safetensors")
    assert torch.equal(load_state(tmp_path / "net.safetensors")["a.bias"], STATE["a.bias"])


def test_runs_no_code(tmp_path):
    witness = tmp_path / "ran"
    (tmp_path / "net.pth").write_bytes(pickle.dumps({"a": Mischief(witness)}))
    with pytest.raises(EchoBenchError, match="cannot be read as weights"):
        load_state(tmp_path / "net.pth")
    assert not witness.exists()


def test_refuses_a_truncated_file(tmp_path):
    torch.save(STATE, tmp_path / "whole.pth")
    (tmp_path / "net.pth").write_bytes((tmp_path / "whole.pth").read_bytes()[:700])
    with pytest.raises(EchoBenchError, match=r"net\.pth: cannot be read as weights"):
        load_state(tmp_path / "net.pth")
    (tmp_path / "net.safetensors").write_bytes(b"no header")
    with pytest.raises(EchoBenchError, match="cannot be read as weights"):
        load_state(tmp_path / "net.safetensors")


@pytest.mark.parametrize("content", [[torch.ones(2)], {}, {"a": 3}, {"state_dict": {"a": "b"}}])
def test_refuses_what_is_no_state_dict(tmp_path, content):
    torch.save(content, tmp_path / "net.pth")
    with pytest.raises(EchoBenchError, match="holds no state dict"):
        load_state(tmp_path / "net.pth")


class Layer(nn.Module):
    """A convolution and its norm under the names of the Inception file."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, bias=False)
        self.bn = nn.BatchNorm2d(5, eps=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.bn(self.conv(x))


def test_folding_keeps_the_function():
    net = nn.Sequential(Layer(), nn.ReLU()).eval()
    randomised(net)
    x = torch.randn(2, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    before = net(x)
    fold_norms(net)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
    assert 0 < relative(net(x), before) < 1e-6


def test_the_device_is_that_of_the_environment(monkeypatch):
    monkeypatch.delenv("ECHO_BENCH_DEVICE", raising=False)
    assert (device().type, policy()) == ("cpu", "fp32 cpu")
    monkeypatch.setenv("ECHO_BENCH_DEVICE", "cuda:0")
    assert policy() == "fp32 cuda"


@pytest.mark.parametrize("name", ["gpu", "cuda:99"])
def test_refuses_a_device_that_is_not_here(monkeypatch, name):
    monkeypatch.setenv("ECHO_BENCH_DEVICE", name)
    with pytest.raises(UnavailableError, match=rf"ECHO_BENCH_DEVICE: '{name}' cannot be used.*set cpu or cuda"):
        device()


def test_inference_has_one_thread_and_gives_the_others_back():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    with inference():
        assert torch.get_num_threads() == 1
        assert torch.is_inference_mode_enabled()
    assert torch.get_num_threads() == 3
    torch.set_num_threads(before)
