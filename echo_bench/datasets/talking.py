"""What datasets of single talking people have in common: the avatar speaks throughout, and there is no user."""

from __future__ import annotations

from pathlib import Path

from echo_bench.clip import Span
from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.published import Published, Said

WITH_SOUND = (".wav", ".m4a", ".flac")


class Talking(Published):
    """A dataset of people who talk, one per file."""

    def said(self, entry: ClipEntry) -> Said:
        """The avatar speaks from beginning to end."""
        return Said(spans=(Span("avatar", 0.0, self.seconds(entry, Said())),))

    def talker(self, clip: str, video: Path, person: str, sound: Path | None = None, **strata: str) -> ClipEntry:
        """A clip of a person; the sound is that of the video where no file holds it."""
        name = video.relative_to(self.root).as_posix()
        audio = sound.relative_to(self.root).as_posix() if sound is not None else name
        return ClipEntry(
            id=clip,
            avatar=SideEntry(video=name, audio=audio),
            cluster=person,
            identities={"avatar": person},
            strata=strata,
        )


def beside(path: Path, folder: Path) -> Path | None:
    """The sound of the same name in a folder, if there is one."""
    return next((folder / (path.stem + end) for end in WITH_SOUND if (folder / (path.stem + end)).is_file()), None)
