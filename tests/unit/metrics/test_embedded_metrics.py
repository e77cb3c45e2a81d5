"""Ids of the embedded nets: what they read, and that measured motion is scored by the formulas of delivered motion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.frechet import frechet_distance

from echo_bench.clip import DyadicClip, Track
from echo_bench.metric import ClipFeatures
from echo_bench.metrics import METRICS
from echo_bench.metrics.embedded import PICTURES, STRETCHES

CLIP = DyadicClip(id="a", dataset="toy", fps=25.0, duration=2.0, user=Track(), avatar=Track())
SOURCES = {"-rignet": "rignet", "-tracker": "motion", "-native": "native"}


def features(**sides: Mapping[str, np.ndarray]) -> ClipFeatures:
    """Of one artefact; ``pred_x`` is ``pred:x``, with hyphens for further underscores."""
    arrays: dict[str, Mapping[str, np.ndarray[Any, Any]]] = {}
    for name, value in sides.items():
        side, _, feature = name.partition("_")
        arrays[f"{side}:{feature.replace('_', '-')}"] = value
    return ClipFeatures(CLIP, arrays)


def rows(count: int, seed: int, shift: float = 0.0) -> dict[str, np.ndarray]:
    return {"features": np.random.default_rng(seed).normal(shift, 1, (count, 64)).astype(np.float32)}


def test_pictures_are_two_sets_whatever_their_order():
    truth, pred = rows(300, 0), rows(250, 1, 0.5)
    value = PICTURES.finalize(PICTURES.clip([features(pred_imagenet_eb=pred, truth_imagenet_eb=truth)]))
    assert value == pytest.approx(frechet_distance(truth["features"], pred["features"]), rel=1e-6)
    mixed = {"features": np.random.default_rng(2).permutation(pred["features"])}
    again = PICTURES.finalize(PICTURES.clip([features(pred_imagenet_eb=mixed, truth_imagenet_eb=truth)]))
    assert again == pytest.approx(value, rel=1e-9)


def test_stretches_are_compared_in_equal_number():
    truth, pred = rows(90, 0), rows(100, 1)
    both = STRETCHES.clip([features(pred_videonet_eb=pred, truth_videonet_eb=truth)])
    assert len(both.pred[0]) == len(both.truth[0]) == 90
    alone = STRETCHES.merge(
        STRETCHES.clip([features(pred_videonet_eb=pred)]), STRETCHES.clip([features(truth_videonet_eb=truth)])
    )
    with pytest.raises(MetricInputError, match="100 windows of prediction against 90 of truth"):
        STRETCHES.finalize(alone)


@pytest.mark.parametrize(
    "name",
    ["fd_exp@dim", "fd_pose@eb1", "mse_exp@dim", "sid_exp@dim", "var_pose@dualtalk", "appropriateness@eb1"],
)
def test_measured_motion_is_read_from_rignet_alone(name: str):
    measured, native = METRICS.get(f"{name}-rignet").info, METRICS.get(f"{name}-native").info
    assert {requirement.partition(":")[2] for requirement in measured.requires} == {"rignet"}
    assert [r.replace("native", "rignet") for r in native.requires] == list(measured.requires)
    assert measured.direction == native.direction


def test_measured_motion_has_the_formula_of_delivered_motion():
    rng = np.random.default_rng(0)
    pred, truth = ({"motion": rng.normal(size=(60, 61)), "valid": np.ones(60, bool)} for _ in range(2))
    values = []
    for suffix, feature in SOURCES.items():
        metric = METRICS.get(f"fd_exp@dim{suffix}")
        values.append(metric.finalize(metric.clip([features(**{f"pred_{feature}": pred, f"truth_{feature}": truth})])))
    assert values[0] == values[1] == values[2]


def test_frames_that_rignet_did_not_see_do_not_count():
    rng = np.random.default_rng(0)
    motion, valid = rng.normal(size=(60, 61)), np.ones(60, bool)
    lost = motion.copy()
    lost[10:20], valid[10:20] = np.nan, False
    metric = METRICS.get("mse_exp@dim-rignet")
    whole = {"motion": motion, "valid": np.ones(60, bool)}
    value = metric.finalize(metric.clip([features(pred_rignet={"motion": lost, "valid": valid}, truth_rignet=whole)]))
    assert value == 0
