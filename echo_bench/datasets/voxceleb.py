"""`voxceleb`: folders in the manner of VoxCeleb1 and 2 and of what models of talking heads cut from them.

``{dev,test}/mp4/ID/VIDEO/NNNNN.mp4`` with the sound in the file or as ``{dev,test}/aac/ID/VIDEO/NNNNN.m4a`` (VoxCeleb2), or
``{train,test}/ID#VIDEO#BEGIN#END.mp4`` (video-preprocessing of the First Order Motion Model). ID is the person. Folders of png frames are
imported first: `echo-bench import video --layout frames`.
"""

from __future__ import annotations

from pathlib import Path

from echo_bench.datasets.manifest import ClipEntry
from echo_bench.datasets.published import Scan
from echo_bench.datasets.talking import Talking, beside

SPLITS = ("train", "dev", "test")


class VoxCeleb(Talking):
    """The dataset `voxceleb`."""

    name = "voxceleb"
    version = "2018"

    def scan(self) -> Scan:
        """Files of both forms; people who are in two splits are defects."""
        clips = {split: self._of(self.root / split) for split in SPLITS}
        people = {split: {entry.cluster for entry in entries} for split, entries in clips.items()}
        both = (people["train"] | people["dev"]) & people["test"]
        return Scan(
            {split: entries for split, entries in clips.items() if entries},
            [f"{person}: is in test and in another split" for person in sorted(both)],
        )

    def _of(self, folder: Path) -> list[ClipEntry]:
        entries = []
        for path in sorted(folder.glob("mp4/*/*/*.mp4")):
            person, film = path.parts[-3:-1]
            sound = beside(path, folder / "aac" / person / film)
            entries.append(self.talker(f"{person}.{film}.{path.stem}", path, person, sound))
        for path in sorted(folder.glob("*#*#*#*.mp4")):
            entries.append(self.talker(path.stem, path, path.stem.partition("#")[0]))
        return entries
