"""Random parameters for the one-pass benchmark: one set of files that both sides load, each in the way it loads the published ones."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from echo_bench.nets.deepface_emotion import EmotionModel
from echo_bench.nets.inception import FidInception
from echo_bench.nets.lpips import Lpips
from echo_bench.nets.s3fd import S3FD, STRIDES
from echo_bench.nets.syncnet import SyncNet
from echo_bench.peers.compare import randomised
from echo_bench.weights import manifest
from echo_bench.weights.store import weight_path

FOLDER = "ECHO_BENCH_SUITE_WEIGHTS"
"""Environment variable that tells a worker process of the benchmark where the random files are."""

FACE = 0.5
"""Side of the one face that the random detector finds, in the middle of the frame, of the frame's side."""

ENTRY = """
[[weight]]
name = "{name}"
file = "{file}"
size = {size}
sha256 = "{sha256}"
licence = "none"
origin = "benchmarks/suite.py"
training = "none: random"
source = []
"""


def write(folder: Path) -> None:
    """Draw all parameters, save them under the published names, with a manifest that knows them and the real tracker beside them."""
    tracker = weight_path("tracker")
    (folder / tracker.name).symlink_to(tracker.resolve())
    distance = randomised(Lpips("alex"))
    states: dict[str, Mapping[str, Tensor]] = {
        "inception": randomised(FidInception()),
        "alexnet": {name: value for name, value in distance.items() if name.startswith("features.")},
        "lpips-alex": {name: value.abs() for name, value in distance.items() if name.startswith("lin")},
        "syncnet-v2": randomised(SyncNet()),
        "deepface-emotion": randomised(EmotionModel()),
        "s3fd": detector(),
    }
    entries = []
    for name, state in states.items():
        path = folder / manifest.weight(name).file
        torch.save(dict(state), path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        entries.append(ENTRY.format(name=name, file=path.name, size=path.stat().st_size, sha256=digest))
    blocks = manifest.MANIFEST.read_text("utf-8").split("\n[[weight]]\n")
    kept = [block for block in blocks if not any(block.startswith(f'name = "{name}"') for name in states)]
    (folder / "manifest.toml").write_text("\n[[weight]]\n".join(kept) + "".join(entries), "utf-8")


def detector() -> Mapping[str, Tensor]:
    """S3FD at its full cost that finds one face in every frame, where dyad-mini's people have theirs."""
    net = S3FD()
    randomised(net)
    for level, (loc, conf) in enumerate(zip(net.loc, net.conf, strict=True)):
        found = 10.0 if level == 4 else -10.0  # of 64 px this level sees one place
        for head in (loc, conf):
            torch.nn.init.zeros_(head.weight)
            torch.nn.init.zeros_(head.bias)
        conf.bias.data[:-1] = -found
        conf.bias.data[-1] = found
        loc.bias.data[2:] = math.log(FACE / (4 * STRIDES[level] / 64)) / 0.2
    return net.state_dict()


def use(folder: Path) -> None:
    """Make the files of :func:`write` the ones that the weights store knows, in this process and its workers."""
    os.environ[FOLDER] = os.environ["ECHO_BENCH_WEIGHTS"] = str(folder)
    manifest.MANIFEST = folder / "manifest.toml"
    manifest.weights.cache_clear()
