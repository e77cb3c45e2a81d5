"""Emotion as nets read it from faces: whether the intended one is recognised, and whether affect follows the truth's.

Each net is an id of its own. The truth's row is the ceiling of ``acc_emo``: what the net says of real videos. Clips whose label the net
has no class for (contempt, for nets of seven classes) are SKIPPED, by rule and with that reason, so two nets' accuracies may cover
different clips. Agreement of a net's labels on prediction and truth is no accuracy, and is not offered as one.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from echo_metrics.emotion import concordance
from echo_metrics.errors import MetricInputError
from numpy.typing import NDArray

from echo_bench.errors import NotApplicable
from echo_bench.extractors.emotion import CLASSES, WORDS
from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.base import MeanMetric
from echo_bench.metrics.frames import MIN_FRAMES

FAN = "emotion-fan"
AFFECT = ("valence", "arousal")


def intended(features: ClipFeatures, classes: tuple[str, ...]) -> str:
    """The clip's label (its stratum ``emotion``) as one of `classes`.

    Raises
    ------
    NotApplicable
        When the clip has none, or the net knows no such class.
    """
    label = features.clip.strata.get("emotion")
    if label is None:
        raise NotApplicable("the clip is not labelled with an emotion")
    word = WORDS.get(label.lower())
    if word not in classes:
        raise NotApplicable(f"the net has no class for {label!r}")
    return word


def recognised(rows: NDArray[np.floating], classes: tuple[str, ...]) -> str:
    """The class with the highest mean probability over the rows that show a face.

    Examples
    --------
    >>> recognised(np.array([[0.9, 0.1], [np.nan, np.nan], [0.2, 0.8], [0.3, 0.7]]), ("anger", "fear"))
    'fear'
    """
    seen = rows[np.isfinite(rows).all(axis=1), : len(classes)]
    return classes[int(seen.mean(axis=0).argmax())]


def _hit(net: str, classes: tuple[str, ...], features: ClipFeatures) -> float:
    wanted = intended(features, classes)
    rows = features[f"pred:{net}"]["expression"]
    if not np.nanmax(rows[:, classes.index(wanted)]) > 0:
        raise NotApplicable(f"the net has no class for {wanted!r}")
    return float(recognised(rows, classes) == wanted)


def _ccc(net: str, column: int, features: ClipFeatures) -> float:
    pred, truth = (features[f"{side}:{net}"]["expression"][:, column].astype(np.float64) for side in ("pred", "truth"))
    length = min(len(pred), len(truth))
    both = np.isfinite(pred[:length]) & np.isfinite(truth[:length])
    if both.sum() < MIN_FRAMES:
        raise MetricInputError(f"a face was found in {int(both.sum())} common frames; {MIN_FRAMES} are needed")
    return float(concordance([truth[:length][both][:, None]], [pred[:length][both][:, None]])[0])


def _accuracy(net: str) -> MeanMetric:
    classes = CLASSES[net]
    info = MetricInfo(
        id=f"acc_emo@{net}",
        title=f"Share of labelled clips whose emotion {net} recognises, of {len(classes)} classes",
        unit="",
        direction=Direction.HIGHER,
        requires=(f"pred:{net}",),
        range=(0.0, 1.0),
        signature=(("net", net), ("classes", str(len(classes))), ("pooling", "attention" if net == FAN else "mean")),
    )
    return MeanMetric(info, partial(_hit, net, classes))


def _concordance(net: str, name: str) -> MeanMetric:
    info = MetricInfo(
        id=f"ccc_{name}@{net}",
        title=f"Concordance of {name} with the truth's, as {net} reads both, per clip",
        unit="",
        direction=Direction.HIGHER,
        requires=(f"pred:{net}", f"truth:{net}"),
        range=(-1.0, 1.0),
        signature=(("net", net), ("pooling", "clip"), ("fps", "25")),
    )
    return MeanMetric(info, partial(_ccc, net, len(CLASSES[net]) + AFFECT.index(name)))


ACC_FER = _accuracy("fer")
ACC_DEEPFACE = _accuracy("deepface-emotion")
ACC_EMONET = _accuracy("emonet")
ACC_HSEMOTION_B0 = _accuracy("hsemotion-b0")
ACC_HSEMOTION_B2 = _accuracy("hsemotion-b2")
ACC_FAN = _accuracy(FAN)
ACC_HUB = _accuracy("hub-emotion")
ACC_EB = _accuracy("emonet-eb")
CCC_VALENCE_EMONET = _concordance("emonet", "valence")
CCC_AROUSAL_EMONET = _concordance("emonet", "arousal")
CCC_VALENCE_HSEMOTION = _concordance("hsemotion-b0", "valence")
CCC_AROUSAL_HSEMOTION = _concordance("hsemotion-b0", "arousal")
CCC_VALENCE_EB = _concordance("emonet-eb", "valence")
