"""Fuzz one layout of an importer with atheris (`pip install atheris`): only named errors may come out.

python tools/fuzz_importers.py FORMAT LAYOUT CORPUS -max_total_time=60

CORPUS is a folder of files to start from; what libFuzzer finds is added to it. Further arguments are libFuzzer's.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["echo_bench.importers", "pickletools", "zipfile", "csv"]):
    from echo_bench.errors import EchoBenchError
    from echo_bench.importers.base import FORMATS, layout_of, read_motion


def main() -> None:
    """Fuzz until libFuzzer stops."""
    name, label = sys.argv[1:3]
    with atheris.instrument_imports(include=["echo_bench.importers"]):
        layout = layout_of(FORMATS.get(name), label)[1]
    file = Path(tempfile.mkdtemp()) / f"fuzzed{layout.suffix}"

    def once(data: bytes) -> None:
        file.write_bytes(data)
        try:
            read_motion(layout, file, None if layout.fps else 25.0)
        except EchoBenchError:
            return

    atheris.Setup([sys.argv[0], *sys.argv[3:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
