"""Does the face follow the meaning of the dialogue: motion against the emotions that its turns are labelled with (``eb1``).

It needs no recorded avatar, so it also scores what a method makes of dialogues that nobody has filmed (CPED, PELD). Each turn asks for
the valence and arousal of its label, its own speaker's and the other's alike, until the next labelled turn begins; before the first one
nothing is asked. Labels are read by PELD's table of seven words and by synonyms of them; a turn with another label asks for nothing new.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from echo_metrics.appropriateness import FACE_TRAILS_S, RATE, rationality
from echo_metrics.rig_affect import displayed_affect
from echo_metrics.vad import PELD_VAD
from numpy.typing import NDArray

from echo_bench.clip import DyadicClip
from echo_bench.errors import NotApplicable
from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.base import MeanMetric
from echo_bench.metrics.frames import motion_of

_WORDS = {
    "anger": "angry", "disgust": "disgusted", "fear": "fearful worried afraid", "joy": "happy happiness grateful",
    "neutral": "calm", "sadness": "sad depress depressed", "surprise": "surprised astonished",
}  # fmt: skip
LABELS = MappingProxyType({word: kind for kind, words in _WORDS.items() for word in (kind, *words.split())})
"""Label to one of PELD's seven words. CPED's ``relaxed``, ``positive-other`` and ``negative-other`` are none of them."""
ID = "rationality@eb1-native"
MOTION = f"pred:{motion_of(ID)}"
SHORTEST_S = 4 * FACE_TRAILS_S


def asked(clip: DyadicClip, samples: int) -> NDArray[np.float64]:
    """Valence and arousal (samples, 2) at 5 Hz that the dialogue asks of the avatar.

    Raises
    ------
    NotApplicable
        When no turn has a label that is known, or they never change over the samples.
    """
    turns = sorted((span.start, word) for span in clip.spans if (word := LABELS.get(span.emotion or "")))
    if not turns:
        raise NotApplicable("no turn is labelled with an emotion that is known")
    times = (np.arange(samples) + 0.5) / RATE
    felt = np.array([(0.0, 0.0), *(PELD_VAD[word][:2] for _, word in turns)])
    track: NDArray[np.float64] = felt[np.searchsorted([start for start, _ in turns], times, side="right")]
    if not np.ptp(track, axis=0).any():
        raise NotApplicable("the feelings of the dialogue never change")
    return track


def _value(features: ClipFeatures) -> float:
    if features.clip.duration <= SHORTEST_S:
        raise NotApplicable(f"the clip lasts {SHORTEST_S:g} s or less, too little for the lags that are allowed")
    arrays = features[MOTION]
    shown = displayed_affect(arrays["motion"], arrays["valid"])
    return rationality([shown], [asked(features.clip, len(shown))])


RATIONALITY = MeanMetric(
    MetricInfo(
        id=ID,
        title="Best lag-tolerant concordance of displayed affect with the emotions of the dialogue's turns",
        unit="",
        direction=Direction.HIGHER,
        requires=(MOTION,),
        range=(-1.0, 1.0),
        role="both",
        signature=(
            ("space", "rig61"),
            ("affect", "rig-affect"),
            ("labels", "peld-vad"),
            ("rate", "5"),
            ("lag", "-0.4..2s"),
        ),
    ),
    _value,
)
"""Scored where it is named."""
