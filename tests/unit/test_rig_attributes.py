"""REACT's attributes on a rig: which coefficient is which action unit, ranges, time, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.rig_affect import displayed_affect
from echo_metrics.rig_attributes import REACT16, attributes
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.simulator.motion import row

UNITS = (
    "browInnerUp", "browOuterUp", "browDown", "cheekSquint", "eyeSquint", "noseSneer", "mouthUpperUp", "mouthSmile",
    "mouthDimple", "mouthFrown", "mouthShrugLower", "mouthPress",
)  # fmt: skip


@pytest.mark.parametrize("unit", range(len(UNITS)))
def test_each_unit_is_its_coefficient_and_no_other(unit):
    found = attributes(np.tile(row(**{UNITS[unit]: 0.5}), (25, 1)))
    assert found.shape == (25, 16)
    np.testing.assert_allclose(found[:, :14], np.eye(14)[unit] * 0.5 * np.ones((25, 1)))


def test_lips_part_when_the_jaw_drops_unless_they_are_closed():
    found = attributes(np.tile(row(jawOpen=0.5, mouthClose=0.2), (25, 1)))
    np.testing.assert_allclose(found[0, 12:14], [0.3, 0.5], atol=1e-6)
    assert attributes(np.tile(row(mouthClose=0.2), (25, 1)))[0, 12] == 0


def test_affect_lies_between_its_readings():
    motion = np.tile(row(), (100, 1))
    motion[:, [43, 44]] = np.linspace(0, 1, 100)[:, None]
    found, read = attributes(motion)[:, 14:], displayed_affect(motion)
    np.testing.assert_allclose(found[2::5], read, atol=1e-9)
    assert (np.diff(found[10:90, 0]) > 0).all()


@given(st.integers(0, 2**16))
def test_range(seed):
    found = attributes(np.random.default_rng(seed).random((30, 61)))
    assert found[:, :14].min() >= 0
    assert found[:, :14].max() <= 1
    assert np.abs(found[:, 14:]).max() <= 1


def test_the_parts_cover_every_channel_once():
    assert sorted(i for part, _ in REACT16 for i in range(16)[part]) == list(range(16))


def test_lost_frames_are_bridged_and_the_others_keep_every_bit():
    motion = np.random.default_rng(0).random((60, 61))
    whole = attributes(motion)
    valid = np.ones(60, bool)
    valid[[0, 20, 30, 31, 32, 33, 34, 35, 36, 59]] = False
    motion[~valid] = np.nan
    found = attributes(motion, valid)
    np.testing.assert_array_equal(found[valid, :14], whole[valid, :14])
    np.testing.assert_allclose(found[33, :14], (whole[29, :14] + whole[37, :14]) / 2)
    np.testing.assert_array_equal(found[[0, 59], :14], whole[[1, 58], :14])
    assert np.isfinite(found).all()
    assert np.isnan(motion[~valid]).all()


def test_all_frames_valid_is_as_none_is_said():
    motion = np.random.default_rng(0).random((60, 61))
    np.testing.assert_array_equal(attributes(motion, np.ones(60, bool)), attributes(motion))


def test_a_long_loss_is_refused():
    motion, valid = np.random.default_rng(0).random((100, 61)), np.ones(100, bool)
    motion[40:60], valid[40:60] = np.nan, False
    with pytest.raises(MetricInputError, match=r"no face for more than 0\.6 s"):
        attributes(motion, valid)


def test_refuses_another_layout():
    with pytest.raises(MetricInputError, match="layout rig61"):
        attributes(np.zeros((50, 56)))
