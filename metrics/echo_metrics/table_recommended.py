"""Protocol ``eb1``: of each metric the variant we recommend, and why.

* Motion is ``rig61``; expression, pose and gaze are scored apart, since their units differ.
* ``rpcc``: per dimension, mean removed, lag-tolerant. Flattened, resting faces decide it, and a static face at the real mean wins.
* ``fd``: frames of all clips pooled. Per clip, the bias of few frames is larger than the distance.
* ``sid``: one codebook of the whole test set, so that entropies are of the same words; the truth's value beside it.
* ``var``: over time, so that a face that never moves scores 0.
* Lips are scored on speaking spans, reactions on listening spans, synchrony on the avatar's own voice.
* What has several right answers is scored against all of them (appropriateness), and against wrong ones (its AUC).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from echo_metrics import emotion, lips, motion, over_clips, reaction
from echo_metrics.bindings import NONE, Input, Metric, Options, Protocol, of
from echo_metrics.layouts import RIG61
from echo_metrics.limits import constant_channels
from echo_metrics.table_motion import tracks

__all__ = ["RECOMMENDED"]

PARTS: dict[str, Options] = dict.fromkeys(("exp", "pose", "gaze"), NONE)
GT_PRED, TRIPLE = of("gt", "pred"), of("gt", "pred", "partner")
CORPUS: Options = {"pooling": "corpus"}
SMOOTHNESS = "tracker noise counts: compare motion from one tracker only"


def _moves(
    name: str, function: Callable[..., Any], unit: str, page: str, parameter: str = "motion", **more: Any
) -> Metric:
    """A description of the prediction whose target is the truth's."""
    inputs, truth = {parameter: "pred"}, {parameter: "gt"}
    return Metric(name, function, inputs, "target", unit, page, truth=truth, **more)


_GAZE, _HEAD = (
    {"gaze_direction": {"distance": motion.gaze_distance}},
    {"rotation": {"distance": motion.head_pose_distance}},
)
_MOTION = (
    Metric(
        "rpcc",
        motion.lagged_residual_pearson,
        TRIPLE,
        "lower",
        "",
        "rpcc",
        PARTS,
        {"window": 25},
        target=0.0,
        check=constant_channels,
    ),
    Metric("fd", motion.frechet, GT_PRED, "lower", "motion²", "frechet-distance", PARTS, CORPUS, target=0.0),
    Metric("pfd", motion.paired_frechet, TRIPLE, "lower", "motion²", "paired-frechet", PARTS, CORPUS, target=0.0),
    Metric(
        "sid",
        motion.shannon_index,
        GT_PRED,
        "higher",
        "bit",
        "sid",
        {"exp": {"clusters": 40}, "pose": {"clusters": 20}},
        CORPUS,
        of(gt="gt", pred="gt"),
    ),
    _moves("var", motion.variance, "motion²", "var", parts=PARTS, options={"definition": "time"}),
    _moves("diversity", motion.diversity, "motion", "diversity", parts=PARTS, options={"pairs": 100, "seed": 0}),
    _moves("speed", over_clips.mean_speed, "motion/s", "smoothness", "clips", parts=PARTS, caveat=SMOOTHNESS),
    _moves("jerk", motion.jerk, "motion/s³", "smoothness", parts=PARTS, caveat=SMOOTHNESS),
    _moves("sparc", motion.spectral_arc_length, "", "smoothness", parts=PARTS, caveat=SMOOTHNESS),
    Metric("js", over_clips.divergence, GT_PRED, "lower", "bit", "gaze-and-head-pose", _GAZE | _HEAD, target=0.0),
    Metric("w1", over_clips.transport, GT_PRED, "lower", "rad", "gaze-and-head-pose", _GAZE | _HEAD, target=0.0),
    _moves("blink_rate", over_clips.blink_rate, "1/min", "blinks", "clips"),
    Metric("gesture_f1", over_clips.gesture_f1, GT_PRED, "higher", "", "reaction-events", target=1.0),
)
_SPEECH = of(gt="gt_speech", pred="pred_speech")
_EXP: dict[str, Options] = {"exp": NONE}
_LIPS = (
    Metric("lve", lips.lve_bs52, _SPEECH, "lower", "motion²", "lve", _EXP, target=0.0),
    Metric("mod", lips.mod_bs52, _SPEECH, "lower", "motion", "mod", _EXP, target=0.0),
    Metric("fdd", lips.fdd_bs52, _SPEECH, "target", "motion²", "fdd", _EXP, target=0.0),
)
_AFFECT = of(pred="affect", appropriate="appropriate")
_EMOTION = (
    Metric("appropriateness", over_clips.fitting, _AFFECT, "higher", "", "appropriateness", target=1.0),
    Metric(
        "appropriateness-auc",
        over_clips.fitting_auc,
        _AFFECT | of("inappropriate"),
        "higher",
        "",
        "appropriateness",
        target=1.0,
    ),
    Metric("rationality", emotion.rationality, of("displayed", "dialogue"), "higher", "", "rationality", target=1.0),
    Metric(
        "vad-transition",
        emotion.vad_transition_agreement,
        of(displayed="displayed_vad", implied="implied_vad"),
        "higher",
        "",
        "appropriateness",
        target=1.0,
    ),
    Metric(
        "emotion-label",
        emotion.label_appropriateness,
        of(displayed="labels", appropriate="fitting_labels"),
        "higher",
        "",
        "appropriateness",
        target=1.0,
    ),
    Metric(
        "emotion-conditional",
        emotion.emotion_conditional_distance,
        of(context="user_labels", gt="gt_labels", pred="labels"),
        "lower",
        "bit",
        "appropriateness",
        target=0.0,
    ),
)
_SPOKEN = of("video", "audio", spans="speaking")
_FOOTAGE = (
    Metric(
        "sync_c_star", over_clips.spoken_sync, _SPOKEN, "higher", "embedding", "lse", options={"part": "confidence"}
    ),
    Metric("sync_d_star", over_clips.spoken_sync, _SPOKEN, "lower", "embedding", "lse", options={"part": "distance"}),
    Metric("av_offset", over_clips.median_offset, of("opening", "energy"), "target", "frame", "av-offset", target=0.0),
    Metric(
        "csim",
        over_clips.mean_csim,
        of(generated="embeddings", counterpart="reference"),
        "higher",
        "",
        "csim",
        options={"protocol": "eb1"},
        caveat="a static face wins against one reference image; read csim_paired and a motion metric beside it",
    ),
    Metric(
        "csim_paired",
        over_clips.mean_csim,
        of(generated="embeddings", counterpart="gt_embeddings"),
        "higher",
        "",
        "csim",
        options={"protocol": "eb1-paired"},
        target=1.0,
    ),
    Metric(
        "track_consistency",
        over_clips.consistency,
        of("embeddings"),
        "higher",
        "",
        "track-consistency",
        options={"part": "mean"},
    ),
    Metric(
        "track_worst",
        over_clips.consistency,
        of("embeddings"),
        "higher",
        "",
        "track-consistency",
        options={"part": "worst"},
    ),
    Metric(
        "interactivity",
        reaction.interactivity,
        of(eyes="eyes", listening="listening"),
        "target",
        "eye distance/frame",
        "interactivity",
        truth=of(eyes="gt_eyes", listening="listening"),
    ),
)

_AFFECT_SPANS = "list of (reactions, frames, 2) valence and arousal at 5 Hz, one entry per listening span"
_AFFECT_CLIPS = Input("list of (frames, 2) valence and arousal at 5 Hz, one per clip")
_VAD = Input("(responses, 3) valence, arousal, dominance in [-1, 1]")
_LABELS = Input("emotion word or number of each response")
_ROWS = Input("list of (windows, features) SyncNet embeddings, one per clip; the audio is the avatar's own voice")
_FACES = Input("list of (frames, features) ArcFace embeddings of aligned faces, one per clip")
_EYES = Input("list of (frames, points, 2) face-aligned eye keypoints in inter-ocular distances, one per clip")

RECOMMENDED = Protocol(
    "eb1",
    "what we recommend: of each metric the variant with the fewest blind spots",
    "this repository; reasons in the pages of docs/metrics",
    {
        **tracks(RIG61, "gt", "pred", "partner", "gt_speech", "pred_speech"),
        "affect": Input(f"{_AFFECT_SPANS}: the generated samples"),
        "appropriate": Input(f"{_AFFECT_SPANS}: the right reactions, without the recorded one"),
        "inappropriate": Input(f"{_AFFECT_SPANS}: wrong reactions"),
        "displayed": _AFFECT_CLIPS,
        "dialogue": _AFFECT_CLIPS,
        "displayed_vad": _VAD,
        "implied_vad": _VAD,
        "labels": _LABELS,
        "gt_labels": _LABELS,
        "user_labels": _LABELS,
        "fitting_labels": Input("set of fitting emotions of each response"),
        "video": _ROWS,
        "audio": _ROWS,
        "speaking": Input("list of lists of (start, stop) speaking spans in frames, one list per clip"),
        "opening": Input("list of (frames,) distance between the lips at 25 fps, one per clip"),
        "energy": Input("list of (frames,) speech envelope of the same frames, one per clip"),
        "embeddings": _FACES,
        "gt_embeddings": _FACES,
        "reference": Input("list of (features,) embedding of the reference image, one per clip"),
        "eyes": _EYES,
        "gt_eyes": _EYES,
        "listening": Input("list of lists of (start, end) listening spans in frames, one list per clip"),
    },
    (
        ("gt", "pred", "partner"),
        ("gt_speech", "pred_speech"),
        ("affect", "appropriate"),
        ("affect", "appropriate", "inappropriate"),
        ("displayed", "dialogue"),
        ("displayed_vad", "implied_vad"),
        ("labels", "fitting_labels"),
        ("labels", "gt_labels", "user_labels"),
        ("video", "audio", "speaking"),
        ("opening", "energy"),
        ("embeddings",),
        ("embeddings", "reference"),
        ("embeddings", "gt_embeddings"),
        ("eyes", "gt_eyes", "listening"),
    ),
    (*_MOTION, *_LIPS, *_EMOTION, *_FOOTAGE),
)
