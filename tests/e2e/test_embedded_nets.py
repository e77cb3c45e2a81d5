"""The embedded nets mean something: on people, voices and conversations they never saw, and on footage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from echo_bench.clip import DyadicClip, Track
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA
from echo_bench.metric import ClipFeatures
from echo_bench.metrics.embedded import PICTURES
from tools.specialists.corpus import Corpus, gathered, show, stretches
from tools.specialists.judge_faces import identity_auc, rows_of, tracked, within
from tools.specialists.judge_pictures import damages, distance, features, footage
from tools.specialists.judge_sync import VSHIFT, cut, lips_of, offset, shifts_found, sound_of

CLIP = DyadicClip(id="a", dataset="toy", fps=25.0, duration=4.0, user=Track(), avatar=Track())
pytestmark = pytest.mark.slow
EVERY = 5
MOVING = 0.02


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, tracker_weights: Path) -> Corpus:
    """A fifth of the stretches of dyad-mini's test split."""
    torch.set_num_threads(1)
    data, cache = CONTENT / DATA, tmp_path_factory.mktemp("stretches")
    return gathered([show(stretch, data, cache) for stretch in list(stretches("test", data))[::EVERY]])


def test_rignet_is_nearer_to_the_truth_than_the_tracker(shown: Corpus):
    truth = list(shown.motion)
    moving = np.concatenate([rows - rows.mean(axis=0) for rows in truth]).std(axis=0) > MOVING
    ours, theirs = (within(rows, truth)[moving] for rows in (rows_of(shown, "rignet", "motion"), tracked(shown)))
    assert np.nanmedian(ours) > np.nanmedian(theirs) + 0.1
    assert (ours > np.nan_to_num(theirs)).mean() > 0.8


def test_people_are_told_apart(shown: Corpus):
    assert identity_auc(shown) >= 0.97


def test_valence_follows_what_is_shown(shown: Corpus):
    read = np.concatenate(rows_of(shown, "emonet-eb", "expression"))
    affect = shown.affect.reshape(-1, 3)
    assert np.corrcoef(read[:, 8], affect[:, 0])[0, 1] > 0.7


def test_shifts_of_rendered_speech_are_found(shown: Corpus):
    assert shifts_found(shown).mean() >= 0.99


def test_footage_in_sync_is_in_sync_and_shifts_move_it(shared: Path):
    clips = [*sorted((shared / "clips" / "grid").glob("*.mpg")), *sorted((shared / "clips" / "lrs3").glob("*.mp4"))]
    lips = [lips_of(path) for path in clips]
    found = np.array(
        [
            [offset(*cut(lip, sound_of(path, delay))) for delay in (0.0, 0.2, -0.2)]
            for path, lip in zip(clips, lips, strict=True)
        ]
    )
    grid = found[: sum(path.suffix == ".mpg" for path in clips), 0]
    assert np.median(np.abs(grid)) <= 1
    moved = found[:, 1:] - found[:, :1]
    assert (np.abs(moved - [-5, 5]).max(axis=1) <= 1).sum() >= 5
    assert np.abs(found).max() <= VSHIFT


@pytest.mark.parametrize("where", ["rendered", "footage"])
def test_distances_rise_with_damage(where: str, shown: Corpus, shared: Path):
    paths = sorted((shared / "clips").glob("[glm]*/*.mp*g*")) + sorted((shared / "clips").glob("[lmv]*/*.mp4"))
    clips = list(shown.frames) if where == "rendered" else footage(paths)
    damaged = dict(damages(clips))
    for net in ("imagenet-eb", "videonet-eb"):
        reference = features(net, clips)
        value = {label: distance(reference, features(net, some)) for label, some in damaged.items()}
        for kind in ("blur", "noise"):
            steps = [value["none"], *(v for label, v in value.items() if label.startswith(kind))]
            assert steps == sorted(steps), (net, steps)
            assert steps[1] > 10 * abs(steps[0])
    even, odd = reference[::2], reference[1::2]
    for label in ("shuffled", "frozen", "every frame held for 4"):
        assert value[label] > distance(even, odd), label


def test_order_of_frames_does_not_move_the_distance_of_pictures(shown: Corpus):
    clips = list(shown.frames)
    damaged = dict(damages(clips))
    rows = {label: features("imagenet-eb", damaged[label]) for label in ("none", "shuffled", "blur 2.0 px")}

    def value(label: str) -> float:
        both = {"pred:imagenet-eb": {"features": rows["blur 2.0 px"]}, "truth:imagenet-eb": {"features": rows[label]}}
        return PICTURES.finalize(PICTURES.clip([ClipFeatures(CLIP, both)]))

    assert value("shuffled") == pytest.approx(value("none"), rel=1e-9)
