"""Protocols of reactions: REACT's several samples per speaker, and GLARE's events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from echo_metrics import reaction
from echo_metrics.bindings import WHOLE, Input, Metric, Options, Protocol, Reader, of
from echo_metrics.errors import MetricInputError
from echo_metrics.frechet import frechet_distance
from echo_metrics.limits import official_samples
from echo_metrics.over_clips import frvar_of_either

__all__ = ["REACTION_PROTOCOLS"]

ATTRIBUTES = "25 facial attributes: 15 action units, valence, arousal, 8 expression probabilities"


def _attributes(axes: str) -> Input:
    def read(value: ArrayLike, name: str) -> Mapping[str, Any]:
        array = np.asarray(value)
        if array.ndim != axes.count(",") + 1 or array.shape[-1] != 25:
            raise MetricInputError(f"{name} must be ({axes}) in layout REACT-25 ({ATTRIBUTES}); got {array.shape}")
        return {WHOLE: array}

    reader: Reader = read
    return Input(f"({axes}) in layout REACT-25 ({ATTRIBUTES})", reader)


_INPUTS = {
    "pred": _attributes("clips, samples, frames, 25"),
    "listener": _attributes("clips, frames, 25"),
    "speaker": _attributes("clips, frames, 25"),
    "neighbours": Input("(clips, clips) of 0 and 1: which listener answers which speaker appropriately"),
}
_APPROPRIATE = of("pred", "listener", "neighbours")
_CONCORDANCE: Options = {"aggregate": "sum", "constant": "official"}
_LAGS: Options = {"samples": "all", "nan": "official"}
_NOISE_WINS = "independent noise scores higher than any face: read it beside frcorr and frdist"


def _react(id_: str, summary: str, frcorr: Options = _CONCORDANCE, frsyn: Options = _LAGS) -> Protocol:
    page = "frdiv-frvar-frdvs"
    return Protocol(
        id_,
        summary,
        "reactmultimodalchallenge/baseline_react2024 0c3ce58, metric/*.py, evaluate.py",
        _INPUTS,
        (tuple(_INPUTS),),
        (
            Metric(
                "frcorr",
                reaction.frcorr,
                _APPROPRIATE,
                "higher",
                "",
                "frcorr",
                options=frcorr,
                check=official_samples,
            ),
            Metric(
                "frdist",
                reaction.frdist,
                _APPROPRIATE,
                "lower",
                "attribute",
                "frdist",
                options={"aggregate": "sum"},
                target=0.0,
                check=official_samples,
            ),
            Metric("frdiv", reaction.frdiv, of("pred"), "higher", "attribute²", page, caveat=_NOISE_WINS),
            Metric(
                "frvar",
                frvar_of_either,
                of(motion="pred"),
                "higher",
                "attribute²",
                page,
                truth=of(motion="listener"),
                caveat=_NOISE_WINS,
            ),
            Metric("frdvs", reaction.frdvs, of("pred"), "higher", "attribute²", page, caveat=_NOISE_WINS),
            Metric("frsyn", reaction.frsyn, of("pred", "speaker"), "lower", "frame", "frsyn", options=frsyn),
        ),
    )


_EVENTS = Input("list of lists of (label, start, end), one list per clip, half-open in frames at 25 fps")
_FEATURES = Input("(frames, features) of frames inside events, officially Inception pool3")
_GT_PRED = of(gt="gt_events", pred="pred_events")
_GLARE = Protocol(
    "glare",
    "GLARE's reaction events: nod, shake, smile, laugh, frown, surprise, matched at a tIoU of 0.5",
    "GLARE (2026), appendix D; code promised at lzk901372/glare",
    {"gt_events": _EVENTS, "pred_events": _EVENTS, "gt_features": _FEATURES, "pred_features": _FEATURES},
    (("gt_events", "pred_events"), ("gt_features", "pred_features")),
    (
        Metric(
            "r_f1",
            reaction.event_f1,
            _GT_PRED,
            "higher",
            "",
            "reaction-events",
            truth=of(gt="gt_events", pred="gt_events"),
        ),
        Metric("r_tiou", reaction.event_tiou, _GT_PRED, "higher", "", "reaction-events", target=1.0),
        Metric(
            "r_atd",
            reaction.event_atd,
            _GT_PRED,
            "lower",
            "",
            "reaction-events",
            target=0.0,
            caveat="at most 2.5 by the stated formula; the printed 57 to 157 are another quantity",
        ),
        Metric(
            "r_fid",
            frechet_distance,
            of(a="gt_features", b="pred_features"),
            "lower",
            "feature²",
            "frechet-distance",
            target=0.0,
        ),
    ),
)

REACTION_PROTOCOLS = (
    _GLARE,
    _react("react24", "REACT 2024 as the published formulae: all samples, a dead channel decides FRSyn"),
    _react(
        "react24-first-sample",
        "REACT 2024 as its multi-process FRSyn runs: the first of the samples alone, to repeat printed numbers only",
        frsyn={**_LAGS, "samples": "first"},
    ),
    _react(
        "react24-nan-aware",
        "REACT 2024 with channels that never move left out of FRSyn, and agreeing with their equals in FRCorr",
        frcorr={**_CONCORDANCE, "constant": "aware"},
        frsyn={**_LAGS, "nan": "aware"},
    ),
)
