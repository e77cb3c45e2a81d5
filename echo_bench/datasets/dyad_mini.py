"""`dyad-mini`: conversations whose truth is known, shipped as text, sound and motion, rendered on first use.

What is committed lies in ``echo_bench/simulator``: the dialogues, and per clip the sound of both sides (Opus), word and phone times,
``rig61`` motion of both people, events and affect, and for the test splits the other reactions, right and wrong ones. The split
manifests lock the sha256 of all of it. Video and the motion of other reactions are made into the cache when a split is first asked
for; each file appears whole or not at all, so an interrupted run goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from echo_bench.cache import cache_root
from echo_bench.clip import AudioRef, DyadicClip, ImageRef, MotionRef, Side, Track
from echo_bench.datasets.base import DatasetOptions, Renderer, Supplied
from echo_bench.datasets.dyad_mini_content import (
    CONTENT,
    DATA,
    NAME,
    SIDES,
    SIZES,
    SPLITS,
    VERSION,
    WITH_REACTIONS,
    manifest_path,
    read_scene,
)
from echo_bench.datasets.dyad_mini_reactions import Reactions, make_all, neighbours_of, reactions_of
from echo_bench.datasets.manifest import ClipEntry, Manifest, read_manifest
from echo_bench.datasets.rendered import Drawing, draw_all
from echo_bench.errors import DatasetError, ManifestError
from echo_bench.media.hashing import file_sha256
from echo_bench.simulator.alternatives import read as read_reactions
from echo_bench.simulator.behaviour import Scene
from echo_bench.simulator.dialogue import read_dialogue
from echo_bench.simulator.identity import identity
from echo_bench.simulator.people import read_people
from echo_bench.simulator.rehearsals import rehearsals
from echo_bench.simulator.render import render
from echo_bench.simulator.speech import FPS
from echo_bench.simulator.truth import Truth, read_truth


@dataclass(frozen=True, slots=True)
class AvatarRenderer:
    """Draws motion with the looks of a clip's avatar, as large as the clip's own pictures.

    Parameters
    ----------
    content : Path
        Where the dialogues lie.
    """

    content: Path = CONTENT

    def __call__(self, clip: DyadicClip, motion: NDArray[np.float32]) -> Iterator[NDArray[np.uint8]]:
        """Frames (size, size, 3) uint8 RGB at 25 fps of ``rig61`` motion (T, 61)."""
        size = SIZES[read_dialogue(self.content / "dialogues" / f"{clip.id}.toml").split]
        return render(motion, identity(read_people()[clip.identities["avatar"]].face), size)


@dataclass(slots=True)
class DyadMini:
    """The dataset `dyad-mini`.

    Parameters
    ----------
    options : DatasetOptions
        Only `progress`, `workers` and `limit` apply: the content ships with the suite.
    content : Path
        Where the content lies.
    drawn : bool
        With pictures. Without, nobody is drawn: clips have motion and sound, as :meth:`pool` has, for what reads no pictures.

    Raises
    ------
    DatasetError
        When a root, layout or manifest is given.
    """

    options: DatasetOptions = field(default_factory=DatasetOptions)
    content: Path = CONTENT
    name: str = NAME
    version: str = VERSION
    drawn: bool = True

    def __post_init__(self) -> None:
        given = [o for o in ("root", "layout", "manifest") if getattr(self.options, o) is not None]
        if given:
            raise DatasetError(f"{NAME} ships with echo-bench and takes no {', '.join(given)}", fix="leave it out")

    def splits(self) -> tuple[str, ...]:
        """``demo`` (4 clips of 6 s), ``train``, ``val``, ``test`` and ``test-ood``."""
        return SPLITS

    def manifest_sha256(self, split: str) -> str:
        """The lock of the split's manifest, which covers ids, labels and the sha256 of all content."""
        return self._manifest(split).lock

    def clips(self, split: str) -> list[DyadicClip]:
        """The clips in manifest order, up to the limit, their content checked, their videos drawn and their alternatives made.

        Raises
        ------
        DatasetError
            When there is no such split.
        ManifestError
            When any content file is missing or differs from the locked one; all such files are named. Also when other
            reactions come out other than they were recorded.
        """
        manifest = self._checked(split)
        scenes = {entry.id: read_scene(entry.id, self.content) for entry in manifest.clips}
        wanted = list(scenes)[: self.options.limit]
        drawings = {clip: self._drawings(scenes[clip], split) for clip in wanted if self.drawn}
        flat = [drawn for both in drawings.values() for drawn in both.values()]
        draw_all(f"draw {NAME}/{split}", flat, self.options.progress, self.options.workers)
        reactions = self._reactions(split, scenes, wanted)
        make_all(f"react {NAME}/{split}", reactions, self.options.progress, self.options.workers)
        others = {each.scene.dialogue.id: each.alternatives() for each in reactions}
        neighbours = self._neighbours(split, scenes)
        return [
            replace(
                self._clip(entry, scenes[entry.id], drawings.get(entry.id, {})),
                alternatives=others.get(entry.id, ()),
                appropriate=neighbours.get(entry.id, ()),
            )
            for entry in manifest.clips[: len(wanted)]
        ]

    def defects(self, split: str) -> list[str]:
        """Content files that are missing or changed, and videos in the cache that are not what was drawn."""
        manifest = self._manifest(split)
        if broken := self._broken(manifest):
            return broken  # what belongs to broken content cannot be told
        drawings = [
            drawn
            for entry in manifest.clips
            for drawn in self._drawings(read_scene(entry.id, self.content), split).values()
        ]
        return [
            f"{drawn.path} is not what was drawn: `echo-bench data build {NAME} --split {split}` draws it again"
            for drawn in drawings
            if drawn.record() is not None and not drawn.intact()
        ]

    def pool(self, split: str) -> list[DyadicClip]:
        """The train clips with sound and motion of both sides; none when `split` is ``train`` itself.

        No video is drawn for them: hours of pictures would be made to borrow some seconds of motion. ``clips("train")`` has it.
        """
        self._manifest(split)
        if split == "train":
            return []
        return [self._clip(entry, read_scene(entry.id, self.content)) for entry in self._checked("train").clips]

    def rehearsals(self, clip: str, count: int) -> Iterator[Mapping[Side, NDArray[np.float32]]]:
        """Motion of both people in further performances of a train clip (:mod:`echo_bench.simulator.rehearsals`)."""
        scene = read_scene(clip, self.content)
        if scene.dialogue.split != "train":
            raise DatasetError("is not performed again: methods learn from the train split alone", where=clip)
        return (each.motion for each in rehearsals(scene, count))

    def renderer(self) -> Renderer | None:
        """Draws any ``rig61`` motion as a clip's avatar, where the clips are drawn."""
        return AvatarRenderer(self.content) if self.drawn else None

    def supplied(self, split: str) -> Mapping[str, Mapping[str, Supplied]]:
        """None: nobody's outputs lie in the dataset."""
        self._manifest(split)
        return {}

    def truth(self, clip: str) -> Truth:
        """What no method may see: events with causes, and what both people feel in every frame."""
        return read_truth(self.content / DATA / f"{clip}.truth.json")

    def _manifest(self, split: str) -> Manifest:
        if split not in SPLITS:
            raise DatasetError(f"has no split {split!r}", where=NAME, fix=f"its splits are {', '.join(SPLITS)}")
        return read_manifest(manifest_path(split), NAME)

    def _broken(self, manifest: Manifest) -> list[str]:
        defects = []
        for name, sha256 in manifest.sha256.items():
            path = self.content / name
            if not path.is_file():
                defects.append(f"{name} is missing")
            elif file_sha256(path) != sha256:
                defects.append(f"{name} differs from the locked file")
        return defects

    def _checked(self, split: str) -> Manifest:
        manifest = self._manifest(split)
        if defects := self._broken(manifest):
            raise ManifestError("; ".join(defects), where=f"{NAME}/{split}", fix="install echo-bench again")
        return manifest

    def _cache(self, kind: str) -> Path:
        return cache_root() / kind / f"{NAME}@{VERSION}"

    def _reactions(self, split: str, scenes: Mapping[str, Scene], wanted: Sequence[str]) -> list[Reactions]:
        if split not in WITH_REACTIONS:
            return []
        stored = {clip: read_reactions(self.content / DATA / f"{clip}.reactions.json") for clip in wanted}
        return reactions_of(scenes, stored, self._cache("reactions"))

    def _drawings(self, scene: Scene, split: str) -> dict[Side, Drawing]:
        return {
            side: Drawing(
                name=f"{scene.dialogue.id}.{side}",
                motion=self._motion(scene, side),
                audio=self._audio(scene, side),
                face=scene.cast[side].face,
                size=SIZES[split],
                folder=self._cache("rendered"),
            )
            for side in SIDES
        }

    def _neighbours(self, split: str, scenes: Mapping[str, Scene]) -> dict[str, tuple[str, ...]]:
        if split not in WITH_REACTIONS:
            return {}
        return neighbours_of(scenes, {clip: self.truth(clip).affect["user"] for clip in scenes})

    def _motion(self, scene: Scene, side: Side) -> MotionRef:
        path = self.content / DATA / f"{scene.dialogue.id}.{side}.npz"
        return MotionRef(path, file_sha256(path), "rig61")

    def _audio(self, scene: Scene, side: Side) -> AudioRef:
        path = self.content / DATA / f"{scene.dialogue.id}.{side}.opus"
        return AudioRef(path, file_sha256(path))

    def _clip(
        self, entry: ClipEntry, scene: Scene, drawings: Mapping[Side, Drawing] = MappingProxyType({})
    ) -> DyadicClip:
        """A clip, without pictures where nothing is drawn."""
        videos = {side: drawn.video() for side, drawn in drawings.items()}
        user, avatar = (
            Track(
                video=videos.get(side),
                audio=self._audio(scene, side),
                motion=self._motion(scene, side),
                transcript=scene.speech.side(side).transcript(),
            )
            for side in SIDES
        )
        return DyadicClip(
            id=entry.id,
            dataset=NAME,
            fps=FPS,
            duration=scene.speech.duration,
            user=user,
            avatar=avatar,
            reference=ImageRef(avatar.video.path, avatar.video.sha256) if avatar.video else None,
            spans=scene.speech.spans(scene.dialogue),
            cluster=entry.cluster,
            identities=entry.identities,
            strata=entry.strata,
        )
