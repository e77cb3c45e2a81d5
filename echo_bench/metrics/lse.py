"""LSE-C, LSE-D and AV offset from the embeddings of a mouth and of a voice (echo_metrics.lipsync), on the avatar's own speech.

A family binds the three numbers to one pair of extractors. What they must give, in windows of 5 frames at 25 fps, one per frame:
``lip`` (windows, D), NaN where no face was followed; ``audio`` (windows, D); ``level`` (frames,), the loudness of the sound.

A stretch is scored where the avatar speaks *and* its face was followed, each searched 15 frames either way on its own. Values compare
only within a family: another net, crop or codec is another scale.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from echo_metrics.lipsync import distance_curve, speaking_sync
from numpy.typing import NDArray

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.base import MeanMetric
from echo_bench.metrics.spoken import VSHIFT, Stretches, Where, stretches


@dataclass(frozen=True, slots=True)
class PooledCurve:
    """Distances summed over windows, per offset from 15 to -15 frames, and the number of windows."""

    total: NDArray[np.float64]
    windows: int


class EmbeddedOffset:
    """The offset at which mouth and voice are nearest, over all clips: their curves are averaged before the minimum is taken.

    Parameters
    ----------
    info : MetricInfo
    cut : callable
        The stretches of one artefact.
    """

    def __init__(self, info: MetricInfo, cut: Callable[[ClipFeatures], Stretches]) -> None:
        self.info = info
        self._cut = cut

    def clip(self, samples: Sequence[ClipFeatures]) -> PooledCurve:
        """The curve of one clip, over the stretches of its K artefacts."""
        pooled = [self._pooled(self._cut(sample)) for sample in samples]
        return PooledCurve(np.sum([p.total for p in pooled], axis=0), sum(p.windows for p in pooled))

    def merge(self, a: PooledCurve, b: PooledCurve) -> PooledCurve:
        """Sums and counts add."""
        return PooledCurve(a.total + b.total, a.windows + b.windows)

    def finalize(self, stat: PooledCurve) -> float:
        """The offset in frames, positive where the sound comes early."""
        return float(VSHIFT - int(np.argmin(stat.total / stat.windows)))

    @staticmethod
    def _pooled(part: Stretches) -> PooledCurve:
        rows = part.rows()
        lengths = [row.stop - row.start for row in rows]
        curves = [distance_curve(part.lip[row], part.audio[row], VSHIFT) for row in rows]
        return PooledCurve(np.einsum("r,rj->j", np.array(lengths, float), np.array(curves)), sum(lengths))


@dataclass(frozen=True, slots=True)
class Family:
    """The three numbers of one protocol."""

    lse_c: MeanMetric
    lse_d: MeanMetric
    av_offset: EmbeddedOffset


def family(protocol: str, lip: str, audio: str, *, where: Where = "speaking", pipeline: str) -> Family:
    """Bind LSE-C, LSE-D and the offset to a pair of extractors.

    Parameters
    ----------
    protocol : str
        What follows the @.
    lip, audio : str
        Names of the extractors.
    where : {"speaking", "whole"}
    pipeline : str
        How the mouths are made, for the signature.
    """
    sources = f"pred:{lip}", f"pred:{audio}"
    extent = "on the avatar's speaking spans" if where == "speaking" else "over the whole clip"

    def cut(features: ClipFeatures) -> Stretches:
        return stretches(features, *sources, where)

    def value(part: Literal["confidence", "distance"]) -> Callable[[ClipFeatures], float]:
        def of(features: ClipFeatures) -> float:
            found = cut(features)
            return float(getattr(speaking_sync(found.lip, found.audio, found.spans, VSHIFT), part))

        return of

    def info(name: str, title: str, unit: str, direction: Direction, low: float, high: float | None) -> MetricInfo:
        offset = direction is Direction.TARGET
        return MetricInfo(
            id=f"{name}@{protocol}",
            title=f"{title} {extent}",
            unit=unit,
            direction=direction,
            requires=sources,
            target=0.0 if offset else None,
            range=(low, high),
            role="speaking",
            aggregation="set" if offset else "mean",
            signature=(
                ("search", str(VSHIFT)), ("fps", "25"), ("where", where), ("padding", "zeros"),
                ("lastframe", "min(frames, samples // 640) - 5"), ("pipeline", pipeline),
            ),
        )  # fmt: skip

    confidence = "Confidence of lip-sync: how far the best offset stands out,"
    distance = "Distance of lips and voice at the best offset"
    late = "Offset of voice to lips, negative where the voice comes late,"
    return Family(
        MeanMetric(info("lse_c", confidence, "embedding", Direction.HIGHER, 0.0, None), value("confidence")),
        MeanMetric(info("lse_d", distance, "embedding", Direction.LOWER, 0.0, None), value("distance")),
        EmbeddedOffset(info("av_offset", late, "frames at 25 fps", Direction.TARGET, -VSHIFT, VSHIFT), cut),
    )


_FILES = "s3fd 0.25, IoU tracks, mpeg4 q2, jpeg q2, crop .40, mpeg4, jpeg"
_MEMORY = "tracker, crop .40, no codec"
_OWN = "tracker, mouth crop, log-mel"

V2 = family("syncnet-v2", "syncnet-v2-lip", "syncnet-audio", pipeline=_FILES)
V2_WHOLE = family("syncnet-v2-whole", "syncnet-v2-lip", "syncnet-audio", where="whole", pipeline=_FILES)
MEMORY = family("syncnet-v2-memory", "syncnet-lip", "syncnet-audio", pipeline=_MEMORY)
MEMORY_WHOLE = family("syncnet-v2-memory-whole", "syncnet-lip", "syncnet-audio", where="whole", pipeline=_MEMORY)
EB = family("syncnet-eb", "syncnet-eb-lip", "syncnet-eb-audio", pipeline=_OWN)
EB_WHOLE = family("syncnet-eb-whole", "syncnet-eb-lip", "syncnet-eb-audio", where="whole", pipeline=_OWN)
