"""Reaction metrics as the official REACT code prints them, and the event metrics' worked example."""

import numpy as np
import pytest
from echo_metrics import reaction as metrics

from tests.golden.inputs import reactions
from tests.golden.vectors import VECTORS

REACT = VECTORS["react"]
FLOAT32 = 1e-5  # the official dtype of these arrays


@pytest.fixture(scope="module")
def arrays():
    return reactions(**VECTORS["inputs"]["reactions"])


def close(value, absolute=0.0):
    return pytest.approx(value, rel=FLOAT32, abs=absolute)


def test_react24(arrays):
    """reactmultimodalchallenge/baseline_react2024 0c3ce58, metric/*.py, with tslearn 0.10; sums over 3 samples; never moved since."""
    pred, listener, speaker, neighbours = arrays
    assert metrics.frcorr(pred, listener, neighbours) == close(REACT["frcorr_sum"])
    assert metrics.frdist(pred, listener, neighbours) == close(REACT["frdist"])
    assert metrics.frdiv(pred) == close(REACT["frdiv"])
    assert metrics.frvar(pred) == close(REACT["frvar"])
    assert metrics.frdvs(pred) == close(REACT["frdvs"])
    assert metrics.frsyn(pred, speaker) == REACT["frsyn"]


def test_react24_first_sample(arrays):
    """`compute_TLCC_mp` of the same commit returns inside its loop: 14.0 where all samples give 16.5."""
    pred, _, speaker, _ = arrays
    assert metrics.frsyn(pred, speaker, samples="first") == REACT["frsyn_first_sample_only"]


def test_ground_truth_repeated(arrays):
    """The same commit on the listener's own motion as every sample; FRCorr is the number of samples, not 10."""
    _, listener, _, neighbours = arrays
    truth, golden = np.repeat(listener[:, None], 3, axis=1), REACT["gt_repeated"]
    assert metrics.frcorr(truth, listener, neighbours) == close(golden["frcorr_sum"])
    assert metrics.frdist(truth, listener, neighbours) == golden["frdist"] == 0
    assert metrics.frdiv(truth) == golden["frdiv"] == 0
    assert metrics.frvar(truth) == close(golden["frvar"])
    assert metrics.frdvs(truth) == close(golden["frdvs"])


def test_concordance_of_the_docstring():
    """Printed in the docstring of the official metric/FRC.py."""
    assert metrics.concordance([3, -0.5, 2, 7], [2.5, 0.0, 2, 8]) == pytest.approx(0.976789167673941, rel=1e-8)


def test_uniform_noise_has_the_best_diversity_of_all():
    """B_Random of run_baselines.py: 1/6, 1/12 and 1/6 in expectation; these draws gave the values of the official code."""
    noise = np.random.RandomState(0).rand(8, 10, 750, 25)
    values = metrics.frdiv(noise), metrics.frvar(noise), metrics.frdvs(noise)
    assert values == (pytest.approx(1 / 6, rel=2e-3), pytest.approx(1 / 12, rel=2e-3), pytest.approx(1 / 6, rel=2e-3))


def test_glare_events():
    """Worked by hand from GLARE, appendix D; there is no public code to run."""
    gt = [[("nod", 10, 30), ("nod", 50, 70), ("smile", 5, 45), ("laugh", 100, 120)]]
    pred = [[("nod", 12, 34), ("nod", 20, 60), ("smile", 10, 40), ("shake", 100, 120)]]
    scores = metrics.event_f1_per_class(gt, pred)
    assert scores == {"nod": 0.5, "shake": 0, "smile": 1, "laugh": 0, "frown": 0, "surprise": 0}
    assert metrics.event_f1(gt, pred) == 0.25
    assert metrics.event_f1(gt, pred, absent="skip") == 0.375
    assert metrics.event_tiou(gt, pred) == 0.75
    assert metrics.event_atd(gt, pred) == pytest.approx(0.50625, rel=1e-12)
