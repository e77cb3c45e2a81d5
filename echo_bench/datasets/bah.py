"""`bah`: BAH (Gonzalez-Gonzalez et al., 2025), people who answer questions, with or without ambivalence and hesitancy.

``{train,val,test}.txt`` or ``split-0/{train,val,test}.txt``, lines ``Videos/PERSON/Visite_1/FILE.mp4,0 or 1,TRANSCRIPT``; videos lie below
the root, as far as the licence was signed. Source: sbelharbi/bah-dataset. Counts are the paper's for the whole: 224 people, 1118 videos.
"""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath

from echo_bench.datasets.dialogues import Turn, lay_out
from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.published import Published, Said, Scan
from echo_bench.datasets.tables import read_text
from echo_bench.errors import DatasetError

SPLITS = ("train", "val", "test")
VIDEOS, PEOPLE = 1118, 224
LABELS = ("0", "1")


class Bah(Published):
    """The dataset `bah`."""

    name = "bah"
    version = "2025"

    def scan(self) -> Scan:
        """The lines of the split files; people who are in two splits are defects."""
        clips: dict[str, list[ClipEntry]] = {}
        defects: list[str] = []
        for split in SPLITS:
            file = next(
                (name for name in (f"{split}.txt", f"split-0/{split}.txt") if (self.root / name).is_file()), None
            )
            if file is not None:
                clips[split], wrong = self._lines(file)
                defects += wrong
        people = {split: {entry.cluster for entry in entries} for split, entries in clips.items()}
        homes = Counter(person for found in people.values() for person in found)
        defects += [f"{person}: is in {count} splits" for person, count in sorted(homes.items()) if count > 1]
        videos = sum(len(entries) for entries in clips.values())
        missing = []
        if (videos, len(homes)) != (VIDEOS, PEOPLE):
            missing.append(f"names {videos} videos of {len(homes)} people; {VIDEOS} of {PEOPLE} were released")
        return Scan(clips, defects, missing)

    def said(self, entry: ClipEntry) -> Said:
        """The transcript over the length of the video, or in nominal times without it."""
        file = entry.avatar.transcript or ""
        _, _, text = self._split(file)[entry.strata["line"]]
        seconds = self.seconds(entry, Said()) if entry.avatar.video else None
        return lay_out([Turn(entry.cluster, text, seconds=seconds)])

    def _split(self, file: str) -> dict[str, tuple[str, str, str]]:
        """Line number -> path, label, transcript."""
        found = {}
        for number, line in enumerate(read_text(self.root / file).splitlines(), start=1):
            cells = line.split(",", 2)  # transcripts hold commas
            if len(cells) != 3 or cells[1] not in LABELS:
                raise DatasetError(f"line {number} is no PATH,0 or 1,TRANSCRIPT", where=file)
            found[str(number)] = (cells[0], cells[1], cells[2])
        return found

    def _lines(self, file: str) -> tuple[list[ClipEntry], list[str]]:
        entries, defects = [], []
        for number, (path, label, _) in self._split(file).items():
            parts = PurePosixPath(path).parts
            if len(parts) != 4:
                defects.append(f"{file} line {number}: {path!r} is no Videos/PERSON/VISIT/FILE")
                continue
            there = path if (self.root / path).is_file() else None
            entries.append(
                ClipEntry(
                    id=PurePosixPath(path).stem,
                    avatar=SideEntry(video=there, audio=there, transcript=file),
                    cluster=parts[1],
                    identities={"avatar": parts[1]},
                    strata={"ambivalence": label, "line": number} | ({} if there else {"times": "nominal"}),
                )
            )
        return entries, defects
