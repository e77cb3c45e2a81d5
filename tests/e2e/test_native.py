"""Delivered motion from clips to boards: nothing is decoded, every row has its value or its rule, and the truth wins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from echo_bench.leaderboard.board import Kind
from echo_bench.leaderboard.build import boards
from echo_bench.methods import ALWAYS
from echo_bench.metrics import METRICS
from echo_bench.metrics.cards import failed_cards
from echo_bench.results.schema import ResultFile
from tests.native import NATIVE, SHOWN, features_of, reactions_of, run_native, shown_clips

NEED_ALTERNATIVES = (
    "appropriateness@eb1-native",
    "appropriateness-auc@eb1-native",
    "frcorr@react24-nan-aware-native",
    "frdist@react24-nan-aware-native",
)
RIVALS = ("static", "mean-face", "random", "shuffled", "mirror")
TWO_SETS = ("fd_exp@eb1-native", "fd_pose@eb1-native", "sid_exp@dim-native", "sid_pose@dim-native")
RANKED = [name for name in NATIVE if METRICS.get(name).info.direction.value in ("higher", "lower")]


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> list:
    return shown_clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def results(clips, tmp_path_factory) -> dict[str, ResultFile]:
    return run_native(clips, tmp_path_factory.mktemp("run"))


def values(results: dict[str, ResultFile], metric: str) -> dict[str, float | None]:
    return {name: file.result.score(metric).value for name, file in results.items()}


def test_nothing_is_decoded_and_nothing_fails(results):
    assert set(results) == set(ALWAYS)
    for file in results.values():
        assert file.run.counters["streams_decoded"] == 0
        assert file.result.failures == ()


@pytest.mark.parametrize("name", [n for n in NATIVE if not n.startswith("frdiv")])
def test_every_row_has_a_value_or_a_rule(name, results):
    for row, file in results.items():
        score = file.result.score(name)
        if row == "reencoded":
            assert (score.status, score.n) == ("skipped", 0)
        elif row == "ground-truth-halves" and name not in TWO_SETS:
            assert "halves of the truth" in score.reason
        else:
            assert (score.status, score.n) == ("ok", len(SHOWN)), score.reason


def test_diversity_needs_samples(results):
    score = results["mirror"].result.score("frdiv@react24-nan-aware-native")
    assert score.status == "skipped"
    assert "several reactions" in score.reason


@pytest.mark.parametrize("name", RANKED)
def test_truth_beats_every_rival(name, results):
    found = values(results, name)
    sign = 1 if METRICS.get(name).info.direction.value == "higher" else -1
    assert all(sign * found["ground-truth"] > sign * found[rival] for rival in RIVALS), found


@pytest.mark.parametrize("name", ["sid_exp@dim-native", "var_exp@dualtalk-native", "fdd_exp@eb1-native"])
def test_still_faces_are_farthest_from_the_truth(name, results):
    found, info = values(results, name), METRICS.get(name).info
    aim = found["ground-truth"] if info.target == "truth" else info.target
    distance = {row: abs(found[row] - aim) for row in RIVALS}
    assert max(distance, key=distance.__getitem__) in ("static", "mean-face")


def test_voice_and_lips(results):
    found = values(results, "av_offset@eb1-native")
    assert found["ground-truth"] == 0
    assert found["shifted-audio"] == -5


def test_two_boards(results):
    native = boards(list(results.values()))[-1]
    assert native.kind is Kind.NATIVE
    assert {row.method.name for row in native.rows} == set(ALWAYS) - {"reencoded"}
    assert set(NATIVE) - {column.metric for column in native.columns} == {"frdiv@react24-nan-aware-native"}  # K = 1
    assert {column.metric for column in native.columns if column.flags} == set(NATIVE) & set(failed_cards())


@pytest.mark.parametrize("name", [n for n in NEED_ALTERNATIVES if "auc" not in n])
def test_right_reactions_score_like_the_recorded_one_and_wrong_ones_do_not(name, clips):
    metric = METRICS.get(name)
    sign = 1 if metric.info.direction.value == "higher" else -1
    for clip in clips:
        scores = [
            (label, sign * metric.finalize(metric.clip([features_of(clip, ref)]))) for label, ref in reactions_of(clip)
        ]
        right = [score for label, score in scores if label in ("recorded", "appropriate")]
        wrong = [score for label, score in scores if label not in ("recorded", "appropriate")]
        assert (len(right), len(wrong)) == (9, 9)
        assert np.mean(np.array(right)[:, None] > np.array(wrong)) >= 0.95
        assert abs(scores[0][1] - np.mean(right[1:])) < 0.25 * abs(np.mean(right) - np.mean(wrong))


def test_without_alternatives_the_ids_are_skipped_by_a_rule(clips, tmp_path):
    bare = [replace(clip, alternatives=()) for clip in clips[:1]]
    found = run_native(bare, tmp_path)["mirror"].result
    for name in NEED_ALTERNATIVES:
        assert found.score(name).status == "skipped"
        assert "the dataset knows none" in found.score(name).reason
    assert found.score("mse_exp@dim-native").status == "ok"


def test_two_runs_are_equal_bytes(clips, results, tmp_path: Path):
    again = run_native(clips, tmp_path)
    for name, file in results.items():
        assert again[name].deterministic_bytes() == file.deterministic_bytes()
