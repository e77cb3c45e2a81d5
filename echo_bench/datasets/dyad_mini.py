"""`dyad-mini`: conversations whose truth is known, shipped as text, sound and motion, rendered on first use.

What is committed lies in ``echo_bench/simulator``: the dialogues, and per clip the sound of both sides (Opus), word and phone times,
``rig61`` motion of both people, events and affect. The split manifests lock the sha256 of all of it. Video is drawn from the motion
into the cache when a split is first asked for; each file appears whole or not at all, so an interrupted run goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.cache import cache_root
from echo_bench.clip import AudioRef, DyadicClip, ImageRef, MotionRef, Side, Track
from echo_bench.datasets.base import DatasetOptions, Renderer, Supplied
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, NAME, SIDES, SPLITS, VERSION, manifest_path
from echo_bench.datasets.manifest import ClipEntry, Manifest, read_manifest
from echo_bench.datasets.rendered import Drawing, draw_all
from echo_bench.errors import DatasetError, ManifestError
from echo_bench.media.hashing import file_sha256
from echo_bench.simulator.dialogue import Dialogue, read_dialogue
from echo_bench.simulator.identity import identity
from echo_bench.simulator.people import read_people
from echo_bench.simulator.render import render
from echo_bench.simulator.speech import FPS, read_speech

SIZE = 128  # pixels; of every split of this version


@dataclass(frozen=True, slots=True)
class AvatarRenderer:
    """Draws motion with the looks of a clip's avatar."""

    size: int = SIZE

    def __call__(self, clip: DyadicClip, motion: NDArray[np.float32]) -> Iterator[NDArray[np.uint8]]:
        """Frames (size, size, 3) uint8 RGB at 25 fps of ``rig61`` motion (T, 61)."""
        return render(motion, identity(read_people()[clip.identities["avatar"]].face), self.size)


@dataclass(slots=True)
class DyadMini:
    """The dataset `dyad-mini`.

    Parameters
    ----------
    options : DatasetOptions
        Only `progress` applies: the content ships with the suite.
    content : Path
        Where the content lies.

    Raises
    ------
    DatasetError
        When a root, layout or manifest is given.
    """

    options: DatasetOptions = field(default_factory=DatasetOptions)
    content: Path = CONTENT
    name: str = NAME
    version: str = VERSION

    def __post_init__(self) -> None:
        given = [o for o in ("root", "layout", "manifest") if getattr(self.options, o) is not None]
        if given:
            raise DatasetError(f"{NAME} ships with echo-bench and takes no {', '.join(given)}", fix="leave it out")

    def splits(self) -> tuple[str, ...]:
        """``demo``: 4 clips of 6 s; ``train``: the other conversations."""
        return SPLITS

    def manifest_sha256(self, split: str) -> str:
        """The lock of the split's manifest, which covers ids, labels and the sha256 of all content."""
        return self._manifest(split).lock

    def clips(self, split: str) -> list[DyadicClip]:
        """The clips in manifest order, their content checked and their videos drawn.

        Raises
        ------
        DatasetError
            When there is no such split.
        ManifestError
            When any content file is missing or differs from the locked one; all such files are named.
        """
        return self._clips(split, SIDES)

    def pool(self, split: str) -> list[DyadicClip]:
        """The train clips; none when `split` is ``train`` itself. Their users have sound and motion, but no video is drawn."""
        self._manifest(split)
        return [] if split == "train" else self._clips("train", ("avatar",))

    def renderer(self) -> Renderer:
        """Draws any ``rig61`` motion as a clip's avatar."""
        return AvatarRenderer()

    def supplied(self, split: str) -> Mapping[str, Mapping[str, Supplied]]:
        """None: nobody's outputs lie in the dataset."""
        self._manifest(split)
        return {}

    def truth(self, clip: str) -> dict[str, Any]:
        """What no method may see: ``events`` with causes, and ``affect`` per side and frame (valence, arousal, dominance)."""
        content: dict[str, Any] = json.loads((self.content / DATA / f"{clip}.truth.json").read_text("utf-8"))
        return content

    def _manifest(self, split: str) -> Manifest:
        if split not in SPLITS:
            raise DatasetError(f"has no split {split!r}", where=NAME, fix=f"its splits are {', '.join(SPLITS)}")
        return read_manifest(manifest_path(split), NAME)

    def _checked(self, split: str) -> Manifest:
        manifest = self._manifest(split)
        defects = []
        for name, sha256 in manifest.sha256.items():
            path = self.content / name
            if not path.is_file():
                defects.append(f"{name} is missing")
            elif file_sha256(path) != sha256:
                defects.append(f"{name} differs from the locked file")
        if defects:
            raise ManifestError("; ".join(defects), where=f"{NAME}/{split}", fix="install echo-bench again")
        return manifest

    def _drawing(self, dialogue: Dialogue, side: Side) -> Drawing:
        stem = self.content / DATA / f"{dialogue.id}.{side}"
        motion, sound = stem.with_name(stem.name + ".npz"), stem.with_name(stem.name + ".opus")
        return Drawing(
            name=f"{dialogue.id}.{side}",
            motion=MotionRef(motion, file_sha256(motion), "rig61"),
            audio=AudioRef(sound, file_sha256(sound)),
            face=read_people()[dialogue.cast[side]].face,
            size=SIZE,
            folder=cache_root() / "rendered" / f"{NAME}@{VERSION}",
        )

    def _clips(self, split: str, shown: tuple[Side, ...]) -> list[DyadicClip]:
        """The clips of a split, with video of the sides to be shown."""
        manifest = self._checked(split)
        dialogues = [read_dialogue(self.content / "dialogues" / f"{entry.id}.toml") for entry in manifest.clips]
        drawings = [{side: self._drawing(dialogue, side) for side in SIDES} for dialogue in dialogues]
        draw_all(f"{NAME}/{split}", [drawn[side] for drawn in drawings for side in shown], self.options.progress)
        return [self._clip(*row, shown) for row in zip(manifest.clips, dialogues, drawings, strict=True)]

    def _clip(
        self, entry: ClipEntry, dialogue: Dialogue, drawings: Mapping[Side, Drawing], shown: tuple[Side, ...]
    ) -> DyadicClip:
        speech = read_speech(self.content / DATA / f"{entry.id}.json")
        videos = {side: drawings[side].video() for side in shown}
        user, avatar = (
            Track(videos.get(side), drawings[side].audio, drawings[side].motion, speech.side(side).transcript())
            for side in SIDES
        )
        return DyadicClip(
            id=entry.id,
            dataset=NAME,
            fps=FPS,
            duration=speech.duration,
            user=user,
            avatar=avatar,
            reference=ImageRef(videos["avatar"].path, videos["avatar"].sha256),
            spans=speech.spans(dialogue),
            cluster=entry.cluster,
            identities=entry.identities,
            strata=entry.strata,
        )
