"""SyncNet scores: golden value, formula, recovered lead, graded damage, refusals; spans and Sync-C*."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.lipsync import span_mask, speaking_sync, sync_scores
from hypothesis import given
from hypothesis import strategies as st

from tests.golden.inputs import sync_features
from tests.golden.vectors import VECTORS

WINDOW = 5


def embeddings(lead=0, noise=0.3, windows=80, seed=0):
    """A track whose audio leads the lips by `lead` frames."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(windows + 40, 16))
    return rows[20 : 20 + windows], rows[20 + lead : 20 + lead + windows] + noise * rng.normal(size=(windows, 16))


def test_golden_official():
    """Official calc_pdist on 40 x 16 rows (joonson/syncnet_python 6efbb1c, torch float32); never moved since."""
    given_ = VECTORS["inputs"]["sync"]
    scores = sync_scores(
        *sync_features(given_["seed"], given_["video_rows"], given_["audio_rows"]), vshift=given_["vshift"]
    )
    assert scores.offset == VECTORS["sync"]["offset"]
    assert scores.distance == pytest.approx(VECTORS["sync"]["lse_d"], rel=1e-6)
    assert scores.confidence == pytest.approx(VECTORS["sync"]["lse_c"], rel=1e-6)


def test_formula_of_every_shift():
    """The definition, pair by pair: rows outside the clip are zero, and every difference carries torch's 1e-6."""
    video, audio = embeddings(lead=3, windows=20)
    at = dict(enumerate(audio))
    curve = {
        lead: np.mean([np.sqrt(((row - at.get(t - lead, 0 * row) + 1e-6) ** 2).sum()) for t, row in enumerate(video)])
        for lead in range(-6, 7)
    }
    scores = sync_scores(video, audio, vshift=6)
    assert scores.offset == min(curve, key=curve.__getitem__) == 3
    assert scores.distance == pytest.approx(curve[3], rel=1e-12)
    assert scores.confidence == pytest.approx(np.median(list(curve.values())) - curve[3], rel=1e-12)


@given(st.integers(-12, 12))
def test_recovers_any_lead(lead):
    assert sync_scores(*embeddings(lead)).offset == lead


@given(st.integers(0, 2**16))
def test_invariant_to_a_common_rotation(seed):
    video, audio = embeddings()
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(16, 16)))
    assert sync_scores(video @ turn, audio @ turn).distance == pytest.approx(
        sync_scores(video, audio).distance, rel=1e-4
    )


def test_confidence_falls_with_noise():
    """Up to the scale of the signal: beyond it the distances themselves grow and LSE-C means nothing."""
    values = [sync_scores(*embeddings(noise=n)).confidence for n in (0.1, 0.3, 0.6, 1.0, 1.5)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 3 * values[-1]


def test_short_clips_score_where_the_official_pipeline_gives_none():
    """run_pipeline.py drops tracks under 100 frames (min_track, Wav2Lip#686) and says nothing; one search range is enough here."""
    assert sync_scores(*embeddings(windows=16)).offset == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v, a: (v, a[:-1]), "cut to a common length"),
        (lambda v, a: (v[:15], a[:15]), "too few to search 15 frames"),
        (lambda v, a: (v, a * np.nan), "was the face lost"),
        (lambda v, a: (v[:, 0], a[:, 0]), "one shape"),
    ],
)
def test_refuses(change, message):
    with pytest.raises(MetricInputError, match=message):
        sync_scores(*change(*embeddings()))


def test_refuses_a_search_of_nothing():
    with pytest.raises(MetricInputError, match="at least 1"):
        sync_scores(*embeddings(), vshift=0)


def test_speaking_sync_weighs_spans_by_length():
    """AnyTalker equation 7, by hand: frames 0-40 in sync, 50-130 damaged; 90 frames between them count for nothing."""
    video, audio = embeddings(windows=126)
    audio = audio.copy()
    audio[41:] += np.random.default_rng(1).normal(size=audio[41:].shape)
    result = speaking_sync(video, audio, [(50, 130), (0, 40)])
    first, second = (sync_scores(video[a:b], audio[a:b]) for a, b in ((0, 36), (50, 126)))
    assert result.scored == (((0, 40), first), ((50, 130), second))
    assert result.confidence == pytest.approx((40 * first.confidence + 80 * second.confidence) / 120, rel=1e-12)
    assert result.distance == pytest.approx((40 * first.distance + 80 * second.distance) / 120, rel=1e-12)


def test_speaking_sync_ignores_what_is_said_by_the_other():
    video, audio = embeddings(windows=120)
    noisy = audio.copy()
    noisy[60:] = np.random.default_rng(2).normal(size=noisy[60:].shape)
    assert speaking_sync(video, noisy, [(0, 60)]) == speaking_sync(video, audio, [(0, 60)])
    assert sync_scores(video, noisy).confidence < sync_scores(video, audio).confidence


def test_speaking_sync_lists_the_spans_it_could_not_score():
    """LatentSync's eval_sync_conf drops failed clips from its mean without a word."""
    video, audio = embeddings(windows=100)
    result = speaking_sync(video, audio, [(0, 19), (30, 50), (60, 100)])
    assert result.skipped == ((0, 19),)
    assert [span for span, _ in result.scored] == [(30, 50), (60, 100)]


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([], "none of the 0 speaking spans"),
        ([(0, 10)], "none of the 1"),
        ([(5, 5)], "empty"),
        ([(80, 90)], "in seconds"),
    ],
)
def test_speaking_sync_refuses(spans, message):
    with pytest.raises(MetricInputError, match=message):
        speaking_sync(*embeddings(), spans)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 10)), max_size=6))
def test_span_mask_is_membership(pairs):
    spans = [(start, start + length) for start, length in pairs]
    mask = span_mask(spans, 30)
    assert mask.tolist() == [any(a <= t < b for a, b in spans) for t in range(30)]
