"""Conversations: what is committed is varied and hangs together; what does not is refused by name."""

import pytest

from echo_bench.errors import DatasetError
from echo_bench.simulator.dialogue import Dialogue, read_dialogue, read_dialogues
from echo_bench.simulator.people import read_people

TURN = {
    "id": "t1",
    "who": "user",
    "text": "Hello there.",
    "emotion": "joy",
    "intensity": 0.5,
    "intent": "inform",
    "gap": 0.2,
}
WHOLE = {"id": "d", "kind": "small talk", "split": "demo", "duration": 6.0, "cast": {"user": "mara", "avatar": "jonas"}}


def with_turns(*changes):
    return Dialogue.model_validate(
        WHOLE | {"turn": [TURN | {"id": f"t{k}"} | change for k, change in enumerate(changes, 1)]}
    )


def test_the_content_is_varied():
    dialogues = read_dialogues().values()
    kinds = {dialogue.kind for dialogue in dialogues}
    assert {"good news", "bad news", "complaint", "surprise", "teasing", "apology", "small talk", "comfort"} <= kinds
    assert sum(dialogue.split == "demo" for dialogue in dialogues) == 4
    assert all(dialogue.duration == 6.0 for dialogue in dialogues if dialogue.split == "demo")
    intents = {turn.intent for dialogue in dialogues for turn in dialogue.turns}
    assert {"backchannel", "laugh"} <= intents
    assert any(turn.gap < 0 for dialogue in dialogues for turn in dialogue.turns), "somebody overlaps"


def test_a_third_has_long_links():
    """Something said within 8 s decides about a reaction at least 4 s after it."""
    from tests.unit.simulator.content import speech

    long = [
        dialogue.id
        for dialogue in read_dialogues().values()
        if any(
            speech(dialogue.id).turns[turn.id][0] - speech(dialogue.id).turns[old][1] >= 4.0
            for turn in dialogue.turns
            for old in turn.recalls
        )
    ]
    assert len(long) >= len(read_dialogues()) / 3


def test_splits_share_no_person():
    people = {"demo": set(), "train": set()}
    for dialogue in read_dialogues().values():
        people[dialogue.split] |= set(dialogue.cast.values())
    assert not people["demo"] & people["train"]
    assert people["demo"] | people["train"] == set(read_people())


def test_each_person_has_a_face_and_a_voice_of_their_own():
    people = read_people().values()
    assert len({person.face for person in people}) == len({person.voice for person in people}) == len(people)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recalls": ["t9"]}, "no earlier turn"),
        ({"recalls": ["t2"]}, "no earlier turn"),
        ({"after": "t7"}, "no earlier turn"),
        ({"word": "goodbye"}, "does not hold"),
        ({"key": "goodbye"}, "does not say"),
        ({"id": "t1"}, "appears twice"),
        ({"emotion": "glee"}, "emotion"),
        ({"intensity": 1.5}, "intensity"),
    ],
)
def test_refuses_what_does_not_hang_together(change, message):
    with pytest.raises(ValueError, match=message):
        with_turns({}, change)


def test_reads_words():
    assert with_turns({"text": "I don't know. Yet!"}).turns[0].words() == ("i", "don't", "know", "yet")


@pytest.mark.parametrize("text", ["id = ", 'id = "d"\nkind = "x"\n'])
def test_a_broken_file_is_named(tmp_path, text):
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(DatasetError, match=r"broken\.toml"):
        read_dialogue(path)
