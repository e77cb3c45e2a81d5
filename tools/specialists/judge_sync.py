"""What syncnet-eb is worth: shifts found again on rendered people, offsets and injected shifts on footage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from echo_metrics.lipsync import distance_curve
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, VideoRef
from echo_bench.extractors.syncnet_eb import SyncNetEBAudio, SyncNetEBLip
from echo_bench.faces.track import FaceTracker
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames as decoded
from echo_bench.media.hashing import file_sha256
from echo_bench.nets.embedded import filled
from echo_bench.nets.syncnet_eb import SyncNetEB
from echo_bench.weights.store import weight_path
from tools.specialists.corpus import Corpus
from tools.specialists.train_sync import Mouths, embed

VSHIFT = 15
SHIFTS = [k for k in range(-10, 11) if k]
Floats = NDArray[np.floating]


def shift_lines(corpus: Corpus) -> Iterator[str]:
    """How many shifts are found again, over stretches of 4 s that are mostly spoken."""
    right = shifts_found(corpus)
    yield f"{len(right)} stretches of 4 s: offset 0 in {right[:, len(SHIFTS)].mean():.3f} of them;"
    yield f"injected shifts of 1 to 10 frames found exactly in {right[:, : len(SHIFTS)].mean():.3f} of {right[:, : len(SHIFTS)].size}."


def shifts_found(corpus: Corpus) -> NDArray[np.bool_]:
    """Whether each of :data:`SHIFTS`, and last none, is found exactly, in each stretch that is mostly spoken."""
    net = filled(SyncNetEB(), "syncnet-eb")
    mouths = Mouths(corpus, 0, damaged=False)
    spoken = np.array([k for k in mouths.usable if corpus.speaking[k].mean() > 0.6])
    with torch.inference_mode():
        lips, sounds = (rows.double().numpy() for rows in embed(net, mouths.at(spoken)))
    return np.array(
        [[offset(*shifted(lip, sound, k)) == k for k in (*SHIFTS, 0)] for lip, sound in zip(lips, sounds, strict=True)]
    )


def shifted(lip: Floats, sound: Floats, k: int) -> tuple[Floats, Floats]:
    """Rows in which the sound comes `k` frames early."""
    end = len(lip)
    return lip[max(-k, 0) : end - max(k, 0)], sound[max(k, 0) : end - max(-k, 0)]


def offset(lip: Floats, sound: Floats) -> int:
    """The offset at which the two are nearest."""
    return VSHIFT - int(distance_curve(lip, sound, VSHIFT).argmin())


def footage_table(clips: list[Path]) -> Iterator[str]:
    """Offsets of real clips as they are, and how they move with 5 frames of delay or advance; where the curve has its minimum."""
    yield "| clip | offset | delayed by 5 | advanced by 5 | LSE-D | LSE-C | distance at -15, -10, -5, -2, -1, 0, 1, 2, 5, 10, 15 |"
    yield "|---|---|---|---|---|---|---|"
    for path in clips:
        lip = lips_of(path)
        curves = [distance_curve(*cut(lip, sound_of(path, delay)), VSHIFT) for delay in (0.0, 0.2, -0.2)]
        plain, late, early = (VSHIFT - int(curve.argmin()) for curve in curves)
        shown = " ".join(f"{curves[0][VSHIFT - k]:.2f}" for k in (-15, -10, -5, -2, -1, 0, 1, 2, 5, 10, 15))
        confidence = np.median(curves[0]) - curves[0].min()
        yield f"| {path.stem} | {plain} | {late - plain:+d} | {early - plain:+d} | {curves[0].min():.3f} | {confidence:.3f} | {shown} |"


def lips_of(path: Path) -> Floats:
    """Embeddings of the mouth in a video."""
    ref = VideoRef(path, file_sha256(path))
    tracker = FaceTracker(weight_path("tracker"))
    session = SyncNetEBLip().begin(ref)
    for frame in decoded(ref):
        tracker.push(frame)
        points = tracker.present()
        session.push(frame, np.full((478, 3), np.nan, np.float32) if points is None else points)
    return session.finish()["lip"]


def sound_of(path: Path, delay: float) -> Floats:
    """Embeddings of its sound, later by `delay` seconds."""
    return SyncNetEBAudio()(waveform(AudioRef(path, file_sha256(path), delay=delay)))["audio"]


def cut(lip: Floats, sound: Floats) -> tuple[Floats, Floats]:
    """Both to the longest stretch in which the face was followed."""
    length = min(len(lip), len(sound))
    seen = np.flatnonzero(np.isfinite(lip[:length, 0]))
    runs = np.split(seen, np.flatnonzero(np.diff(seen) > 1) + 1)
    kept = max(runs, key=len)
    return lip[kept].astype(np.float64), sound[kept].astype(np.float64)
