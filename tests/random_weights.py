"""Weight files with random contents, known to the weights store while a test runs: real loading, hashing and nets, no download."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

from echo_bench.weights import manifest

State = Mapping[str, Tensor] | torch.jit.ScriptModule
ENTRY = """
[[weight]]
name = "{name}"
file = "{file}"
size = {size}
sha256 = "{sha256}"
licence = "none"
origin = "this test"
training = "none: random"
source = []
"""


def install(patch: pytest.MonkeyPatch, folder: Path, states: Mapping[str, State]) -> None:
    """Save state dicts and scripts under the names of the manifest, and make them its entries; other entries and files stay in reach."""
    own = []
    for name, state in states.items():
        path = folder / manifest.weight(name).file
        if isinstance(state, torch.jit.ScriptModule):
            state.save(path)
        else:
            torch.save(dict(state), path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        own.append(ENTRY.format(name=name, file=path.name, size=path.stat().st_size, sha256=digest))
    blocks = manifest.MANIFEST.read_text("utf-8").split("\n[[weight]]\n")
    kept = [block for block in blocks if not any(block.startswith(f'name = "{name}"') for name in states)]
    changed = folder / "manifest.toml"
    changed.write_text("\n[[weight]]\n".join(kept) + "".join(own), "utf-8")
    for file in Path(os.environ["ECHO_BENCH_WEIGHTS"]).glob("*"):
        if not (folder / file.name).exists():
            (folder / file.name).symlink_to(file)
    patch.setattr(manifest, "MANIFEST", changed)
    patch.setattr(manifest, "weights", manifest.weights.__wrapped__)
    patch.setenv("ECHO_BENCH_WEIGHTS", str(folder))
