"""`beat2`: BEAT2 (Liu et al., CVPR 2024), SMPL-X motion and voice of 25 speakers at 30 fps.

``smplxflame_30/NAME.npz``, ``wave16k/NAME.wav`` and ``train_test_split.csv`` (id, type: train, val, test, additional), in one folder of
a language. NAME begins with the speaker's number and name. What belongs to the head is taken: expression, jaw, neck, head, eyes.
Source: PantoMatrix/PantoMatrix.
"""

from __future__ import annotations

from echo_bench.clip import Span
from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.published import Published, Said, Scan
from echo_bench.datasets.tables import read_rows_named

SPLITS = ("train", "val", "test", "additional")


class Beat2(Published):
    """The dataset `beat2`."""

    name = "beat2"
    version = "2024"
    fps = 30.0
    motion_layout = ("smplx", "beat2")

    def scan(self) -> Scan:
        """The rows of the split file."""
        clips: dict[str, list[ClipEntry]] = {split: [] for split in SPLITS}
        defects = []
        for row in read_rows_named(self.root / "train_test_split.csv", ("id", "type")):
            if row["type"] not in clips:
                defects.append(f"train_test_split.csv: {row['id']} is of split {row['type']!r}")
                continue
            clips[row["type"]].append(_entry(row["id"]))
        return Scan({split: entries for split, entries in clips.items() if entries}, defects)

    def said(self, entry: ClipEntry) -> Said:
        """The avatar speaks throughout."""
        return Said(spans=(Span("avatar", 0.0, self.seconds(entry, Said())),))


def _entry(name: str) -> ClipEntry:
    speaker = "_".join(name.split("_")[:2])
    return ClipEntry(
        id=name,
        avatar=SideEntry(audio=f"wave16k/{name}.wav", motion=f"smplxflame_30/{name}.npz"),
        cluster=speaker,
        identities={"avatar": speaker},
    )
