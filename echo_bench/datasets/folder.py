"""`folder`: a user's own footage, as pairs of files or side by side in one file.

What a file holds is said by the layout (:mod:`echo_bench.datasets.layout`); which clips there are by a manifest or, without one,
by the files of the root. A clip whose files cannot be used stays in the list with its defect, so that it ends as FAILED in every
row instead of vanishing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from echo_bench.clip import AudioRef, DyadicClip, ImageRef, Panel, Span, Track, VideoRef
from echo_bench.datasets.base import DatasetOptions, Renderer, Supplied
from echo_bench.datasets.layout import HELP, Layout, parse_layout
from echo_bench.datasets.manifest import ClipEntry, Manifest, SideEntry, check_entries, read_manifest
from echo_bench.errors import DatasetError, EchoBenchError
from echo_bench.media.cut import SLACK, cut
from echo_bench.media.hashing import file_sha256
from echo_bench.media.probe import MediaInfo, probe

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg"})
AUDIO_SUFFIXES = (".wav", ".flac", ".opus", ".ogg")
FPS = 25.0


class Folder:
    """The dataset `folder`.

    Parameters
    ----------
    options : DatasetOptions
        `root` is required; `layout` is required unless a manifest says which file is whose.

    Raises
    ------
    DatasetError, ManifestError
        When the root, layout or manifest cannot be used at all.
    """

    name = "folder"

    def __init__(self, options: DatasetOptions) -> None:
        if options.root is None or not options.root.is_dir():
            raise DatasetError(
                "the root is not a folder" if options.root else "needs the folder that holds the videos",
                where=options.root or "--root",
                fix="give it with --root DIR",
            )
        self.root = options.root
        self.layout = parse_layout(options.layout) if options.layout else None
        if options.manifest is not None:
            manifest = read_manifest(options.manifest, self.name)
        elif self.layout is not None:
            manifest = scan(self.root, self.layout)
        else:
            raise DatasetError("needs a layout or a manifest", where="--layout", fix=f"use {HELP}")
        self._by_stranger = options.manifest is not None
        self.manifest = manifest
        self.version = manifest.version

    def splits(self) -> tuple[str, ...]:
        """The one split: the manifest's, or ``all``."""
        return (self.manifest.split,)

    def manifest_sha256(self, split: str) -> str:
        """Hash over ids and file hashes; equal folders have equal hashes wherever they lie."""
        entries = [clip.model_dump(mode="json") for clip in self._entries(split)]
        hashes = {name: self._hash(name) for clip in self._entries(split) for name in clip.files()}
        content = json.dumps([entries, hashes], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    def clips(self, split: str) -> list[DyadicClip]:
        """The clips in manifest order; a clip with unusable files carries its defect."""
        return [self._clip(entry) for entry in self._entries(split)]

    def pool(self, split: str) -> list[DyadicClip]:
        """Empty: a folder has no train split, so methods that draw leave the clip itself out."""
        self._entries(split)
        return []

    def renderer(self) -> Renderer | None:
        """None: nobody can render these people from motion."""
        return None

    def supplied(self, split: str) -> Mapping[str, Mapping[str, Supplied]]:
        """The panels that show outputs of methods."""
        found: dict[str, dict[str, Supplied]] = {}
        for entry in self._entries(split):
            if self._defects(entry):
                continue
            for method, side in entry.supplied.items():
                video = self._video(side)
                if video is not None:
                    found.setdefault(method, {})[entry.id] = Supplied(video)
        return found

    def defects(self, split: str) -> list[str]:
        """Every defect of every clip, each one line."""
        return [f"{entry.id}: {defect}" for entry in self._entries(split) for defect in self._defects(entry)]

    def lock(self, split: str) -> Manifest:
        """The manifest of these clips with the sha256 of every file, for `echo-bench split make`.

        Raises
        ------
        DatasetError
            Listing every defect: a split with broken files is not locked.
        """
        if defects := self.defects(self.manifest.split):
            raise DatasetError("; ".join(defects), where=self.root, fix="mend or remove these files")
        names = sorted({name for clip in self.manifest.clips for name in clip.files()})
        hashes = {name: file_sha256(self.root / name) for name in names}
        return self.manifest.model_copy(update={"split": split, "version": "1", "sha256": hashes}).locked()

    def _entries(self, split: str) -> tuple[ClipEntry, ...]:
        if split != self.manifest.split:
            raise DatasetError(f"has no split {split!r}", where=self.root, fix=f"its split is {self.manifest.split!r}")
        return self.manifest.clips

    def _hash(self, name: str) -> str:
        path = self.root / name
        return file_sha256(path) if path.is_file() else "missing"

    def _defects(self, entry: ClipEntry) -> list[str]:
        defects = [] if any(side.video for side in entry.sides()) else ["names no video"]
        strange = sorted({name for side in entry.sides() for name in (side.motion, side.transcript) if name})
        defects += [f"{name}: {self.name} reads no motion and no transcript" for name in strange]
        for name in entry.files():
            path = self.root / name
            if self._by_stranger and not path.resolve().is_relative_to(self.root.resolve()):
                # Whoever wrote the manifest may not be who owns this machine; links that a folder's owner put there are their own.
                defects.append(f"{name}: is a link that leaves the root; a manifest may not follow it")
                continue
            try:
                info = probe(path)
            except EchoBenchError as error:
                defects.append(str(_relative_to(error, self.root)))
                continue
            if name in {side.video for side in entry.sides()}:
                defects += _video_defects(name, info, entry)
                defects += _stretch_defects(name, info, entry)
            if (locked := self.manifest.sha256.get(name)) and locked != file_sha256(path):
                defects.append(f"{name}: differs from the file that was locked")
        return defects

    def _clip(self, entry: ClipEntry) -> DyadicClip:
        empty = DyadicClip(
            id=entry.id, dataset=self.name, fps=FPS, duration=0.0, user=Track(), avatar=Track(),
            cluster=entry.cluster or entry.id, identities=entry.identities, strata=entry.strata,
        )  # fmt: skip
        if defects := self._defects(entry):
            return replace(empty, defect="; ".join(defects))
        duration = self._seconds(entry)
        user, avatar = (cut(self._track(side), duration) for side in (entry.user, entry.avatar))
        return replace(
            empty,
            duration=duration,
            user=user,
            avatar=avatar,
            reference=_first_frame(avatar.video),
            spans=tuple(Span(s.who, s.start, s.end, s.emotion) for s in entry.spans) or _spans(user, avatar, duration),
        )

    def _seconds(self, entry: ClipEntry) -> float:
        """The shorter of the two people; an output does not say how long it should be, unless only outputs can be seen."""
        people, outputs = (
            [
                side.duration or probe(self.root / side.video).duration - (side.start or 0.0)
                for side in sides
                if side.video
            ]
            for sides in ((entry.user, entry.avatar), entry.supplied.values())
        )
        return min(people) if people else max(outputs)

    def _track(self, side: SideEntry) -> Track:
        audio = None
        if side.audio and probe(self.root / side.audio).has_audio:
            path = self.root / side.audio
            audio = AudioRef(path, file_sha256(path), start=side.start or 0.0, duration=side.duration)
        return Track(video=self._video(side), audio=audio)

    def _video(self, side: SideEntry) -> VideoRef | None:
        if not side.video:
            return None
        path = self.root / side.video
        panel = Panel(*side.panel) if side.panel else None
        return VideoRef(path, file_sha256(path), panel, side.start or 0.0, side.duration)


def scan(root: Path, layout: Layout) -> Manifest:
    """The manifest of the files of a folder, in order of name.

    Raises
    ------
    DatasetError
        When it holds no video of this layout or, for pairs, a video that is not one of two; all of these at once.
    """
    videos = sorted(p for p in root.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES and not p.name.startswith("."))
    if layout.kind == "pairs":
        entries = _pairs(root, videos)
    else:
        entries = [_entry(root, video, layout) for video in videos]
    if not entries:
        raise DatasetError(f"holds no video of layout {layout}", where=root, fix=f"layouts: {HELP}")
    clips = tuple(entries)
    check_entries(clips, root)
    return Manifest(dataset="folder", version="unlocked", split="all", clips=clips)


def _entry(root: Path, video: Path, layout: Layout) -> ClipEntry:
    sidecar = _sidecar(root, video.stem)
    if layout.kind == "single":
        return ClipEntry(id=video.stem, avatar=SideEntry(video=video.name, audio=sidecar or video.name))
    sides = {
        name: SideEntry(video=video.name, panel=(index, len(layout.panels)))
        for index, name in enumerate(layout.panels)
        if name != "-"
    }
    # Side-by-side footage of listeners carries the speaker's sound: it belongs to the user unless a manifest says otherwise.
    user = sides.pop("user", SideEntry()).model_copy(update={"audio": sidecar or video.name})
    avatar = sides.pop("avatar", SideEntry())
    return ClipEntry(id=video.stem, user=user, avatar=avatar, supplied=sides)


def _pairs(root: Path, videos: list[Path]) -> list[ClipEntry]:
    stems: dict[str, dict[str, Path]] = {}
    strange, twice = [], []
    for video in videos:
        stem, _, role = video.stem.rpartition(".")
        two = stems.setdefault(stem, {}) if stem and role.lower() in {"user", "avatar"} else None
        if two is None:
            strange.append(video.name)
        elif role.lower() in two:
            twice.append(f"{two[role.lower()].name} and {video.name}")
        else:
            two[role.lower()] = video
    lonely = [f"{stem}.{'user' if 'user' not in two else 'avatar'}" for stem, two in stems.items() if len(two) < 2]
    named = {"missing": lonely, "neither ID.user nor ID.avatar": strange, "two files for one person": twice}
    if defects := [f"{what}: {', '.join(sorted(names))}" for what, names in named.items() if names]:
        raise DatasetError(
            f"is not all pairs; {'; '.join(defects)}", where=root, fix="rename these files, or move them elsewhere"
        )
    return [
        ClipEntry(
            id=stem,
            user=SideEntry(video=two["user"].name, audio=_sidecar(root, two["user"].stem) or two["user"].name),
            avatar=SideEntry(video=two["avatar"].name, audio=_sidecar(root, two["avatar"].stem) or two["avatar"].name),
        )
        for stem, two in sorted(stems.items())
    ]


def _sidecar(root: Path, stem: str) -> str | None:
    return next((stem + suffix for suffix in AUDIO_SUFFIXES if (root / (stem + suffix)).is_file()), None)


def _spans(user: Track, avatar: Track, duration: float) -> tuple[Span, ...]:
    """One sound track means that its owner speaks throughout; with two, or none, nobody knows."""
    if (user.audio is None) == (avatar.audio is None):
        return ()
    return (Span("avatar" if avatar.audio else "user", 0.0, duration),)


def _first_frame(video: VideoRef | None) -> ImageRef | None:
    return None if video is None else ImageRef(video.path, video.sha256, video.panel, time=video.start)


def _video_defects(name: str, info: MediaInfo, entry: ClipEntry) -> list[str]:
    if not info.width:
        return [f"{name}: has no video stream"]
    counts = {side.panel[1] for side in entry.sides() if side.panel}
    return [f"{name}: {info.width} pixels do not divide into {n} panels" for n in counts if info.width % n]


def _stretch_defects(name: str, info: MediaInfo, entry: ClipEntry) -> list[str]:
    """What of a video is asked for and not there."""
    asked = sorted({(side.start or 0.0, side.duration) for side in entry.sides() if side.video == name}, key=str)
    return [
        f"{name}: ends at {info.duration:.3f} s, and {'what comes' if seconds is None else f'{seconds:g} s'} from {start:g} s on "
        f"{'is' if seconds is None else 'are'} asked for"
        for start, seconds in asked
        if start >= info.duration or start + (seconds or 0.0) > info.duration + SLACK
    ]


def _relative_to(error: EchoBenchError, root: Path) -> EchoBenchError:
    """The same error with its place given relative to the root, so that results do not depend on where the data lies."""
    if isinstance(error.where, Path) and error.where.is_relative_to(root):
        error.where = error.where.relative_to(root)
    return error
