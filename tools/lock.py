"""Write constraints.txt: the versions that a fresh resolution of the suite and of every tox environment gives.

Run it in a fresh virtual environment of the oldest supported Python: ``python tools/lock.py``.
"""

from __future__ import annotations

import configparser
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINNED = ("torch==2.13.0", "torchvision==0.28.0")  # torchvision's release must match torch's
HEAD = (
    "# The full lock of every tox environment; made by tools/lock.py.\n"
    "# torch has no build tag: pip takes the build that fits the machine.\n"
)


def requirements() -> list[str]:
    """What the tox environments install, besides the suite itself."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    lines = {line for name in tox.sections() for line in tox[name].get("deps", "").split("\n") if line}
    return [*sorted(line for line in lines if not line.startswith("{")), "tox", "hatchling"]


def main() -> None:
    """Resolve, and write the lock."""
    with tempfile.TemporaryDirectory() as folder:
        pins, report = Path(folder, "pins.txt"), Path(folder, "report.json")
        pins.write_text("\n".join(PINNED))
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--dry-run",
            "--ignore-installed",
            "--report",
            str(report),
        ]
        subprocess.run([*command, "-c", str(pins), str(ROOT), *requirements()], check=True)
        found = json.loads(report.read_text())["install"]
    rows = {item["metadata"]["name"].lower().replace("_", "-"): item["metadata"]["version"] for item in found}
    lines = [f"{name}=={version.partition('+')[0]}\n" for name, version in sorted(rows.items()) if name != "echo-bench"]
    (ROOT / "constraints.txt").write_text(HEAD + "".join(lines))


if __name__ == "__main__":
    main()
