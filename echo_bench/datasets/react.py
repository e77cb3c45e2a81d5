"""`react`: REACT 2023 and 2024 (NoXI, RECOLA and, in 2023, UDIVA), 30 s clips of two people in a call.

``{train,val,test}.csv`` ([index], speaker_path, listener_path) name ``SITE/CHAT/ROLE/CLIP``; under ``{split}/`` lie ``Video_files``,
``Audio_files`` (.wav), ``Emotion`` (.csv, 25 columns) and ``3D_FV_files``. The order is a contract: the items of a split are its rows,
and then the same rows with the roles swapped, and row n of ``neighbour_emotion_{split}.npy`` belongs to item n. Clips have 751 frames,
of which 750 are scored. Source: reactmultimodalchallenge/baseline_react2024, dataset.py and tool/matrix_split.py.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from echo_bench.clip import DyadicClip
from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.motion_files import frames_of
from echo_bench.datasets.published import Published, Scan
from echo_bench.datasets.tables import Rows, read_rows_named
from echo_bench.errors import DatasetError, EchoBenchError
from echo_bench.importers.arrays import Array, read_npy

SPLITS = ("train", "val", "test")
FRAMES = 750
STORED = (750, 751)
INDICES = "data_indices.csv"


class React(Published):
    """The dataset `react`."""

    name = "react"
    version = "2024"
    motion_layout = ("react", "emotion-csv")

    def scan(self) -> Scan:
        """The rows of the csv files, then the same rows mirrored."""
        clips, defects = {}, []
        for split in SPLITS:
            if not (self.root / f"{split}.csv").is_file():
                continue
            rows = read_rows_named(self.root / f"{split}.csv", ("speaker_path", "listener_path"))
            pairs = [(row["speaker_path"], row["listener_path"]) for row in rows]
            defects += [
                f"{split}.csv: {pair[0]!r} is no SITE/CHAT/ROLE/CLIP" for pair in pairs if pair[0].count("/") < 3
            ]
            defects += self._unknown(split, rows)
            entries = [self._entry(split, *pair) for pair in pairs]
            clips[split] = [*entries, *(self._entry(split, b, a) for a, b in pairs)]
            defects += self._matrix_defects(split, len(clips[split]))
        return Scan(clips, defects)

    def clips(self, split: str) -> list[DyadicClip]:
        """The clips, each with the clips whose listener's reaction is appropriate to it as well."""
        matrix = self.root / f"neighbour_emotion_{split}.npy"
        made, entries = super().clips(split), self.entries(split)
        if not matrix.is_file() or self._matrix_defects(split, len(entries)):
            return made
        rows = read_npy(matrix)
        return [
            replace(clip, appropriate=tuple(entries[i].id for i in np.flatnonzero(rows[n]) if i != n))
            for n, clip in enumerate(made)
        ]

    def flaws(self, entry: ClipEntry) -> list[str]:
        """Clips of another length than 751 frames, or 750 where they were cut already."""
        found = []
        for side in (entry.user, entry.avatar):
            whole = frames_of(self.root / (side.motion or ""), self.layout_of(side), SideEntry(), self.fps)
            if whole not in STORED:
                found.append(f"{side.motion}: has {whole} frames instead of 751 or 750")
        return found

    def _entry(self, split: str, user: str, avatar: str) -> ClipEntry:
        return ClipEntry(
            id=avatar.replace("/", "."),
            user=self._side(split, user),
            avatar=self._side(split, avatar),
            cluster=".".join(sorted((user.rpartition("/")[0], avatar.rpartition("/")[0]))).replace("/", "."),
            identities={"user": user.rpartition("/")[0], "avatar": avatar.rpartition("/")[0]},
            strata={"site": avatar.partition("/")[0]},
        )

    def _side(self, split: str, path: str) -> SideEntry:
        video = f"{split}/Video_files/{path}.mp4"
        return SideEntry(
            video=video if (self.root / video).is_file() else None,  # released as png frames; their motion is the truth
            audio=f"{split}/Audio_files/{path}.wav",
            motion=f"{split}/Emotion/{path}.csv",
            duration=FRAMES / self.fps,
        )

    def _matrix_defects(self, split: str, items: int) -> list[str]:
        path = self.root / f"neighbour_emotion_{split}.npy"
        if not path.is_file():
            return []
        try:
            matrix = read_npy(path)
        except EchoBenchError as error:
            return [f"{path.name}: {error.what}"]
        return [f"{path.name}: {said}" for said in _wrong(matrix, items)]

    def _unknown(self, split: str, rows: Rows) -> list[str]:
        """Rows that the official cutting of the matrix would leave out, silently, which shifts all that follow."""
        if not (self.root / INDICES).is_file():
            return []
        known = {
            (row["site"].upper(), row["chat_index"], row["clip_index"])
            for row in read_rows_named(self.root / INDICES, ("site", "chat_index", "clip_index"))
        }
        paths = [row["speaker_path"] for row in rows if row["speaker_path"].count("/") >= 3]
        return [f"{split}.csv: {path!r} is not in {INDICES}" for path in paths if _index(path) not in known]


def _index(path: str) -> tuple[str, str, str]:
    """Site, chat and clip of a path as ``data_indices.csv`` writes them.

    Examples
    --------
    >>> _index("UDIVA/talk/023102/FC1/8")
    ('UDIVA', '023102_talk', '8')
    """
    parts = path.split("/")
    if len(parts) < 4:
        raise DatasetError(f"{path!r} is no SITE/CHAT/ROLE/CLIP")
    chat = f"{parts[2]}_{parts[1]}" if len(parts) == 5 else parts[1]
    return parts[0].upper(), chat, parts[-1]


def _wrong(matrix: Array, items: int) -> list[str]:
    if matrix.shape != (items, items):
        return [f"is {matrix.shape} and the split has {items} items, roles swapped included"]
    if not np.isin(matrix, (0, 1)).all():
        return ["holds other values than 0 and 1"]
    return [] if matrix.any(axis=1).all() else ["has rows without any neighbour"]
