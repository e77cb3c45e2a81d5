"""Published numbers that the official files must give again: what each of those checks needs to be on this machine.

The checks are tests (``tests/golden``). They skip by this table, and ``echo-bench doctor`` says by it which of them would run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from echo_bench.errors import UnavailableError
from echo_bench.weights.store import weight_path


@dataclass(frozen=True, slots=True)
class Check:
    """One golden test with official weights.

    Attributes
    ----------
    says : str
        What must come out, and who published it.
    weights : tuple of str
        Names of the manifest.
    clip : str
        A file of the authors that has to lie in the folder ``ECHO_BENCH_WEIGHTS``; empty where none is needed.
    """

    says: str
    weights: tuple[str, ...]
    clip: str = ""

    def missing(self) -> list[str]:
        """What is not here, and where it is to be had; nothing where the check would run.

        Raises
        ------
        WeightsHashError
            When a weight file is not the one of the manifest.
        """
        found = []
        for name in self.weights:
            try:
                weight_path(name)
            except UnavailableError as error:
                found.append(f"{error.what} -> {error.fix}")
        folder = os.environ.get("ECHO_BENCH_WEIGHTS")
        if self.clip and not (folder and (Path(folder) / self.clip).is_file()):
            found.append(f"{self.clip} is not here -> put it into the folder named by ECHO_BENCH_WEIGHTS")
        return found


CHECKS = {
    "syncnet-example": Check(
        "SyncNet's example clip: offset 3, LSE-D 5.353, LSE-C 10.021 (joonson/syncnet_python, README)",
        ("syncnet-v2",),
        "example.avi",
    ),
    "fvd-zeros-ones": Check(
        "FVD of black against white over 10, 16, 20, 24, 30 frames: 570.07, 153.110, 338.18, 66.081, 151.168 "
        "(JunyaoHu/common_metrics_on_video_quality, README)",
        ("i3d-styleganv",),
    ),
    "lpips-zeros-ones": Check(
        "LPIPS of black against white: 0.81401 (JunyaoHu/common_metrics_on_video_quality, README)",
        ("alexnet", "lpips-alex"),
    ),
    "inception-loads": Check("the FID Inception loads, and no feature of it is negative", ("inception",)),
}
"""Name -> check."""
