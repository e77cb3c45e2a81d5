"""`realtalk`: RealTalk (Geng et al., 2023), 692 videos of two people side by side; splits and stretches by a fixed recipe of ours.

``videos/**/NAME.avi`` (p0 left, p1 right) and ``audio/**/NAME.wav``, both people in one sound track, as the archives of
scottgeng00/realtalk unpack. No split of it for head generation is published, and every paper has made its own. :data:`RECIPE` is
ours: it depends on a video's name and length alone, so a part of the copy gives the same clips as the whole. Its hash is part of the
version, so results of another recipe never share a board with these.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.published import Published, Scan
from echo_bench.errors import EchoBenchError
from echo_bench.media.container import opened


@dataclass(frozen=True, slots=True)
class Recipe:
    """How 692 whole videos become clips.

    Attributes
    ----------
    parts : int
        The first 8 hexadecimal digits of the sha256 of NAME, modulo this, are the video's number.
    test, val : tuple of int
        Numbers of the test and validation split; the others are train.
    first, every, seconds, margin : float
        Stretches of `seconds` begin at `first` and then at `every` seconds, and end `margin` before the end: titles and credits are left
        out.
    most : int
        Stretches of one video. In the first, third, ... the person on the right (p1) is the avatar, in the others the one on the left.
    """

    parts: int = 20
    test: tuple[int, ...] = (0, 1)
    val: tuple[int, ...] = (2,)
    first: float = 60.0
    every: float = 60.0
    seconds: float = 20.0
    margin: float = 30.0
    most: int = 8


RECIPE = Recipe()
VIDEOS = 692


def recipe_hash(recipe: Recipe = RECIPE) -> str:
    """sha256 of a recipe, 12 digits.

    Examples
    --------
    >>> recipe_hash()
    'b0e938c50f54'
    """
    return hashlib.sha256(json.dumps(asdict(recipe), sort_keys=True).encode()).hexdigest()[:12]


def split_of(name: str) -> str:
    """The split of a video.

    Examples
    --------
    >>> split_of("abc")
    'train'
    """
    number = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % RECIPE.parts
    return "test" if number in RECIPE.test else "val" if number in RECIPE.val else "train"


def stretches(seconds: float) -> list[float]:
    """Where the clips of a video of this length begin, in seconds.

    Examples
    --------
    >>> stretches(200.0)
    [60.0, 120.0]
    """
    starts = [RECIPE.first + RECIPE.every * index for index in range(RECIPE.most)]
    return [start for start in starts if start + RECIPE.seconds <= seconds - RECIPE.margin]


class RealTalk(Published):
    """The dataset `realtalk`."""

    name = "realtalk"
    version = f"eb1-{recipe_hash()}"
    splits_of = "ours"

    def scan(self) -> Scan:
        """Opens the head of every video: the recipe needs its length."""
        clips: dict[str, list[ClipEntry]] = {"test": [], "val": [], "train": []}
        sounds = {path.stem: path for path in self.root.glob("audio/**/*.wav")}
        defects = []
        videos = sorted(self.root.glob("videos/**/*.avi"), key=lambda path: path.stem)
        for video in videos:
            try:
                seconds = _seconds(video)
            except EchoBenchError as error:
                defects.append(f"{video.relative_to(self.root)}: {error.what}")
                continue
            if video.stem not in sounds:
                defects.append(f"{video.relative_to(self.root)}: there is no {video.stem}.wav under audio/")
                continue
            clips[split_of(video.stem)] += self._entries_of(video, sounds[video.stem], seconds)
        missing = [f"holds {len(videos)} videos; {VIDEOS} were released"] if len(videos) != VIDEOS else []
        return Scan({split: entries for split, entries in clips.items() if entries}, defects, missing)

    def _entries_of(self, video: Path, sound: Path, seconds: float) -> list[ClipEntry]:
        entries = []
        for index, start in enumerate(stretches(seconds)):
            people = {"user": f"{video.stem}.p{index % 2}", "avatar": f"{video.stem}.p{1 - index % 2}"}
            sides = {
                who: SideEntry(
                    video=video.relative_to(self.root).as_posix(), panel=(int(person[-1]), 2), start=start, duration=RECIPE.seconds,
                    # Both people are in it: separated sound is a step of whoever needs it.
                    audio=sound.relative_to(self.root).as_posix() if who == "user" else None,
                )
                for who, person in people.items()
            }  # fmt: skip
            entries.append(
                ClipEntry(
                    id=f"{video.stem}.{round(start):04d}", user=sides["user"], avatar=sides["avatar"],
                    cluster=video.stem, identities=people,
                )
            )  # fmt: skip
        return entries


def _seconds(path: Path) -> float:
    """Length as the head of the file states it."""
    with opened(path) as container:
        if not container.duration:
            raise EchoBenchError("does not state its length")
        return float(container.duration) / 1e6
