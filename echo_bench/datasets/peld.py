"""`peld`: PELD (Wen et al., Findings of ACL 2021), triples of utterances of two people with personality and emotion; text.

``Dyadic_PELD.tsv``: Speaker_1 says Utterance_1 and Utterance_3, Speaker_2 says Utterance_2; Personality (O, C, E, A, N) is Speaker_1's.
The file names no split (the paper counts 5273, 586 and 651 triples): all are one. Source: preke/PELD.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from echo_bench.datasets.dialogues import Dialogue, Dialogues, Turn, unknown_labels
from echo_bench.datasets.tables import read_rows_named

FILE = "Dyadic_PELD.tsv"
EMOTIONS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
COLUMNS = (
    "Speaker_1",
    "Speaker_2",
    "Personality",
    *(f"{what}_{n}" for what in ("Utterance", "Emotion") for n in (1, 2, 3)),
)


class Peld(Dialogues):
    """The dataset `peld`."""

    name = "peld"
    version = "2021"
    official = {"all": 6510}  # noqa: RUF012

    def read(self) -> tuple[Mapping[str, Sequence[Dialogue]], list[str]]:
        """The triples."""
        rows = read_rows_named(self.root / FILE, COLUMNS, delimiter="\t")
        found = [_dialogue(number, row) for number, row in enumerate(rows)]
        return {"all": found}, unknown_labels(found, EMOTIONS)


def _dialogue(number: int, row: Mapping[str, str]) -> Dialogue:
    people = (row["Speaker_1"], row["Speaker_2"], row["Speaker_1"])
    turns = tuple(
        Turn(who, row[f"Utterance_{n}"], row[f"Emotion_{n}"]) for n, who in enumerate(people, start=1)
    )  # fmt: skip
    return Dialogue(f"peld-{number:05d}", turns, FILE, {"personality": row["Personality"], "language": "en"})
