"""FID, KID, FD-infinity, FRRea, FVD and LPIPS over features made up here: which rows count, and that the numbers are the formulae's."""

from __future__ import annotations

import warnings
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.frechet import frechet_infinity
from echo_metrics.kernel import kernel_distance
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import linalg

from echo_bench.clip import DyadicClip, Track, VideoRef
from echo_bench.extractors import EXTRACTORS
from echo_bench.metric import ClipFeatures, Direction
from echo_bench.metrics import DEFAULT, METRICS, ON_REQUEST, fid, fvd, lpips
from echo_bench.metrics.pooled_frechet import pooled_frechet
from echo_bench.metrics.two_samples import TwoSamples

pytestmark = pytest.mark.filterwarnings("ignore::echo_metrics.errors.MetricWarning")
Rows = NDArray[np.float32]
OURS = [name for name in METRICS if name.partition("@")[0] in {"fid", "kid", "fd_inf", "frrea", "fvd", "lpips"}]
OURS = [name for name in OURS if "effnet" not in name and "-eb" not in name and "@eb" not in name]


def rows(seed: int, n: int = 40, channels: int = 5, shift: float = 0.0) -> Rows:
    return (np.random.default_rng(seed).normal(size=(n, channels)) + shift).astype(np.float32)


def features(extractor: str, name: str, **sides: Rows) -> ClipFeatures:
    """Features of a clip: ``pred`` and ``truth`` rows."""
    video = Track(video=VideoRef(Path("a.mp4"), ""))
    clip = DyadicClip("a", "toy", 25.0, 4.0, video, video)
    return ClipFeatures(clip, {f"{side}:{extractor}": {name: array} for side, array in sides.items()})


def value(metric: Any, *clips: ClipFeatures) -> float:
    """The metric of several clips with one artefact each."""
    return float(metric.finalize(reduce(metric.merge, [metric.clip([clip]) for clip in clips])))


def textbook(a: NDArray[Any], b: NDArray[Any]) -> float:
    """The definition, with a matrix square root, in float64."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    gap = a.mean(0) - b.mean(0)
    spread = [np.cov(rows, rowvar=False) for rows in (a, b)]
    root = linalg.sqrtm(spread[0] @ spread[1]).real
    return float(gap @ gap + np.trace(spread[0] + spread[1] - 2 * root))


@pytest.mark.parametrize("name", OURS)
def test_ids_are_their_own(name):
    info = METRICS.get(name).info
    assert info.id == name
    assert info.direction is Direction.LOWER
    assert {requirement.partition(":")[2] for requirement in info.requires} <= set(EXTRACTORS)
    assert (name in DEFAULT) != (name in ON_REQUEST)
    assert all("|" not in field and ":" not in field[0] for fields in info.signature for field in fields)


def test_there_are_seventeen():
    assert len(OURS) == 17


@pytest.mark.parametrize("metric", [fid.FID_PYTORCH, fid.FID_CLEAN, fid.FID_TF1])
def test_fid_is_one_distance_of_all_frames(metric):
    """Not the mean of the clips' distances."""
    extractor = metric.info.requires[0].partition(":")[2]
    clips = [features(extractor, "pool3", pred=rows(i, shift=i), truth=rows(10 + i, n=30)) for i in range(3)]
    pred = np.concatenate([rows(i, shift=i) for i in range(3)])
    truth = np.concatenate([rows(10 + i, n=30) for i in range(3)])
    assert value(metric, *clips) == pytest.approx(textbook(truth, pred), rel=1e-6)
    assert value(metric, *clips) != pytest.approx(np.mean([value(metric, clip) for clip in clips]), rel=0.05)


@given(st.integers(6, 60), st.integers(6, 60))
def test_fid_of_sums_is_that_of_rows(first, second):
    """Whether few rows are kept or many are summed; both sides of channels = 5 and 30."""
    for channels in (5, 30):
        a, b = rows(1, first, channels), rows(2, second, channels, shift=1.0)
        split = TwoSamples((b,), (a[: first // 2], a[first // 2 :]))
        assert pooled_frechet(split) == pytest.approx(textbook(a, b), rel=1e-4)


def test_shuffled_frames_are_the_same_frames():
    a, b = rows(1), rows(2, shift=0.3)
    mixed = b[np.random.default_rng(0).permutation(len(b))]
    plain, shuffled = (value(fid.FID_PYTORCH, features("inception", "pool3", pred=p, truth=a)) for p in (b, mixed))
    assert shuffled == pytest.approx(plain, rel=1e-9)


def test_fid_rises_with_the_damage():
    a = rows(1, n=200)
    values = [
        value(fid.FID_PYTORCH, features("inception", "pool3", pred=(a + s).astype(np.float32), truth=a))
        for s in (0, 0.1, 1)
    ]
    assert values == sorted(values)
    assert values[0] == pytest.approx(0, abs=1e-9)


def test_all_artefacts_of_a_clip_count_and_its_truth_once():
    a, b, truth = rows(1), rows(2), rows(3)
    samples = [features("inception", "pool3", pred=pred, truth=truth) for pred in (a, b)]
    stat = fid.FID_PYTORCH.clip(samples)
    assert (len(stat.pred), len(stat.truth)) == (2, 1)


def test_kid_and_infinity_are_those_of_the_library():
    a, b = rows(1, n=120), rows(2, n=120, shift=0.2)
    clip = features("inception", "pool3", pred=b, truth=a)
    assert value(fid.KID_PYTORCH, clip) == kernel_distance(a, b).value
    assert value(fid.FD_INF_PYTORCH, clip) == frechet_infinity(a, b).value


def test_frrea_takes_every_30th_frame():
    """REACT writes frames 0, 30, 60 ...; the others may hold anything."""
    a, b = rows(1, n=300), rows(2, n=300, shift=1.0)
    spoilt = b.copy()
    spoilt[np.arange(300) % 30 != 0] = 1e6
    clip, damaged = (features("inception", "pool3", pred=p, truth=a) for p in (b, spoilt))
    assert value(fid.FRREA, damaged) == value(fid.FRREA, clip)
    assert value(fid.FRREA, clip) == pytest.approx(textbook(a[::30], b[::30]), rel=1e-6)


def test_nothing_on_one_side_is_refused():
    stat = fid.FID_PYTORCH.clip([features("inception", "pool3", pred=rows(1))])
    with pytest.raises(MetricInputError, match="nothing of truth"):
        fid.FID_PYTORCH.finalize(stat)


NET = "i3d-styleganv-crop224-pm1-t16s1"


def windows(**sides: Rows) -> ClipFeatures:
    return features(NET, "logits", **sides)


def test_fvd_is_the_distance_of_all_windows():
    clips = [windows(pred=rows(i, 12, shift=0.5), truth=rows(20 + i, 12)) for i in range(4)]
    pred = np.concatenate([rows(i, 12, shift=0.5) for i in range(4)])
    truth = np.concatenate([rows(20 + i, 12) for i in range(4)])
    assert value(fvd.STYLEGANV_CROP, *clips) == pytest.approx(textbook(truth, pred), rel=1e-6)


def test_a_shorter_artefact_is_compared_on_its_windows():
    truth = rows(1, 12)
    stat = fvd.STYLEGANV_CROP.clip([windows(pred=rows(2, 10), truth=truth)])
    assert (len(stat.pred[0]), len(stat.truth[0])) == (10, 10)
    np.testing.assert_array_equal(stat.truth[0], truth[:10])


def test_fvd_of_unequal_sets_is_refused():
    """As where the halves of an odd number of clips are compared."""
    metric = fvd.STYLEGANV_CROP
    stats = [metric.clip([windows(pred=rows(1, 12))]), metric.clip([windows(truth=rows(2, 9))])]
    with pytest.raises(MetricInputError, match=r"12 windows of prediction against 9 of truth.*cut to a common length"):
        metric.finalize(metric.merge(*stats))


def test_fvd_counts_the_first_artefact_only():
    """K artefacts per clip would make the sets unequal; a truth counted K times would be worse."""
    truth = rows(1, 12)
    samples = [windows(pred=rows(seed, 12), truth=truth) for seed in (2, 3, 4)]
    assert value(fvd.STYLEGANV_CROP, samples[0]) == fvd.STYLEGANV_CROP.finalize(fvd.STYLEGANV_CROP.clip(samples))


def test_fvd_says_how_much_of_it_is_bias():
    """Two draws of one distribution: the value is all bias, and the estimate from the truth alone says so within a factor of two."""
    clips = [windows(pred=rows(i, 25, 40), truth=rows(100 + i, 25, 40)) for i in range(8)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MetricWarning)
        distance = value(fvd.STYLEGANV_CROP, *clips)
    said = [str(w.message) for w in caught if "may be bias" in str(w.message)]
    assert len(said) == 1
    assert 0.5 * distance < float(said[0].split()[1]) < 2 * distance
    assert "at half of the 200 windows" in said[0]


def test_one_clip_gives_no_estimate_of_its_bias():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MetricWarning)
        value(fvd.STYLEGANV_CROP, windows(pred=rows(1, 12), truth=rows(2, 12)))
    assert not [w for w in caught if "bias:" in str(w.message)]


@pytest.mark.parametrize("metric", [lpips.ALEX, lpips.VGG, lpips.SQUEEZE])
def test_lpips_is_the_mean_over_frames_then_clips(metric):
    extractor = metric.info.requires[0].partition(":")[2]
    clips = [features(extractor, "lpips", pair=np.array(v, np.float32)) for v in ([0.1, 0.3], [0.5])]
    assert value(metric, *clips) == pytest.approx((0.2 + 0.5) / 2, rel=1e-6)
