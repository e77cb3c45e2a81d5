"""`lm-listener`: segments of lm-listener (Ng et al., ICCV 2023), motion of a speaker and a listener with the words said.

``segments_{train,val,test}.pth``: a list of dictionaries with ``fname``, ``split_start_frame``, ``p0_`` and ``p1_`` ``exp`` (T, 50) and
``pose`` (T, 6) at 30 fps. Who listens is p1 unless ``--layout listener:p0`` says otherwise: the roles differ between hosts (issues 3
and 11 of sanjayss34/lm-listener). The words have no documented form and are not interpreted.
"""

from __future__ import annotations

from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.published import Published, Scan
from echo_bench.errors import DatasetError
from echo_bench.importers.arrays import member
from echo_bench.importers.flame import lm_segments

SPLITS = ("train", "val", "test")


class LmListener(Published):
    """The dataset `lm-listener`."""

    name = "lm-listener"
    version = "2023"
    fps = 30.0
    layouts = "listener:p0 or listener:p1"

    def scan(self) -> Scan:
        """The segments of the files in order."""
        layout = self.options.layout or "listener:p1"
        if layout not in ("listener:p0", "listener:p1"):
            raise DatasetError(f"unknown layout {layout!r}", where="--layout", fix=f"use {self.layouts}")
        listener = int(layout[-1])
        files = {split: f"segments_{split}.pth" for split in SPLITS}
        return Scan({
            split: self._entries(name, listener) for split, name in files.items() if (self.root / name).is_file()
        })  # fmt: skip

    def layout_of(self, side: SideEntry) -> tuple[str, str]:
        """The panel of a side says whether it is p0 or p1."""
        return "flame", f"lm-listener-p{side.panel[0] if side.panel else 0}"

    def _entries(self, name: str, listener: int) -> list[ClipEntry]:
        entries, begin = [], 0
        for number, segment in enumerate(lm_segments(self.root / name)):
            length = len(member(segment, "p0_exp", (None, 50), self.root / name))
            user, avatar = (
                SideEntry(motion=name, panel=(person, 2), start=begin / self.fps, duration=length / self.fps)
                for person in (1 - listener, listener)
            )
            film = str(segment.get("fname", number))
            entries.append(ClipEntry(id=f"{name[9:-4]}.{number:05d}", user=user, avatar=avatar, cluster=film))
            begin += length
        return entries
