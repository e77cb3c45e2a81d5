"""What datasets of text have in common: dialogues whose turns carry emotions, and no picture or sound.

A dialogue is a clip: its words are what a method sees as the dialogue's context, its spans carry the labels. Where the source
knows no times, turns follow each other and every word takes :data:`WORD` seconds; such clips have the stratum ``times: nominal``, and
nothing that depends on timing may be measured on them. The avatar is who says the last turn: the one whose emotion is to be chosen.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from echo_bench.clip import Side, Span, Word
from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.manifest import ClipEntry, SideEntry
from echo_bench.datasets.published import Published, Said, Scan

WORD = 0.4
# Words, or single characters of scripts that put no space between words.
TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance.

    Attributes
    ----------
    speaker : str
    text : str
    emotion : str, optional
        As the source names it.
    seconds : float, optional
        How long it takes, where the source knows.
    """

    speaker: str
    text: str
    emotion: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Turns in order, and the file they stand in."""

    id: str
    turns: tuple[Turn, ...]
    file: str
    strata: Mapping[str, str] = field(default_factory=dict)


class Dialogues(Published):
    """A dataset of dialogues in text."""

    def __init__(self, options: DatasetOptions) -> None:
        self._dialogues: dict[str, Dialogue] = {}
        super().__init__(options)

    @abstractmethod
    def read(self) -> tuple[Mapping[str, Sequence[Dialogue]], list[str]]:
        """The dialogues by split, and what is wrong with the files."""

    def scan(self) -> Scan:
        """The dialogues as clips."""
        splits, defects = self.read()
        self._dialogues = {each.id: each for dialogues in splits.values() for each in dialogues}
        return Scan({split: [_entry(each) for each in found] for split, found in splits.items() if found}, defects)

    def said(self, entry: ClipEntry) -> Said:
        """Words and labelled turns of both sides."""
        return lay_out(self._dialogues[entry.id].turns)


def lay_out(turns: Sequence[Turn]) -> Said:
    """Words and spans of turns that follow each other.

    Examples
    --------
    >>> said = lay_out([Turn("Ann", "well, hello", "joy"), Turn("Bob", "hi", "neutral", seconds=0.5)])
    >>> [(span.who, round(span.start, 1), round(span.end, 1), span.emotion) for span in said.spans]
    [('user', 0.0, 0.8, 'joy'), ('avatar', 0.8, 1.3, 'neutral')]
    """
    words: dict[Side, list[Word]] = {"user": [], "avatar": []}
    spans, now = [], 0.0
    for turn in turns:
        who: Side = "avatar" if turn.speaker == turns[-1].speaker else "user"
        tokens = TOKEN.findall(turn.text)
        seconds = turn.seconds if turn.seconds is not None else WORD * max(len(tokens), 1)
        step = seconds / max(len(tokens), 1)
        words[who] += [Word(now + i * step, now + (i + 1) * step, token) for i, token in enumerate(tokens)]
        spans.append(Span(who, now, now + seconds, turn.emotion))
        now += seconds
    return Said(tuple(words["user"]), tuple(words["avatar"]), tuple(spans))


def unknown_labels(dialogues: Iterable[Dialogue], known: Iterable[str]) -> list[str]:
    """Emotions that the dataset does not have, one line each."""
    allowed = set(known)
    return [
        f"{each.id}: unknown emotion {turn.emotion!r}"
        for each in dialogues
        for turn in each.turns
        if turn.emotion is not None and turn.emotion not in allowed
    ]


def _entry(dialogue: Dialogue) -> ClipEntry:
    timed = all(turn.seconds is not None for turn in dialogue.turns)
    answer = dialogue.turns[-1]
    partner = next((turn.speaker for turn in reversed(dialogue.turns) if turn.speaker != answer.speaker), None)
    people = {"avatar": answer.speaker} | ({"user": partner} if partner else {})
    strata = dict(dialogue.strata) | ({"emotion": answer.emotion} if answer.emotion else {})
    return ClipEntry(
        id=dialogue.id,
        user=SideEntry(transcript=dialogue.file),
        avatar=SideEntry(transcript=dialogue.file),
        cluster=dialogue.id,
        identities=people,
        strata=strata | ({} if timed else {"times": "nominal"}),
    )
