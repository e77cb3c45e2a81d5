"""The ladder on toy dyads: each id sees what it is for, and not what it is blind to."""

from __future__ import annotations

import numpy as np
import pytest

from echo_bench.metrics import METRICS
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.run import Session
from echo_bench.pipeline.store import FeatureStore
from echo_bench.testing.toy import toy_dyad
from echo_bench.validation import lab
from echo_bench.validation.ladders import motion_ladder
from echo_bench.validation.methods import DamagedMotion
from tests.native import MotionOnly

IDS = ("mse_exp@dim-native", "fd_exp@eb1-native", "av_offset@eb1-native", "appropriateness@eb1-native")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    out = tmp_path_factory.mktemp("lab")
    dyads = [toy_dyad(out / "clips", seconds=3, seed=seed) for seed in range(4)]
    session = Session(
        config=RunConfig(dataset=MotionOnly.name, out=out, store=out / "store", samples=1, workers=1),
        dataset=MotionOnly(),  # type: ignore[arg-type]
        split="test",
        clips=tuple(dyads),
        methods=(),
        metrics=tuple(METRICS.get(id_) for id_ in IDS),
        store=FeatureStore(out / "store"),
    )
    ladder = {name: motion_ladder()[name] for name in ("shrink", "reverse", "sound-late", "harmless")}
    return lab.climb(session, ladder, (3,), lambda _label: None)


def test_what_an_id_is_for_rises_with_strength_and_is_told_from_few_clips(found):
    for id_, damage in (("mse_exp@dim-native", "shrink"), ("fd_exp@eb1-native", "shrink")):
        response = found[id_][damage]
        assert response.losses[0] == pytest.approx(0, abs=1e-9)
        assert response.monotony == pytest.approx(1)
        assert response.power == {3: 1.0}


def test_late_sound_is_read_in_frames_and_moves_nothing_else(found):
    assert found["av_offset@eb1-native"]["sound-late"].losses.tolist() == [0, 2, 4, 8]
    assert found["mse_exp@dim-native"]["sound-late"].added == 0


def test_pooled_frames_do_not_know_their_order(found):
    pooled = found["fd_exp@eb1-native"]
    assert pooled["reverse"].added < 1e-6 * pooled["shrink"].added
    assert found["mse_exp@dim-native"]["reverse"].monotony == pytest.approx(1)


def test_harmless_noise_is_next_to_nothing(found):
    responses = found["mse_exp@dim-native"]
    assert 0 < responses["harmless"].added < 0.01 * responses["shrink"].added


def test_an_id_that_applies_to_no_clip_is_left_out(found):
    assert "appropriateness@eb1-native" not in found  # toy dyads know no other reactions


def test_rows_of_the_ladder_are_never_ranked():
    assert DamagedMotion("noise", 0.5).capabilities.uses_truth


def test_a_response_without_a_value_has_no_monotony():
    assert lab.Response(np.array([0.0, np.nan, np.nan, 1.0]), {}).monotony == 0.0
