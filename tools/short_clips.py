"""The demo's four conversations, cut to their first seconds: a dataset that is scored in little time."""

from __future__ import annotations

from pathlib import Path

from echo_bench.clip import DyadicClip
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.validation.stretches import stretch

SECONDS = 4.0


class ShortClips(DyadMini):
    """The clips of dyad-mini, each of them its first four seconds.

    Parameters
    ----------
    folder : Path
        Where the cut motion is kept.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(name="dyad-mini-4s")
        self.folder = folder

    def clips(self, split: str) -> list[DyadicClip]:
        """The clips of a split in manifest order."""
        return [stretch(clip, 0.0, SECONDS, self.folder) for clip in super().clips(split)]
