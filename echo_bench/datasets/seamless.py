"""`seamless`: Seamless Interaction (Meta, 2025), 4,000 h of pairs of people, each recorded on their own.

``{improvised,naturalistic}/{train,dev,test}/BATCH/ARCHIVE/V<vendor>_S<session>_I<interaction>_P<participant>.{mp4,wav,npz,json}``;
json ``metadata:transcript`` (``words`` with ``word``, ``start``, ``end``) and ``metadata:vad`` (``start``, ``end``); npz ``movement:*``,
``smplh:*``, ``boxes_and_keypoints:*`` at 30 Hz, whose codes are learned and are checked, not scored. Either person is the avatar of
one clip. Source: facebookresearch/seamless_interaction README.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echo_bench.clip import Side, Span, Word
from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.published import Published, Said, Scan
from echo_bench.datasets.tables import read_json
from echo_bench.errors import DatasetError, EchoBenchError
from echo_bench.importers.arrays import read_npz
from echo_bench.media.probe import probe

LABELS = ("improvised", "naturalistic")
SPLITS = ("train", "dev", "test")
NAME = re.compile(r"(?P<pair>V\d+_S\d+_I\d+)_(?P<person>P\d+\w*)")
NEEDED = (".mp4", ".wav", ".json")
MOVEMENT = ("movement:expression", "movement:gaze_encodings", "movement:head_encodings", "movement:is_valid")
TRANSCRIPT, VOICE = "metadata:transcript", "metadata:vad"
RATE = 30.0


class Seamless(Published):
    """The dataset `seamless`."""

    name = "seamless"
    version = "2025"

    def scan(self) -> Scan:
        """Pairs of people of one interaction; somebody alone, or without one of the files, is a defect."""
        clips: dict[str, list[ClipEntry]] = {split: [] for split in SPLITS}
        defects = []
        for label in LABELS:
            for split in SPLITS:
                for pair, people in sorted(self._people(label, split).items()):
                    lacking = [
                        f"{stem.name}: lacks {suffix}" for stem in people for suffix in NEEDED if not _is(stem, suffix)
                    ]
                    if len(people) != 2:
                        lacking.append(f"{pair}: {len(people)} of 2 people")
                    defects += lacking
                    if not lacking:
                        clips[split] += [self._entry(label, pair, *roles) for roles in (people, people[::-1])]
        return Scan({split: entries for split, entries in clips.items() if entries}, defects)

    def said(self, entry: ClipEntry) -> Said:
        """Words and voice activity of both people, as transcribed."""
        sides: dict[Side, SideEntry] = {"user": entry.user, "avatar": entry.avatar}
        words: dict[Side, tuple[Word, ...]] = {}
        spans: list[Span] = []
        for who, side in sides.items():
            data = self._annotation(side)
            turns = _list(data, TRANSCRIPT, side)
            words[who] = tuple(
                Word(float(word["start"]), float(word["end"]), str(word["word"]).strip())
                for turn in turns
                for word in turn.get("words", ())
                if word.get("start") is not None and word.get("end") is not None  # unaligned words have no times
            )
            spans += [Span(who, float(span["start"]), float(span["end"])) for span in _list(data, VOICE, side)]
        spans.sort(key=lambda span: (span.start, span.who))
        return Said(words["user"], words["avatar"], tuple(spans))

    def flaws(self, entry: ClipEntry) -> list[str]:
        """Malformed annotation, missing features, and features that are not as long as the video."""
        found = []
        for side in (entry.user, entry.avatar):
            try:
                self._annotation(side)
                found += self._feature_flaws(side)
            except EchoBenchError as error:
                found.append(str(error))
        try:
            self.said(entry)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            found.append(f"{TRANSCRIPT} or {VOICE} is malformed: {error!r}")
        except DatasetError as error:
            found.append(error.what)
        return list(dict.fromkeys(found))

    def _people(self, label: str, split: str) -> Mapping[str, list[Path]]:
        people: dict[str, set[Path]] = defaultdict(set)
        for path in (self.root / label / split).glob("*/*/V*"):
            if (match := NAME.fullmatch(path.stem)) and path.suffix in {*NEEDED, ".npz"}:
                people[match["pair"]].add(path.with_suffix(""))
        return {pair: sorted(stems, key=lambda stem: stem.name) for pair, stems in people.items()}

    def _entry(self, label: str, pair: str, user: Path, avatar: Path) -> ClipEntry:
        def side(stem: Path) -> SideEntry:
            video, audio, said = (stem.with_suffix(suffix).relative_to(self.root).as_posix() for suffix in NEEDED)
            return SideEntry(video=video, audio=audio, transcript=said)

        people = {who: stem.name.rpartition("_")[2] for who, stem in (("user", user), ("avatar", avatar))}
        return ClipEntry(
            id=avatar.name,
            user=side(user),
            avatar=side(avatar),
            cluster=pair,
            identities=people,
            strata={"label": label},
        )

    def _annotation(self, side: SideEntry) -> Mapping[str, Any]:
        name = side.transcript or ""
        data = read_json(self.root / name)
        if not isinstance(data, dict) or (missing := [key for key in (TRANSCRIPT, VOICE) if key not in data]):
            lacking = ", ".join(missing) if isinstance(data, dict) else "an object"
            raise DatasetError(f"lacks {lacking}", where=name)
        return data

    def _feature_flaws(self, side: SideEntry) -> list[str]:
        path = (self.root / (side.video or "")).with_suffix(".npz")
        if not path.is_file():
            return []  # the features are a download of their own
        arrays = read_npz(path)
        if missing := [key for key in MOVEMENT if key not in arrays]:
            return [f"{path.name}: lacks {', '.join(missing)}"]
        expected = probe(path.with_suffix(".mp4")).duration * RATE
        lengths = {key: len(arrays[key]) for key in MOVEMENT if abs(len(arrays[key]) - expected) > RATE}
        return [f"{path.name}: {key} has {n} frames, the video {expected:.0f}" for key, n in lengths.items()]


def _is(stem: Path, suffix: str) -> bool:
    return stem.with_suffix(suffix).is_file()


def _list(data: Mapping[str, Any], key: str, side: SideEntry) -> list[dict[str, Any]]:
    value = data[key]
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise DatasetError(f"{key} is no list of objects", where=side.transcript)
    return value
