"""Print what the embedded nets are worth on people, voices and conversations they never saw: the tables of docs/metrics/embedded-nets.md.

    python -m tools.judge_specialists [rignet|emonet-eb|facenet-eb|syncnet-eb|pictures]

Rendered people are those of dyad-mini's test split. Footage is that of ``ECHO_BENCH_SHARED`` (default ``../shared``).
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path

import torch

from echo_bench.datasets.dyad_mini_content import CONTENT, DATA
from tools.specialists.corpus import corpus
from tools.specialists.judge_faces import emotion_table, identity_lines, motion_table, words_table
from tools.specialists.judge_pictures import footage, ladder
from tools.specialists.judge_sync import footage_table, shift_lines

SPOKEN = ("grid/*.mpg", "lrs3/*.mp4")
SHOWN = ("grid/*.mpg", "lrs3/*.mp4", "mead/*.mp4", "vico/*.mp4")


def main() -> None:
    """Read the command line and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", choices=["rignet", "emonet-eb", "facenet-eb", "syncnet-eb", "pictures"])
    parser.add_argument("--split", default="test")
    parser.add_argument("--cache", type=Path, default=Path(".cache/specialists"))
    parser.add_argument("--data", type=Path, default=CONTENT / DATA, help="folder of dyad-mini's speech")
    parser.add_argument("--jobs", type=int, default=1, help="processes that draw frames")
    given = parser.parse_args()
    torch.set_num_threads(1)
    shown = corpus(given.split, given.data, given.cache / given.split, given.jobs)
    clips = Path(os.environ.get("ECHO_BENCH_SHARED", "../shared")) / "clips"

    def found(patterns: Iterable[str]) -> list[Path]:
        return [path for pattern in patterns for path in sorted(clips.glob(pattern))]

    tables = {
        "rignet": lambda: [motion_table(shown)],
        "emonet-eb": lambda: [emotion_table(shown), words_table(found(["mead/*.mp4"]))],
        "facenet-eb": lambda: [identity_lines(shown)],
        "syncnet-eb": lambda: [shift_lines(shown), footage_table(found(SPOKEN))],
        "pictures": lambda: [
            ladder(name, some)
            for some in (list(shown.frames), footage(found(SHOWN)))
            for name in ("imagenet-eb", "videonet-eb")
        ],
    }
    for name in [given.name] if given.name else tables:
        print(f"## {name}\n")
        for table in tables[name]():
            print(*table, "", sep="\n", flush=True)


if __name__ == "__main__":
    main()
