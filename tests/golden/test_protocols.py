"""One call per protocol gives what the official implementations print."""

import numpy as np
import pytest
from echo_metrics import as_published, evaluate

from tests.golden.inputs import motion, reactions, sync_features
from tests.golden.vectors import VECTORS

DIM, DUALTALK, REACT, SYNC = (VECTORS[key] for key in ("dim", "dualtalk_clip1", "react", "sync"))
NAMES = {"exp": "exp", "jaw": "jaw", "rot": "pose"}  # ours: DualTalk's


@pytest.fixture(scope="module")
def tracks():
    gt, partner, pred = motion(**VECTORS["inputs"]["motion"])
    return {"gt": gt, "pred": pred, "partner": partner}


def values(scores):
    return {name: score.value for name, score in scores.items()}


def as_file(track):
    """A track in the order of predictions as a DualTalk file holds it: the pose is rotation first."""
    return {"exp": track[:, :50], "pose": np.concatenate([track[:, 53:56], track[:, 50:53]], axis=1)}


@pytest.fixture(scope="module")
def dim(tracks):
    return evaluate("dim", **tracks)


@pytest.mark.parametrize("metric", ["fd", "pfd", "mse"])
@pytest.mark.parametrize("part", ["pose", "exp", "joint"])
def test_dim_distances(dim, metric, part):
    """Boese0601/Dyadic-Interaction-Modeling 9fc92f7, `print_metrics` and `print_metrics_full`; never moved since."""
    assert dim[f"{metric}_{part}"].value == pytest.approx(DIM[metric][part], rel=1e-7)


@pytest.mark.parametrize(("part", "clusters"), [("pose", 20), ("exp", 40)])
def test_dim_corpus(dim, part, clusters):
    """The same commit; the target of SID and Var is the truth's own."""
    sid, var = dim[f"sid_{part}"], dim[f"var_{part}"]
    assert sid.value == pytest.approx(DIM["sid"][f"{part}_k{clusters}"], rel=1e-14)
    assert sid.target == pytest.approx(DIM["sid_of_gt"][f"{part}_k{clusters}"], rel=1e-14)
    assert (var.value, var.target) == pytest.approx([DIM["var_flat"][side][part] for side in ("pred", "gt")], rel=1e-9)
    assert dim[f"rpcc_{part}"].value == pytest.approx(DIM["rpcc"][part], rel=1e-9)
    assert dim[f"sts_{part}"].value == pytest.approx(DIM["sts"][part], rel=1e-9)


def test_dim_joint(dim):
    assert dim["rpcc_joint"].value == pytest.approx(DIM["rpcc_joint"], rel=1e-9)


@pytest.fixture(scope="module", params=["files", "arrays"])
def one_clip(request, tracks):
    """Clip 1 as files of the dataset (pose: rotation, jaw) or in the order of predictions: the same motion."""
    truth = {side: tracks[side][1] for side in ("gt", "partner")}
    sides = {side: as_file(track) if request.param == "files" else track for side, track in truth.items()}
    return {**{side: [clip] for side, clip in sides.items()}, "pred": [tracks["pred"][1]]}


def test_timar(one_clip):
    """CoderChen01/towards-seamless-interaction 56cebf7, util/metrics.py; six printed decimals; never moved since."""
    scores = values(evaluate("timar", **one_clip))
    official = {
        "fd": "fid",
        "pfd": "p_fid",
        "mse": "mse",
        "sid": "sid",
        "reverse_sid": "reverse_sid",
        "sts": "sts",
        "rpcc": "rpcc",
    }
    expected = {
        f"{ours}_{part}": DUALTALK[f"{theirs}_{name}"]
        for ours, theirs in {**official, "var": "variance_pre"}.items()
        for part, name in NAMES.items()
    }
    assert {name: scores[name] for name in expected} == pytest.approx(expected, abs=6e-7)


def test_dualtalk_and_its_swapped_sid(one_clip):
    """ZiqiaoPeng/DualTalk metric/metric.py; its issue 7 is the swap."""
    right, swapped = (values(evaluate(id_, **one_clip)) for id_ in ("dualtalk", "dualtalk-swapped"))
    for part, name in NAMES.items():
        assert right[f"sid_{part}"] == pytest.approx(DUALTALK[f"sid_{name}"], abs=6e-7)
        assert swapped[f"sid_{part}"] == pytest.approx(DUALTALK[f"reverse_sid_{name}"], abs=6e-7)
    assert {k: v for k, v in right.items() if "sid" not in k} == {k: v for k, v in swapped.items() if "sid" not in k}


def test_published_scaling(one_clip):
    """TIMAR's `format_metric_for_pub`: FD x 1, 1e3, 1e2; MSE x 10, 1e3, 1e2; rPCC x 1e2, 10, 10; the rest as it is."""
    plain = evaluate("dualtalk", **one_clip)
    printed = as_published(plain)
    factors = {name: printed[name].value / score.value for name, score in plain.items()}
    for metric, expected in {
        "fd": (1, 1e3, 1e2),
        "pfd": (1, 1e3, 1e2),
        "mse": (10, 1e3, 1e2),
        "rpcc": (1e2, 10, 10),
        "sid": (1, 1, 1),
    }.items():
        assert tuple(factors[f"{metric}_{part}"] for part in NAMES) == pytest.approx(expected)


def react(protocol):
    pred, listener, speaker, neighbours = reactions(**VECTORS["inputs"]["reactions"])
    return evaluate(protocol, pred=pred, listener=listener, speaker=speaker, neighbours=neighbours)


def test_react24():
    """reactmultimodalchallenge/baseline_react2024 0c3ce58; float32; never moved since."""
    scores = react("react24")
    expected = {"frcorr": "frcorr_sum", **{name: name for name in ("frdist", "frdiv", "frvar", "frdvs", "frsyn")}}
    assert values(scores) == pytest.approx({ours: REACT[theirs] for ours, theirs in expected.items()}, rel=1e-5)
    assert scores["frvar"].target == pytest.approx(REACT["gt_repeated"]["frvar"], rel=1e-5)


def test_react24_siblings():
    """14.0 where all samples give 16.5; without dead channels the NaN-aware FRSyn is the official one."""
    assert react("react24-first-sample")["frsyn"].value == REACT["frsyn_first_sample_only"]
    assert react("react24-nan-aware")["frsyn"].value == REACT["frsyn"]


def test_syncnet_v2():
    """joonson/syncnet_python 6efbb1c, distance stage; never moved since."""
    given = {key: value for key, value in VECTORS["inputs"]["sync"].items() if key != "vshift"}
    video, audio = sync_features(**given)
    scores = values(evaluate("syncnet-v2", video=[video], audio=[audio]))
    assert scores == pytest.approx(
        {"lse_d": SYNC["lse_d"], "lse_c": SYNC["lse_c"], "av_offset": SYNC["offset"]}, rel=1e-6
    )
