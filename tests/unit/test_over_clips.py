"""Metrics of clips brought to one number for a set: known answers."""

import numpy as np
import pytest
from echo_metrics import over_clips
from echo_metrics.errors import UndefinedMetricError
from echo_metrics.image import psnr
from echo_metrics.lipsync import speaking_sync, sync_scores
from echo_metrics.motion import diversity

T = np.arange(250) / 25


def face(nods=False, smile=False, blinks=0):
    """10 s of rig61."""
    motion = np.zeros((250, 61))
    motion[60:110, 52] = 0.1 * np.sin(2 * np.pi * 2 * T[60:110]) * nods
    motion[100:150, 43:45] = 0.7 * smile
    for start in range(blinks):
        motion[20 * start + 5 : 20 * start + 9, 8:10] = 1.2  # beyond 1: clipped as the renderer does
    return motion


def test_blink_rate_counts_all_clips_together():
    assert over_clips.blink_rate([face(blinks=4), face(blinks=0)]) == 12.0  # 4 in 20 s


def test_gestures_of_one_kind_reach_one():
    """A class that neither side has is left out: zero would keep the truth from 1."""
    assert over_clips.gesture_f1([face(nods=True)], [face(nods=True)]) == 1.0
    assert over_clips.gesture_f1([face(nods=True, smile=True)], [face(nods=True)]) == 0.5
    with pytest.raises(UndefinedMetricError, match="nothing to score"):
        over_clips.gesture_f1([face()], [face()])


def test_frames_of_all_clips_weigh_alike():
    rng = np.random.default_rng(0)
    gt, pred = ([rng.integers(0, 256, (frames, 32, 32, 3), np.uint8) for frames in (1, 3)] for _ in range(2))
    values = np.concatenate([psnr(a, b) for a, b in zip(gt, pred, strict=True)])
    assert over_clips.mean_psnr(gt, pred) == pytest.approx(values.mean(), rel=1e-12)


def test_lm_listeners_diversity_takes_fewer_pairs_from_short_clips():
    rng = np.random.default_rng(0)
    short, long = rng.normal(size=(30, 4)), rng.normal(size=(31, 4))
    expected = (diversity([short], 10) + diversity([long], 30)) / 2
    assert over_clips.listener_diversity([short, long]) == expected


def test_sync_over_tracks_and_spans():
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=(120, 8)) for _ in range(2)]
    late = [rows[0], np.roll(rows[1], 4, axis=0)]
    assert over_clips.lse(rows, late, "offset") == np.mean(
        [sync_scores(a, b).offset for a, b in zip(rows, late, strict=True)]
    )
    spans = [[(0, 60)], [(30, 100)]]
    own = [speaking_sync(a, b, s).confidence for a, b, s in zip(rows, late, spans, strict=True)]
    assert over_clips.spoken_sync(rows, late, spans, "confidence") == pytest.approx(np.mean(own), rel=1e-12)


def test_one_side_peak_does_not_move_the_median_offset():
    rng = np.random.default_rng(1)
    syllables = [np.convolve(rng.normal(size=300), np.ones(4), "same") for _ in range(3)]
    opening = [track[20:270] for track in syllables]
    energy = [track[20 - late : 270 - late] for track, late in zip(syllables, (0, 0, 9), strict=True)]
    assert over_clips.median_offset(opening, energy) == 0


def test_distribution_distances_of_a_turned_head():
    from echo_metrics.motion import head_pose_distance

    rng = np.random.default_rng(0)
    gt = [rng.normal(size=(500, 3))]
    turned = [gt[0] + 0.3]
    assert over_clips.transport(gt, turned, head_pose_distance) == pytest.approx(0.3, rel=1e-9)
    assert 0 < over_clips.divergence(gt, turned, head_pose_distance) < 1
