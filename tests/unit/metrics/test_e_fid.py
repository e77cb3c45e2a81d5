"""E-FID of delivered coefficients: the expression columns alone, all frames of all clips together, as echo_metrics has it."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics import evaluate
from echo_metrics.errors import MetricInputError
from numpy.typing import NDArray

from echo_bench.clip import DyadicClip, Track
from echo_bench.metric import ClipFeatures, is_native
from echo_bench.metrics import METRICS
from echo_bench.metrics.e_fid import COEFFICIENTS, E_FID

pytestmark = pytest.mark.filterwarnings("ignore::echo_metrics.errors.MetricWarning")
CLIP = DyadicClip(id="a", dataset="toy", fps=25.0, duration=4.0, user=Track(), avatar=Track())


def track(seed: int, frames: int = 120, shift: float = 0.0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(shift, 1.0, (frames, 70)).astype(np.float32)


def features(pred: NDArray[np.float32], truth: NDArray[np.float32]) -> ClipFeatures:
    sides = {"pred": pred, "truth": truth}
    return ClipFeatures(
        CLIP, {f"{k}:{COEFFICIENTS}": {"motion": v, "valid": np.ones(len(v), bool)} for k, v in sides.items()}
    )


def value(*clips: ClipFeatures) -> float:
    stats = [E_FID.clip([clip]) for clip in clips]
    return E_FID.finalize(E_FID.merge(*stats) if len(stats) > 1 else stats[0])


def published(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """The columns in ViCo's order: angles first."""
    return np.hstack([rows[:, 64:67], rows[:, :64], rows[:, 67:]]).astype(np.float64)


def test_it_is_the_protocol_of_echo_metrics():
    preds, truths = [track(0, shift=0.5), track(1)], [track(2), track(3)]
    scores = evaluate("e-fid", gt_motion=list(map(published, truths)), pred_motion=list(map(published, preds)))
    found = value(*(features(pred, truth) for pred, truth in zip(preds, truths, strict=True)))
    assert found == pytest.approx(scores["e_fid_exp"].value, rel=1e-7)


def test_it_stands_among_the_ids_of_delivered_motion():
    assert METRICS.get("e_fid@deep3d-native") is E_FID
    assert is_native(E_FID.info.id)


def test_pose_does_not_count():
    truth = track(2)
    turned = truth.copy()
    turned[:, 64:] += 3.0
    assert value(features(turned, truth)) == pytest.approx(0.0, abs=1e-6)
    assert value(features(truth + 0.5, truth)) == pytest.approx(64 * 0.25, rel=1e-3)


def test_too_few_frames_are_refused():
    with pytest.raises(MetricInputError, match="a face was found in 5 common frames"):
        E_FID.clip([features(track(0, 5), track(1, 5))])
