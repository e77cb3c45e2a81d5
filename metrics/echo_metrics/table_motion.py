"""Protocols of motion coefficients: who scores which columns by which definition.

Sources are named per protocol; definitions and their traps in ``docs/metrics``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import ArrayLike

from echo_metrics import motion
from echo_metrics.bindings import NONE, WHOLE, Input, Metric, Options, Protocol, of
from echo_metrics.coefficients import mean_distance
from echo_metrics.emotion import windowed_valence_error
from echo_metrics.layouts import DECA56, DIM56, DUALTALK56, EMOCA56, SPECTRE56, Layout, dualtalk_clip
from echo_metrics.limits import constant_channels
from echo_metrics.over_clips import listener_diversity

__all__ = ["MOTION_PROTOCOLS", "tracks"]

GT_PRED, TRIPLE = of("gt", "pred"), of("gt", "pred", "partner")
PRED, GT = of(motion="pred"), of(motion="gt")
TRUTH_ITSELF = of(gt="gt", pred="gt")


def tracks(layout: Layout, *names: str) -> dict[str, Input]:
    """Inputs that are lists of motion tracks in one layout."""
    meaning = f"list of (frames, {layout.width}) in layout {layout.name}: {layout.columns}"
    return dict.fromkeys(names, Input(meaning, layout.split))


def _alike(*parts: str) -> dict[str, Options]:
    return dict.fromkeys(parts, NONE)


def _words(**clusters: int) -> dict[str, Options]:
    return {part: {"clusters": count} for part, count in clusters.items()}


def _pair_metrics(parts: Mapping[str, Options], caveat: str = "") -> tuple[Metric, ...]:
    """FD and P-FD with the frames of a clip as samples."""
    options = {"pooling": "clip"}
    fd = Metric(
        "fd", motion.frechet, GT_PRED, "lower", "motion²", "frechet-distance", parts, options, target=0.0, caveat=caveat
    )
    pfd = Metric(
        "pfd",
        motion.paired_frechet,
        TRIPLE,
        "lower",
        "motion²",
        "paired-frechet",
        parts,
        options,
        target=0.0,
        caveat=caveat,
    )
    return fd, pfd


def _mse(parts: Mapping[str, Options], name: str = "mse") -> Metric:
    return Metric(name, motion.mean_squared_error, GT_PRED, "lower", "motion²", "mse", parts, target=0.0)


def _sid(parts: Mapping[str, Options], pooling: str, caveat: str = "") -> Metric:
    options = {"pooling": pooling}
    return Metric(
        "sid", motion.shannon_index, GT_PRED, "higher", "bit", "sid", parts, options, TRUTH_ITSELF, caveat=caveat
    )


def _swapped_sid(name: str, parts: Mapping[str, Options]) -> Metric:
    options = {"pooling": "clip", "codebook": "pred"}
    caveat = "as the published code, which swapped its arguments: entropy of the truth in words of the prediction; it rates the truth"
    return Metric(name, motion.shannon_index, GT_PRED, "higher", "bit", "sid", parts, options, caveat=caveat)


def _var(parts: Mapping[str, Options], definition: str) -> Metric:
    return Metric("var", motion.variance, PRED, "target", "motion²", "var", parts, {"definition": definition}, GT)


def _rpcc(parts: Mapping[str, Options], pooling: str, caveat: str = "") -> Metric:
    return Metric(
        "rpcc",
        motion.residual_pearson,
        TRIPLE,
        "lower",
        "",
        "rpcc",
        parts,
        {"pooling": pooling},
        target=0.0,
        caveat=caveat,
        check=constant_channels,
    )


def _sts(parts: Mapping[str, Options], pooling: str) -> Metric:
    return Metric("sts", motion.sts, GT_PRED, "lower", "motion", "sts", parts, {"pooling": pooling}, target=0.0)


_DIM_PARTS = _alike("pose", "exp", "joint")
_DIM = Protocol(
    "dim",
    "DIM and its line: EMOCA coefficients, pose first; FD per clip, one SID histogram, rPCC over the flattened test set",
    "Boese0601/Dyadic-Interaction-Modeling 9fc92f7, code/metrics/eval_utils.py, code/mymetrics.py",
    tracks(DIM56, "gt", "pred", "partner"),
    (("gt", "pred", "partner"),),
    (
        *_pair_metrics(_DIM_PARTS),
        _mse(_DIM_PARTS),
        _sid(_words(pose=20, exp=40), "corpus"),
        _var(_DIM_PARTS, "flat"),
        _rpcc(_DIM_PARTS, "corpus"),
        _sts(_DIM_PARTS, "corpus"),
    ),
)


def _dualtalk_tracks() -> dict[str, Input]:
    def read(value: Sequence[ArrayLike | Mapping[str, Any]], name: str) -> Mapping[str, Any]:
        return DUALTALK56.split([dualtalk_clip(clip, f"{name} clip {i}") for i, clip in enumerate(value)], name)

    meaning = f"list of (frames, 56) in layout {DUALTALK56.name}: {DUALTALK56.columns}"
    return dict.fromkeys(("gt", "pred", "partner"), Input(meaning, read))


_THREE = _alike("exp", "jaw", "rot")
_DUALTALK_WORDS = _words(exp=40, jaw=10, rot=10)
_DUALTALK_ROWS = (
    *_pair_metrics(_THREE),
    _mse(_THREE),
    _sts(_THREE, "clip"),
    Metric("diversity", motion.diversity, PRED, "target", "motion", "diversity", _THREE, {"pairs": 100, "seed": 0}, GT),
    _var(_THREE, "time"),
    _rpcc(_THREE, "clip"),
)
#: TIMAR's `format_metric_for_pub`; what is not named is printed as it is.
_DUALTALK_PRINTED = {
    **dict.fromkeys(("fd_jaw", "pfd_jaw", "mse_jaw"), 1e3),
    **dict.fromkeys(("fd_rot", "pfd_rot", "mse_rot", "rpcc_exp"), 1e2),
    **dict.fromkeys(("mse_exp", "rpcc_jaw", "rpcc_rot"), 10.0),
}


def _dualtalk(id_: str, summary: str, source: str, *sids: Metric) -> Protocol:
    return Protocol(
        id_,
        summary,
        source,
        _dualtalk_tracks(),
        (("gt", "pred", "partner"),),
        (*_DUALTALK_ROWS, *sids),
        trims=True,
        published=_DUALTALK_PRINTED,
    )


_DUALTALK_SOURCE = "ZiqiaoPeng/DualTalk metric/metric.py, read through the fork Ruthless338/DualTalk 5ed7187"
_DUALTALK_FAMILY = (
    _dualtalk(
        "dualtalk",
        "DualTalk's metrics per file, SID as it is meant",
        _DUALTALK_SOURCE,
        _sid(_DUALTALK_WORDS, "clip"),
    ),
    _dualtalk(
        "dualtalk-swapped",
        "DualTalk's metrics per file, SID as its published code computes it, to repeat printed numbers only",
        f"{_DUALTALK_SOURCE}; ZiqiaoPeng/DualTalk#7",
        _swapped_sid("sid", _DUALTALK_WORDS),
    ),
    _dualtalk(
        "timar",
        "TIMAR: DualTalk's metrics with both SIDs",
        "CoderChen01/towards-seamless-interaction 56cebf7, util/metrics.py, calc_metric.py",
        _sid(_DUALTALK_WORDS, "clip"),
        _swapped_sid("reverse_sid", _DUALTALK_WORDS),
    ),
)

_UNSTATED = "the paper does not state the pooling and has no public code: dim's is used"
_TWO = _alike("exp", "pose")
_AVATAR_FORCING = Protocol(
    "avatar-forcing",
    "the motion columns that ECHO's table inherits from Avatar Forcing: SPECTRE coefficients, expression first",
    "arXiv 2601.00664, appendix D.5; no evaluation code",
    tracks(SPECTRE56, "gt", "pred", "partner"),
    (("gt", "pred", "partner"),),
    (
        _pair_metrics(_TWO, _UNSTATED)[0],
        _rpcc(_TWO, "corpus", _UNSTATED),
        _sid(
            _words(exp=15, pose=9),
            "corpus",
            "K = 15/9 as the paper states; its printed 3.972 lies above log2(15) = 3.907, so another K or a sum made it. "
            + _UNSTATED,
        ),
        _var(_TWO, "time"),
    ),
)

_L2L_UNSTATED = "the official code prints L2 alone; this is the paper's metric by dim's formula and pooling"
_L2L = Protocol(
    "l2l",
    "Learning2Listen: L2 after the frames that the model is given, and the metrics its paper names",
    "evonneng/learning2listen a0825d5, src/test_vq_decoder.py (L2); Ng et al., CVPR 2022 (the others)",
    tracks(DECA56, "gt", "pred", "partner"),
    (("gt", "pred", "partner"),),
    (
        Metric(
            "l2",
            mean_distance,
            GT_PRED,
            "lower",
            "motion",
            "coefficient-distances",
            _alike("joint"),
            {"skip": 32},
            target=0.0,
            caveat="the official code prints this on features standardised by the training set: pass those to repeat it",
        ),
        *_pair_metrics(_TWO, _L2L_UNSTATED),
        _sid(_words(exp=15, pose=9), "corpus", _L2L_UNSTATED),
        _var(_TWO, "time"),
    ),
)


_JOINT = {"joint": NONE}
_VALENCE = Input("list of (frames,) valence, officially EMOCA's emotion recogniser at 30 fps")
_LM_LISTENER = Protocol(
    "lm-listener",
    "lm-listener: 56 columns at once per segment, and valence in windows of 30 frames",
    "sanjayss34/lm-listener d8714a1, evaluate_listener.py",
    {**tracks(EMOCA56, "gt", "pred", "partner"), "gt_valence": _VALENCE, "pred_valence": _VALENCE},
    (("gt", "pred", "partner"), ("gt_valence", "pred_valence")),
    (
        *_pair_metrics(_JOINT),
        _mse(_JOINT, "l2"),
        Metric(
            "diversity",
            listener_diversity,
            of(clips="pred"),
            "target",
            "motion",
            "diversity",
            _JOINT,
            truth=of(clips="gt"),
        ),
        _var(_JOINT, "time"),
        Metric(
            "valence_error",
            windowed_valence_error,
            of(gt="gt_valence", pred="pred_valence"),
            "lower",
            "",
            "emotion",
            {WHOLE: NONE},
            target=0.0,
        ),
    ),
)

MOTION_PROTOCOLS = (_DIM, *_DUALTALK_FAMILY, _AVATAR_FORCING, _L2L, _LM_LISTENER)
