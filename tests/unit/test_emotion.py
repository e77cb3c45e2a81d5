"""Labels, valence and arousal, PELD's rule: other implementations, properties, damage, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.emotion import (
    PELD_VAD,
    accuracy,
    concordance,
    emotion_conditional_distance,
    label_appropriateness,
    macro_f1,
    nearest_emotion,
    peld_response,
    vad_transition_agreement,
    windowed_valence_error,
)
from echo_metrics.errors import MetricInputError
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from sklearn.metrics import accuracy_score, f1_score

WORDS = ["joy", "fear", "anger", "neutral"]
LABELS = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)), min_size=1, max_size=30)
CUBE = st.floats(-1, 1)


@given(LABELS)
def test_labels_as_in_scikit_learn(pairs):
    gt, pred = (list(side) for side in zip(*pairs, strict=True))
    assert accuracy(gt, pred) == pytest.approx(accuracy_score(gt, pred))
    assert macro_f1(gt, pred) == pytest.approx(f1_score(gt, pred, average="macro"))
    assert macro_f1(gt, pred, WORDS) == pytest.approx(
        f1_score(gt, pred, labels=WORDS, average="macro", zero_division=0)
    )


def test_unnamed_classes_flatter_whoever_avoids_them():
    gt, pred = ["joy"] * 4, ["joy"] * 4
    assert macro_f1(gt, pred) == 1
    assert macro_f1(gt, pred, ["joy", "fear"]) == 0.5


def test_the_common_class_carries_accuracy_not_macro_f1():
    gt = ["neutral"] * 9 + ["joy"]
    assert accuracy(gt, ["neutral"] * 10) == 0.9
    assert macro_f1(gt, ["neutral"] * 10) < 0.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: accuracy([], []), "at least one"),
        (lambda: macro_f1(["joy"], ["joy", "fear"]), "gt: 1, pred: 2"),
        (lambda: macro_f1(["joy"], ["bliss"], WORDS), "bliss"),
        (lambda: label_appropriateness(["joy"], ["joy"]), "must be a set"),
        (lambda: label_appropriateness(["joy"], [set()]), "must be a set"),
        (lambda: emotion_conditional_distance(["joy"], ["joy"], []), "pred: 0"),
    ],
)
def test_labels_refuse(call, message):
    with pytest.raises(MetricInputError, match=message):
        call()


def tracks(seed, lengths=(50, 80)):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(frames, 2)).cumsum(axis=0) for frames in lengths]


def test_concordance_formula_and_pooling():
    gt, pred = tracks(1), tracks(2)

    def lin(a, b):
        return 1 - ((a - b) ** 2).mean(0) / (a.var(0) + b.var(0) + (a.mean(0) - b.mean(0)) ** 2)

    per_clip = np.mean([lin(a, b) for a, b in zip(gt, pred, strict=True)], axis=0)
    assert concordance(gt, pred) == pytest.approx(per_clip, rel=1e-9)
    assert concordance(gt, pred, "corpus") == pytest.approx(lin(np.concatenate(gt), np.concatenate(pred)), rel=1e-9)


def test_pooling_rewards_who_knows_the_clips_means():
    gt = [track + offset for track, offset in zip(tracks(3), (100, -100), strict=True)]
    flat = [np.broadcast_to(track.mean(axis=0), track.shape) for track in gt]
    assert concordance(gt, flat) == pytest.approx(0)
    assert concordance(gt, flat, "corpus").min() > 0.9


def test_concordance_of_a_still_truth_with_itself():
    still = [np.full((30, 2), 0.1)]
    assert concordance(still, still) == pytest.approx(1)


def test_windowed_valence_formula():
    """lm-listener evaluate_listener.py: windows by unfold(size=30, step=30), mean or value at the largest |v|, then mean square."""
    gt, pred = (np.random.default_rng(seed).normal(size=100) for seed in (1, 2))
    windows = [slice(0, 30), slice(30, 60), slice(60, 90)]
    mean = np.mean([(gt[w].mean() - pred[w].mean()) ** 2 for w in windows])
    peak = np.mean([(max(gt[w], key=abs) - max(pred[w], key=abs)) ** 2 for w in windows])
    assert windowed_valence_error([gt], [pred]) == pytest.approx(mean, rel=1e-12)
    assert windowed_valence_error([gt], [pred], value="peak") == pytest.approx(peak, rel=1e-12)


def test_windowed_valence_of_a_short_clip_is_one_window():
    assert windowed_valence_error([np.zeros(7)], [np.full(7, 0.5)]) == pytest.approx(0.25)


def test_windowed_valence_averages_clips_not_windows():
    gt, pred = [np.zeros(30), np.zeros(300)], [np.ones(30), np.zeros(300)]
    assert windowed_valence_error(gt, pred) == pytest.approx(0.5)


def test_windowed_valence_forgives_jitter_and_sees_drift():
    gt = np.sin(np.arange(300) / 40)
    jitter = gt + 0.5 * (-1) ** np.arange(300)
    assert windowed_valence_error([gt], [jitter]) < 1e-12 < windowed_valence_error([gt], [gt + 0.1])


@pytest.mark.parametrize(
    ("gt", "pred", "window", "message"),
    [
        ([], [], 30, "no clip"),
        ([np.zeros((30, 2))], [np.zeros((30, 2))], 30, "Pass a list"),
        ([np.zeros(30)], [np.zeros(29)], 30, "common length"),
        ([np.zeros(30)], [np.full(30, np.nan)], 30, "NaN"),
        ([np.zeros(30)], [np.zeros(30)], 0, "at least one frame"),
    ],
)
def test_windowed_valence_refuses(gt, pred, window, message):
    with pytest.raises(MetricInputError, match=message):
        windowed_valence_error(gt, pred, window)


def test_label_appropriateness_counts():
    allowed = [{"joy"}, {"joy", "neutral"}, set(WORDS)]
    assert label_appropriateness(["joy", "joy", "joy"], allowed) == 1
    assert label_appropriateness(["fear", "fear", "fear"], allowed) == pytest.approx(1 / 3)


def test_conditional_distance_formula():
    """Base-2 Jensen-Shannon divergence per emotion of the user, by scipy, weighted by 3 : 2."""
    user = ["joy", "joy", "joy", "anger", "anger"]
    gt, pred = ["joy", "joy", "neutral", "fear", "fear"], ["joy", "neutral", "neutral", "fear", "neutral"]
    joy = jensenshannon([2, 1, 0], [1, 2, 0], base=2) ** 2
    anger = jensenshannon([0, 0, 2], [0, 1, 1], base=2) ** 2
    assert emotion_conditional_distance(user, gt, pred) == pytest.approx((3 * joy + 2 * anger) / 5, rel=1e-9)


@given(LABELS)
def test_conditional_distance_is_zero_for_itself_and_at_most_one(pairs):
    user, gt = (list(side) for side in zip(*pairs, strict=True))
    assert emotion_conditional_distance(user, gt, gt) == pytest.approx(0, abs=1e-12)
    assert 0 <= emotion_conditional_distance(user, gt, user) <= 1 + 1e-12


def test_conditional_distance_sees_what_the_marginal_hides():
    """Right emotions for the wrong users: the pooled histograms are equal."""
    user, gt = ["joy", "anger"] * 5, ["joy", "fear"] * 5
    assert emotion_conditional_distance(user, gt, gt[::-1]) == pytest.approx(1)


def test_peld_rule():
    """V = .21E + .59A + .19N, A = .15O + .30A - .57N, D = .25O + .17C + .60E - .32A (Wen et al. 2021), for Monica."""
    o, c, e, a, n = 0.713, 0.457, 0.457, 0.66, 0.511
    person = [0.21 * e + 0.59 * a + 0.19 * n, 0.15 * o + 0.30 * a - 0.57 * n, 0.25 * o + 0.17 * c + 0.60 * e - 0.32 * a]
    change = np.array([0.5, -0.2, 0.4])
    sad = np.array(PELD_VAD["sadness"])
    assert peld_response([sad], [change], [o, c, e, a, n])[0] == pytest.approx(sad + change * person, rel=1e-12)


def test_peld_neutral_without_context_stays_neutral():
    response = peld_response([PELD_VAD["neutral"]], [[0, 0, 0]], [0.5] * 5)
    assert nearest_emotion(response) == ["neutral"]
    assert nearest_emotion(list(PELD_VAD.values())) == list(PELD_VAD)


@given(st.tuples(CUBE, CUBE, CUBE), st.tuples(CUBE, CUBE, CUBE))
def test_agreement_is_bounded_and_symmetric(a, b):
    assert 0 <= vad_transition_agreement([a], [b]) == vad_transition_agreement([b], [a]) <= 1
    assert vad_transition_agreement([a], [a]) == 1


def test_agreement_falls_with_distance():
    implied = [PELD_VAD["joy"]]
    values = [vad_transition_agreement([PELD_VAD[word]], implied) for word in ("joy", "surprise", "neutral", "sadness")]
    assert values == sorted(values, reverse=True)
    assert values[2] == pytest.approx(1 - np.linalg.norm(implied) / np.sqrt(12))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nearest_emotion([[0, 0]]), "valence, arousal, dominance"),
        (lambda: nearest_emotion([[5, 5, 5]]), "1 to 9"),
        (lambda: vad_transition_agreement([[0, 0, 0]], [[0, 0, 0]] * 2), "one of each"),
        (lambda: peld_response([[0, 0, 0]], [[0, 0, 0]], [50] * 5), "in percent"),
        (lambda: peld_response([[0, 0, 0]], [[0, 0, 0]], [0.5] * 4), "five traits"),
    ],
)
def test_vad_refuses(call, message):
    with pytest.raises(MetricInputError, match=message):
        call()
