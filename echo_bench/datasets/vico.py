"""`vico`: ViCo (Zhou et al., ECCV 2022), listeners' heads, as released and in the form of the challenge.

Released: ``RLD_data.csv`` (attitude, audio, listener, speaker, listener_id, speaker_id, data_split) beside ``videos/`` and
``audios/``. Challenge (``preprocess/convert.py`` of dc3ea9f/vico_challenge_baseline): ``{split}.csv`` (video_id, uuid, speaker_id,
listener_id) beside ``videos/{uuid}.speaker.mp4``, ``videos/{uuid}.listener.mp4`` and ``audios/{uuid}.wav``. Which of the two it is
shows in the index file. Videos are silent and have 30 frames per second; the sound is the speaker's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from echo_bench.clip import Span
from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.published import Published, Said, Scan
from echo_bench.datasets.tables import Rows, read_rows_named
from echo_bench.errors import DatasetError
from echo_bench.media.probe import probe

RELEASED = "RLD_data.csv"
ATTITUDES = frozenset({"positive", "neutral", "negative"})
COLUMNS = ("attitude", "audio", "listener", "speaker", "listener_id", "speaker_id", "data_split")
SPLITS = ("train", "test", "ood")
CHALLENGE_SPLITS = ("train", "val", "test")


class ViCo(Published):
    """The dataset `vico`."""

    name = "vico"
    version = "2022"
    total: ClassVar[int | None] = 483

    def scan(self) -> Scan:
        """The clips of the index files.

        Raises
        ------
        DatasetError
            When there is no index file of either form, or one lacks columns.
        """
        if (self.root / RELEASED).is_file():
            return self._released()
        return self._challenge()

    def said(self, entry: ClipEntry) -> Said:
        """The user speaks throughout."""
        return Said(spans=(Span("user", 0.0, probe(self.root / (entry.user.video or "")).duration),))

    def _released(self) -> Scan:
        clips: dict[str, list[ClipEntry]] = {split: [] for split in SPLITS}
        defects, missing = [], []
        for number, row in enumerate(read_rows_named(self.root / RELEASED, COLUMNS), start=2):
            if row["data_split"] not in clips or row["attitude"] not in ATTITUDES:
                defects.append(f"{RELEASED} line {number}: split {row['data_split']!r}, attitude {row['attitude']!r}")
                continue
            clip, strata = row["listener"].removesuffix(".mp4"), {"attitude": row["attitude"]}
            entry = _entry(clip, row, row["speaker"], row["listener"], row["audio"], strata)
            clips[row["data_split"]].append(entry)
        found = sum(len(split) for split in clips.values())
        if self.total is not None and found != self.total:
            missing.append(f"{RELEASED}: names {found} clips; {self.total} were released")
        return Scan({split: rows for split, rows in clips.items() if rows}, defects, missing)

    def _challenge(self) -> Scan:
        columns = ("video_id", "uuid", "speaker_id", "listener_id")
        tables: dict[str, Rows] = {
            split: read_rows_named(self.root / f"{split}.csv", columns)
            for split in CHALLENGE_SPLITS
            if (self.root / f"{split}.csv").is_file()
        }
        if not tables:
            names = ", ".join(f"{split}.csv" for split in CHALLENGE_SPLITS)
            raise DatasetError(f"has neither {RELEASED} nor any of {names}", where=self.root)
        return Scan({
            split: [
                _entry(row["uuid"], row, f"{row['uuid']}.speaker", f"{row['uuid']}.listener", row["uuid"], {})
                for row in rows
            ]
            for split, rows in tables.items()
        })  # fmt: skip


def _named(folder: str, name: str, suffix: str) -> str:
    return f"{folder}/{name.removesuffix(suffix)}{suffix}"


def _entry(
    clip: str, row: Mapping[str, str], user: str, avatar: str, audio: str, strata: dict[str, str]
) -> ClipEntry:  # fmt: skip
    people = {"user": row["speaker_id"], "avatar": row["listener_id"]}
    return ClipEntry(
        id=clip,
        user=SideEntry(video=_named("videos", user, ".mp4"), audio=_named("audios", audio, ".wav")),
        avatar=SideEntry(video=_named("videos", avatar, ".mp4")),
        cluster="+".join(people.values()),
        identities=people,
        strata=strata,
    )
