"""CSIM: is it still the same person (echo_metrics.identity), each net and crop under an id of its own.

``csim@vico22`` is ViCo's: whole frames, true frame beside predicted frame. ``csim@eb1-NET`` compares aligned faces with the one reference
picture that methods are given, ``csim@eb1-paired-NET`` with the true frame of the same time. Against the reference a still face wins:
those ids are shown with the truth's value as the target, and do not reward being above it.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from echo_metrics.errors import MetricInputError
from echo_metrics.identity import csim
from numpy.typing import NDArray

from echo_bench.errors import NotApplicable
from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.base import MeanMetric
from echo_bench.metrics.frames import MIN_FRAMES

FPS = 25.0
Rows = NDArray[np.float64]


def _paired(net: str, protocol: str, features: ClipFeatures) -> float:
    pred, truth = (_rows(features, side, net) for side in ("pred", "truth"))
    length = min(len(pred), len(truth))
    both = np.isfinite(pred[:length, 0]) & np.isfinite(truth[:length, 0])
    _require(both, "in both videos")
    return float(csim(pred[:length][both], truth[:length][both], protocol).mean())


def _to_reference(net: str, features: ClipFeatures) -> float:
    truth, pred = (_rows(features, side, net) for side in ("truth", "pred"))
    seen = np.isfinite(pred[:, 0])
    _require(seen, "in the prediction")
    return float(csim(pred[seen], _reference(features, truth), "eb1").mean())


def _reference(features: ClipFeatures, truth: Rows) -> Rows:
    """The row of the frame that is the reference picture; the truth's video was embedded anyway."""
    picture, video = features.clip.reference, features.clip.avatar.video
    if picture is None or video is None or (picture.sha256, picture.panel) != (video.sha256, video.panel):
        raise NotApplicable("the reference picture is no frame of the avatar's real video")
    index = round((picture.time - video.start) * FPS)
    if not 0 <= index < len(truth):
        raise NotApplicable("the reference picture lies outside the clip's stretch of the avatar's real video")
    if not np.isfinite(truth[index, 0]):
        raise MetricInputError("no face was found in the reference picture")
    row: Rows = truth[index]
    return row


def _rows(features: ClipFeatures, side: str, net: str) -> Rows:
    return features[f"{side}:{net}"]["embedding"].astype(np.float64)


def _require(seen: NDArray[np.bool_], where: str) -> None:
    if seen.sum() < MIN_FRAMES:
        raise MetricInputError(
            f"a face was found {where} in {int(seen.sum())} of {len(seen)} frames; {MIN_FRAMES} are needed"
        )


def _info(id_: str, net: str, title: str, direction: Direction, crop: str) -> MetricInfo:
    return MetricInfo(
        id=id_,
        title=title,
        unit="cosine",
        direction=direction,
        target="truth" if direction is Direction.TARGET else None,
        requires=(f"pred:{net}", f"truth:{net}"),
        range=(-1.0, 1.0),
        signature=(("net", net), ("crop", crop), ("fps", "25")),
    )


def _eb1(net: str, protocol: str) -> MeanMetric:
    title = "Identity: cosine of aligned faces with the one reference picture; good is what the truth has"
    return MeanMetric(_info(f"csim@{protocol}", net, title, Direction.TARGET, "aligned"), partial(_to_reference, net))


def _eb1_paired(net: str, protocol: str) -> MeanMetric:
    title = "Identity: cosine of aligned faces with the true frames of the same time"
    info = _info(f"csim@{protocol}", net, title, Direction.HIGHER, "aligned")
    return MeanMetric(info, partial(_paired, net, "eb1-paired"))


VICO22 = MeanMetric(
    _info(
        "csim@vico22",
        "arcface-r100-frame",
        "Identity: cosine of whole frames, ViCo's protocol",
        Direction.HIGHER,
        "whole-frame",
    ),
    partial(_paired, "arcface-r100-frame", "vico22"),
)
EB1_DLIB = _eb1("dlib-face", "eb1-dlib")
EB1_PAIRED_DLIB = _eb1_paired("dlib-face", "eb1-paired-dlib")
EB1_R50 = _eb1("arcface-r50", "eb1-arcface-r50")
EB1_PAIRED_R50 = _eb1_paired("arcface-r50", "eb1-paired-arcface-r50")
EB1_R100 = _eb1("arcface-r100", "eb1-arcface-r100")
EB1_PAIRED_R100 = _eb1_paired("arcface-r100", "eb1-paired-arcface-r100")
EB1_W600K = _eb1("arcface-w600k-r50", "eb1-arcface-w600k-r50")
EB1_PAIRED_W600K = _eb1_paired("arcface-w600k-r50", "eb1-paired-arcface-w600k-r50")
EB1_GLINT = _eb1("arcface-glint360k-r100", "eb1-arcface-glint360k-r100")
EB1_PAIRED_GLINT = _eb1_paired("arcface-glint360k-r100", "eb1-paired-arcface-glint360k-r100")
EB1_EB = _eb1("facenet-eb", "eb1-facenet-eb")
EB1_PAIRED_EB = _eb1_paired("facenet-eb", "eb1-paired-facenet-eb")
