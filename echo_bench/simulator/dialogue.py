"""What is said in dyad-mini: conversations written as text, with what each turn means and where it hangs in time.

A conversation is one TOML file in ``dialogues/``. Its turns are placed relative to each other (`after`, `word`, `gap`), because
absolute times are known only once the turns are spoken (:mod:`echo_bench.simulator.speech`).
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from echo_bench.clip import Side
from echo_bench.errors import DatasetError

Emotion = Literal[
    "neutral", "joy", "sadness", "anger", "fear", "surprise", "disgust",
    "amusement", "affection", "concern", "embarrassment", "relief",
]  # fmt: skip
Intent = Literal[
    "announce", "inform", "ask", "answer", "thank", "accept", "congratulate", "comfort", "apologise", "complain", "tease",
    "laugh", "backchannel",
]  # fmt: skip
DIALOGUES = Path(str(files("echo_bench.simulator") / "dialogues"))


class Turn(BaseModel):
    """One thing said by one person.

    Attributes
    ----------
    id : str
        Unique in its dialogue.
    who : {"user", "avatar"}
    text : str
    emotion : str
        What the speaker feels while saying it.
    intensity : float in [0, 1]
    intent : str
        What it does to the other; decides how the other takes it (:mod:`echo_bench.simulator.reading`).
    key : str, optional
        The word at which the message lands; reactions to content are timed from its end.
    after : str, optional
        The turn it is placed after; the previous one when absent.
    word : str, optional
        A word of that turn; the turn then hangs at the end of this word and not of the whole turn. For backchannels.
    gap : float
        Seconds from there to its start; negative overlaps. Nobody speaks into their own earlier turn: such a turn waits for its end.
    recalls : tuple of str
        Earlier turns that it brings back: the long-range links.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    who: Side
    text: str
    emotion: Emotion
    intensity: float = Field(ge=0, le=1)
    intent: Intent
    key: str | None = None
    after: str | None = None
    word: str | None = None
    gap: float
    recalls: tuple[str, ...] = ()

    def words(self) -> tuple[str, ...]:
        """The words in lower case without punctuation, as the aligner knows them.

        Examples
        --------
        >>> turn = Turn(id="t1", who="user", text="Oh no. After ten?", emotion="neutral", intensity=0, intent="ask", gap=0)
        >>> turn.words()
        ('oh', 'no', 'after', 'ten')
        """
        return tuple("".join(c for c in word if c.isalnum() or c == "'") for word in self.text.lower().split())


class Dialogue(BaseModel):
    """A conversation of two people.

    Attributes
    ----------
    id : str
        Also the id of the clip.
    kind : str
        ``good news``, ``complaint``, ...: a stratum of reports.
    split : str
    duration : float, optional
        Seconds of the clip, where it is given; otherwise what the speech takes and a moment after it.
    pair : str, optional
        Two conversations of one pair differ in how they begin and share their middle and late turns, so that only who remembers the
        beginning can react rightly to the end.
    cast : mapping of str
        ``user`` and ``avatar`` -> person (:mod:`echo_bench.simulator.people`).
    turns : tuple of Turn
        In the order in which they are placed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kind: str
    split: str
    duration: float | None = Field(None, gt=0)
    pair: str | None = None
    cast: dict[Side, str]
    turns: tuple[Turn, ...] = Field(alias="turn", min_length=1)

    @model_validator(mode="after")
    def _hangs_together(self) -> Dialogue:
        known: dict[str, Turn] = {}
        for number, turn in enumerate(self.turns):
            anchor = turn.after or (self.turns[number - 1].id if number else None)
            for link in (*turn.recalls, *([anchor] if anchor else [])):
                if link not in known:
                    raise ValueError(f"turn {turn.id!r} refers to {link!r}, which is no earlier turn")
            if turn.word and (anchor is None or turn.word not in known[anchor].words()):
                raise ValueError(f"turn {turn.id!r} hangs at the word {turn.word!r}, which {anchor!r} does not hold")
            if turn.key and turn.key not in turn.words():
                raise ValueError(f"turn {turn.id!r} has the key {turn.key!r}, which it does not say")
            if turn.id in known:
                raise ValueError(f"turn {turn.id!r} appears twice")
            known[turn.id] = turn
        return self

    def turn(self, name: str) -> Turn:
        """The turn of that id."""
        return next(turn for turn in self.turns if turn.id == name)


def read_dialogue(path: Path) -> Dialogue:
    """Read one conversation.

    Raises
    ------
    DatasetError
        When the file is not TOML of this form, or a turn refers to a turn or word that is not there.
    """
    try:
        return Dialogue.model_validate(tomllib.loads(path.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise DatasetError(f"not readable as TOML: {error}", where=path) from error
    except ValidationError as error:
        lines = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise DatasetError(f"does not have the form of a dialogue: {lines}", where=path) from error


def read_dialogues(folder: Path = DIALOGUES) -> dict[str, Dialogue]:
    """All conversations of a folder by id, in order of name."""
    found = [read_dialogue(path) for path in sorted(folder.glob("*.toml"))]
    return {dialogue.id: dialogue for dialogue in found}
