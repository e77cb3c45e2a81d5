"""Other reactions: made once from what is locked, known by their hash, and neighbours that are others."""

from dataclasses import replace

import numpy as np
import pytest

from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, manifest_path, read_scene
from echo_bench.datasets.dyad_mini_reactions import make_all, neighbours_of, reactions_of
from echo_bench.datasets.manifest import read_manifest
from echo_bench.errors import ManifestError
from echo_bench.motion_io import load_motion
from echo_bench.simulator.alternatives import motion_sha256, read

CLIP = "test-pair-ferry-a"


@pytest.fixture
def reactions(tmp_path):
    """Two right ones and one taken from another conversation."""
    rows = [row for row in read(CONTENT / DATA / f"{CLIP}.reactions.json") if row.seed <= 2][:2]
    rows += [row for row in read(CONTENT / DATA / f"{CLIP}.reactions.json") if row.other][:1]
    scenes = {clip: read_scene(clip) for clip in (CLIP, rows[-1].other)}
    return reactions_of(scenes, {CLIP: tuple(rows)}, tmp_path)


def test_motion_is_the_locked_one_on_the_clips_own_time_axis(reactions):
    seen = []
    make_all("x", reactions, lambda *step: seen.append(step))
    assert seen == [("x", 1, 1)]
    alternatives = reactions[0].alternatives()
    assert [each.label for each in alternatives] == ["appropriate", "appropriate", "other-context"]
    for alternative, row in zip(alternatives, reactions[0].stored, strict=True):
        motion, valid = load_motion(alternative.motion)
        assert motion_sha256(motion) == row.sha256
        assert len(motion) == reactions[0].scene.speech.frames
        assert valid.all()


def test_it_is_made_once_and_again_where_it_is_damaged(reactions):
    make_all("x", reactions, lambda *_: None)
    make_all("x", reactions, lambda *_: pytest.fail("made again"))
    first, second, _ = (alternative.motion.path for alternative in reactions[0].alternatives())
    whole = first.read_bytes()
    first.write_bytes(whole[:200] + bytes(100) + whole[300:])
    second.unlink()
    make_all("x", reactions, lambda *_: None)
    assert first.read_bytes() == whole
    assert second.is_file()


def test_motion_that_comes_out_otherwise_is_refused(reactions):
    row = reactions[0].stored[0].model_copy(update={"sha256": "0" * 64})
    with pytest.raises(ManifestError, match="came out as"):
        make_all("x", [replace(reactions[0], stored=(row,))], lambda *_: None)
    assert not list(reactions[0].folder.iterdir())


def test_neighbours_are_other_clips_of_the_split_and_never_of_the_pair():
    dataset = DyadMini()
    scenes = {entry.id: read_scene(entry.id) for entry in read_manifest(manifest_path("test-ood"), "dyad-mini").clips}
    felt = {clip: dataset.truth(clip).affect["user"] for clip in scenes}
    for clip, others in neighbours_of(scenes, felt).items():
        assert others
        assert clip not in others
        pair = scenes[clip].dialogue.pair
        assert pair is None or pair not in {scenes[other].dialogue.pair for other in others}


def test_who_feels_alike_is_a_neighbour():
    glad, glad_too, sad = scenes = {
        clip: read_scene(clip) for clip in ("ood-gossip-01", "ood-gossip-02", "ood-farewell-01")
    }
    felt = np.sin(np.linspace(0, 20, 700, dtype=np.float32))[:, None] * np.array([0.6, 0.4, 0.0], np.float32)
    found = neighbours_of(scenes, {glad: felt, glad_too: felt[:600], sad: -felt})
    assert (found[glad], found[glad_too]) == ((glad_too,), (glad,))
