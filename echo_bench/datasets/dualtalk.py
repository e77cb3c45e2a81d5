"""`dualtalk`: DualTalk (Peng et al., CVPR 2025), FLAME motion and sound of both people of 50 h of conversation; no video.

``{train,test,ood}/NAME_speaker{1,2}.{wav,npz}``; npz ``exp`` (T, 50), ``pose`` (T, 6) = rotation 3, jaw 3, at 25 fps; sound at 16 kHz.
Either person of a conversation is the avatar of one clip. Source: ZiqiaoPeng/DualTalk README.
"""

from __future__ import annotations

from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.motion_files import frames_of
from echo_bench.datasets.published import Published, Scan

SPLITS = ("train", "test", "ood")
KINDS = ("wav", "npz")
PEOPLE = ("speaker1", "speaker2")


class DualTalk(Published):
    """The dataset `dualtalk`."""

    name = "dualtalk"
    version = "2025"
    official = {"test": 1066, "ood": 754}  # noqa: RUF012  motion files, that is: one clip for each
    motion_layout = ("flame", "dualtalk-truth")

    def scan(self) -> Scan:
        """Conversations with all four files; each that lacks one is a defect."""
        clips: dict[str, list[ClipEntry]] = {}
        defects = []
        for split in SPLITS:
            files = {path.name for path in (self.root / split).glob("*_speaker[12].*")}
            names = sorted({name.rpartition("_speaker")[0] for name in files})
            clips[split] = []
            for name in names:
                wanted = [f"{name}_{person}.{kind}" for person in PEOPLE for kind in KINDS]
                if missing := [file for file in wanted if file not in files]:
                    defects.append(f"{split}/{name}: lacks {', '.join(missing)}")
                    continue
                clips[split] += [_entry(split, name, *roles) for roles in (PEOPLE, PEOPLE[::-1])]
        return Scan({split: entries for split, entries in clips.items() if entries}, defects)

    def flaws(self, entry: ClipEntry) -> list[str]:
        """People of one conversation whose motion differs in length by more than a second."""
        user, avatar = (
            frames_of(self.root / (side.motion or ""), self.layout_of(side), side, self.fps)
            for side in (entry.user, entry.avatar)
        )
        return [f"has {user} and {avatar} frames"] if abs(user - avatar) > self.fps else []


def _entry(split: str, name: str, user: str, avatar: str) -> ClipEntry:
    def side(person: str) -> SideEntry:
        return SideEntry(audio=f"{split}/{name}_{person}.wav", motion=f"{split}/{name}_{person}.npz")

    return ClipEntry(
        id=f"{name}_{avatar}",
        user=side(user),
        avatar=side(avatar),
        cluster=name,
        identities={"user": f"{name}_{user}", "avatar": f"{name}_{avatar}"},
    )
