"""`l2l`: Learning2Listen (Ng et al., CVPR 2022), windows of 64 frames of six hosts and their guests at 30 fps.

``HOST/{train,test}/p{0,1}_{list,speak}_faces_clean_deca.npy`` (N, 64, 184): expression 50, rotation 3, jaw 3, detail 128; p0 sits on the
left. Window n of ``p0_list`` belongs to window n of ``p1_speak``, and of ``p1_list`` to ``p0_speak``. Sound is delivered as mel
features alone. Source: evonneng/learning2listen README, src/utils/load_utils.py.
"""

from __future__ import annotations

from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.published import Published, Scan
from echo_bench.datasets.windows import FRAMES, count
from echo_bench.errors import EchoBenchError

HOSTS = ("conan", "devi2", "fallon", "kimmel", "stephen", "trevor")
SPLITS = ("train", "test")


class L2L(Published):
    """The dataset `l2l`."""

    name = "l2l"
    version = "2022"
    fps = 30.0
    motion_layout = ("flame", "l2l")

    def scan(self) -> Scan:
        """Windows of listeners with those of their speakers; reads the heads of the files."""
        clips: dict[str, list[ClipEntry]] = {split: [] for split in SPLITS}
        defects = []
        for host in HOSTS:
            for split in SPLITS:
                for listener, speaker in (("p0", "p1"), ("p1", "p0")):
                    avatar, user = (
                        f"{host}/{split}/{person}_{role}_faces_clean_deca.npy"
                        for person, role in ((listener, "list"), (speaker, "speak"))
                    )
                    if not any((self.root / name).is_file() for name in (avatar, user)):
                        continue
                    try:
                        windows = self._windows(avatar, user)
                    except EchoBenchError as error:
                        defects.append(str(error))
                        continue
                    clips[split] += [_entry(host, split, listener, n, user, avatar) for n in range(windows)]
        return Scan({split: entries for split, entries in clips.items() if entries}, defects)

    def _windows(self, avatar: str, user: str) -> int:
        counts = [count(self.root / name) for name in (avatar, user)]
        if counts[0] != counts[1]:
            raise EchoBenchError(f"has {counts[0]} windows, and {user} has {counts[1]}", where=avatar)
        return counts[0]


def _entry(host: str, split: str, listener: str, number: int, user: str, avatar: str) -> ClipEntry:
    def side(name: str) -> SideEntry:
        return SideEntry(motion=name, start=number * FRAMES / 30, duration=FRAMES / 30)

    return ClipEntry(
        id=f"{host}.{split}.{listener}.{number:05d}",
        user=side(user),
        avatar=side(avatar),
        cluster=f"{host}.{split}.{number // 100}",  # neighbours are cut from one stretch of film
        strata={"host": host},
    )
