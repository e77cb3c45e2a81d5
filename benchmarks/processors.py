"""What another processor would change: every feature and value of one clip, computed as older processors compute it.

    python -m benchmarks.processors [--seconds 2] [--size 256] [--metrics ...]

The instructions that a processor lacks are switched off by the variables that numpy, torch and OpenBLAS have for it; everything else is
equal, so what differs is the arithmetic alone. Prints, for each extractor, the largest difference relative to the feature's largest
value, and for each protocol id the relative difference of the value.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
from safetensors import safe_open

from benchmarks import suite_footage
from echo_bench.pipeline.store import FeatureStore
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
METRICS = (
    "psnr@piq", "ssim@piq", "fd_img@imagenet-eb", "csim@eb1-paired-facenet-eb", "acc_emo@emonet-eb", "lse_c@syncnet-eb-whole",
    "mse_pose@dim-tracker", "mse_exp@dim-tracker", "var_exp@dualtalk-tracker", "jerk_pose@eb1-tracker",
)  # fmt: skip


def run(clips: Path, out: Path, metrics: tuple[str, ...], variables: dict[str, str]) -> None:
    """One run in a process of its own."""
    command = [
        str(Path(sys.executable).with_name("echo-bench")), "run", "--dataset", "folder", "--layout", "single", "--root",
        str(clips / suite_footage.TRUTH), "--methods", f"folder:a={clips / 'a'},folder:b={clips / 'b'}", "--no-always", "--out",
        str(out), "--store", str(out / "store"), "--workers", "1", "--no-report", "--metrics", ",".join(metrics),
    ]  # fmt: skip
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):  # 1: a metric that needs what this footage has not
        raise SystemExit(f"{variables}: {done.stderr[-2000:]}")


def features(out: Path) -> dict[str, tuple[str, dict[str, np.ndarray]]]:
    """Key -> extractor and arrays."""
    store = FeatureStore(out / "store")
    found = {}
    for key in sorted(store.keys()):
        with safe_open(str(store.path(key)), "np") as file:
            header = json.loads(file.metadata()["echo-bench"])
        found[key] = (header["fields"]["extractor"]["name"], store.get(key))
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


def compare(name: str, ours: Path, theirs: Path) -> None:
    """Print what differs between two runs."""
    mine, other = features(ours), features(theirs)
    equal: dict[str, list[float]] = defaultdict(list)
    for key, (extractor, arrays) in mine.items():
        equal[extractor].append(largest(arrays, other[key][1]))
    for extractor, found in sorted(equal.items()):
        same = sum(value == 0 for value in found)
        print(f"{name}: {extractor}: {same} of {len(found)} features equal, largest difference {max(found):.1e}")
    one, two = values(ours), values(theirs)
    for label, value in one.items():
        difference = abs(value - two[label]) / max(abs(value), 1e-30)
        print(f"{name}: {label}: {'equal' if difference == 0 else f'{difference:.1e}'}", flush=True)


def main() -> None:
    """Draw, run as each processor, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--metrics", nargs="+", default=METRICS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        suite_footage.draw(work / "clips", 1, options.seconds, options.size)
        for index, (name, variables) in enumerate(PROCESSORS.items()):
            run(work / "clips", work / str(index), tuple(options.metrics), variables)
            if index:
                compare(name, work / "0", work / str(index))


if __name__ == "__main__":
    main()
