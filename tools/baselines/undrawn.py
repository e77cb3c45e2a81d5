"""dyad-mini's test split without its pictures: the native board needs none, and 30 minutes of two people would be drawn for it."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

from echo_bench.clip import DyadicClip, ImageRef
from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.dyad_mini import AvatarRenderer, DyadMini
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.motion_io import load_motion


class Undrawn(DyadMini):
    """The same clips with sound and motion, and with reference images alone for pictures.

    Parameters
    ----------
    stills : Path
        Where the reference images are kept: the first frame of each avatar, as in its video.
    limit : int, optional
        Only the first clips of a split, also of that which is learnt from.
    """

    def __init__(self, stills: Path, limit: int | None = None) -> None:
        super().__init__(DatasetOptions(limit=limit), drawn=False)
        self.stills = stills

    def clips(self, split: str) -> list[DyadicClip]:
        """The clips of a split in manifest order."""
        return [replace(clip, reference=self._still(clip)) for clip in super().clips(split)]

    def pool(self, split: str) -> list[DyadicClip]:
        """The train clips."""
        return super().pool(split)[: self.options.limit]

    def _still(self, clip: DyadicClip) -> ImageRef:
        path = self.stills / f"{clip.id}.mp4"
        if not path.is_file():
            assert clip.avatar.motion is not None
            motion, _ = load_motion(clip.avatar.motion)
            self.stills.mkdir(parents=True, exist_ok=True)
            write_video(path, islice(AvatarRenderer()(clip, motion[:1]), 1), fps=clip.fps)
        return ImageRef(path, file_sha256(path))
