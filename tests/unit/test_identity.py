"""CSIM protocols and track consistency."""

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.identity import CSIM_PROTOCOLS, csim, track_consistency
from hypothesis import given
from hypothesis import strategies as st


def faces(frames=40, spread=0.2, seed=0):
    """Embeddings of one person: a direction with noise."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=64) + spread * rng.normal(size=(frames, 64))


def test_equals_the_cosine_frame_by_frame():
    a, b = faces(), faces(seed=1)
    expected = [x @ y / np.sqrt((x @ x) * (y @ y)) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(csim(a, b, "vico22"), expected, rtol=1e-12)
    expected = [x @ b[0] / np.sqrt((x @ x) * (b[0] @ b[0])) for x in a]
    np.testing.assert_allclose(csim(a, b[0], "avatar-forcing"), expected, rtol=1e-12)


def test_static_faces_win_against_the_reference_only():
    """ECHO's table: methods above the ground truth's 0.796. Against the true frames the ground truth wins."""
    truth = faces(spread=0.7)
    reference, frozen = truth[0], np.tile(truth[0], (40, 1))
    assert csim(frozen, reference, "eb1").mean() > csim(truth, reference, "eb1").mean()
    assert csim(truth, truth, "eb1-paired").mean() > csim(frozen, truth, "eb1-paired").mean()


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3))
def test_only_direction_counts_and_the_range_holds(seed, scale):
    a, b = faces(seed=seed), faces(seed=seed + 1)
    values = csim(a, b, "vico22")
    assert np.abs(values).max() <= 1
    np.testing.assert_allclose(csim(scale * a, b / scale, "vico22"), values, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(csim(b, a, "vico22"), values, rtol=1e-12)
    assert csim(a, a, "vico22").min() >= 1 - 1e-12


def test_falls_as_another_face_is_mixed_in():
    own, other = faces(), faces(seed=9)
    values = [csim((1 - w) * own + w * other, own, "eb1-paired").mean() for w in (0, 0.25, 0.5, 0.75, 1)]
    assert values == sorted(values, reverse=True)


def test_consistency_equals_the_mean_over_pairs():
    rows = faces(15, spread=1.0)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = unit @ unit.T
    result = track_consistency(rows)
    assert result.mean == pytest.approx(cosines[~np.eye(15, dtype=bool)].mean(), rel=1e-12)


@given(st.permutations(range(10)))
def test_consistency_ignores_the_order_of_frames(order):
    rows = faces(10)
    moved = track_consistency(rows[list(order)])
    assert moved.mean == pytest.approx(track_consistency(rows).mean, rel=1e-9)
    assert order[moved.worst_frame] == track_consistency(rows).worst_frame


def test_consistency_finds_the_swapped_frame_and_the_drift():
    rows = faces()
    swapped = rows.copy()
    swapped[17] = faces(1, seed=5)
    assert track_consistency(swapped).worst_frame == 17
    assert track_consistency(swapped).worst < 0.5 < track_consistency(rows).worst
    drift = rows + np.linspace(0, 1, 40)[:, None] * faces(1, seed=6)
    assert track_consistency(drift).mean < track_consistency(rows).mean


def test_opposite_faces_have_no_mean_direction():
    assert track_consistency(np.array([[1.0, 0], [-1.0, 0]])).mean == -1.0
    assert track_consistency(np.array([[1.0, 0], [-1.0, 0]])).worst == 0.0


def test_every_protocol_states_its_source():
    assert all(protocol.source for protocol in CSIM_PROTOCOLS.values())


@pytest.mark.parametrize(
    ("counterpart", "protocol", "message"),
    [
        (faces(), "arcface", "choose one of vico22"),
        (faces(), "eb1", "one reference embedding"),
        (faces()[0], "vico22", "frame by frame"),
        (faces(39), "vico22", "cut to a common length"),
        (np.ones(63), "eb1", "do not come from one net"),
        (np.zeros(64), "eb1", "none of length 0"),
        (np.full((40, 64), np.nan), "vico22", "NaN"),
    ],
)
def test_csim_refuses(counterpart, protocol, message):
    with pytest.raises(MetricInputError, match=message):
        csim(faces(), counterpart, protocol)


def test_consistency_refuses_one_frame():
    with pytest.raises(MetricInputError, match="one frame is not enough"):
        track_consistency(faces(1))
    with pytest.raises(MetricInputError, match="at least one embedding"):
        track_consistency(np.zeros((0, 4)))
