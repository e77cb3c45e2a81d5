"""Speed of the reaction metrics against a named peer, at equal threads, in one run.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1 python benchmarks/reaction.py

FRDist: tslearn's DTW in the official loop. FRSyn: the official loop over lags and channels, with `numpy.corrcoef`. FRCorr: the official
triple loop over samples, neighbours and channels. Times are the best of several rounds after compilation. Inputs are the smoothed noise of
`tests/golden/inputs.py`: one speaker, 10 samples, 20 appropriate listeners, 750 frames, 25 channels, float32 as in REACT.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable

import numpy as np
from echo_metrics.dtw import dtw, nearest
from echo_metrics.reaction import REACT25, frcorr, reaction_lags

from tests.golden.inputs import reactions

SAMPLES, NEIGHBOURS, FRAMES = 10, 20, 750
THREADS = "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"
Distance = Callable[[np.ndarray, np.ndarray], float]


def best_time(function: Callable[[], object], rounds: int = 3) -> tuple[float, np.ndarray]:
    """Least seconds of several rounds, and the result."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
    return min(times), np.asarray(result)


def report(title: str, ours: float, peer: float, peer_name: str, target: float, difference: float) -> None:
    """One line: seconds, ratio, target, largest relative difference of the results."""
    print(
        f"{title:42s} {ours:8.4f} s   {peer_name} {peer:8.3f} s   {peer / ours:7.1f}x (target {target:g}x)   difference {difference:.1e}"
    )


def relative(a: np.ndarray, b: np.ndarray) -> float:
    """Largest difference in relation to the largest value."""
    return float(abs(a - b).max() / abs(b).max())


def all_pairs(distance: Distance, queries: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """The official loop: every sample against every neighbour, part by part."""
    return np.array([[sum(w * distance(q[:, c], k[:, c]) for c, w in REACT25) for k in candidates] for q in queries])


def bench_frdist(pred: np.ndarray, listener: np.ndarray) -> None:
    """All pairs, and the metric with the true listener among the neighbours and without."""
    if importlib.util.find_spec("tslearn") is None:
        print("FRDist: no peer; `pip install tslearn==0.10.0` to compare")
        return
    from tslearn.metrics import dtw as tslearn_dtw

    own, strangers = listener[:NEIGHBOURS], listener[1 : NEIGHBOURS + 1]
    all_pairs(dtw, pred[:1], own[:1]), all_pairs(tslearn_dtw, pred[:1], own[:1]), nearest(pred[:1], own[:2], REACT25)
    ours, mine = best_time(lambda: all_pairs(dtw, pred, own))
    peer, reference = best_time(lambda: all_pairs(tslearn_dtw, pred, own), rounds=2)
    report("FRDist, all pairs", ours, peer, "tslearn", 3, relative(mine, reference))
    ours, mine = best_time(lambda: nearest(pred, own, REACT25))
    report("FRDist, minimum, true listener among them", ours, peer, "tslearn", 10, relative(mine, reference.min(1)))
    peer, reference = best_time(lambda: all_pairs(tslearn_dtw, pred, strangers), rounds=2)
    ours, mine = best_time(lambda: nearest(pred, strangers, REACT25))
    report("FRDist, minimum, 20 strangers (worst case)", ours, peer, "tslearn", 3, relative(mine, reference.min(1)))


def lag_loop(pred: np.ndarray, speaker: np.ndarray) -> int:
    """The official crosscorr: lag by lag, channel by channel."""
    curve = []
    for lag in range(-49, 50):
        a, b = (pred[lag:], speaker[: FRAMES - lag]) if lag >= 0 else (pred[:lag], speaker[-lag:])
        curve.append(np.mean([np.corrcoef(a[:, d], b[:, d])[0, 1] for d in range(a.shape[1])]))
    return int(np.argmax(curve)) - 49


def bench_frsyn(pred: np.ndarray, speaker: np.ndarray) -> None:
    """Ten samples of one speaker."""
    ours, mine = best_time(lambda: reaction_lags(pred[None], speaker[None], nan="official")[0])
    peer, reference = best_time(lambda: [lag_loop(sample, speaker) for sample in pred], rounds=1)
    report("FRSyn", ours, peer, "lag loop", 50, float(abs(mine - reference).max()))


def concordance_loop(pred: np.ndarray, listener: np.ndarray) -> float:
    """The official FRC: sample by sample, neighbour by neighbour, channel by channel."""
    total = 0.0
    for sample in pred:
        best = -np.inf
        for other in listener:
            values = []
            for a, b in zip(sample.T, other.T, strict=True):
                covariance = np.cov(a, b, ddof=0)[0, 1]
                values.append(2 * covariance / (np.var(a) + np.var(b) + (a.mean() - b.mean()) ** 2 + 1e-8))
            best = max(best, float(np.mean(values)))
        total += best
    return total


def bench_frcorr(pred: np.ndarray, listener: np.ndarray) -> None:
    """Twenty equal speakers, all of whose neighbours are all 20 listeners; the time of one speaker is compared."""
    listeners = listener[:NEIGHBOURS]
    allowed = np.ones((NEIGHBOURS, NEIGHBOURS))
    tiled = np.broadcast_to(pred, (NEIGHBOURS, *pred.shape))
    ours, mine = best_time(lambda: frcorr(tiled, listeners, allowed))
    peer, reference = best_time(lambda: concordance_loop(pred, listeners), rounds=1)
    report("FRCorr", ours / NEIGHBOURS, peer, "triple loop", 20, relative(mine, reference))


def main() -> None:
    """Print one line per metric."""
    pred, listener, speaker, _ = reactions(31, 32, 33, n=NEIGHBOURS + 1, samples=SAMPLES, frames=FRAMES)
    print("threads:", ", ".join(f"{name}={os.environ.get(name, 'unset')}" for name in THREADS))
    print(f"{SAMPLES} samples x {NEIGHBOURS} neighbours x {FRAMES} frames x {pred.shape[-1]} channels, {pred.dtype}")
    bench_frdist(pred[0], listener)
    bench_frsyn(pred[0], speaker[0])
    bench_frcorr(pred[0], listener)


if __name__ == "__main__":
    main()
