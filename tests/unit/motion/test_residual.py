"""rPCC: the official forms let resting faces win; the recommended one sees coupling only."""

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.motion import lagged_residual_pearson, residual_pearson


def dyads(clips=4, frames=500, dims=6, lag=8, coupling=0.7, seed=0):
    """Listeners that follow their partners after `lag` frames, around resting faces of their own."""
    rng = np.random.default_rng(seed)
    gt, partners = [], []
    for _ in range(clips):
        partner, own = rng.normal(size=(2, frames + 100, dims)).cumsum(1) * 0.05
        follow = coupling * partner[100 - lag : 100 - lag + frames] + (1 - coupling) * own[100:]
        gt.append(follow + rng.normal(size=dims))
        partners.append(partner[100:] + rng.normal(size=dims))
    return gt, partners


def at_rest(clips):
    return [np.broadcast_to(clip.mean(0), clip.shape) for clip in clips]


def mixed(clips, share, seed=9):
    rng = np.random.default_rng(seed)
    return [(1 - share) * clip + share * 0.05 * rng.normal(size=clip.shape).cumsum(0) for clip in clips]


def static(gt, partner):
    with pytest.warns(MetricWarning, match="never change"):
        return lagged_residual_pearson(gt, at_rest(gt), partner)


def test_official_form_is_won_by_a_face_at_rest_and_ours_is_not():
    """field.md 2.1.6: flattening frames x dimensions compares resting faces, not dynamics."""
    rng = np.random.default_rng(0)
    gt, partner = ([clip + 4 * rng.normal(size=6) for clip in side] for side in dyads(coupling=0.9))
    moving = mixed(gt, 0.3)
    assert residual_pearson(gt, at_rest(gt), partner) < 0.02
    assert static(gt, partner) > 0.5
    assert static(gt, partner) > 2 * lagged_residual_pearson(gt, moving, partner)


def test_a_constant_offset_ruins_the_official_form_and_not_ours():
    gt, partner = dyads()
    offset = [clip + np.arange(6) for clip in gt]
    assert residual_pearson(gt, offset, partner) > 0.05
    assert lagged_residual_pearson(gt, offset, partner) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("delay", [-6, 3, 6])
def test_a_late_reaction_is_not_an_absent_one(delay):
    gt, partner = dyads()
    late = [np.roll(clip, delay, axis=0) for clip in gt]
    assert lagged_residual_pearson(gt, late, partner) < 0.1 * static(gt, partner)


def test_grows_as_the_coupling_is_lost():
    gt, partner = dyads(coupling=0.9)
    values = [lagged_residual_pearson(gt, mixed(gt, share), partner) for share in (0.0, 0.2, 0.5, 1.0)]
    assert values == sorted(values)
    assert values[0] == 0


def test_against_a_loop_over_lags():
    gt, partner = dyads(clips=1, frames=140, dims=3)
    pred = mixed(gt, 0.5)

    def best(a, x):
        rows = {}
        for lag in range(-25, 26):
            head, tail = max(lag, 0), min(lag, 0)
            rows[lag] = [
                np.corrcoef(
                    a[head : len(a) + tail, d], x[-tail or None : len(x) - head, d] if tail else x[: len(x) - head, d]
                )[0, 1]
                for d in range(3)
            ]
        return np.array(max(rows.values(), key=lambda r: sum(v * v for v in r)))

    expected = np.mean(abs(best(gt[0], partner[0]) - best(pred[0], partner[0])))
    assert lagged_residual_pearson(gt, pred, partner) == pytest.approx(expected, rel=1e-9)


def test_dead_partner_dimensions_are_left_out_with_a_warning():
    gt, partner = dyads(clips=1)
    pred = mixed(gt, 0.5)
    dead = [partner[0].copy()]
    dead[0][:, 2] = 1.0
    alive = [0, 1, 3, 4, 5]
    with pytest.warns(MetricWarning, match="1 of 6 dimensions of the partner"):
        value = lagged_residual_pearson(gt, pred, dead)
    assert value == lagged_residual_pearson([gt[0][:, alive]], [pred[0][:, alive]], [dead[0][:, alive]])


def test_refuses_a_speaker_track_of_ones():
    """DIM's ViCo loader sets the speaker to ones: rPCC is NaN there (field.md 2.1.9)."""
    gt, _ = dyads()
    ones = [np.ones_like(clip) for clip in gt]
    with pytest.raises(MetricInputError, match="constant"):
        residual_pearson(gt, gt, ones)
    with pytest.raises(MetricInputError, match="no dimension of the partner moves"):
        lagged_residual_pearson(gt, gt, ones)


def test_refuses_short_clips():
    gt, partner = dyads(frames=100)
    with pytest.raises(MetricInputError, match="more than 100"):
        lagged_residual_pearson(gt, gt, partner)


def test_a_mask_must_fit_its_clip():
    gt, partner = dyads(clips=2)
    with pytest.raises(MetricInputError, match="one flag per frame"):
        lagged_residual_pearson(gt, gt, partner, valid=[np.ones(500, bool), np.ones(499, bool)])
