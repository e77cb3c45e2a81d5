"""Where a clip's lip-sync can be scored: the avatar speaks, its face was followed, and the stretch is long enough to be searched."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.lipsync import WINDOW, span_mask
from numpy.typing import NDArray

from echo_bench.clip import DyadicClip
from echo_bench.errors import NotApplicable
from echo_bench.metric import ClipFeatures

FPS = 25.0
VSHIFT = 15
"""Frames searched either way."""

SHORTEST = VSHIFT + WINDOW
"""Frames of the shortest stretch that can be searched."""

SILENT = 1e-4
"""Loudness (-80 dB of full scale) that counts as no sound at all."""

Rows = NDArray[np.float64]
Where = Literal["speaking", "whole"]


@dataclass(frozen=True, slots=True)
class Stretches:
    """What of a clip is scored.

    Attributes
    ----------
    lip, audio : ndarray of shape (windows, D)
        Of the whole clip; rows outside the spans are not to be read.
    spans : tuple of (start, stop)
        In frames.
    """

    lip: Rows
    audio: Rows
    spans: tuple[tuple[int, int], ...]

    def rows(self) -> list[slice]:
        """The windows that lie wholly inside each span."""
        return [slice(start, stop - WINDOW + 1) for start, stop in self.spans]


def stretches(features: ClipFeatures, lip: str, audio: str, where: Where) -> Stretches:
    """Cut a clip to what can be scored.

    Parameters
    ----------
    features : ClipFeatures
    lip, audio : str
        The features that hold the embeddings, e.g. ``pred:syncnet-lip``.
    where : {"speaking", "whole"}
        The avatar's speaking spans, or all of the clip.

    Raises
    ------
    NotApplicable
        When the clip does not say when the avatar speaks, or never long enough.
    MetricInputError
        When the face was lost, or the sound is silent, in all of it.
    """
    mouth, voice = features[lip]["lip"].astype(np.float64), features[audio]["audio"].astype(np.float64)
    windows = min(len(mouth), len(voice))
    frames = windows + WINDOW - 1
    wanted = _spans(features.clip, frames, where)
    _require_sound(features[audio]["level"][:frames], wanted)
    followed = np.logical_and.reduce(np.isfinite(mouth[:windows]), axis=1)
    seen = [(start, stop + WINDOW - 1) for start, stop in _runs(followed)]
    both = [(max(a, c), min(b, d)) for a, b in wanted for c, d in seen]
    spans = tuple((start, stop) for start, stop in both if stop - start >= SHORTEST)
    scored, spoken = (int(span_mask(some, frames).sum()) for some in (spans, wanted))
    if not spans:
        raise MetricInputError(
            f"the face is not followed for {SHORTEST} frames on end in any of the {len(wanted)} stretches that are to be scored. "
            "Does the video show it?"
        )
    if scored < spoken:
        warnings.warn(
            f"the face was lost in {spoken - scored} of {spoken} frames to be scored", MetricWarning, stacklevel=2
        )
    return Stretches(np.nan_to_num(mouth[:windows]), voice[:windows], spans)


def _spans(clip: DyadicClip, frames: int, where: Where) -> list[tuple[int, int]]:
    """Stretches in frames that are long enough to be searched."""
    if where == "whole":
        found = [(0, frames)]
    elif not clip.spans:
        raise NotApplicable(
            "this clip does not say when the avatar speaks; the protocols that end in -whole score all of it"
        )
    else:
        own = [(round(s.start * FPS), round(s.end * FPS)) for s in clip.spans if s.who == "avatar"]
        found = [(max(start, 0), min(stop, frames)) for start, stop in own]
    searched = [(start, stop) for start, stop in found if stop - start >= SHORTEST]
    if not searched:
        raise NotApplicable(f"none of {len(found)} speaking spans has the {SHORTEST} frames that a search needs")
    return searched


def _require_sound(level: NDArray[np.float32], spans: Sequence[tuple[int, int]]) -> None:
    if level[span_mask(spans, len(level))].max() < SILENT:
        raise MetricInputError("the avatar's sound is silent where it should speak. Is it the right file and channel?")


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.pad(mask.astype(np.int8), 1)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]
