"""Fuzz a reader of strangers' files with atheris (`pip install 'echo-bench[fuzz]'`): only named errors may come out.

    python -m tools.fuzz_readers READER [CORPUS] -max_total_time=60

READER is `manifest`, `table`, `result`, `motion`, `probe`, or `peld` or `m3c` for the index of such a dataset. CORPUS is a
folder of files to start from; what libFuzzer finds is added to it. Further arguments are libFuzzer's. Importers have a
fuzzer of their own, tools/fuzz_importers.py.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["echo_bench", "json", "csv", "zipfile"]):
    from echo_bench.clip import MotionRef
    from echo_bench.datasets.base import DATASETS, DatasetOptions
    from echo_bench.datasets.folder import Folder
    from echo_bench.errors import EchoBenchError
    from echo_bench.media.probe import probe
    from echo_bench.motion_io import load_motion
    from echo_bench.results.schema import read_result


def manifest(path: Path) -> None:
    """Read a manifest, through to its clips."""
    Folder(DatasetOptions(path.parent, manifest=path)).clips("m")


def published(name: str) -> Callable[[Path], None]:
    """What opens the copy of a published dataset in whose root the file lies, and looks through it."""

    def read(path: Path) -> None:
        dataset = DATASETS.get(name)(DatasetOptions(path.parent))
        for split in dataset.splits():
            dataset.defects(split)
            dataset.clips(split)

    return read


def motion(path: Path) -> None:
    """Read motion as methods deliver it."""
    load_motion(MotionRef(path, "", "rig61"))


READERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "manifest": ("m.json", manifest),
    "table": ("m.csv", manifest),
    "result": ("r.json", read_result),
    "motion": ("m.npz", motion),
    "probe": ("v.mp4", probe),
    "peld": ("Dyadic_PELD.tsv", published("peld")),
    "m3c": ("test.json", published("m3c")),
}
"""Name -> the file it is given, and what reads it."""


def main() -> None:
    """Fuzz until libFuzzer stops."""
    name, read = READERS[sys.argv[1]]
    file = Path(tempfile.mkdtemp()) / name

    def once(data: bytes) -> None:
        file.write_bytes(data)
        try:
            read(file)
        except EchoBenchError as error:
            str(error).encode()

    atheris.Setup([sys.argv[0], *sys.argv[2:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
