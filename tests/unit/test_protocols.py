"""The one call: what it asks for, what it refuses, what it warns of."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from echo_metrics import PROTOCOLS, Score, evaluate
from echo_metrics.errors import MetricInputError
from echo_metrics.layouts import dualtalk_clip

# fmt: off
IDS = [
    "dim", "dualtalk", "dualtalk-swapped", "timar", "avatar-forcing", "react24", "react24-first-sample", "react24-nan-aware", "vico22",
    "e-fid",
    "syncnet-v2", "l2l", "lm-listener", "glare", "eb1",
]
# fmt: on
COLUMNS = {
    "dim": 56,
    "dualtalk": 56,
    "dualtalk-swapped": 56,
    "timar": 56,
    "avatar-forcing": 56,
    "l2l": 56,
    "lm-listener": 56,
    "eb1": 61,
}


def walks(seed, frames=300, width=56, clips=2):
    """Slow random motion within [0, 1]; columns 8 and 9 blink at a rate of their own."""
    rng = np.random.default_rng(seed)
    paths = rng.normal(size=(clips, frames, width)).cumsum(axis=1)
    motion = np.clip(0.4 + 0.02 * paths, 0, 1)
    motion[..., 8:10] *= 0.2
    motion[:, 10 :: 40 + 10 * seed, 8:10] = 1.0
    return list(motion)


def dyad(width=56, **given):
    return {"gt": walks(1, width=width), "pred": walks(2, width=width), "partner": walks(3, width=width), **given}


def react(samples=10):
    rng = np.random.default_rng(0)
    pred, listener, speaker = rng.random((3, samples, 60, 25)), rng.random((3, 60, 25)), rng.random((3, 60, 25))
    return {"pred": pred, "listener": listener, "speaker": speaker, "neighbours": np.eye(3)}


def test_ids():
    assert sorted(PROTOCOLS) == sorted(IDS)
    assert all(one.id == key for key, one in PROTOCOLS.items())


@pytest.mark.parametrize("id_", IDS)
def test_the_table_holds_together(id_):
    """Groups and rows name inputs that exist, every input is used, names are unique, and each row can be computed from one call."""
    protocol = PROTOCOLS[id_]
    used = {
        source
        for metric in protocol.metrics
        for bound in (metric.inputs, metric.truth or {})
        for source in bound.values()
    }
    assert used == set(protocol.inputs) == {name for group in protocol.groups for name in group}
    names = [name for metric in protocol.metrics for name, _, _ in metric.scores()]
    assert len(names) == len(set(names))
    assert set(protocol.published) <= set(names)


@pytest.mark.parametrize("id_", COLUMNS)
def test_truth_reaches_every_target(id_):
    """Scored against itself, the truth has the target of each score."""
    given = dyad(COLUMNS[id_])
    for name, score in evaluate(id_, **{**given, "pred": given["gt"]}).items():
        if score.target is not None and score.value is not None:
            assert score.value == pytest.approx(score.target, abs=1e-6), name


@pytest.mark.parametrize("id_", COLUMNS)
def test_other_motion_misses_its_targets(id_):
    """And other motion does not: a row bound to the truth on both sides would pass the test above."""
    for name, score in evaluate(id_, **dyad(COLUMNS[id_])).items():
        if score.target is not None and score.value is not None:
            assert abs(score.value - score.target) > 1e-6, name


LAYOUTS = {
    "dim": "DIM-56",
    "timar": "DualTalk-56",
    "l2l": "L2L-56",
    "avatar-forcing": "AvatarForcing-56",
    "eb1": "rig61",
}


@pytest.mark.parametrize("id_", LAYOUTS)
def test_a_wrong_width_is_refused_by_name(id_):
    with pytest.raises(MetricInputError, match=f"pred has 25 columns; this protocol reads layout {LAYOUTS[id_]}.*0:"):
        evaluate(id_, **dyad(COLUMNS[id_], pred=walks(0, width=25)))


def test_an_unknown_id_gets_a_suggestion():
    with pytest.raises(MetricInputError, match=r"unknown protocol 'dualtak': did you mean 'dualtalk'\?"):
        evaluate("dualtak")


def test_missing_unknown_and_half_given_inputs_are_named():
    given = dyad()
    with pytest.raises(
        MetricInputError, match=r"'dim' takes gt \(list of .* DIM-56 .* Given: gt, pred\. Missing: partner"
    ):
        evaluate("dim", gt=given["gt"], pred=given["pred"])
    with pytest.raises(MetricInputError, match="It does not take speaker"):
        evaluate("dim", **given, speaker=given["gt"])
    with pytest.raises(
        MetricInputError, match=r"one or more whole groups of: gt_frames \+ pred_frames; .* Missing: pred_landmarks"
    ):
        evaluate("vico22", gt_landmarks=[])
    with pytest.raises(MetricInputError, match="Given: nothing"):
        evaluate("glare")


def test_a_refusal_names_the_score():
    short = {side: [clip[:30] for clip in clips] for side, clips in dyad().items()}
    with pytest.raises(MetricInputError, match=r"diversity_exp@dualtalk: .* at least 100 are needed"):
        evaluate("dualtalk", **short)
    with pytest.raises(MetricInputError, match="frdiv@react24: pred has 1 reaction per speaker"):
        evaluate("react24", **react(samples=1))


def test_unequal_lengths_are_refused_or_cut_as_the_protocol_says():
    given = dyad()
    given["pred"] = [clip[:-10] for clip in given["pred"]]
    with pytest.raises(MetricInputError, match="cut to a common length"):
        evaluate("dim", **given)
    score = evaluate("dualtalk", **given)["mse_exp"]
    assert score.warnings == ("gt: unequal lengths; 20 of 600 frames cut off, as the official code does",)
    cut = {side: [clip[:290] for clip in clips] for side, clips in given.items()}
    assert score.value == evaluate("dualtalk", **cut)["mse_exp"].value


def test_warnings_travel_with_the_score():
    given = dyad()
    given["pred"] = [np.where(np.arange(56) == 7, 0.5, clip) for clip in given["pred"]]
    short = {side: [clip[:45] for clip in clips] for side, clips in given.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores, brief = evaluate("dim", **given), evaluate("dim", **short)
    assert [text for text in scores["rpcc_exp"].warnings if "2 channels in 2 of 2 clips never change" in text]
    assert scores["rpcc_pose"].warnings == scores["mse_exp"].warnings == ()
    assert any("singular covariance" in text for text in brief["fd_exp"].warnings)
    assert not any("singular covariance" in text for text in brief["fd_pose"].warnings)
    assert any("2 of 2 clips last less than 2 s" in text for text in brief["mse_exp"].warnings)


def test_warnings_of_other_kinds_go_their_way(monkeypatch):
    """Only what a metric says of its input belongs to the score."""
    from echo_metrics.protocols import _listening

    heard = []
    with pytest.warns(DeprecationWarning, match="old"), _listening(heard):
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert heard == []


def test_degrees_are_noticed():
    given = dyad()
    given["pred"] = [clip * np.where(np.arange(56) < 6, 57.3, 1) for clip in given["pred"]]
    assert any("beyond pi" in text for text in evaluate("dim", **given)["mse_exp"].warnings)


def test_fewer_samples_than_officially_are_said():
    scores = evaluate("react24", **react(samples=5))
    assert any("multiplying by 10/5" in text for text in scores["frcorr"].warnings)
    assert not any("multiplying" in text for text in scores["frsyn"].warnings)
    assert evaluate("react24", **react())["frcorr"].warnings == ()


def test_dead_channels_are_named_and_repaired_under_their_own_id():
    given = react()
    given["pred"] = np.repeat(given["speaker"][:, None], 10, axis=1)
    given["pred"][..., 3] = 0.5
    official, aware = (evaluate(id_, **given)["frsyn"] for id_ in ("react24", "react24-nan-aware"))
    assert (official.value, aware.value) == (49.0, 0.0)
    assert any("no correlation with their speaker" in text for text in official.warnings)


def test_a_still_face_has_no_smoothness_and_the_rest_is_scored():
    given = dyad(61)
    given["pred"] = [np.tile(clip[:1], (len(clip), 1)) for clip in given["pred"]]
    scores = evaluate("eb1", **given)
    assert scores["sparc_exp"].value is None
    assert any("never moves" in text for text in scores["sparc_exp"].warnings)
    assert scores["var_exp"].value == pytest.approx(0.0, abs=1e-20)
    assert scores["rpcc_exp"].value > 0


def test_a_score_is_what_it_says():
    score = evaluate("glare", gt_events=[[("nod", 10, 30)]], pred_events=[[("shake", 10, 30)]])["r_atd"]
    assert isinstance(score, Score)
    assert (score.value, score.direction, score.target, score.n, score.protocol) == (None, "lower", 0.0, 1, "glare")
    with pytest.raises(AttributeError):
        score.value = 1.0


def test_e_fid_pools_all_frames_and_reads_expression_alone():
    """Shifting the 64 expression columns by one is a distance of 64; angles and translation do not count; one value for all clips."""
    rng = np.random.default_rng(0)
    truth = [rng.uniform(-1, 1, (50, 70)) for _ in range(3)]
    moved = [np.concatenate([0.5 * clip[:, :3], clip[:, 3:67] + 1, clip[:, 67:] + 5], axis=1) for clip in truth]
    score = evaluate("e-fid", gt_motion=truth, pred_motion=moved)["e_fid_exp"]
    assert score.value == pytest.approx(64)
    assert score.n == 3
    assert any("state neither extractor nor pooling" in warning for warning in score.warnings)
    shuffled = [np.concatenate(moved)[::-1]]
    assert evaluate("e-fid", gt_motion=[np.concatenate(truth)], pred_motion=shuffled)[
        "e_fid_exp"
    ].value == pytest.approx(64)


def test_vico22_from_pictures_landmarks_and_coefficients():
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (2, 3, 64, 64, 3), np.uint8)
    points, motion = rng.random((2, 3, 68, 2)), rng.random((2, 100, 70))
    scores = evaluate(
        "vico22",
        gt_frames=list(frames),
        pred_frames=list(frames),
        gt_landmarks=list(points),
        pred_landmarks=list(points + np.array([2.0, 0.0])),
        gt_motion=list(motion),
        pred_motion=list(motion + np.where(np.arange(70) < 3, 0.25, 0.5)),
    )
    assert (scores["psnr"].value, scores["ssim"].value) == (80.0, 1.0)
    assert [scores[name].value for name in ("lip_lmd", "l1_angle", "l1_exp", "l1_trans")] == pytest.approx(
        [1.0, 0.25, 0.5, 0.5]
    )
    assert "csim" not in scores


def affect(seed, reactions=2):
    return [0.5 * np.sin(np.random.default_rng(seed).normal(size=(reactions, 40, 2)).cumsum(axis=1))]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"affect": affect(0), "appropriate": affect(1)}, {"appropriateness"}),
        (
            {"affect": affect(0), "appropriate": affect(1), "inappropriate": affect(2)},
            {"appropriateness", "appropriateness-auc"},
        ),
        ({"labels": ["joy"], "fitting_labels": [{"joy"}]}, {"emotion-label"}),
        ({"labels": ["joy"], "gt_labels": ["joy"], "user_labels": ["fear"]}, {"emotion-conditional"}),
        ({"embeddings": walks(0)}, {"track_consistency", "track_worst"}),
        (
            {"embeddings": walks(0), "reference": [clip[0] for clip in walks(0)]},
            {"track_consistency", "track_worst", "csim"},
        ),
        ({"video": walks(0), "audio": walks(1), "speaking": [[(0, 60)]] * 2}, {"sync_c_star", "sync_d_star"}),
        ({"gt_speech": walks(0, width=61), "pred_speech": walks(1, width=61)}, {"lve_exp", "mod_exp", "fdd_exp"}),
    ],
)
def test_eb1_scores_the_groups_it_is_given(given, expected):
    assert set(evaluate("eb1", **given)) == expected


def test_lists_of_unequal_length_are_refused():
    with pytest.raises(
        MetricInputError, match=r"sync_c_star@eb1: one entry per clip is needed on every side, .* got \[2, 2, 1\]"
    ):
        evaluate("eb1", video=walks(0), audio=walks(1), speaking=[[(0, 60)]])
    with pytest.raises(MetricInputError, match=r"lse_d@syncnet-v2: .* got \[2, 1\]"):
        evaluate("syncnet-v2", video=walks(0), audio=walks(1)[:1])
    with pytest.raises(MetricInputError, match=r"track_consistency@eb1: .* got \[0\]"):
        evaluate("eb1", embeddings=[])


def test_a_dualtalk_file_needs_both_arrays():
    with pytest.raises(MetricInputError, match="gt clip 0 lacks pose"):
        evaluate("timar", **dyad(gt=[{"exp": np.zeros((300, 50))}]))
    with pytest.raises(MetricInputError, match=r"exp \(frames, 50\) and pose \(frames, 6\)"):
        dualtalk_clip({"exp": np.zeros((300, 6)), "pose": np.zeros((300, 50))}, "gt clip 0")


def test_the_table_is_loaded_when_it_is_asked_for():
    table, heavy = "print('echo_metrics.protocols' in sys.modules)", "print('sklearn' in sys.modules)"
    code = f"import sys, echo_metrics; {table}; echo_metrics.evaluate; {table}; {heavy}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False"]
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        __import__("echo_metrics").nothing  # noqa: B018
