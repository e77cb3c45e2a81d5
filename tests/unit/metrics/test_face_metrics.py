"""CSIM, recognised emotion and affect bound to features."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError

from echo_bench.clip import DyadicClip, ImageRef, Panel, Track, VideoRef
from echo_bench.errors import NotApplicable
from echo_bench.extractors.emotion import WORDS
from echo_bench.metric import ClipFeatures
from echo_bench.metrics import METRICS
from echo_bench.metrics.behaviour import TRACK_COVERAGE
from echo_bench.metrics.effnet import FID, LPIPS
from echo_bench.metrics.emotion import ACC_FAN, ACC_FER, CCC_AROUSAL_EMONET, CCC_VALENCE_EMONET, recognised
from echo_bench.metrics.identity import EB1_DLIB, EB1_PAIRED_DLIB, VICO22

VIDEO = VideoRef(Path("t.mp4"), "tt", Panel(1, 2), start=2.0)
CLIP = DyadicClip(
    "c", "toy", 25.0, 2.0, Track(), Track(video=VIDEO), reference=ImageRef(Path("t.mp4"), "tt", Panel(1, 2), time=2.2),
    strata={"emotion": "angry"},
)  # fmt: skip
RNG = np.random.default_rng(0)
PERSON, OTHER = RNG.normal(size=(2, 16)).astype(np.float32)


def track(person: np.ndarray, frames: int = 30, spread: float = 0.3, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, spread, (frames, len(person)))
    return (person + noise).astype(np.float32)


def features(
    net: str, array: str, pred: np.ndarray, truth: np.ndarray | None = None, clip: DyadicClip = CLIP
) -> ClipFeatures:
    arrays = {f"pred:{net}": {array: pred}}
    if truth is not None:
        arrays[f"truth:{net}"] = {array: truth}
    return ClipFeatures(clip, arrays)


def value(metric, found: ClipFeatures) -> float:
    return metric.finalize(metric.clip([found]))


def faces(pred: np.ndarray, truth: np.ndarray, clip: DyadicClip = CLIP) -> ClipFeatures:
    return features("dlib-face", "embedding", pred, truth, clip)


def test_frames_without_a_face_are_counted():
    """A face in every fourth of 40 frames."""
    assert value(TRACK_COVERAGE, features("face", "detected", np.arange(40) % 4 == 0)) == 0.25


def test_the_reference_is_the_frame_at_its_time():
    """Clip from 2.0 s, picture at 2.2 s: frame 5."""
    truth = track(PERSON)
    pred = track(PERSON, seed=1)
    unit = pred / np.linalg.norm(pred, axis=1, keepdims=True)
    expected = (unit @ truth[5] / np.linalg.norm(truth[5])).mean()
    assert value(EB1_DLIB, faces(pred, truth)) == pytest.approx(expected, rel=1e-5)


def test_a_still_face_wins_against_its_picture_and_not_against_the_true_frames():
    truth = track(PERSON)
    still = np.repeat(truth[5:6], 30, axis=0)
    moving = track(PERSON, seed=1)
    assert value(EB1_DLIB, faces(still, truth)) == pytest.approx(1)
    assert value(EB1_DLIB, faces(moving, truth)) < 1
    assert value(EB1_PAIRED_DLIB, faces(truth, truth)) == pytest.approx(1)
    assert value(EB1_PAIRED_DLIB, faces(still, truth)) < 1


def test_another_person_is_noticed():
    truth = track(PERSON)
    for metric in (EB1_DLIB, EB1_PAIRED_DLIB):
        assert (
            value(metric, faces(track(OTHER, seed=1), truth)) < value(metric, faces(track(PERSON, seed=1), truth)) - 0.3
        )


def test_frames_without_a_face_are_left_out():
    truth, pred = track(PERSON), track(PERSON, seed=1)
    holes = pred.copy()
    holes[::3] = np.nan
    keep = np.isfinite(holes[:, 0])
    assert value(EB1_PAIRED_DLIB, faces(holes, truth)) == pytest.approx(
        value(EB1_PAIRED_DLIB, faces(pred[keep], truth[keep]))
    )
    holes[9:] = np.nan
    with pytest.raises(MetricInputError, match=r"in both videos in 6 of 30 frames; 10 are needed"):
        value(EB1_PAIRED_DLIB, faces(holes, truth))
    blind = truth.copy()
    blind[5] = np.nan
    with pytest.raises(MetricInputError, match="no face was found in the reference picture"):
        value(EB1_DLIB, faces(pred, blind))


@pytest.mark.parametrize(
    "reference",
    [
        None,
        ImageRef(Path("p.png"), "pp"),
        ImageRef(Path("t.mp4"), "tt", None, 2.2),
        ImageRef(Path("t.mp4"), "tt", Panel(1, 2), 0.0),
    ],
)
def test_a_picture_that_is_no_frame_of_the_clip_is_a_rule(reference):
    with pytest.raises(NotApplicable, match="reference picture"):
        value(EB1_DLIB, faces(track(PERSON), track(PERSON), replace(CLIP, reference=reference)))


def test_vico_compares_whole_frames():
    assert VICO22.info.requires == ("pred:arcface-r100-frame", "truth:arcface-r100-frame")
    truth = track(PERSON)
    assert value(VICO22, features("arcface-r100-frame", "embedding", truth, truth)) == pytest.approx(1)


def shown(*emotions: int, classes: int = 7) -> np.ndarray:
    rows = np.full((len(emotions), classes), 0.05, np.float32)
    rows[np.arange(len(emotions)), emotions] = 0.9
    return rows


def test_the_mean_over_frames_decides():
    assert value(ACC_FER, features("fer", "expression", shown(0, 0, 3))) == 1
    assert value(ACC_FER, features("fer", "expression", shown(0, 3, 3))) == 0
    assert (
        recognised(
            np.array([[np.nan] * 7, *shown(5)]), ("anger", "disgust", "fear", "happy", "sad", "surprise", "neutral")
        )
        == "surprise"
    )


def test_labels_that_a_net_cannot_say_are_a_rule():
    rows = shown(0)
    for label, reason in (("contempt", "no class for 'contempt'"), ("amusement", "no class for 'amusement'")):
        with pytest.raises(NotApplicable, match=reason):
            value(ACC_FER, features("fer", "expression", rows, clip=replace(CLIP, strata={"emotion": label})))
    with pytest.raises(NotApplicable, match="not labelled"):
        value(ACC_FER, features("fer", "expression", rows, clip=replace(CLIP, strata={})))
    labelled = replace(CLIP, strata={"emotion": "Contempt"})
    assert value(ACC_FAN, features("emotion-fan", "expression", shown(7, classes=8), clip=labelled)) == 1


def test_meads_words_are_known():
    """The eight words in MEAD's file names."""
    mead = ("angry", "contempt", "disgusted", "fear", "happy", "neutral", "sad", "surprised")
    assert [WORDS[word] for word in mead] == [
        "anger",
        "contempt",
        "disgust",
        "fear",
        "happy",
        "neutral",
        "sad",
        "surprise",
    ]


def test_affect_follows_or_does_not():
    t = np.linspace(0, 6, 50)
    truth = np.concatenate([shown(*[0] * 50, classes=8), np.stack([np.sin(t), np.cos(t)], axis=1)], axis=1)
    pred = truth.copy()
    pred[:, 9] *= -1
    found = features("emonet", "expression", pred, truth)
    assert value(CCC_VALENCE_EMONET, found) == pytest.approx(1)
    assert value(CCC_AROUSAL_EMONET, found) < -0.9
    pred[5:] = np.nan
    with pytest.raises(MetricInputError, match="5 common frames; 10 are needed"):
        value(CCC_VALENCE_EMONET, features("emonet", "expression", pred, truth))


def test_effnet_distances():
    rows = RNG.normal(size=(60, 5)).astype(np.float32)
    moved = features("effnet-lite0", "features", rows + 3, rows)
    assert value(FID, moved) == pytest.approx(45, rel=1e-4)
    shuffled = features("effnet-lite0", "features", (rows + 3)[::-1], rows)
    assert value(FID, shuffled) == pytest.approx(value(FID, moved), rel=1e-9)
    pair = ClipFeatures(CLIP, {"pair:effnet-lite0-distance": {"distance": np.array([0.5, 1.5], np.float32)}})
    assert value(LPIPS, pair) == 1


def test_every_id_says_its_net():
    for name in METRICS:
        if name.startswith(("csim@", "acc_emo@", "ccc_valence@", "ccc_arousal@")) and "-eb" not in name:
            info = METRICS.get(name).info
            assert info.id == name
            assert dict(info.signature)["net"] in info.requires[0]
