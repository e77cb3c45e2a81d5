"""`mead-tts`: MEAD-TTS (MM-TTS, AAAI 2024), speech of MEAD with text, emotion and prompts.

No manifest of it is published. The layout here is ours and says so in the version: ``manifest.csv`` with ``utt_id``, ``wav``, ``text``,
``emotion``, ``level``, ``actor``, ``style_prompt``, ``face_image``, paths relative to the root; `--layout fields:wav=path` reads other
names. Emotion, level and actor have to be those in the name of the wav, where it follows a scheme of MEAD.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from echo_bench.clip import Span
from echo_bench.datasets.dialogues import Turn, lay_out
from echo_bench.datasets.fields import field_names
from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.mead import EMOTIONS, parse_name
from echo_bench.datasets.published import Published, Said, Scan, sound_seconds
from echo_bench.datasets.tables import read_rows_named

FILE = "manifest.csv"
FIELDS = {name: name for name in ("utt_id", "wav", "text", "emotion", "level", "actor", "style_prompt", "face_image")}


class MeadTts(Published):
    """The dataset `mead-tts`."""

    name = "mead-tts"
    version = "2024-layout-ours"
    splits_of = "ours"
    layouts = "fields:OURS=THEIRS,..."

    def scan(self) -> Scan:
        """The rows of the manifest; labels that contradict the name of the file are defects."""
        names = field_names(self.options.layout, FIELDS)
        clips, defects = [], []
        self._texts: dict[str, str] = {}
        for number, raw in enumerate(read_rows_named(self.root / FILE, tuple(names.values())), start=2):
            row = {ours: raw[theirs] for ours, theirs in names.items()}
            emotion = EMOTIONS.get(row["emotion"], row["emotion"])
            if emotion not in EMOTIONS.values():
                defects.append(f"{FILE} line {number}: unknown emotion {row['emotion']!r}")
            parsed = parse_name(PurePosixPath(row["wav"]).with_suffix("").as_posix())
            said = {"actor": row["actor"], "emotion": emotion, "level": row["level"]}
            if parsed is not None and (wrong := [key for key in said if said[key] != parsed[key]]):
                defects.append(f"{FILE} line {number}: {', '.join(wrong)} is not that of {row['wav']}")
            self._texts[row["utt_id"]] = row["text"]
            clips.append(
                ClipEntry(
                    id=row["utt_id"],
                    avatar=SideEntry(audio=row["wav"]),
                    cluster=row["actor"],
                    identities={"avatar": row["actor"]},
                    strata={"emotion": emotion, "level": row["level"], "style": row["style_prompt"]},
                )
            )
        return Scan({"all": clips} if clips else {}, defects)

    def said(self, entry: ClipEntry) -> Said:
        """The text, evenly over the length of the sound."""
        seconds = sound_seconds(self.root / (entry.avatar.audio or ""))
        said = lay_out([Turn("avatar", self._texts[entry.id], entry.strata["emotion"], seconds)])
        return Said(None, said.avatar, (Span("avatar", 0.0, seconds, entry.strata["emotion"]),))
