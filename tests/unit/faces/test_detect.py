"""The detector's decoding and suppression on tensors made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from echo_bench.faces.detect import ANCHORS, Detection, decode, face_region, suppress
from echo_bench.faces.roi import Roi


def face(score: float, left: float, top: float = 0.2, side: float = 0.2) -> Detection:
    box = np.array([left, top, left + side, top + side])
    return Detection(score, box, np.full((6, 2), left))


def test_anchors_cover_the_grids_of_both_strides():
    """512 on a 16 x 16 grid, two per cell; 384 on an 8 x 8 grid, six per cell (ssd_anchors_calculator.cc)."""
    assert ANCHORS.shape == (896, 2)
    np.testing.assert_allclose(
        ANCHORS[[0, 1, 2, 511]], [[1 / 32, 1 / 32], [1 / 32, 1 / 32], [3 / 32, 1 / 32], [31 / 32, 31 / 32]]
    )
    np.testing.assert_allclose(ANCHORS[[512, 517, 518]], [[1 / 16, 1 / 16], [1 / 16, 1 / 16], [3 / 16, 1 / 16]])


def test_decode_places_box_and_keypoints_at_the_anchor():
    regressors, logits = np.zeros((896, 16), np.float32), np.full(896, -10, np.float32)
    regressors[600, :6] = [12.8, -12.8, 32, 64, 6.4, 0]
    logits[600] = np.log(3)
    (found,) = decode(regressors, logits)
    x, y = ANCHORS[600]
    assert found.score == pytest.approx(0.75)
    np.testing.assert_allclose(found.box, [x + 0.1 - 0.125, y - 0.1 - 0.25, x + 0.1 + 0.125, y - 0.1 + 0.25])
    np.testing.assert_allclose(found.keypoints[0], [x + 0.05, y])


def test_decode_drops_weak_and_inverted_boxes():
    regressors, logits = np.ones((896, 16), np.float32), np.full(896, -0.01, np.float32)
    regressors[5:7, 2], logits[5:7] = (-1, 0), 5
    assert decode(regressors, logits) == []


def test_suppression_averages_by_score_and_keeps_the_best():
    (merged,) = suppress([face(0.9, 0.30), face(0.6, 0.33)])
    assert merged.score == 0.9
    assert merged.box[0] == pytest.approx((0.9 * 0.30 + 0.6 * 0.33) / 1.5)
    assert merged.keypoints[0, 0] == pytest.approx(merged.box[0])


def test_suppression_keeps_faces_apart():
    assert [found.score for found in suppress([face(0.9, 0.1), face(0.8, 0.6), face(0.7, 0.11)])] == [0.9, 0.8]


def test_region_is_enlarged_and_level_with_the_eyes():
    keypoints = np.zeros((6, 2))
    keypoints[1] = [1, 1]
    region = face_region(Detection(0.9, np.array([0.25, 0.25, 0.75, 0.5]), keypoints), Roi(40, 30, 80, 80, 0))
    assert region == Roi(40, pytest.approx(20), 60, 30, pytest.approx(np.pi / 4))
