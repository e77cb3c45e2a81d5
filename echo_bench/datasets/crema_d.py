"""`crema-d`: CREMA-D (Cao et al., 2014), 91 actors, 12 sentences, six emotions.

``VideoFlash/AAAA_SSS_EMO_LV.flv`` and ``AudioWAV/AAAA_SSS_EMO_LV.wav``: actor, sentence, emotion, level (LO, MD, HI, XX for unspecified).
Source: CheyneyComputerScience/CREMA-D README. There is no official split.
"""

from __future__ import annotations

import re

from echo_bench.datasets.published import Scan
from echo_bench.datasets.talking import Talking, beside

EMOTIONS = {
    "ANG": "anger", "DIS": "disgust", "FEA": "fear", "HAP": "happiness", "NEU": "neutral", "SAD": "sadness",
}  # fmt: skip
NAME = re.compile(r"(?P<actor>1\d{3})_(?P<sentence>[A-Z]{3})_(?P<emotion>[A-Z]{3})_(?P<level>LO|MD|HI|XX|X)")


class CremaD(Talking):
    """The dataset `crema-d`."""

    name = "crema-d"
    version = "2014"
    official = {"all": 7442}  # noqa: RUF012

    def scan(self) -> Scan:
        """The videos with their wav; names that do not follow the scheme are defects."""
        clips, defects = [], []
        for path in sorted((self.root / "VideoFlash").glob("*.flv")):
            match = NAME.fullmatch(path.stem)
            if match is None or match["emotion"] not in EMOTIONS:
                defects.append(f"VideoFlash/{path.name}: is no ACTOR_SENTENCE_EMOTION_LEVEL")
                continue
            sound = beside(path, self.root / "AudioWAV")
            if sound is None:
                defects.append(f"AudioWAV/{path.stem}.wav: no such file")
            strata = {"emotion": EMOTIONS[match["emotion"]], "level": match["level"], "sentence": match["sentence"]}
            clips.append(self.talker(path.stem, path, match["actor"], sound, **strata))
        return Scan({"all": clips} if clips else {}, defects)
