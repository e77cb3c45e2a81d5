"""`speechcraft`: SpeechCraft (Jin et al., ACM MM 2024), descriptions of the manner of speech; text.

``*.json`` (a list of objects) or ``*.csv`` below the root, one per corpus. What the archives call their fields is not documented: the names
``utt_id``, ``description``, ``text``, ``emotion`` are defaults of ours, changed by `--layout fields:description=...`. Counts are those of
the README: 1,020,427 (Zhvoice), 63,011 (AISHELL-3), 670,070 (GigaSpeech-M), 352,265 (LibriTTS-R). Source: thuhcsi/SpeechCraft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from echo_bench.datasets.dialogues import Dialogue, Dialogues, Turn
from echo_bench.datasets.fields import field_names
from echo_bench.datasets.tables import read_json, read_rows_named
from echo_bench.errors import DatasetError

FIELDS = {name: name for name in ("utt_id", "description", "text", "emotion")}


class SpeechCraft(Dialogues):
    """The dataset `speechcraft`. A split is a file; every utterance is a clip whose stratum ``style`` is its description."""

    name = "speechcraft"
    version = "2024"
    layouts = "fields:OURS=THEIRS,..."
    official = {"zhvoice": 1_020_427, "aishell3": 63_011, "gigaspeech": 670_070, "libritts_r": 352_265}  # noqa: RUF012

    def read(self) -> tuple[Mapping[str, Sequence[Dialogue]], list[str]]:
        """The annotations of every file."""
        names = field_names(self.options.layout, FIELDS)
        files = sorted(path for path in self.root.rglob("*") if path.suffix in {".json", ".csv"})
        splits: dict[str, list[Dialogue]] = {}
        defects = []
        for path in files:
            shown = path.relative_to(self.root).as_posix()
            try:
                splits[path.stem] = [_dialogue(row, names, shown) for row in _rows(path, names)]
            except DatasetError as error:
                defects.append(str(error))
        return splits, defects


def _rows(path: Path, names: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    needed = (names["utt_id"], names["description"])
    if path.suffix == ".csv":
        return read_rows_named(path, needed)
    rows = read_json(path)
    if not isinstance(rows, list) or not all(isinstance(row, dict) and set(needed) <= set(row) for row in rows):
        raise DatasetError(
            f"is no list of objects with {', '.join(needed)}", where=path.name, fix="name its fields with --layout"
        )
    return rows


def _dialogue(row: Mapping[str, Any], names: Mapping[str, str], file: str) -> Dialogue:
    emotion = row.get(names["emotion"])
    turn = Turn("speaker", str(row.get(names["text"]) or ""), str(emotion) if emotion else None)
    return Dialogue(str(row[names["utt_id"]]), (turn,), file, {"style": str(row[names["description"]])})
