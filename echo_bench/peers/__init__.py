"""The named packages beside our nets: the same parameters and the same frames in both, and how far the outputs are apart.

Nothing of the suite needs these packages. Where one is installed, `echo-bench parity` checks ours against it on this machine.
"""

from __future__ import annotations

from echo_bench.peers.compare import Peer
from echo_bench.registry import Registry

PEERS: Registry[Peer] = Registry(
    "backend",
    {
        "deepface": "echo_bench.peers.deepface:PEER",
        "lpips": "echo_bench.peers.lpips:PEER",
        "pytorch-fid": "echo_bench.peers.inception:PYTORCH_FID",
        "syncnet-python": "echo_bench.peers.syncnet:PEER",
        "torch-fidelity": "echo_bench.peers.inception:TORCH_FIDELITY",
    },
    "echo_bench.peers",
)
