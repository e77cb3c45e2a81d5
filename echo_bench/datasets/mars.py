"""`mars`: MARS (REACT 2025 and 2026), 137 dyads in 2856 sessions of 23 types.

``{train,val,test}/{facial-attributes,video-face-crop,audio}/{speaker,listener}/session*/Camera-YYYY-MM-DD-HHMMSS-*.{npy,mp4,wav}``:
a speaker and a listener belong together where session and time stamp agree. Attributes (T, 25) at 30 fps; T reaches from 58 to more
than 20,000. Reactions of the other listeners of a session are appropriate too. Source: reactmultimodalchallenge/baseline_react2025.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace

from echo_bench.clip import DyadicClip
from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.published import Published, Scan

SPLITS = ("train", "val", "test")
KINDS = {"facial-attributes": ".npy", "video-face-crop": ".mp4", "audio": ".wav"}
ROLES = ("speaker", "listener")
STAMP = re.compile(r"Camera-\d{4}-\d{2}-\d{2}-\d{6}")
SESSIONS = 2856


class Mars(Published):
    """The dataset `mars`."""

    name = "mars"
    version = "2025"
    fps = 30.0
    motion_layout = ("react", "mars")

    def scan(self) -> Scan:
        """Speakers and listeners of one session and time stamp."""
        clips: dict[str, list[ClipEntry]] = {}
        defects = []
        for split in SPLITS:
            people = self._people(split)
            keys = sorted({(session, stamp) for session, stamp, _ in people})
            lonely = [(key, role) for key in keys for role in ROLES if (*key, role) not in people]
            defects += [f"{split}/{session}/{stamp}: has no {role}" for (session, stamp), role in lonely]
            alone = {key for key, _ in lonely}
            whole = [key for key in keys if key not in alone]
            clips[split] = [self._entry(key, *(people[*key, role] for role in ROLES)) for key in whole]
        found = sum(len(entries) for entries in clips.values())
        missing = (
            [f"holds {found} sessions of a speaker and a listener; {SESSIONS} were released"]
            if found != SESSIONS
            else []
        )
        return Scan({split: entries for split, entries in clips.items() if entries}, defects, missing)

    def clips(self, split: str) -> list[DyadicClip]:
        """The clips, each with the others of its session as appropriate."""
        together: dict[str, list[str]] = defaultdict(list)
        for entry in self.entries(split):
            together[entry.strata["session"]].append(entry.id)
        return [
            replace(clip, appropriate=tuple(other for other in together[clip.strata["session"]] if other != clip.id))
            for clip in super().clips(split)
        ]

    def _people(self, split: str) -> dict[tuple[str, str, str], dict[str, str]]:
        """(session, stamp, role) -> kind -> file."""
        people: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
        for kind, suffix in KINDS.items():
            for path in sorted((self.root / split / kind).glob(f"*/session*/Camera-*{suffix}")):
                role, session, stamp = path.parts[-3], path.parts[-2], STAMP.match(path.name)
                if role in ROLES and stamp:
                    people[session, stamp.group(), role][kind] = path.relative_to(self.root).as_posix()
        return people

    def _entry(self, key: tuple[str, str], user: dict[str, str], avatar: dict[str, str]) -> ClipEntry:
        def side(files: dict[str, str]) -> SideEntry:
            return SideEntry(
                video=files.get("video-face-crop"), audio=files.get("audio"), motion=files.get("facial-attributes")
            )

        session, stamp = key
        return ClipEntry(
            id=f"{session}.{stamp}", user=side(user), avatar=side(avatar), cluster=stamp, strata={"session": session}
        )
