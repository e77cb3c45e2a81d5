"""What is kept of right and wrong reactions: seeds and events, with hashes that are checked."""

import json
from collections import Counter
from functools import cache

import pytest

from echo_bench.errors import DatasetError, ManifestError
from echo_bench.simulator.alternatives import COUNTS, alternatives, motion_sha256, read, regenerate, write
from tests.unit.simulator.content import scene

CLIP = "ood-pair-attic-a"
OTHERS = ("ood-pair-attic-b", "ood-pair-boat-a", "ood-pair-boat-b", "ood-gossip-01", "ood-gossip-02", "ood-farewell-01")
SCENES = {clip: scene(clip) for clip in (CLIP, *OTHERS)}


@cache
def made():
    return alternatives(SCENES[CLIP], SCENES)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("reactions") / f"{CLIP}.reactions.json"
    write(path, made())
    return path


def test_there_are_several_right_and_wrong_ones_all_different():
    assert Counter(reaction.label for reaction in made()) == COUNTS
    assert COUNTS["appropriate"] >= 8
    assert all(reaction.seed >= 1 for reaction in made()), "the recorded one, seed 0, is never among them"
    assert len({motion_sha256(reaction.motion) for reaction in made()}) == len(made())


def test_other_contexts_are_of_other_kinds_and_no_two_of_one_pair():
    others = [SCENES[reaction.other].dialogue for reaction in made() if reaction.other]
    assert len({other.pair or other.id for other in others}) == 3
    assert all(other.kind != SCENES[CLIP].dialogue.kind and other.pair != "ood-attic" for other in others)


def test_what_is_written_is_read(path):
    for stored, reaction in zip(read(path), made(), strict=True):
        assert (stored.label, stored.seed, stored.other) == (reaction.label, reaction.seed, reaction.other)
        assert stored.events == tuple(event.row() for event in reaction.events)
        assert stored.sha256 == motion_sha256(reaction.motion)


def test_equal_reactions_are_equal_bytes_and_few(path, tmp_path):
    write(tmp_path / "again.json", made())
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()
    assert path.stat().st_size < 40_000


def test_motion_is_made_again_from_what_is_kept(path):
    again = [regenerate(SCENES[CLIP], stored, SCENES) for stored in read(path)]
    for one, other in zip(again, made(), strict=True):
        assert one.motion.tobytes() == other.motion.tobytes()
        assert one.events == other.events


@pytest.mark.parametrize("change", [{"seed": 9}, {"label": "wrong-timing"}, {"sha256": "0" * 64}])
def test_other_motion_than_was_kept_is_refused(path, change):
    stored = read(path)[0].model_copy(update=change)
    with pytest.raises(ManifestError, match=rf"{CLIP}: the {stored.label} reaction of seed {stored.seed} came out as"):
        regenerate(SCENES[CLIP], stored, SCENES)


@pytest.mark.parametrize("change", [{"label": "fine"}, {"seed": "x"}, {"events": [["jump"]]}, {"mood": 1}])
def test_a_malformed_file_is_named(path, tmp_path, change):
    rows = json.loads(path.read_text())
    broken = tmp_path / "broken.reactions.json"
    broken.write_text(json.dumps([rows[0] | change]))
    with pytest.raises(DatasetError, match=r"broken\.reactions\.json"):
        read(broken)


def test_too_few_contexts_are_refused():
    with pytest.raises(DatasetError, match="3 conversations of other kinds are needed and 0"):
        alternatives(SCENES[CLIP], {CLIP: SCENES[CLIP]})
