"""Motion metrics as the official implementations print them, on the synthetic clips of `inputs.py`."""

import numpy as np
import pytest
from echo_metrics import motion as metrics
from echo_metrics.shannon import MotionWords

from tests.golden.inputs import motion
from tests.golden.vectors import VECTORS

DIM = VECTORS["dim"]
PARTS = {"pose": slice(0, 6), "exp": slice(6, 56), "joint": slice(0, 56)}
DUALTALK = VECTORS["dualtalk_clip1"]
DUALTALK_PARTS = {"exp": (slice(0, 50), 40), "jaw": (slice(50, 53), 10), "pose": (slice(53, 56), 10)}


# fmt: off
WORDS = {
    ("pose", "pred"): [46, 21, 28, 33, 21, 24, 24, 21, 18, 32, 11, 19, 29, 24, 19, 17, 3, 23, 38, 19],
    ("pose", "gt"): [27, 16, 35, 19, 30, 16, 48, 19, 17, 26, 19, 21, 25, 14, 21, 31, 15, 31, 27, 13],
    ("exp", "pred"): [14, 16, 12, 0, 15, 17, 13, 14, 8, 2, 16, 9, 11, 15, 22, 17, 20, 18, 22, 14,
                      10, 6, 12, 11, 14, 3, 16, 12, 11, 7, 0, 4, 8, 12, 8, 11, 12, 13, 13, 12],
    ("exp", "gt"): [13, 14, 11, 16, 11, 10, 16, 16, 10, 9, 13, 9, 10, 16, 17, 16, 7, 13, 16, 15,
                    8, 11, 13, 10, 13, 11, 13, 12, 11, 7, 7, 11, 10, 10, 10, 11, 13, 14, 9, 8],
}
# fmt: on


def exact(value):
    return pytest.approx(value, rel=1e-9)


def to_rounding(value):
    """Of an entropy whose counts are exact: numpy's log2 differs between processors (SIMD) in the last one or two digits."""
    return pytest.approx(value, rel=1e-14)


def printed(value):
    """DualTalk's values were printed with six decimals."""
    return pytest.approx(value, abs=6e-7)


@pytest.fixture(scope="module")
def tracks():
    gt, partner, pred = motion(**VECTORS["inputs"]["motion"])
    return {"gt": gt, "pred": pred, "partner": partner}


def part(clips, columns):
    return [clip[:, columns] for clip in clips]


def dim(tracks, name):
    return {side: part(clips, PARTS[name]) for side, clips in tracks.items()}


@pytest.mark.parametrize("name", PARTS)
def test_dim_per_clip(tracks, name):
    """Boese0601/Dyadic-Interaction-Modeling 9fc92f7, code/metrics/eval_utils.py `print_metrics`; never moved since."""
    t = dim(tracks, name)
    assert metrics.frechet(t["gt"], t["pred"]) == pytest.approx(DIM["fd"][name], rel=1e-7)
    assert metrics.paired_frechet(**t) == pytest.approx(DIM["pfd"][name], rel=1e-7)
    assert metrics.mean_squared_error(t["gt"], t["pred"]) == exact(DIM["mse"][name])


@pytest.mark.parametrize("name", ["pose", "exp"])
def test_dim_corpus(tracks, name):
    """The same commit; FD pooled is the same formula on all frames and not DIM's protocol."""
    t = dim(tracks, name)
    assert metrics.frechet(t["gt"], t["pred"], "corpus") == pytest.approx(DIM["fd_pooled"][name], rel=1e-7)
    assert metrics.variance(t["gt"], "flat") == exact(DIM["var_flat"]["gt"][name])
    assert metrics.variance(t["pred"], "flat") == exact(DIM["var_flat"]["pred"][name])
    assert metrics.residual_pearson(**t, pooling="corpus") == exact(DIM["rpcc"][name])
    assert metrics.residual_pearson(**t, pooling="clip") == exact(DIM["rpcc_per_clip"][name])
    assert metrics.sts(t["gt"], t["pred"], "corpus") == exact(DIM["sts"][name])


def test_joint_variants(tracks):
    """`print_metrics_full` of the same file, 56 columns at once; never moved since."""
    assert metrics.residual_pearson(**tracks, pooling="corpus") == exact(DIM["rpcc_joint"])
    assert metrics.variance(tracks["gt"], "flat") == exact(0.26368711972741155)
    assert metrics.variance(tracks["pred"], "flat") == exact(0.16532069524992798)


@pytest.mark.parametrize(("name", "side"), WORDS)
def test_word_counts_are_exact(tracks, name, side):
    """The histogram behind DIM's SID (scikit-learn 1.9.1 and 1.3.2 alike, random_state=0, n_init='auto'); never moved since."""
    t = {key: np.concatenate(clips) for key, clips in dim(tracks, name).items()}
    expected = WORDS[name, side]
    assert MotionWords(t["gt"], len(expected)).count(t[side]).tolist() == expected


@pytest.mark.parametrize(("name", "clusters"), [("pose", 20), ("exp", 40)])
def test_sid(tracks, name, clusters):
    """DIM; the value printed beside those counts; never moved since."""
    t = dim(tracks, name)
    assert metrics.shannon_index(t["gt"], t["pred"], clusters) == to_rounding(DIM["sid"][f"{name}_k{clusters}"])
    assert metrics.shannon_index(t["gt"], t["gt"], clusters) == to_rounding(DIM["sid_of_gt"][f"{name}_k{clusters}"])


@pytest.mark.parametrize(("name", "clusters"), [("pose", 9), ("exp", 15)])
@pytest.mark.parametrize(("pooling", "key"), [("corpus", "pooled"), ("clip", "per_clip_mean")])
def test_sid_with_the_clusters_of_learning2listen(tracks, name, clusters, pooling, key):
    """DIM's function with K = 15 and 9, as Avatar Forcing states it; 'averaged' over sequences or not makes two numbers."""
    t = dim(tracks, name)
    expected = DIM["sid_other_k"][key][f"{name}_k{clusters}"]
    assert metrics.shannon_index(t["gt"], t["pred"], clusters, pooling) == to_rounding(expected)


def test_variance_over_time(tracks):
    """DualTalk's and Avatar Forcing's definition on clip 0, expression; a quarter of var_flat on the same data."""
    for side in ("gt", "pred"):
        clip = part(tracks[side][:1], PARTS["exp"])
        assert metrics.variance(clip, "time") == exact(DIM["var_time_clip0_exp"][side])


@pytest.mark.parametrize("name", DUALTALK_PARTS)
def test_dualtalk(tracks, name):
    """CoderChen01/towards-seamless-interaction 56cebf7, util/metrics.py, on clip 1; six printed decimals, never moved since."""
    columns, clusters = DUALTALK_PARTS[name]
    gt, pred, partner = (part(tracks[side][1:2], columns) for side in ("gt", "pred", "partner"))
    assert metrics.frechet(gt, pred) == printed(DUALTALK[f"fid_{name}"])
    assert metrics.paired_frechet(gt, pred, partner) == printed(DUALTALK[f"p_fid_{name}"])
    assert metrics.mean_squared_error(gt, pred) == printed(DUALTALK[f"mse_{name}"])
    assert metrics.shannon_index(gt, pred, clusters, "clip") == printed(DUALTALK[f"sid_{name}"])
    assert metrics.shannon_index(gt, pred, clusters, "clip", codebook="pred") == printed(
        DUALTALK[f"reverse_sid_{name}"]
    )
    assert metrics.sts(gt, pred) == printed(DUALTALK[f"sts_{name}"])
    assert metrics.variance(pred, "time") == printed(DUALTALK[f"variance_pre_{name}"])
    assert metrics.variance(gt, "time") == printed(DUALTALK[f"variance_gt_{name}"])
    assert metrics.residual_pearson(gt, pred, partner, "clip") == printed(DUALTALK[f"rpcc_{name}"])


def test_dualtalk_diversity(tracks):
    """The same file after `np.random.seed(0)`: one stream, prediction first, part after part."""
    stream = np.random.RandomState(0)
    for side, key in (("pred", "pre"), ("gt", "gt")):
        for name, (columns, _) in DUALTALK_PARTS.items():
            value = metrics.diversity(part(tracks[side][1:2], columns), seed=stream)
            assert value == printed(DUALTALK[f"diversity_{key}_{name}"])
