"""The stretches on which variants are compared: twelve conversations, given from their beginning and judged on their last ten seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from echo_bench.clip import DyadicClip, Track
from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.processes import worked
from echo_bench.validation.stretches import Stretches, stretch

SPLIT = "test"
SECONDS = 10.0
GIVEN = 40.0
"""Seconds of conversation up to its end that a model gets: longer than any, so all of it."""

LINKED = (
    "test-pair-ferry-a", "test-pair-ferry-b", "test-pair-boiler-a", "test-pair-boiler-b",
    "test-pair-cousin-a", "test-pair-cousin-b",
)  # fmt: skip
"""Conversations whose long-range link lands in their last ten seconds: the user brings back a turn of the first five seconds. The two of a
pair share their late turns and differ in how they begin, so what is right at the end is known only to who remembers the beginning."""

UNLINKED = (
    "test-apology-01", "test-apology-02", "test-surprise-01", "test-good-news-01", "test-interview-01", "test-teasing-02",
)  # fmt: skip
"""Conversations without links. With the linked ones each of the split's twelve people is the avatar once, in twelve dyads."""

CLIPS = (*LINKED, *UNLINKED)
SEVERAL = CLIPS[:8]
"""Those to which several reactions are made: the linked ones and two more."""


class Conversations(Stretches):
    """Some conversations of the test split, drawn at the reference model's own size; their clips are their last seconds.

    Parameters
    ----------
    folder : Path
        Where pictures and cut motion are kept.
    ids : sequence of str
    seconds : float
        That are judged.
    given : float
        Up to their end, that are given to a model.
    workers : int
        Processes that draw.
    """

    name: str = "dyad-mini-late"

    def __init__(
        self, folder: Path, ids: Sequence[str] = CLIPS, seconds: float = SECONDS, given: float = GIVEN, workers: int = 1
    ) -> None:
        super().__init__(DatasetOptions(workers=workers), folder, seconds)
        self.name = type(self).name
        self.ids = tuple(ids)
        self.given = given

    def whole(self) -> list[DyadicClip]:
        """What a model is given: conversations up to their end."""
        self.folder.mkdir(parents=True, exist_ok=True)
        order = [entry.id for entry in self._manifest(SPLIT).clips]
        self.options = replace(
            self.options, limit=1 + max(map(order.index, self.ids))
        )  # later ones need no reactions made
        known = {clip.id: clip for clip in DyadMini.clips(self, SPLIT)}
        cut = [ended(known[name], self.given, self.folder) for name in self.ids]
        drawn = {clip.id: done for clip, done in worked(self._drawn, cut, self.options.workers)}
        return [drawn[name] for name in self.ids]

    def clips(self, split: str) -> list[DyadicClip]:
        """What is judged of :meth:`whole`."""
        return self.judged(self.whole())

    def judged(self, whole: Sequence[DyadicClip]) -> list[DyadicClip]:
        """The last seconds of conversations."""
        folder = self.folder / "judged"
        folder.mkdir(parents=True, exist_ok=True)
        return [ended(clip, self.seconds, folder) for clip in whole]

    def pool(self, split: str) -> list[DyadicClip]:
        """The train clips, not drawn."""
        return DyadMini.pool(self, split)

    def manifest_sha256(self, split: str) -> str:
        """Of the split's lock and of what is taken from it."""
        taken = (DyadMini.manifest_sha256(self, split), self.ids, self.seconds, self.given)
        return hashlib.sha256(repr(taken).encode()).hexdigest()


class Beginnings(DyadMini):
    """The test split's official pictures, each conversation cut to its first seconds.

    Parameters
    ----------
    folder : Path
        Where cut motion is kept.
    seconds : float
    options : DatasetOptions
    """

    def __init__(self, folder: Path, seconds: float, options: DatasetOptions) -> None:
        super().__init__(options, name=f"dyad-mini-first-{seconds:g}s")
        self.folder = folder
        self.seconds = seconds

    def clips(self, split: str) -> list[DyadicClip]:
        """The beginnings in manifest order."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return [stretch(clip, 0.0, self.seconds, self.folder) for clip in super().clips(split)]


def ended(clip: DyadicClip, seconds: float, folder: Path) -> DyadicClip:
    """The last seconds of a clip, all of it where it has no more."""
    return stretch(clip, max(0.0, clip.duration - seconds), seconds, folder)


def unheard(clip: DyadicClip) -> DyadicClip:
    """The clip with a user who is silent and sits as in the first picture.

    That is nobody to react to in the reference model's own terms: what it knows of the user are sounds, and departures from the first
    picture. What was said stays in the dialogue, which reaches the face by another way than the user's track.
    """
    assert clip.user.video is not None
    still = replace(clip.user.video, duration=1 / clip.fps)
    return replace(clip, user=Track(video=still, audio=None, motion=None, transcript=clip.user.transcript))
