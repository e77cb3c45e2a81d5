"""`imported`: motion that `echo-bench import` made, as the truth that other imported motion is scored against.

The root holds a folder ``avatar`` and, for dyads, a folder ``user``, each filled by `echo-bench import ... --to ROOT/avatar`. A clip
is an id of ``avatar``; the user's motion is that of the same id. What a person says may lie beside it as ``ID.wav``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from echo_bench.clip import AudioRef, DyadicClip, Track
from echo_bench.datasets.base import DatasetOptions, Renderer, Supplied
from echo_bench.errors import DatasetError, EchoBenchError
from echo_bench.importers.index import FILE, ImportIndex, motion_of, read_index
from echo_bench.media.cut import cut
from echo_bench.media.hashing import file_sha256

SPLIT = "all"


class Imported:
    """The dataset `imported`.

    Parameters
    ----------
    options : DatasetOptions
        `root` is required.

    Raises
    ------
    DatasetError, FormatError
        When the root holds no imported motion of avatars, or user and avatar differ in frame rate.
    """

    name = "imported"

    def __init__(self, options: DatasetOptions) -> None:
        if options.root is None:
            raise DatasetError("needs the folder that holds avatar/ and user/", where="--root", fix="give --root DIR")
        self.root = options.root
        self._sides = {"avatar": read_index(self.root / "avatar")}
        if (self.root / "user" / FILE).is_file():
            self._sides["user"] = read_index(self.root / "user")
        rates = {side: index.fps for side, index in self._sides.items()}
        if len(set(rates.values())) > 1 or None in rates.values():
            said = ", ".join(f"{side} {rate or 0:g}" for side, rate in rates.items())
            raise DatasetError(f"frame rates: {said}", where=self.root, fix="import motion with one --resample")
        avatar = self._sides["avatar"]
        self.version = f"{avatar.format}-{avatar.layout}-{avatar.space}"

    def splits(self) -> tuple[str, ...]:
        """The one split, ``all``."""
        return (SPLIT,)

    def manifest_sha256(self, split: str) -> str:
        """Hash over ids and the hashes of what was imported; equal content has equal hashes wherever it lies."""
        content = {
            side: {clip: entry.sha256 for clip, entry in index.clips.items()} for side, index in self._sides.items()
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def clips(self, split: str) -> list[DyadicClip]:
        """The clips in order of id; one whose file has changed carries its defect."""
        return [self._clip(clip) for clip in sorted(self._sides["avatar"].clips)]

    def defects(self, split: str) -> list[str]:
        """Files that are gone or changed, and users without an avatar, one line each."""
        found = [f"{clip.id}: {clip.defect}" for clip in self.clips(split) if clip.defect is not None]
        users = self._sides["user"].clips if "user" in self._sides else {}
        return found + [
            f"{clip}: a user without an avatar" for clip in sorted(set(users) - set(self._sides["avatar"].clips))
        ]

    def pool(self, split: str) -> list[DyadicClip]:
        """Empty: there is no train split."""
        return []

    def renderer(self) -> Renderer | None:
        """None: these people cannot be drawn from their motion."""
        return None

    def supplied(self, split: str) -> Mapping[str, Mapping[str, Supplied]]:
        """None: outputs are given as `--methods folder:NAME=DIR`."""
        return {}

    def _clip(self, clip: str) -> DyadicClip:
        avatar = self._sides["avatar"]
        frames, fps = avatar.clips[clip].frames or 0, avatar.fps or 0.0
        user = self._sides.get("user")
        try:
            tracks = {
                "avatar": self._track("avatar", avatar, clip),
                "user": self._track("user", user, clip) if user is not None and clip in user.clips else Track(),
            }
            defect = None
        except EchoBenchError as error:
            tracks, defect = {"avatar": Track(), "user": Track()}, error.what
        return DyadicClip(
            id=clip, dataset=self.name, fps=fps, duration=frames / fps, user=cut(tracks["user"], frames / fps),
            avatar=cut(tracks["avatar"], frames / fps), cluster=clip, defect=defect,
        )  # fmt: skip

    def _track(self, side: str, index: ImportIndex, clip: str) -> Track:
        folder = self.root / side
        sound = folder / f"{clip}.wav"
        audio = AudioRef(sound, file_sha256(sound)) if sound.is_file() else None
        return Track(audio=audio, motion=motion_of(folder, index, clip))
