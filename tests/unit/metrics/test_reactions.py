"""Delivered motion against the reactions that are right: formula, leave-one-out, damage, what is skipped, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from echo_metrics.appropriateness import appropriateness
from echo_metrics.errors import MetricInputError
from echo_metrics.reaction import frcorr, frdist, frdiv, frsyn, frvar
from echo_metrics.rig_affect import displayed_affect
from echo_metrics.rig_attributes import REACT16, attributes

from echo_bench.clip import Alternative, DyadicClip, MotionRef, Span, Track
from echo_bench.errors import NotApplicable
from echo_bench.metric import ClipFeatures
from echo_bench.metrics.appropriateness import APPROPRIATENESS, AUC
from echo_bench.metrics.listening import listening
from echo_bench.metrics.react import FRCORR, FRDIST, FRDIV, FRSYN, FRVAR
from echo_bench.motion_io import load_motion
from tests.native import features_of, saved

SECONDS, FRAMES = 10.0, 250
SPANS = (Span("user", 0.0, 4.0), Span("avatar", 4.05, 5.85), Span("user", 6.0, 9.0))


def moving(seed: int) -> np.ndarray:
    """Slow random coefficients within [0, 1] and small head angles."""
    rows = np.cumsum(np.random.default_rng(seed).normal(0, 0.03, (FRAMES, 61)), axis=0).astype(np.float32)
    rows[:, :52] = np.abs(rows[:, :52]).clip(0, 1)
    return rows


@pytest.fixture
def clip(tmp_path) -> DyadicClip:
    """Three right reactions and two wrong ones."""

    def kept(name: str, seed: int) -> MotionRef:
        return saved(tmp_path / f"{name}.npz", moving(seed))

    others = [Alternative(kept(f"right{seed}", seed), "appropriate") for seed in (1, 2, 3)]
    others += [Alternative(kept("wrong4", 4), "wrong-affect"), Alternative(kept("wrong5", 5), "wrong-timing")]
    return DyadicClip(
        id="a",
        dataset="toy",
        fps=25.0,
        duration=SECONDS,
        user=Track(motion=kept("user", 6)),
        avatar=Track(motion=kept("truth", 0)),
        spans=SPANS,
        alternatives=tuple(others),
    )


def value(metric, clip: DyadicClip, *motions: np.ndarray | MotionRef) -> float:
    return metric.finalize(metric.clip([features_of(clip, motion) for motion in motions]))


def read(clip: DyadicClip, label: str) -> list[np.ndarray]:
    return [
        load_motion(other.motion)[0]
        for other in clip.alternatives
        if (other.label == "appropriate") == (label == "appropriate")
    ]


def test_listening_spans_are_where_the_avatar_is_silent_for_two_seconds(clip):
    """Samples lie at 0.1, 0.3, ... s: 4.1 is the first within the avatar's turn, 5.9 the first after it, 7.5 after another."""
    assert listening(clip) == [slice(0, 20), slice(29, 50)]
    interrupted = replace(clip, spans=(*SPANS, Span("avatar", 7.05, 7.45)))
    assert listening(interrupted) == [slice(0, 20), slice(37, 50)]


def test_appropriateness_is_the_formula_on_listening_spans(clip):
    spans = [slice(0, 20), slice(29, 50)]
    own, right, wrong = (
        [displayed_affect(rows) for rows in group]
        for group in ([moving(7)], read(clip, "appropriate"), read(clip, "inappropriate"))
    )
    cut = [[np.stack([track[span] for track in group]) for span in spans] for group in (own, right, wrong)]
    wanted = appropriateness(*cut)
    assert value(APPROPRIATENESS, clip, moving(7)) == pytest.approx(wanted.score)
    assert value(AUC, clip, moving(7)) == pytest.approx(wanted.auc)


def test_react_is_the_formula_with_the_right_reactions_for_neighbours(clip):
    """REACT's functions take a matrix over clips; as many clips as right reactions, all with one prediction, say the same."""
    right = np.stack([attributes(rows) for rows in read(clip, "appropriate")]).astype(np.float32)
    own = attributes(moving(7)).astype(np.float32)
    pred, everyone = np.stack([own[None]] * 3), np.ones((3, 3))
    assert value(FRCORR, clip, moving(7)) == pytest.approx(frcorr(pred, right, everyone, "mean", "aware"), abs=1e-6)
    assert value(FRDIST, clip, moving(7)) == pytest.approx(frdist(pred, right, everyone, "mean", REACT16), rel=1e-6)
    assert value(FRVAR, clip, moving(7)) == pytest.approx(frvar(own[None, None]), rel=1e-6)
    user = attributes(load_motion(clip.user.motion)[0]).astype(np.float32)
    assert value(FRSYN, clip, moving(7)) == frsyn(own[None, None], user[None], nan="aware")


def test_diversity_is_that_of_the_samples_of_one_clip(clip):
    own = np.stack([attributes(moving(seed)) for seed in (7, 8, 9)]).astype(np.float32)
    assert value(FRDIV, clip, moving(7), moving(8), moving(9)) == pytest.approx(frdiv(own[None]), rel=1e-6)
    assert value(FRDIV, clip, moving(7), moving(7)) == 0


@pytest.mark.parametrize("metric", [APPROPRIATENESS, AUC, FRCORR, FRDIST, FRVAR, FRSYN])
def test_samples_are_averaged(metric, clip):
    one, two = value(metric, clip, moving(7)), value(metric, clip, moving(8))
    assert value(metric, clip, moving(7), moving(8)) == pytest.approx((one + two) / 2)


@pytest.mark.parametrize(("metric", "best"), [(APPROPRIATENESS, 1.0), (FRCORR, 1.0), (FRDIST, 0.0)])
def test_a_right_reaction_is_scored_against_the_others(metric, best, clip):
    """With its copy among them it is perfect; itself alone it is left out."""
    first = clip.alternatives[0]
    assert value(metric, clip, first.motion) != pytest.approx(best, abs=1e-3)
    twice = replace(clip, alternatives=(first, *clip.alternatives))
    assert value(metric, twice, first.motion) == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize(("metric", "sign"), [(APPROPRIATENESS, 1), (FRCORR, 1), (FRDIST, -1)])
def test_falls_with_the_share_of_another_reaction(metric, sign, clip):
    right = read(clip, "appropriate")[0]
    steps = [(1 - share) * right + share * moving(11) for share in (0.01, 0.2, 0.5, 1.0)]
    scores = [sign * value(metric, clip, step.astype(np.float32)) for step in steps]
    assert scores[:3] == sorted(scores[:3], reverse=True)
    assert (
        scores[3] < scores[1]
    )  # unrelated motion has a best of many lags and rights, and need not lie below one half of it
    assert scores[0] > scores[-1]


def test_frcorr_punishes_delay_and_appropriateness_forgives_it(clip):
    right = read(clip, "appropriate")[0]
    late = np.roll(right, 10, axis=0)
    late[:10] = right[0]
    assert value(APPROPRIATENESS, clip, late) > 0.85
    assert value(FRCORR, clip, late) < value(FRCORR, clip, right + np.float32(1e-6)) - 0.05


def test_a_shorter_reaction_is_compared_on_the_common_part(clip):
    short = moving(7)[:150]  # 6 s: the second span is not reached
    cut = replace(clip, duration=6.0, spans=SPANS[:2])
    assert value(APPROPRIATENESS, clip, short) == pytest.approx(value(APPROPRIATENESS, cut, short))
    assert value(FRCORR, clip, short) == pytest.approx(value(FRCORR, cut, short))


@pytest.mark.parametrize("metric", [APPROPRIATENESS, AUC, FRCORR, FRDIST])
def test_without_alternatives_there_is_a_rule(metric, clip):
    with pytest.raises(NotApplicable, match="the dataset knows none for this clip"):
        value(metric, replace(clip, alternatives=()), moving(7))


def test_without_wrong_reactions_there_is_no_auc(clip):
    right = replace(clip, alternatives=clip.alternatives[:3])
    assert value(APPROPRIATENESS, right, moving(7)) == value(APPROPRIATENESS, clip, moving(7))
    with pytest.raises(NotApplicable, match="reactions that are wrong here"):
        value(AUC, right, moving(7))


def test_one_reaction_has_no_diversity(clip):
    with pytest.raises(NotApplicable, match="several reactions to one clip"):
        value(FRDIV, clip, moving(7))


@pytest.mark.parametrize(
    ("spans", "message"), [((), "does not say"), ((Span("avatar", 0.5, 9.0),), "never listens for 2 s")]
)
def test_where_nobody_listens_there_is_a_rule(spans, message, clip):
    with pytest.raises(NotApplicable, match=message):
        value(APPROPRIATENESS, replace(clip, spans=spans), moving(7))


def test_refuses_what_ends_before_the_avatar_listens(clip):
    with pytest.raises(MetricInputError, match=r"ends at 1\.6 s, before the avatar has listened"):
        value(APPROPRIATENESS, clip, moving(7)[:40])


@pytest.mark.parametrize("metric", [APPROPRIATENESS, FRCORR, FRDIST])
def test_refuses_a_set_of_itself_alone(metric, clip):
    alone = replace(clip, alternatives=clip.alternatives[:1])
    with pytest.raises(MetricInputError, match=r"only (member|right one)"):
        value(metric, alone, clip.alternatives[0].motion)


def test_refuses_lost_faces(clip):
    features = features_of(clip, moving(7))
    lost = {"motion": moving(7), "valid": np.arange(FRAMES) > 100}
    with pytest.raises(MetricInputError, match="no face for more than"):
        APPROPRIATENESS.clip([ClipFeatures(clip, {**features.arrays, "pred:native": lost})])


def test_alternatives_are_read_once(clip, monkeypatch):
    read_files: list[Path] = []

    def counted(ref: MotionRef):
        read_files.append(ref.path)
        return load_motion(ref)

    monkeypatch.setattr("echo_bench.metrics.alternatives.load_motion", counted)
    for seed in (7, 8, 9):
        value(AUC, clip, moving(seed))
    assert len(read_files) == len(set(read_files)) == 5
