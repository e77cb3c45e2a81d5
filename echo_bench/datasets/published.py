"""What datasets of others have in common: a tree in their authors' layout becomes clips, splits, defects and locked manifests.

A dataset says in :meth:`Published.scan` which clips the tree holds; files stay where and as they are. Only motion is rewritten into
the suite's npz, in the cache, when it is first asked for. A clip whose files cannot be used stays in the list with its defect.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from echo_bench.clip import AudioRef, DyadicClip, ImageRef, Panel, Span, Track, VideoRef, Word
from echo_bench.datasets.base import DatasetOptions, Renderer, Supplied
from echo_bench.datasets.manifest import ClipEntry, Manifest, SideEntry, check_entries, read_manifest
from echo_bench.datasets.motion_files import frames_of, motion_file
from echo_bench.errors import DatasetError, EchoBenchError
from echo_bench.media.cut import cut
from echo_bench.media.hashing import file_sha256
from echo_bench.media.probe import probe
from echo_bench.media.survey import survey_sound

RATE = 25.0


@dataclass(frozen=True, slots=True)
class Scan:
    """What a tree holds.

    Attributes
    ----------
    clips : mapping of str to sequence of ClipEntry
        By split.
    defects : sequence of str
        Of the index files: rows that name nothing, people in two splits, ...
    missing : sequence of str
        What the whole copy lacks beside the official numbers, where these are not by split.
    """

    clips: Mapping[str, Sequence[ClipEntry]]
    defects: Sequence[str] = ()
    missing: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of the words of a clip."""

    user: tuple[Word, ...] | None = None
    avatar: tuple[Word, ...] | None = None
    spans: tuple[Span, ...] = ()


class Published(ABC):
    """A dataset of others.

    Parameters
    ----------
    options : DatasetOptions
        `root` is required. `manifest` is one that `echo-bench data prepare` wrote: its clips are taken, and files that differ from
        the locked ones are defects.

    Attributes
    ----------
    fps : float
        The rate at which clips are compared.
    splits_of : "official" or "ours"
        Who made the splits.
    official : mapping of str to int
        Clips per split as their authors count them; empty where nobody published a count.
    motion_layout : (str, str), optional
        Format and layout of the motion files, in :data:`echo_bench.importers.base.FORMATS`.
    layouts : str
        What `--layout` may say; empty: nothing.
    """

    name: ClassVar[str]
    version: str
    fps: float = RATE
    splits_of: ClassVar[str] = "official"
    official: ClassVar[Mapping[str, int]] = {}
    motion_layout: ClassVar[tuple[str, str] | None] = None
    layouts: ClassVar[str] = ""

    def __init__(self, options: DatasetOptions) -> None:
        if options.root is None or not options.root.is_dir():
            what = "the root is not a folder" if options.root else "needs the folder that holds the copy"
            raise DatasetError(what, where=options.root or "--root", fix="give it with --root DIR")
        if options.layout is not None and not self.layouts:
            raise DatasetError(f"{self.name} has one layout", where="--layout", fix="leave it out")
        self.options, self.root = options, options.root
        self._scan = self.scan()
        for clips in self._scan.clips.values():
            check_entries(tuple(clips), self.root)
        if not self._scan.clips:
            said = "; ".join(self._scan.defects) or "holds nothing in this layout"
            raise DatasetError(said, where=self.root, fix=f"docs/datasets/{self.name}.md shows the layout")
        self._locked = read_manifest(options.manifest, self.name) if options.manifest is not None else None
        if self._locked is not None and self._locked.dataset != self.name:
            raise DatasetError(f"is a manifest of {self._locked.dataset}, not of {self.name}", where=options.manifest)

    @abstractmethod
    def scan(self) -> Scan:
        """What the tree holds; opens index files, no media."""

    def said(self, entry: ClipEntry) -> Said:
        """Words and turns of a clip; here the spans that `scan` found."""
        return Said(spans=tuple(Span(s.who, s.start, s.end, s.emotion) for s in entry.spans))

    def flaws(self, entry: ClipEntry) -> list[str]:
        """What else is wrong with a clip whose files are all readable; here nothing."""
        return []

    def missing(self) -> tuple[str, ...]:
        """What the whole copy lacks beside the official numbers, one line each."""
        return tuple(self._scan.missing)

    def splits(self) -> tuple[str, ...]:
        """The splits that the tree holds, or the one of the manifest."""
        return (self._locked.split,) if self._locked is not None else tuple(self._scan.clips)

    def entries(self, split: str) -> tuple[ClipEntry, ...]:
        """The clips of a split as they are named in a manifest.

        Raises
        ------
        DatasetError
            When there is no such split.
        """
        if split not in self.splits():
            raise DatasetError(f"has no split {split!r}", where=self.root, fix=f"splits: {', '.join(self.splits())}")
        return self._locked.clips if self._locked is not None else tuple(self._scan.clips[split])

    def manifest(self, split: str) -> Manifest:
        """The locked manifest of a split: every file is hashed; one that is not there has the hash ``missing``."""
        if self._locked is not None:
            self.entries(split)
            return self._locked
        clips = self.entries(split)
        names = sorted({name for clip in clips for name in clip.files()})
        hashes = {name: file_sha256(self.root / name) if (self.root / name).is_file() else "missing" for name in names}
        made = Manifest(dataset=self.name, version=self.version, split=split, clips=clips, sha256=hashes)
        return made.locked()

    def manifest_sha256(self, split: str) -> str:
        """The lock of the split's manifest."""
        return self.manifest(split).digest()

    def clips(self, split: str) -> list[DyadicClip]:
        """The clips in manifest order, up to the limit; one with unusable files carries its defect."""
        return [self._clip(entry) for entry in self.entries(split)[: self.options.limit]]

    def pool(self, split: str) -> list[DyadicClip]:
        """The usable train clips; none when `split` is ``train`` itself or there is no such split."""
        self.entries(split)
        if split == "train" or "train" not in self._scan.clips:
            return []
        clips = (self._clip(entry) for entry in self._scan.clips["train"])
        return [clip for clip in clips if clip.defect is None]

    def renderer(self) -> Renderer | None:
        """None: nobody can draw these people from motion."""
        return None

    def supplied(self, split: str) -> Mapping[str, Mapping[str, Supplied]]:
        """None: outputs of methods come from elsewhere."""
        self.entries(split)
        return {}

    def defects(self, split: str) -> list[str]:
        """Every defect of the index files and of every clip, one line each."""
        found = [f"{entry.id}: {defect}" for entry in self.entries(split) for defect in self._defects(entry)]
        return [*self._scan.defects, *found]

    def _defects(self, entry: ClipEntry) -> list[str]:
        found = [] if entry.files() else ["names no file"]
        for side in entry.sides():
            for name in side.files():
                try:
                    found += self._file_defects(name, side)
                except EchoBenchError as error:
                    found.append(f"{name}: {error.what}")
        return list(dict.fromkeys(found or self.flaws(entry)))

    def _file_defects(self, name: str, side: SideEntry) -> list[str]:
        path = self.root / name
        if not path.resolve().is_relative_to(self.root.resolve()) and self._locked is not None:
            return [f"{name}: is a link that leaves the root; a manifest may not follow it"]
        locked = self._locked.sha256.get(name) if self._locked is not None else None
        if locked is not None and locked != file_sha256(path):
            return [f"{name}: differs from the file that was locked"]
        if name == side.video:
            probe(path)
        elif name == side.motion:
            frames_of(path, self.layout_of(side), side, self.fps)
        elif name == side.audio and survey_sound(path) is None:
            return [f"{name}: holds no sound"]
        elif file_sha256(path) and path.stat().st_size == 0:
            return [f"{name}: is empty"]
        return []

    def layout_of(self, side: SideEntry) -> tuple[str, str]:
        """Format and layout of the motion of one person.

        Raises
        ------
        DatasetError
            When the dataset has no motion files.
        """
        if self.motion_layout is None:
            raise DatasetError(f"{self.name} has no motion files", where=self.root)
        return self.motion_layout

    def _clip(self, entry: ClipEntry) -> DyadicClip:
        empty = DyadicClip(
            id=entry.id, dataset=self.name, fps=self.fps, duration=0.0, user=Track(), avatar=Track(),
            cluster=entry.cluster or entry.id, identities=entry.identities, strata=entry.strata,
        )  # fmt: skip
        if defects := self._defects(entry):
            return replace(empty, defect="; ".join(defects))
        said = self.said(entry)
        seconds = self.seconds(entry, said)
        user = cut(replace(self._track(entry.user), transcript=said.user), seconds)
        avatar = cut(replace(self._track(entry.avatar), transcript=said.avatar), seconds)
        still = avatar.video
        return replace(
            empty,
            duration=seconds,
            user=user,
            avatar=avatar,
            reference=ImageRef(still.path, still.sha256, still.panel, time=still.start) if still else None,
            spans=said.spans,
        )

    def _track(self, side: SideEntry) -> Track:
        start, audio, video = side.start or 0.0, None, None
        if side.audio and (side.audio != side.video or probe(self.root / side.audio).has_audio):
            path = self.root / side.audio
            audio = AudioRef(path, file_sha256(path), start=start, duration=side.duration)
        if side.video:
            path, panel = self.root / side.video, Panel(*side.panel) if side.panel else None
            video = VideoRef(path, file_sha256(path), panel, start, side.duration)
        motion = motion_file(self.root / side.motion, self.layout_of(side), side, self.fps) if side.motion else None
        return Track(video=video, audio=audio, motion=motion)

    def seconds(self, entry: ClipEntry, said: Said) -> float:
        """The shortest of what can be seen; else of what can be heard; else the end of the last turn."""
        sides = (entry.user, entry.avatar)
        seen = [side.duration or probe(self.root / side.video).duration for side in sides if side.video]
        seen += [
            frames_of(self.root / side.motion, self.layout_of(side), side, self.fps) / self.fps
            for side in sides
            if side.motion
        ]
        if not seen:
            seen = [sound_seconds(self.root / side.audio) for side in sides if side.audio]
        return min(seen) if seen else max((span.end for span in said.spans), default=0.0)


def sound_seconds(path: Path) -> float:
    """How long a sound file is, in seconds.

    Raises
    ------
    MediaError
    """
    from echo_bench.media.audio import waveform

    return len(waveform(AudioRef(path, file_sha256(path)), rate=16000)) / 16000
