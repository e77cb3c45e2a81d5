"""The loss of affect: it reads what the metric reads, asks for amplitude and level, and has gradients everywhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from echo_metrics.rig_affect import COLUMNS, RATE, displayed_affect, readout

from echo_bench.methods.learned.losses import SPAN, affect_loss, shown_affect

SMILE = list(COLUMNS["mouthSmile"])
EXPRESSIVE = sorted(column for columns in COLUMNS.values() for column in columns)


def faces(seed: int = 0, frames: int = SPAN) -> torch.Tensor:
    """Slow expressions, (1, frames, 61)."""
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0, 6, len(EXPRESSIVE))
    motion = np.zeros((frames, 61), np.float32)
    motion[:, EXPRESSIVE] = 0.4 + 0.3 * np.sin(np.arange(frames)[:, None] / 9 + phase)
    return torch.from_numpy(motion)[None]


def test_it_reads_what_the_metric_reads():
    """The metric's reading, away from the ends, where the metric renormalises its window."""
    motion = 0.5 * faces()  # so that the metric clips nothing
    ours, metric = shown_affect(motion)[0].numpy(), displayed_affect(motion[0].numpy()).T - readout()[1][:, None]
    np.testing.assert_allclose(ours, metric[:, 1:-1], atol=1e-5)
    assert ours.shape[1] == SPAN / 25 * RATE - 2


def test_the_truth_loses_almost_nothing_and_its_opposite_most():
    truth = faces()
    opposite = truth.clone()
    opposite[..., EXPRESSIVE] = 0.8 - truth[..., EXPRESSIVE]
    assert affect_loss(truth, truth) < 0.15  # the variance that is added
    assert affect_loss(opposite, truth) > 1.0


@pytest.mark.parametrize("share", [0.5, 0.2])
def test_a_calmer_face_loses(share):
    """Correlation alone would forgive it."""
    truth = faces()
    level = truth.mean(dim=1, keepdim=True)
    assert affect_loss(level + share * (truth - level), truth) > affect_loss(truth, truth) + 0.1


def test_a_face_of_another_level_loses():
    truth = faces()
    smiling = truth.clone()
    smiling[..., SMILE] += 0.3
    assert affect_loss(smiling, truth) > affect_loss(truth, truth) + 0.1


def test_spans_are_compared_one_by_one():
    """The frames after the last whole span do not count, and a span knows nothing of the next."""
    one, two = faces(1), faces(2)
    apart = (affect_loss(one, faces(3)) + affect_loss(two, faces(4))) / 2
    both, truths = torch.cat([one, two], dim=1), torch.cat([faces(3), faces(4)], dim=1)
    torch.testing.assert_close(affect_loss(both, truths), apart)
    torch.testing.assert_close(affect_loss(*(torch.cat([x, faces(5)[:, :40]], dim=1) for x in (both, truths))), apart)


def test_there_is_a_gradient_at_rest():
    """Products of coefficients have a root that is steep at zero, where most faces are most of the time."""
    rest = torch.zeros(1, SPAN, 61, requires_grad=True)
    affect_loss(rest, faces()).backward()
    assert torch.isfinite(rest.grad).all()
    assert rest.grad[..., SMILE].abs().max() > 0
