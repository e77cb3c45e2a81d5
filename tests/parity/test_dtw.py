"""DTW and FRDist against tslearn, the library of the official REACT code."""

import os

import numpy as np
import pytest
from echo_metrics.dtw import dtw
from echo_metrics.reaction import frdist

from tests.golden.inputs import reactions

pytestmark = pytest.mark.parity

if os.environ.get("ECHO_BENCH_PARITY") == "1":
    from tslearn.metrics import dtw as reference
else:
    reference = pytest.importorskip("tslearn.metrics", reason="tslearn is not installed; tox -e parity has it").dtw


@pytest.mark.parametrize("frames", [(750, 750), (200, 330), (1, 40)])
@pytest.mark.parametrize(("dtype", "tolerance"), [("f4", 1e-5), ("f8", 1e-12)])
def test_dtw(frames, dtype, tolerance):
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=(n, 15)).astype(dtype) for n in frames)
    assert dtw(a, b) == pytest.approx(float(reference(a, b)), rel=tolerance)


def test_frdist_with_the_reference_inside():
    """The official triple loop of metric/FRD.py, written out over tslearn."""
    pred, listener, _, neighbours = reactions(31, 32, 33, frames=300)
    parts = ((slice(0, 15), 1 / 15), (slice(15, 17), 1.0), (slice(17, 25), 1 / 8))
    expected = np.mean(
        [
            sum(
                min(
                    sum(w * reference(sample[:, c], listener[m][:, c]) for c, w in parts)
                    for m in np.flatnonzero(neighbours[n])
                )
                for sample in pred[n]
            )
            for n in range(len(pred))
        ]
    )
    assert frdist(pred, listener, neighbours) == pytest.approx(expected, rel=1e-5)
