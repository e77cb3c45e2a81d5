"""The package lpips beside our LPIPS: its own linear heads, random trunks."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import torch
from torch import Tensor

from echo_bench.nets.lpips import Trunk, build, for_lpips
from echo_bench.peers.compare import Frames, Peer, odd, relative


def _compare(frames: Frames) -> Mapping[str, float]:
    package = import_module("lpips")
    found = {}
    trunks: tuple[Trunk, ...] = ("alex", "vgg", "squeeze")
    for trunk in trunks:
        torch.manual_seed(0)
        theirs = package.LPIPS(net=trunk, pnet_rand=True, verbose=False)
        state: dict[str, Tensor] = theirs.state_dict()
        features = {f"features.{name.split('.', 2)[2]}": v for name, v in state.items() if name.startswith("net.slice")}
        heads = {name: v for name, v in state.items() if name.startswith("lin") and not name.startswith("lins")}
        ours = build(trunk, features, heads)
        for name, batch in ((trunk, frames), (f"{trunk}, odd size", odd(frames))):
            a, b = torch.from_numpy(batch[:-1]), torch.from_numpy(batch[1:])
            expected = theirs(_signed(a), _signed(b)).flatten()
            found[name] = relative(ours(for_lpips(a), for_lpips(b)), expected)
    return found


def _signed(batch: Tensor) -> Tensor:
    return batch.permute(0, 3, 1, 2).float() / (255 / 2) - 1


PEER = Peer("lpips", "lpips", "pip install 'echo-bench[lpips]'", _compare, needs_torchvision=True)
