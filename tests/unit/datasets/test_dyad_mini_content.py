"""What is committed of dyad-mini: locked, whole, small enough, and split so that a result means something."""

from collections import Counter

import pytest

from echo_bench.datasets.dyad_mini_content import (
    CONTENT,
    DATA,
    SPLITS,
    WITH_REACTIONS,
    content_files,
    lock,
    manifest_path,
    memory,
    read_scene,
)
from echo_bench.datasets.manifest import read_manifest
from echo_bench.simulator.alternatives import read
from echo_bench.simulator.dialogue import read_dialogues

FEW_CLUSTERS = {"demo", "val", "test-ood"}  # their results are marked `few clusters`; no interval is drawn from them
LARGEST = 35e6  # bytes


def manifest(split):
    return read_manifest(manifest_path(split), "dyad-mini")


def seconds(split):
    return {entry.id: read_scene(entry.id).speech.duration for entry in manifest(split).clips}


@pytest.mark.parametrize("split", SPLITS)
def test_the_manifest_locks_what_is_committed(split):
    assert manifest(split) == lock(split)


def test_every_conversation_is_in_one_split_and_nothing_else_is_committed():
    clips = {entry.id: split for split in SPLITS for entry in manifest(split).clips}
    assert {name: dialogue.split for name, dialogue in read_dialogues().items()} == clips
    locked = {name for split in SPLITS for name in manifest(split).sha256}
    assert {f"{DATA}/{path.name}" for path in (CONTENT / DATA).iterdir()} == {n for n in locked if n.startswith(DATA)}


def test_the_content_stays_small():
    """What a clone carries of it: text, sound, motion, truth, reactions and the locks."""
    names = {name for split in SPLITS for name in manifest(split).sha256}
    total = sum((CONTENT / name).stat().st_size for name in names)
    assert total + sum(manifest_path(split).stat().st_size for split in SPLITS) <= LARGEST


def test_splits_share_no_person_no_conversation_and_no_pair():
    people, pairs = Counter(), Counter()
    dialogues = read_dialogues()
    for split in SPLITS:
        entries = manifest(split).clips
        people.update({person for entry in entries for person in entry.identities.values()})
        pairs.update({dialogues[entry.id].pair for entry in entries} - {None})
    assert set(people.values()) == set(pairs.values()) == {1}


@pytest.mark.parametrize("split", sorted(set(SPLITS) - FEW_CLUSTERS))
def test_a_split_for_intervals_has_twenty_dyads(split):
    assert len({entry.cluster for entry in manifest(split).clips}) >= 20


def test_there_is_enough_of_everything():
    assert {split: len(manifest(split).clips) for split in SPLITS} == {
        "demo": 4, "train": 102, "val": 14, "test": 34, "test-ood": 18,
    }  # fmt: skip
    assert sum(seconds("train").values()) >= 40 * 60
    long_enough = [entry for entry in manifest("test").clips if seconds("test")[entry.id] >= 20]
    assert len({entry.cluster for entry in long_enough}) >= 24


def test_clusters_are_dyads_and_identities_their_second_level():
    for split in SPLITS:
        for entry in manifest(split).clips:
            assert entry.cluster == "+".join(sorted(entry.identities.values()))
            assert set(entry.identities) == {"user", "avatar"}


def test_test_ood_has_kinds_of_its_own():
    kinds = {split: {entry.strata["kind"] for entry in manifest(split).clips} for split in SPLITS}
    assert not kinds["test-ood"] & (kinds["train"] | kinds["val"] | kinds["test"])
    assert kinds["test"] == kinds["train"]


def test_a_third_asks_for_long_memory_by_real_times():
    entries = [entry for split in SPLITS for entry in manifest(split).clips]
    assert {entry.strata["memory"] for entry in entries} == {"long", "short"}
    assert sum(entry.strata["memory"] == "long" for entry in entries) >= len(entries) / 3


def test_memory_is_long_only_from_beginning_to_end():
    scene = read_scene("test-pair-ferry-a")
    assert memory(scene.dialogue, scene.speech) == "long"
    later = scene.speech.model_copy(update={"turns": {k: (a + 9, b + 9) for k, (a, b) in scene.speech.turns.items()}})
    assert memory(scene.dialogue, later) == "short"
    unrelated = [turn.model_copy(update={"recalls": ()}) for turn in scene.dialogue.turns]
    assert memory(scene.dialogue.model_copy(update={"turns": tuple(unrelated)}), scene.speech) == "short"


@pytest.mark.parametrize("split", WITH_REACTIONS)
def test_every_test_clip_has_eight_right_and_nine_wrong_reactions(split):
    wanted = {"appropriate": 8, "wrong-affect": 3, "wrong-timing": 3, "other-context": 3}
    for entry in manifest(split).clips:
        assert Counter(row.label for row in read(CONTENT / DATA / f"{entry.id}.reactions.json")) == wanted


def test_reactions_are_content_of_the_test_splits_alone():
    assert f"{DATA}/x.reactions.json" in content_files("x", "test")
    assert not [name for name in content_files("x", "train") if "reactions" in name]
