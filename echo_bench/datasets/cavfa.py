"""`3d-cavfa`: 3D-CAVFA (PMMTalk, arXiv 2312.02781), coefficients of a face and the voice to them.

The dataset could not be found in public, and its layout is not published. The layout here is ours and says so in the version:
``{train,val,test}/NAME.csv`` with a column for each of ARKit's 52 names, and ``NAME.wav``; 60 frames per second, or what
`--layout fps:25` says.
"""

from __future__ import annotations

from echo_bench.clip import Span
from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.published import Published, Said, Scan
from echo_bench.errors import DatasetError

SPLITS = ("train", "val", "test")


class Cavfa(Published):
    """The dataset `3d-cavfa`."""

    name = "3d-cavfa"
    version = "2023-layout-ours"
    fps = 60.0
    splits_of = "ours"
    motion_layout = ("arkit", "named")
    layouts = "fps:NUMBER"

    def scan(self) -> Scan:
        """Every csv with the wav of its name, which has to be there."""
        if self.options.layout is not None:
            self.fps = _rate(self.options.layout)
        clips: dict[str, list[ClipEntry]] = {}
        for split in SPLITS:
            for path in sorted((self.root / split).glob("*.csv")):
                side = SideEntry(audio=f"{split}/{path.stem}.wav", motion=f"{split}/{path.name}")
                clips.setdefault(split, []).append(ClipEntry(id=path.stem, avatar=side, cluster=path.stem))
        return Scan(clips)

    def said(self, entry: ClipEntry) -> Said:
        """The avatar speaks throughout."""
        return Said(spans=(Span("avatar", 0.0, self.seconds(entry, Said())),))


def _rate(layout: str) -> float:
    kind, _, number = layout.partition(":")
    if kind != "fps" or not number.isdecimal() or not 1 <= int(number) <= 240:
        raise DatasetError(f"unknown layout {layout!r}", where="--layout", fix="use fps:NUMBER, 1 to 240")
    return float(number)
