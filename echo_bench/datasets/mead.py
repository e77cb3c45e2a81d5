"""`mead`: MEAD (Wang et al., ECCV 2020), acted emotion in eight kinds and three levels, seen from seven sides.

Files carry actor, emotion and level in their names, in one of the schemes in use:

=========================================================  ==========================================
``M003/video/front/angry/level_1/001.mp4``                 as released, sound ``M003/audio/angry/level_1/001.m4a``
``M003#angry#level_1#001.mp4``                             EDTalk
``M003_level_1_disgusted_015.mp4``                         SPECTRE
``M003_front_angry_level1_001.mp4``                        others
=========================================================  ==========================================

There is no official split. Neutral is spoken on level 1 alone. Of 60 actors 43 to 48 are public.
"""

from __future__ import annotations

import re
from pathlib import Path

from echo_bench.datasets.manifest import ClipEntry
from echo_bench.datasets.published import Scan
from echo_bench.datasets.talking import Talking, beside

EMOTIONS = {
    "angry": "anger", "contempt": "contempt", "disgust": "disgust", "disgusted": "disgust", "fear": "fear",
    "happy": "happiness", "neutral": "neutral", "sad": "sadness", "surprise": "surprise", "surprised": "surprise",
}  # fmt: skip
VIEWS = ("front", "left_30", "left_60", "right_30", "right_60", "top", "down")
_EMOTION, _ACTOR = f"(?P<emotion>{'|'.join(EMOTIONS)})", r"(?P<actor>[MW]\d{3})"
SCHEMES = (
    re.compile(rf"{_ACTOR}/video/(?P<view>{'|'.join(VIEWS)})/{_EMOTION}/level_(?P<level>[123])/(?P<take>\d+)"),
    re.compile(rf"{_ACTOR}#{_EMOTION}#level_(?P<level>[123])#(?P<take>\d+)"),
    re.compile(rf"{_ACTOR}_level_(?P<level>[123])_{_EMOTION}_(?P<take>\d+)"),
    re.compile(rf"{_ACTOR}_(?P<view>{'|'.join(VIEWS)})_{_EMOTION}_level_?(?P<level>[123])_(?P<take>\d+)"),
)


def parse_name(name: str) -> dict[str, str] | None:
    """Actor, view, emotion, level and take of a path below the root without its suffix; None where it follows no scheme.

    Examples
    --------
    >>> parse_name("M003#angry#level_1#001")
    {'actor': 'M003', 'view': 'front', 'emotion': 'anger', 'level': '1', 'take': '001'}
    >>> parse_name("M003_level_4_angry_001") is None
    True
    """
    for scheme, text in ((scheme, text) for scheme in SCHEMES for text in (name, name.rpartition("/")[2])):
        if match := scheme.fullmatch(text):
            found = {"view": "front", **match.groupdict()}
            found["emotion"] = EMOTIONS[found["emotion"]]
            return {key: found[key] for key in ("actor", "view", "emotion", "level", "take")}
    return None


class Mead(Talking):
    """The dataset `mead`."""

    name = "mead"
    version = "2020"

    def scan(self) -> Scan:
        """Every mp4 whose name follows a scheme; others, and neutral above level 1, are defects."""
        clips, defects = [], []
        for path in sorted(self.root.rglob("*.mp4")):
            shown = path.relative_to(self.root).as_posix()
            found = parse_name(shown.removesuffix(".mp4"))
            if found is None:
                defects.append(f"{shown}: names no actor, emotion and level in any of the known schemes")
                continue
            if found["emotion"] == "neutral" and found["level"] != "1":
                defects.append(f"{shown}: neutral is spoken on level 1 alone")
            clips.append(self._entry(path, found))
        return Scan({"all": clips} if clips else {}, defects)

    def _entry(self, path: Path, found: dict[str, str]) -> ClipEntry:
        clip = "_".join(found.values())
        parts = path.relative_to(self.root).parts
        sound = None
        if len(parts) > 5 and parts[-5] == "video":
            sound = beside(path, path.parents[4] / "audio" / parts[-3] / parts[-2])
        strata = {key: found[key] for key in ("emotion", "level", "view")}
        return self.talker(clip, path, found["actor"], sound, **strata)
