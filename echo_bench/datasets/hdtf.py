"""`hdtf`: HDTF (Zhang et al., CVPR 2021), talking people from the web, 25 fps.

``RD_*_NNN.mp4``, ``WDA_*_NNN.mp4``, ``WRA_*_NNN.mp4`` in any folders, cut as ``{RD,WDA,WRA}_annotion_time.txt`` of MRzzm/HDTF say; the
name without its number is the person. There is no official split: all are one, and protocols that take fifty videos give a manifest.
"""

from __future__ import annotations

import re

from echo_bench.datasets.published import Scan
from echo_bench.datasets.talking import Talking

NAME = re.compile(r"(?P<person>(?P<part>RD|WDA|WRA)_.*?)(?:_(?P<number>\d+))?")


class Hdtf(Talking):
    """The dataset `hdtf`."""

    name = "hdtf"
    version = "2021"

    def scan(self) -> Scan:
        """Every mp4 whose name is of the three parts; others are defects."""
        clips, defects = [], []
        for path in sorted(self.root.rglob("*.mp4"), key=lambda path: path.name):
            match = NAME.fullmatch(path.stem)
            if match is None:
                defects.append(f"{path.relative_to(self.root)}: begins with none of RD_, WDA_, WRA_")
                continue
            clips.append(self.talker(path.stem, path, match["person"], part=match["part"]))
        return Scan({"all": clips} if clips else {}, defects)
