"""pytorch-fid and torch-fidelity beside our Inception."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from echo_bench.nets.inception import FidInception, build, for_pytorch_fid, for_torch_fidelity
from echo_bench.peers.compare import Frames, Peer, odd, randomised, relative, replaced


def _pytorch_fid(frames: Frames) -> Mapping[str, float]:
    package = import_module("pytorch_fid.inception")
    state = randomised(FidInception())
    with replaced(package, "load_state_dict_from_url", lambda *_, **__: state):
        theirs = package.InceptionV3().eval()
    ours = build(state)
    found = {}
    for name, batch in (("pool3", frames), ("pool3, odd size", odd(frames))):
        pixels = torch.from_numpy(batch)
        expected = theirs(pixels.permute(0, 3, 1, 2).float() / 255)[0][:, :, 0, 0]
        found[name] = relative(ours(for_pytorch_fid(pixels)), expected)
    return found


def _torch_fidelity(frames: Frames) -> Mapping[str, float]:
    package = import_module("torch_fidelity.feature_extractor_inceptionv3")
    state = randomised(FidInception())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "inception.pth"
        torch.save(dict(state), path)
        theirs = package.FeatureExtractorInceptionV3("fid", ["2048"], feature_extractor_weights_path=str(path))
    ours = build(state)
    found = {}
    for name, batch in (("pool3", frames), ("pool3, odd size", odd(frames))):
        pixels = torch.from_numpy(batch)
        found[name] = relative(ours(for_torch_fidelity(pixels)), theirs(pixels.permute(0, 3, 1, 2))[0])
    return found


PYTORCH_FID = Peer("pytorch-fid", "pytorch_fid", "pip install 'echo-bench[fid]'", _pytorch_fid, needs_torchvision=True)
TORCH_FIDELITY = Peer(
    "torch-fidelity", "torch_fidelity", "pip install 'echo-bench[fid]'", _torch_fidelity, needs_torchvision=True
)
