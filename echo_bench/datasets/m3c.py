"""`m3c`: M3C (arXiv 2506.00421), conversations of several people over several sessions; text.

The names of its fields are not published with it. The layout here is ours and says so in the version: ``{train,valid,test}.json``, a
list of objects with ``id`` and ``turns``, each turn with ``speaker``, ``text`` and, where known, ``emotion``;
`--layout fields:turns=dialogue,text=utterance` reads other names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from echo_bench.datasets.dialogues import Dialogue, Dialogues, Turn
from echo_bench.datasets.fields import field_names
from echo_bench.datasets.tables import read_json
from echo_bench.errors import DatasetError

FIELDS = {name: name for name in ("id", "turns", "speaker", "text", "emotion")}
SPLITS = ("train", "valid", "test")


class M3C(Dialogues):
    """The dataset `m3c`."""

    name = "m3c"
    version = "2025-layout-ours"
    layouts = "fields:OURS=THEIRS,..."

    def read(self) -> tuple[Mapping[str, Sequence[Dialogue]], list[str]]:
        """The conversations; the last speaker of each is the avatar."""
        names = field_names(self.options.layout, FIELDS)
        splits, defects = {}, []
        for split in SPLITS:
            if (self.root / f"{split}.json").is_file():
                try:
                    splits[split] = _read(self.root / f"{split}.json", names)
                except DatasetError as error:
                    defects.append(str(error))
        return splits, defects


def _read(path: Path, names: Mapping[str, str]) -> list[Dialogue]:
    data = read_json(path)
    if not isinstance(data, list):
        raise DatasetError("is no list of conversations", where=path.name)
    found = []
    for number, each in enumerate(data):
        try:
            turns = tuple(_turn(turn, names) for turn in each[names["turns"]])
            found.append(Dialogue(str(each[names["id"]]), turns, path.name))
        except (KeyError, TypeError) as error:
            raise DatasetError(
                f"conversation {number} has not the fields {', '.join(names.values())}",
                where=path.name,
                fix="name its fields with --layout",
            ) from error
        if not turns:
            raise DatasetError(f"conversation {number} has no turns", where=path.name)
    return found


def _turn(turn: Mapping[str, Any], names: Mapping[str, str]) -> Turn:
    if not isinstance(turn, dict):
        raise TypeError("a turn is no object")
    emotion = turn.get(names["emotion"])
    return Turn(str(turn[names["speaker"]]), str(turn[names["text"]]), str(emotion) if emotion else None)
