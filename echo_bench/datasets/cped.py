"""`cped`: CPED (Chen et al., 2022), Chinese television dialogues with personality, 13 emotions and 19 dialogue acts; text.

``data/CPED/{train,valid,test}_split.csv``. Source: scutcyr/CPED.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from echo_bench.datasets.dialogues import Dialogue, Dialogues, Turn, unknown_labels
from echo_bench.datasets.tables import read_rows_named

COLUMNS = (
    "TV_ID", "Dialogue_ID", "Utterance_ID", "Speaker", "Gender", "Age", "Neuroticism", "Extraversion", "Openness", "Agreeableness",
    "Conscientiousness", "Scene", "FacePosition_LU", "FacePosition_RD", "Sentiment", "Emotion", "DA", "Utterance",
)  # fmt: skip
EMOTIONS = (
    "happy", "grateful", "relaxed", "positive-other", "neutral", "anger", "sadness", "fear", "depress", "disgust", "astonished", "worried",
    "negative-other",
)  # fmt: skip
UTTERANCES = {"train": 94187, "valid": 11137, "test": 27438}


class Cped(Dialogues):
    """The dataset `cped`."""

    name = "cped"
    version = "2022"
    official = {"train": 8086, "valid": 934, "test": 2815}  # noqa: RUF012

    def read(self) -> tuple[Mapping[str, Sequence[Dialogue]], list[str]]:
        """The dialogues, with counts of utterances checked where a split has all its dialogues."""
        splits, defects = {}, []
        for split in self.official:
            file = f"data/CPED/{split}_split.csv"
            if not (self.root / file).is_file():
                continue
            rows = read_rows_named(self.root / file, COLUMNS)
            found = [
                Dialogue(dialogue, tuple(_turn(row) for row in group), file, {"language": "zh"})
                for dialogue, group in groupby(rows, key=lambda row: row["Dialogue_ID"])
            ]
            if len(found) == self.official[split] and len(rows) != UTTERANCES[split]:
                defects.append(f"{file}: has {len(rows)} utterances; {UTTERANCES[split]} were released")
            defects += unknown_labels(found, EMOTIONS)
            splits[split] = found
        return splits, defects


def _turn(row: Mapping[str, str]) -> Turn:
    return Turn(row["Speaker"], row["Utterance"], row["Emotion"])
