"""LPIPS of every frame of a prediction against the truth's frame of the same time: one extractor per trunk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_bench.extractor import InputSpec
from echo_bench.extractors.frame_nets import FrameNet, Run, later
from echo_bench.nets.device import batch_size, policy
from echo_bench.weights.store import weight_file

if TYPE_CHECKING:
    from echo_bench.nets.lpips import Trunk

OUTPUT = "lpips"


def alex() -> FrameNet:
    """``lpips-alex``: the trunk that most papers print."""
    return _lpips("alex", "alexnet", batch=8)


def vgg() -> FrameNet:
    """``lpips-vgg``: the largest trunk, more than twenty times slower."""
    return _lpips("vgg", "vgg16", batch=4)


def squeeze() -> FrameNet:
    """``lpips-squeeze``: the smallest trunk."""
    return _lpips("squeeze", "squeezenet", batch=8)


def _lpips(trunk: Trunk, trunk_weights: str, batch: int) -> FrameNet:
    features, heads = weight_file(trunk_weights), weight_file(f"lpips-{trunk}")

    def open_net() -> Run:
        from echo_bench.nets import lpips
        from echo_bench.nets.loading import load_state
        from echo_bench.nets.runs import on_device

        net = lpips.build(trunk, load_state(features.path), load_state(heads.path))
        prepare = lpips.for_lpips
        return on_device(net, lambda pairs: net(prepare(pairs[:, 0]), prepare(pairs[:, 1])))

    spec = InputSpec("pair", batch=batch_size(batch), policy=policy())
    return FrameNet(f"lpips-{trunk}", "1", f"{features.sha256}+{heads.sha256}", spec, OUTPUT, later(open_net))
