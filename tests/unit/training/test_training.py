"""As torchmetrics: the value of echo_metrics, in halves, in processes, after pickling."""

import pickle

import numpy as np
import pytest
import torch
from echo_metrics import motion as m
from echo_metrics import over_clips
from echo_metrics import reaction as r
from echo_metrics.errors import MetricInputError
from torch.multiprocessing import spawn

from echo_bench import training

D = 12


def walks(seed, clips=6, frames=150):
    return 0.1 * np.random.default_rng(seed).normal(size=(clips, frames, D)).cumsum(axis=1)


GT, PRED, PARTNER = walks(1), walks(2), walks(3)
REACTIONS = np.random.default_rng(4).random((6, 3, 80, 25))
SPEAKER = np.random.default_rng(5).random((6, 80, 25))
FRAMES = np.random.default_rng(6).integers(0, 256, (2, 6, 4, 32, 32, 3), np.uint8)
EVENTS = [[("nod", 5 * i, 5 * i + 10), ("smile", 3, 30 + i)] for i in range(6)]
SHIFTED = [[(label, start + 2 * i, end + 2 * i) for label, start, end in clip] for i, clip in enumerate(EVENTS)]

CASES = {
    "mse": (training.ClipMean(m.mean_squared_error), (GT, PRED), m.mean_squared_error(GT, PRED)),
    "fd": (training.ClipMean(m.frechet), (GT, PRED), m.frechet(GT, PRED)),
    "sid per clip": (
        training.ClipMean(m.shannon_index, clusters=8, pooling="clip"),
        (GT, PRED),
        m.shannon_index(GT, PRED, 8, "clip"),
    ),
    "rpcc eb1": (
        training.ClipMean(m.lagged_residual_pearson),
        (GT, PRED, PARTNER),
        m.lagged_residual_pearson(GT, PRED, PARTNER),
    ),
    "var time": (training.ClipMean(m.variance, definition="time"), (PRED,), m.variance(PRED, "time")),
    "jerk": (training.ClipMean(m.jerk, over="frames", lost=3), (PRED,), m.jerk(PRED)),
    "frdiv": (training.ClipMean(r.frdiv), (REACTIONS,), r.frdiv(REACTIONS)),
    "frvar": (training.ClipMean(r.frvar), (REACTIONS,), r.frvar(REACTIONS)),
    "frsyn": (training.ClipMean(r.frsyn), (REACTIONS, SPEAKER), r.frsyn(REACTIONS, SPEAKER)),
    "psnr": (training.ClipMean(over_clips.mean_psnr, over="frames"), tuple(FRAMES), over_clips.mean_psnr(*FRAMES)),
    "ssim": (training.ClipMean(over_clips.mean_ssim, over="frames"), tuple(FRAMES), over_clips.mean_ssim(*FRAMES)),
    "blink rate": (
        training.ClipMean(over_clips.blink_rate, over="frames"),
        (np.where(np.arange(150)[:, None] % 40 < 3, 1.0, 0.1 * abs(PRED)),),
        over_clips.blink_rate(np.where(np.arange(150)[:, None] % 40 < 3, 1.0, 0.1 * abs(PRED))),
    ),
    "fd of all frames": (training.Frechet(D), (GT, PRED), m.frechet(GT, PRED, "corpus")),
    "pfd of all frames": (
        training.Frechet(D, paired=True),
        (GT, PRED, PARTNER),
        m.paired_frechet(GT, PRED, PARTNER, "corpus"),
    ),
    "var flat": (training.PooledVariance(D), (PRED,), m.variance(PRED, "flat")),
    "var sum": (training.PooledVariance(D, "sum"), (PRED,), m.variance(PRED, "sum")),
    "rpcc dim": (training.FlatResidualPearson(), (GT, PRED, PARTNER), m.residual_pearson(GT, PRED, PARTNER)),
    "sid dim": (training.ShannonIndex(torch.as_tensor(GT), 16), (PRED,), m.shannon_index(GT, PRED, 16)),
    "frdvs": (training.SpeakerDiversity(3, 80, 25), (REACTIONS,), r.frdvs(REACTIONS)),
    "r-f1": (training.EventF1(), (EVENTS, SHIFTED), r.event_f1(EVENTS, SHIFTED)),
}


def tensors(sides, part=slice(None)):
    return [side[part] if isinstance(side, list) else torch.as_tensor(side[part]) for side in sides]


def close(value):
    return pytest.approx(value, rel=1e-9)


@pytest.fixture(params=CASES)
def case(request):
    metric, sides, whole = CASES[request.param]
    return metric.clone(), sides, whole


def test_equals_the_library_on_the_whole(case):
    metric, sides, whole = case
    metric.update(*tensors(sides))
    assert metric.compute().item() == close(whole)


def test_batches_reset_and_pickling_change_nothing(case):
    metric, sides, whole = case
    metric.update(*tensors(sides, slice(0, 2)))
    metric.reset()
    metric.update(*tensors(sides, slice(0, 4)))
    revived = pickle.loads(pickle.dumps(metric))
    revived.update(*tensors(sides, slice(4, 6)))
    assert revived.compute().item() == close(whole)


def test_two_halves_merge_to_the_whole(case):
    """Each state of one process is added to the other's: what a reduction by sum does."""
    metric, sides, whole = case
    first, second = metric.clone(), metric.clone()
    first.update(*tensors(sides, slice(0, 3)))
    second.update(*tensors(sides, slice(3, 6)))
    assert all(
        reduction is torch.sum or reduction.__name__ == "dim_zero_sum" for reduction in first._reductions.values()
    )
    second.merge_state(first)
    assert second.compute().item() == close(whole)


def test_forward_gives_the_batch_and_keeps_the_whole(case):
    metric, sides, whole = case
    metric(*tensors(sides, slice(0, 3)))
    metric(*tensors(sides, slice(3, 6)))
    assert metric.compute().item() == close(whole)


def test_clips_of_unequal_length_come_as_lists():
    gt, pred = ([torch.as_tensor(clip[: 100 + 10 * i]) for i, clip in enumerate(side)] for side in (GT, PRED))
    metric = training.ClipMean(m.jerk, over="frames", lost=3)
    metric.update(pred)
    assert metric.compute().item() == close(m.jerk([clip.numpy() for clip in pred]))
    distance = training.Frechet(D)
    distance.update(gt, pred)
    assert distance.compute().item() == close(m.frechet([c.numpy() for c in gt], [c.numpy() for c in pred], "corpus"))


def test_gradients_and_half_precision_do_not_disturb():
    metric = training.Frechet(D).half()
    prediction = torch.as_tensor(PRED).requires_grad_()
    metric.update(torch.as_tensor(GT), prediction)
    assert metric.compute().dtype == torch.float64
    assert metric.compute().item() == close(m.frechet(GT, PRED, "corpus"))


def test_refusals():
    with pytest.raises(MetricInputError, match="is a prediction missing"):
        training.ClipMean(m.mean_squared_error).update(*tensors((GT, PRED[:4])))
    with pytest.raises(MetricInputError, match="belong to P-FD"):
        training.Frechet(D).update(*tensors((GT, PRED, PARTNER)))
    still = torch.ones(1, 50, D)
    flat = training.FlatResidualPearson()
    flat.update(still, still, still)
    with pytest.raises(MetricInputError, match="constant"):
        flat.compute()
    alone = training.SpeakerDiversity(3, 80, 25)
    alone.update(*tensors((REACTIONS[:1],)))
    with pytest.raises(MetricInputError, match="one speaker"):
        alone.compute()


@pytest.mark.filterwarnings("ignore:The ``compute`` method")
@pytest.mark.parametrize("name", ["mse", "fd of all frames", "var flat", "sid dim"])
def test_nothing_seen_is_refused(name):
    with pytest.raises(MetricInputError, match="seen nothing"):
        CASES[name][0].clone().compute()


def _process(rank, address, results):
    torch.distributed.init_process_group("gloo", init_method=address, rank=rank, world_size=2)
    try:
        for name, (metric, sides, _) in CASES.items():
            own = metric.clone()
            own.update(*tensors(sides, slice(0, 4) if rank == 0 else slice(4, 6)))
            results[rank, name] = own.compute().item()
    finally:
        torch.distributed.destroy_process_group()


@pytest.mark.slow
def test_two_processes_give_the_value_of_one(tmp_path):
    """Unequal shares on two gloo processes; both end with the value of the whole."""
    with torch.multiprocessing.Manager() as manager:
        results = manager.dict()
        spawn(_process, args=(f"file://{tmp_path / 'store'}", results), nprocs=2)
        found = dict(results)
    for name, (_, _, whole) in CASES.items():
        assert [found[rank, name] for rank in (0, 1)] == [close(whole)] * 2, name
