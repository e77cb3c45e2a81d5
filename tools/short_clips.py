"""The demo's four conversations, cut to their first seconds: a dataset that is scored in little time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from echo_bench.clip import DyadicClip, Track
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.motion_io import load_motion, save_motion

SECONDS = 4.0


class ShortClips(DyadMini):
    """The clips of dyad-mini, each of them its first four seconds.

    Parameters
    ----------
    folder : Path
        Where the cut motion is kept.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.name = "dyad-mini-4s"

    def clips(self, split: str) -> list[DyadicClip]:
        """The clips of a split in manifest order."""
        return [self._short(clip) for clip in super().clips(split)]

    def _short(self, clip: DyadicClip) -> DyadicClip:
        return replace(
            clip,
            duration=SECONDS,
            user=self._cut(clip.user, f"{clip.id}.user"),
            avatar=self._cut(clip.avatar, f"{clip.id}.avatar"),
            spans=tuple(replace(span, end=min(span.end, SECONDS)) for span in clip.spans if span.start < SECONDS),
        )

    def _cut(self, track: Track, name: str) -> Track:
        assert track.video is not None
        assert track.audio is not None
        assert track.motion is not None
        rows, valid = load_motion(track.motion)
        frames = round(SECONDS * track.motion.fps)
        return replace(
            track,
            video=replace(track.video, duration=SECONDS),
            audio=replace(track.audio, duration=SECONDS),
            motion=save_motion(self.folder / f"{name}.npz", rows[:frames], valid[:frames]),
            transcript=tuple(word for word in track.transcript or () if word.end <= SECONDS),
        )
