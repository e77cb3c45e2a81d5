"""Conversations: what is committed is varied and hangs together; what does not is refused by name."""

from collections import defaultdict

import pytest

from echo_bench.errors import DatasetError
from echo_bench.simulator.dialogue import Dialogue, read_dialogue
from echo_bench.simulator.people import read_people
from tests.unit.simulator.content import ALL, DIALOGUES, LONG, PAIRS, cue, dialogue, speech

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
    dialogues = DIALOGUES.values()
    kinds = {dialogue.kind for dialogue in dialogues}
    assert {"good news", "bad news", "complaint", "surprise", "teasing", "apology", "small talk", "comfort"} <= kinds
    assert sum(dialogue.split == "demo" for dialogue in dialogues) == 4
    assert all(dialogue.duration == 6.0 for dialogue in dialogues if dialogue.split == "demo")
    intents = {turn.intent for dialogue in dialogues for turn in dialogue.turns}
    assert {"backchannel", "laugh"} <= intents
    assert any(turn.gap < 0 for dialogue in dialogues for turn in dialogue.turns), "somebody overlaps"


@pytest.mark.slow
def test_a_third_has_long_links():
    """By the times as spoken: what is recalled ends before second 8, and the neutral cue lands after second 19."""
    long = [clip for clip in LONG if reaches_far(clip)]
    short = sorted(set(LONG) - set(long))
    assert len(long) >= len(ALL) / 3, f"{len(long)} of {len(ALL)} conversations are long-range; these are not: {short}"


def reaches_far(clip):
    times = speech(clip)
    recalled = max(times.turns[name][1] for name in cue(clip).recalls)
    return recalled < 8.0 and times.landing(dialogue(clip), cue(clip).id) > 19.0


@pytest.mark.parametrize("pair", PAIRS)
def test_pairs_differ_in_what_is_recalled_and_share_all_from_there_to_the_cue(pair):
    first, second = (dialogue(clip) for clip in PAIRS[pair])
    assert first.split == second.split
    recalled, between = zip(*(at_the_cue(d) for d in (first, second)), strict=True)
    assert not set(recalled[0]) & set(recalled[1])
    assert between[0] == between[1]


def at_the_cue(whole):
    """What the cue recalls, and the last four turns up to it, in words."""
    end = whole.turns.index(cue(whole.id)) + 1
    recalled = [whole.turn(name).text for name in cue(whole.id).recalls]
    return recalled, [turn.text for turn in whole.turns[end - 4 : end]]


def test_splits_share_no_person():
    people = defaultdict(set)
    for whole in DIALOGUES.values():
        people[whole.split] |= set(whole.cast.values())
    assert {split: len(names) for split, names in people.items()} == {
        "demo": 8,
        "train": 24,
        "val": 4,
        "test": 12,
        "test-ood": 4,
    }
    assert set.union(*people.values()) == set(read_people())
    assert sum(map(len, people.values())) == len(read_people())


def test_each_person_has_a_face_and_those_of_tests_a_voice_of_their_own():
    people = read_people()
    assert len({person.face for person in people.values()}) == len(people)
    seen = [name for d in DIALOGUES.values() if d.split.startswith("test") for name in d.cast.values()]
    tested = {people[name].voice for name in seen}
    others = {person.voice for name, person in people.items() if name not in seen}
    assert len(tested) == len(set(seen))
    assert not tested & others


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
