"""LVE against torchmetrics."""

from __future__ import annotations

import pytest
from echo_metrics.lips import lve
from numpy.random import RandomState

from tests.parity.peers import peer

pytestmark = pytest.mark.parity


def test_equals_torchmetrics():
    torch, functional = peer("torch"), peer("torchmetrics.functional.multimodal")
    stream = RandomState(0)
    gt, pred = stream.randn(30, 60, 3), stream.randn(30, 60, 3)
    expected = functional.lip_vertex_error(torch.tensor(pred), torch.tensor(gt), [3, 4, 7, 20]).item()
    assert lve([gt], [pred], [3, 4, 7, 20]) == pytest.approx(expected, rel=1e-12)
