"""Audio-visual synchrony of speech and lips, from embeddings and from landmarks.

Conventions
-----------
An *offset* is counted in video frames and is positive when the audio leads the lips, that is, when the audio must move later to match
them: audio that was delayed by 5 frames gives -5.
Embedding rows ``t`` of video and audio describe the same 0.2 s window (frames ``t`` to ``t + 4`` at 25 fps); distances are Euclidean in
the space of the net that made the rows, so they compare only within one net.
Spans are half-open ``(start, stop)`` pairs of frames.

Metrics
-------
* :func:`sync_scores` -- LSE-D, LSE-C and offset, as SyncNet's authors compute them (protocol ``syncnet-v2``).
* :func:`distance_curve` -- the mean distance at each offset, of which they are read.
* :func:`speaking_sync` -- the same on the speaking spans only, length-weighted (Sync-C*).
* :func:`~echo_metrics.lip_offset.landmark_offset` -- offset without a net, from the opening of the lips and the energy of the speech
  (protocol ``eb1``).

Sources: Chung and Zisserman, "Out of time", ACCV-W 2016; joonson/syncnet_python, SyncNetInstance.py (6efbb1c); AnyTalker, equation 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echo_metrics.errors import MetricInputError
from echo_metrics.lip_offset import LandmarkOffset, landmark_offset, speech_envelope

__all__ = [
    "LandmarkOffset",
    "SpeakingSync",
    "SyncScores",
    "distance_curve",
    "landmark_offset",
    "span_mask",
    "speaking_sync",
    "speech_envelope",
    "sync_scores",
    "validate",
]

Floats = NDArray[np.floating]
Spans = Iterable[tuple[int, int]]

#: torch.nn.functional.pairwise_distance adds it to every difference.
EPSILON = 1e-6
#: Frames that one embedding row sees.
WINDOW = 5


@dataclass(frozen=True, slots=True)
class SyncScores:
    """Synchrony of one face track with one audio track.

    Attributes
    ----------
    offset : int
        Frames by which the audio leads the lips, within ``[-vshift, vshift]``.
    distance : float
        LSE-D, lower is better: the mean distance at the best offset. A constant offset is not punished; read `offset` too.
    confidence : float
        LSE-C, higher is better: median over offsets minus `distance`.
    """

    offset: int
    distance: float
    confidence: float


@dataclass(frozen=True, slots=True)
class SpeakingSync:
    """Synchrony over the speaking spans of one person.

    Attributes
    ----------
    confidence, distance : float
        Sync-C* (higher is better) and its Sync-D* (lower is better): means over the scored spans, weighted by their length.
    scored : tuple of ((start, stop), SyncScores)
        Each span that was long enough, in frames, with its scores.
    skipped : tuple of (start, stop)
        Spans too short to be searched. They are listed because a method must not gain by failing on short turns.
    """

    confidence: float
    distance: float
    scored: tuple[tuple[tuple[int, int], SyncScores], ...]
    skipped: tuple[tuple[int, int], ...]


def validate(video: Floats, audio: Floats, vshift: int) -> None:
    """Refuse embeddings from which no synchrony can be read.

    Raises
    ------
    MetricInputError
        When the arrays are not ``(windows, features)`` of one shape, are not finite, or are shorter than one search range.
    """
    if video.ndim != 2 or video.shape != audio.shape:
        raise MetricInputError(
            f"video and audio embeddings must have one shape (windows, features); got {video.shape} and {audio.shape}. "
            "Were the tracks cut to a common length?"
        )
    if vshift < 1:
        raise MetricInputError(
            f"vshift is the number of frames searched either way and must be at least 1; got {vshift}"
        )
    if len(video) <= vshift:
        raise MetricInputError(
            f"{len(video)} windows are too few to search {vshift} frames either way: "
            f"use a clip of more than {(vshift + WINDOW) / 25:.1f} s"
        )
    if not (np.isfinite(video).all() and np.isfinite(audio).all()):
        raise MetricInputError("embeddings hold NaN or Inf: was the face lost, or the audio silent?")


def sync_scores(video: Floats, audio: Floats, vshift: int = 15) -> SyncScores:
    """LSE-D, LSE-C and AV offset of one track (protocol ``syncnet-v2``).

    Parameters
    ----------
    video, audio : ndarray of shape (windows, features), float
        Embeddings of the same windows.
    vshift : int, default 15
        Frames searched either way. The official scripts use 15; the function they call defaults to 10.

    Returns
    -------
    SyncScores

    Raises
    ------
    MetricInputError
        See :func:`validate`.

    Notes
    -----
    The audio is padded with `vshift` zero rows at both ends, as in the official code: this pulls the ends of short clips
    towards ``|video|``, so scores of clips of different length are not comparable below about 4 s.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> rows = rng.normal(size=(60, 8))
    >>> sync_scores(rows[10:50], rows[7:47]).offset
    -3
    """
    curve = distance_curve(video, audio, vshift)
    best = int(curve.argmin())
    return SyncScores(vshift - best, float(curve[best]), float(np.median(curve) - curve[best]))


def distance_curve(video: Floats, audio: Floats, vshift: int = 15) -> NDArray[np.float64]:
    """Mean distance of the lips to the sound at each offset: what LSE-D, LSE-C and the offset are read from.

    Parameters
    ----------
    video, audio : ndarray of shape (windows, features), float
        Embeddings of the same windows.
    vshift : int, default 15
        Frames searched either way.

    Returns
    -------
    ndarray of shape (2 * vshift + 1,), float64
        Entry ``j`` is the offset ``vshift - j``. Curves of several stretches may be averaged, weighted by their windows.

    Raises
    ------
    MetricInputError
        See :func:`validate`.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(40, 8))
    >>> int(distance_curve(rows[2:], rows[:-2]).argmin())
    17
    """
    validate(video, audio, vshift)
    padded = np.pad(audio, ((vshift, vshift), (0, 0)))
    return np.array([_mean_distance(video, padded[j : j + len(video)]) for j in range(2 * vshift + 1)])


def _mean_distance(a: Floats, b: Floats) -> float:
    return float(np.linalg.norm(a - b + EPSILON, axis=1).mean())


def speaking_sync(video: Floats, audio: Floats, spans: Spans, vshift: int = 15) -> SpeakingSync:
    """Sync-C* and Sync-D*: synchrony where the person speaks, weighted by the length of each span.

    Outside speaking spans LSE-D and LSE-C mean nothing, and in a dyad the other's voice is in the room: `audio` must come from the
    avatar's own voice.

    Parameters
    ----------
    video, audio : ndarray of shape (windows, features), float
        Embeddings of the whole clip; row ``t`` sees frames ``t`` to ``t + 4``.
    spans : iterable of (start, stop)
        Speaking spans in frames. Only windows that lie wholly inside a span are used.
    vshift : int, default 15
        Frames searched either way, in each span apart.

    Returns
    -------
    SpeakingSync

    Raises
    ------
    MetricInputError
        When a span is empty or leaves the clip, or no span is long enough to search.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(120, 8))
    >>> result = speaking_sync(rows, rows, [(0, 50), (60, 70)])
    >>> [span for span, _ in result.scored], result.skipped
    ([(0, 50)], ((60, 70),))
    """
    validate(video, audio, vshift)
    ordered = _checked(spans, len(video) + WINDOW - 1)
    long_enough = [span for span in ordered if span[1] - span[0] - WINDOW + 1 > vshift]
    if not long_enough:
        raise MetricInputError(
            f"none of the {len(ordered)} speaking spans is longer than {vshift + WINDOW - 1} frames: there is nothing to search"
        )
    rows = [slice(start, stop - WINDOW + 1) for start, stop in long_enough]
    scores = [sync_scores(video[part], audio[part], vshift) for part in rows]
    lengths = [stop - start for start, stop in long_enough]
    return SpeakingSync(
        confidence=float(np.average([score.confidence for score in scores], weights=lengths)),
        distance=float(np.average([score.distance for score in scores], weights=lengths)),
        scored=tuple(zip(long_enough, scores, strict=True)),
        skipped=tuple(span for span in ordered if span not in long_enough),
    )


def span_mask(spans: Spans, frames: int) -> NDArray[np.bool_]:
    """Frames covered by any of `spans`, for gating a track by who speaks.

    Parameters
    ----------
    spans : iterable of (start, stop)
        Half-open spans in frames; they may overlap.
    frames : int
        Length of the clip.

    Returns
    -------
    ndarray of shape (frames,), bool

    Raises
    ------
    MetricInputError
        When a span is empty or leaves the clip.

    Examples
    --------
    >>> span_mask([(1, 3)], 5)
    array([False,  True,  True, False, False])
    """
    mask = np.zeros(frames, dtype=bool)
    for start, stop in _checked(spans, frames):
        mask[start:stop] = True
    return mask


def _checked(spans: Spans, frames: int) -> Sequence[tuple[int, int]]:
    ordered = sorted((int(start), int(stop)) for start, stop in spans)
    for start, stop in ordered:
        if not 0 <= start < stop <= frames:
            raise MetricInputError(
                f"span ({start}, {stop}) is empty or leaves the clip of {frames} frames. Were the spans given in seconds?"
            )
    return ordered
