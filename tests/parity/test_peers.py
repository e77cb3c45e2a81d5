"""`echo-bench parity` on real frames, every backend that is installed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from echo_bench.clip import VideoRef
from echo_bench.errors import UnavailableError
from echo_bench.media.decode import frames
from echo_bench.peers import PEERS
from echo_bench.peers.compare import TOLERANCE

pytestmark = pytest.mark.parity


@pytest.mark.parametrize("name", list(PEERS))
def test_ours_equals_theirs(name, shared: Path):
    torch.set_num_threads(1)
    pictures = np.stack(list(frames(VideoRef(shared / "clips" / "grid" / "bbaf2n.mpg", ""), limit=3)))
    try:
        found = PEERS.get(name).run(pictures)
    except UnavailableError as error:
        if os.environ.get("ECHO_BENCH_PARITY") == "1":
            raise
        pytest.skip(str(error))
    assert len(found) >= 2
    assert {tensor: value for tensor, value in found.items() if value > TOLERANCE} == {}
