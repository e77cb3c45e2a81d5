"""What another processor would change: every feature and value of one clip, computed as older processors compute it.

    python -m benchmarks.processors [--seconds 2] [--size 256] [--metrics ...]

The instructions that a processor lacks are switched off by the variables that numpy, torch and OpenBLAS have for it; everything else is
equal, so what differs is the arithmetic alone. Prints, for each extractor, the largest difference relative to the feature's largest
value, and for each protocol id the relative difference of the value.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np

from benchmarks import suite_footage
from echo_bench.pipeline.store import FeatureStore, _metadata
from echo_bench.results.schema import read_result

AVX512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"
PROCESSORS: dict[str, dict[str, str]] = {
    "as it is": {},
    "again": {},
    "two OpenBLAS threads": {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"},
    "AVX2 (Haswell)": {
        "NPY_DISABLE_CPU_FEATURES": AVX512,
        "ATEN_CPU_CAPABILITY": "avx2",
        "OPENBLAS_CORETYPE": "Haswell",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "NUMBA_CPU_NAME": "haswell",
    },
    "SSE (Nehalem)": {
        "NPY_DISABLE_CPU_FEATURES": f"{AVX512} AVX2 FMA3",
        "ATEN_CPU_CAPABILITY": "default",
        "OPENBLAS_CORETYPE": "Nehalem",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "NUMBA_CPU_NAME": "nehalem",
    },
}
METRICS = ("psnr@piq", "ssim@piq", "fid@effnet-eb", "csim@facenet-eb", "corr_pose@eb1-tracker")


def run(clips: Path, out: Path, metrics: tuple[str, ...], variables: dict[str, str]) -> None:
    """One run in a process of its own."""
    command = [
        sys.executable, "-m", "echo_bench.cli", "run", "--dataset", "folder", "--root", str(clips), "--layout", "left-right",
        "--methods", "static,reencoded", "--no-always", "--out", str(out), "--store", str(out / "store"),
        "--workers", "1", "--no-report", *(("--metrics", ",".join(metrics)) if metrics else ()),
    ]  # fmt: skip
    subprocess.run(command, env={**os.environ, **variables}, capture_output=True, check=False)


def features(out: Path) -> dict[str, tuple[str, dict[str, np.ndarray]]]:
    """Key -> extractor and arrays."""
    store = FeatureStore(out / "store")
    found = {}
    for key in store.keys():
        data = Path(store.path(key)).read_bytes()
        found[key] = (_metadata(data)["fields"]["extractor"]["name"], store.get(key))
    return found


def largest(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> float:
    """The largest difference of any array relative to its largest value."""
    found = 0.0
    for name, array in ours.items():
        other = theirs[name]
        if array.shape != other.shape:
            return float("inf")
        if np.array_equal(array, other, equal_nan=array.dtype.kind == "f"):
            continue
        a, b = array.astype(float), other.astype(float)
        found = max(found, float(np.nanmax(np.abs(a - b)) / max(np.nanmax(np.abs(a)), 1e-30)))
    return found


def values(out: Path) -> dict[str, float]:
    """Method and id -> value."""
    results = [read_result(path).result for path in sorted((out / "results").glob("*.json"))]
    return {f"{r.method.name} {s.metric}": s.value for r in results for s in r.scores if s.value is not None}
