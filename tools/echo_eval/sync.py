"""Is the mouth nearer to its own voice than to others'? LSE with the voices of the other clips in place of the avatar's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from echo_metrics.lipsync import speaking_sync
from numpy.typing import NDArray

from echo_bench.metric import ClipFeatures
from echo_bench.metrics.spoken import VSHIFT, Stretches, stretches
from echo_bench.pipeline.features import arrays_of
from echo_bench.pipeline.run import Session, outcomes_of
from tools.echo_eval.differences import Paired, paired
from tools.echo_eval.runs import LSE_C, LSE_D, Scored

LIP, VOICE = "pred:syncnet-eb-lip", "pred:syncnet-eb-audio"
OTHERS = "voices of the other clips"
Pair = tuple[float, float]


def strange_voices(session: Session, method: str, found: Scored) -> list[Paired]:
    """Distance and confidence with the own voice minus those with others', a method's clips paired.

    Parameters
    ----------
    session : Session
        Measured.
    method : str
        One of its rows.
    found : Scored
        Its scores: clips without lip sync are left out.

    Returns
    -------
    list of Paired
        On LSE-D (below zero is good) and LSE-C (above zero is good); none where fewer than two clips have it.
    """
    rows = found.rows
    good = rows[(rows["method"] == method) & (rows["metric"] == LSE_D) & rows["value"].notna()]
    parts = spoken_parts(session, method, set(good["clip"]))
    if len(parts) < 2:
        return []
    both = own_and_others(parts)
    clusters = [clip.cluster for clip in session.clips if clip.id in parts]
    return [
        paired(metric, (method, OTHERS), [own[k] for own, _ in both], [other[k] for _, other in both], clusters)
        for k, metric in enumerate((LSE_D, LSE_C))
    ]


def spoken_parts(session: Session, method: str, ids: Collection[str]) -> dict[str, Stretches]:
    """What is scored of each clip, by its id: embeddings of mouth and voice, and where the avatar speaks."""
    outcomes = outcomes_of(session)
    found = {}
    for clip in session.clips:
        if clip.id in ids:
            artefact = outcomes[method, clip.id].artefacts[0]
            arrays = {name: arrays_of(name, clip, artefact, session.store) for name in (LIP, VOICE)}
            found[clip.id] = stretches(ClipFeatures(clip, arrays), LIP, VOICE, "speaking")
    return found


def lent(part: Stretches, other: Stretches) -> NDArray[np.float64]:
    """The voice of a clip with another's speech wherever it speaks, from its beginning, repeated where it is shorter.

    Speech is put where speech was: silence would be told from a moving mouth without any look at lips.
    """
    audio = part.audio.copy()
    speech = np.concatenate([other.audio[rows] for rows in other.rows()])
    start = 0
    for rows in part.rows():
        count = rows.stop - rows.start
        audio[rows] = speech[(start + np.arange(count)) % len(speech)]
        start += count
    return audio


def own_and_others(parts: Mapping[str, Stretches]) -> list[tuple[Pair, Pair]]:
    """Distance and confidence of each clip with its own voice, and their means over the voices of all other clips."""
    found = []
    for clip, part in parts.items():
        others = [_sync(part, lent(part, other)) for name, other in parts.items() if name != clip]
        distance, confidence = np.mean(others, axis=0)
        found.append((_sync(part, part.audio), (float(distance), float(confidence))))
    return found


def _sync(part: Stretches, audio: NDArray[np.float64]) -> Pair:
    found = speaking_sync(part.lip, audio, part.spans, VSHIFT)
    return found.distance, found.confidence
