"""Media is light: no torch, and scipy only where sound is resampled."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import sys
import echo_bench.media.audio, echo_bench.media.decode, echo_bench.media.encode, echo_bench.media.hashing, echo_bench.media.probe
print(sorted({"torch", "scipy", "pandas"} & set(sys.modules)))
"""


def test_importing_media_is_light() -> None:
    run = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
