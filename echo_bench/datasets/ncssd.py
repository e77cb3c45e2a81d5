"""`ncssd`: NCSSD (Liu et al., ACM MM 2024), conversational speech of two people, 16 kHz, Chinese and English, recorded and collected.

``{R-ZH,R-EN,C-ZH,C-EN}/DIALOG/{INDEX}_{SPEAKER}_d{DIALOG}.wav`` with ``.lab`` and ``metadata.json``: ``utterents`` (sic),
INDEX -> ``duration``, ``speaker`` (0 or 1), ``text``. The source knows no times: turns follow each other by their durations, so
there are no overlaps and no pauses, and nothing about turn taking may be measured on it. Each person's sound is put together in the
cache, silent while the other speaks. Source: walker-hyf/NCSSD, AI-S2-Lab/GPT-Talker.
"""

from __future__ import annotations

import hashlib
import io
import wave
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from echo_bench.cache import cache_root
from echo_bench.clip import AudioRef, DyadicClip
from echo_bench.datasets.dialogues import Turn, lay_out
from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.published import Published, Said, Scan, sound_seconds
from echo_bench.datasets.tables import read_json
from echo_bench.errors import DatasetError
from echo_bench.media.audio import waveform
from echo_bench.media.hashing import file_sha256

SUBSETS = ("R-ZH", "R-EN", "C-ZH", "C-EN")
RATE = 16000
SLACK = 0.1
"""Seconds by which a file may differ from the duration that is stated of it."""


class Ncssd(Published):
    """The dataset `ncssd`."""

    name = "ncssd"
    version = "2024"

    def scan(self) -> Scan:
        """Dialogues by subset; one whose metadata cannot be read is a defect."""
        clips: dict[str, list[ClipEntry]] = {}
        defects = []
        for subset in SUBSETS:
            for path in sorted((self.root / subset).glob("*/metadata.json")):
                try:
                    clips.setdefault(subset, []).append(self._entry(subset, path))
                except DatasetError as error:
                    defects.append(str(error))
        return Scan(clips, defects)

    def said(self, entry: ClipEntry) -> Said:
        """Turns by their durations; the avatar is who speaks last."""
        return lay_out(self._turns(self.root / (entry.avatar.transcript or "")))

    def flaws(self, entry: ClipEntry) -> list[str]:
        """Files that are not as long as the metadata say."""
        turns = self._turns(self.root / (entry.avatar.transcript or ""))
        lengths = [sound_seconds(self.root / (side.audio or "")) for side in entry.supplied.values()]
        return [
            f"{side.audio}: is {length:.2f} s long, metadata.json says {turn.seconds:.2f} s"
            for side, length, turn in zip(entry.supplied.values(), lengths, turns, strict=True)
            if turn.seconds is not None and abs(length - turn.seconds) > SLACK
        ]

    def clips(self, split: str) -> list[DyadicClip]:
        """The dialogues, with the sound of both people put together."""
        entries = {entry.id: entry for entry in self.entries(split)}
        return [clip if clip.defect else self._with_sound(clip, entries[clip.id]) for clip in super().clips(split)]

    def _turns(self, path: Path) -> list[Turn]:
        return [
            Turn(str(each["speaker"]), str(each["text"]), seconds=float(each["duration"])) for each in _utterances(path)
        ]

    def _entry(self, subset: str, path: Path) -> ClipEntry:
        folder = path.parent.relative_to(self.root).as_posix()
        dialog, utterances = path.parent.name, _utterances(path)
        names = [f"{each['index']}_{each['speaker']}_d{dialog}.wav" for each in utterances]
        side = SideEntry(transcript=f"{folder}/metadata.json")
        return ClipEntry(
            id=f"{subset}.{dialog}",
            user=side,
            avatar=side,
            supplied={f"turn{n:03d}": SideEntry(audio=f"{folder}/{name}") for n, name in enumerate(names)},
            cluster=f"{subset}.{dialog}",
            strata={"subset": subset, "times": "sequential"},
        )

    def _with_sound(self, clip: DyadicClip, entry: ClipEntry) -> DyadicClip:
        sounds = {who: np.zeros(round(clip.duration * RATE), np.float32) for who in ("user", "avatar")}
        for span, side in zip(clip.spans, entry.supplied.values(), strict=True):
            path = self.root / (side.audio or "")
            begin, end = round(span.start * RATE), round(span.end * RATE)
            samples = waveform(AudioRef(path, file_sha256(path)), rate=RATE)[: end - begin]
            sounds[span.who][begin : begin + len(samples)] = samples
        user, avatar = (
            replace(track, audio=_kept(sounds[who])) for who, track in (("user", clip.user), ("avatar", clip.avatar))
        )
        return replace(clip, user=user, avatar=avatar)


def _kept(samples: np.ndarray[Any, np.dtype[np.float32]]) -> AudioRef:
    """Sound in the cache, under its own hash."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    path = cache_root() / "sound" / f"{digest}.wav"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".part")
        draft.write_bytes(buffer.getvalue())
        draft.replace(path)
    return AudioRef(path, digest)


def _utterances(path: Path) -> list[Mapping[str, Any]]:
    """The utterances of a dialogue in order, with their index."""
    data = read_json(path)
    where = f"{path.parent.name}/{path.name}"
    found = data.get("utterents") if isinstance(data, dict) else None
    if not isinstance(found, dict) or not found or not all(isinstance(each, dict) for each in found.values()):
        raise DatasetError("holds no `utterents`", where=where)
    for index, each in found.items():
        if missing := [key for key in ("duration", "speaker", "text") if key not in each]:
            raise DatasetError(f"utterance {index} lacks {', '.join(missing)}", where=where)
        if not isinstance(each["duration"], int | float) or not 0 < each["duration"] < 3600:
            raise DatasetError(f"utterance {index} lasts {each['duration']!r} s", where=where)
    ordered = sorted(found.items(), key=lambda item: (len(item[0]), item[0]))
    return [{"index": index, **each} for index, each in ordered]
