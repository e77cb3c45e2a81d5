"""What the embedded nets of faces are worth on people they never saw: tables for docs/metrics/embedded-nets.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.extractor import Arrays
from echo_bench.extractors import EXTRACTORS
from echo_bench.extractors.embedded_faces import RigNetExtractor
from echo_bench.extractors.face_nets import FaceNet
from echo_bench.faces.nets import POINTS
from echo_bench.faces.rig61 import to_rig61
from echo_bench.faces.smooth import fill_gaps, smooth
from echo_bench.faces.track import FaceTracker
from echo_bench.media.decode import frames as decoded
from echo_bench.media.hashing import file_sha256
from echo_bench.nets.emonet_eb import CLASSES
from echo_bench.simulator.emotions import emotion_of
from echo_bench.spaces import RIG61
from echo_bench.weights.store import weight_path
from tools.specialists.corpus import Corpus
from tools.specialists.train_faces import WORDS

Floats = NDArray[np.floating]
MOVES = 1e-3
"""Variance of a coefficient that is worth a correlation."""


def rows_of(corpus: Corpus, name: str, array: str) -> list[Floats]:
    """An extractor's array for every stretch."""
    net = EXTRACTORS.get(name)()
    assert isinstance(net, FaceNet | RigNetExtractor)
    found = []
    for frames, points in zip(corpus.frames, corpus.points, strict=True):
        session = net.begin(VideoRef(weight_path("tracker"), ""))
        for frame, landmarks in zip(frames, points, strict=True):
            session.push(frame, landmarks)
        found.append(session.finish()[array])
    return found


def tracked(corpus: Corpus) -> list[Floats]:
    """The tracker's motion for every stretch, as the ids ``@tracker`` have it."""
    found = []
    for frames in corpus.frames:
        tracker = FaceTracker(weight_path("tracker"))
        for frame in frames:
            tracker.push(frame)
        found.append(to_rig61(smooth(fill_gaps(tracker.finish())))[0])
    return found


def motion_table(corpus: Corpus) -> Iterator[str]:
    """Correlation of each column with the truth within stretches: rignet's, and the tracker's."""
    truth = list(corpus.motion)
    ours, theirs = (within(rows, truth) for rows in (rows_of(corpus, "rignet", "motion"), tracked(corpus)))
    spread = np.concatenate([rows - rows.mean(axis=0) for rows in truth]).var(axis=0)
    moving = spread > MOVES * MOVES
    yield "| column | rignet | tracker |"
    yield "|---|---|---|"
    for k in np.flatnonzero(moving):
        yield f"| {RIG61.columns[k]} | {ours[k]:.2f} | {theirs[k]:.2f} |"
    both = moving & np.isfinite(theirs)
    better = int((ours[both] > theirs[both]).sum())
    yield f"| median | {np.median(ours[both]):.2f} | {np.median(theirs[both]):.2f} |"
    yield f"\nrignet is nearer in {better} of {int(both.sum())} columns that move."


def within(rows: list[Floats], truth: list[Floats]) -> Floats:
    """Pearson correlation per column over all frames with a face, after each stretch's mean is taken off."""
    ours, theirs = [], []
    for found, right in zip(rows, truth, strict=True):
        seen = np.isfinite(found).all(axis=1)
        ours.append(found[seen] - found[seen].mean(axis=0))
        theirs.append(right[seen] - right[seen].mean(axis=0))
    a, b = np.concatenate(ours).astype(np.float64), np.concatenate(theirs).astype(np.float64)
    with np.errstate(invalid="ignore"):
        return np.asarray((a * b).sum(axis=0) / np.sqrt((a * a).sum(axis=0) * (b * b).sum(axis=0)))


def emotion_table(corpus: Corpus) -> Iterator[str]:
    """What is shown (rows) and what is read (columns), shares of frames; agreement of valence and arousal."""
    read = np.concatenate(rows_of(corpus, "emonet-eb", "expression"))
    seen = np.isfinite(read).all(axis=1)
    affect = corpus.affect.reshape(-1, 3)
    shown = np.array([CLASSES.index(WORDS[word]) for word in emotion_of(affect)])
    yield "| shown | frames | " + " | ".join(CLASSES) + " |"
    yield "|---" * (len(CLASSES) + 2) + "|"
    for k, word in enumerate(CLASSES):
        rows = read[seen & (shown == k), : len(CLASSES)].argmax(axis=1)
        shares = np.bincount(rows, minlength=len(CLASSES)) / max(1, len(rows))
        yield f"| {word} | {len(rows)} | " + " | ".join(f"{share:.2f}" for share in shares) + " |"
    right = float((read[seen, : len(CLASSES)].argmax(axis=1) == shown[seen]).mean())
    valence, arousal = (np.corrcoef(read[seen, 8 + k], affect[seen, k])[0, 1] for k in range(2))
    yield f"\n{right:.2f} of frames right; correlation of valence {valence:.2f}, of arousal {arousal:.2f}."


def words_table(clips: list[Path]) -> Iterator[str]:
    """What emonet-eb reads from clips whose names say what is acted."""
    yield "| clip | " + " | ".join(CLASSES) + " | valence |"
    yield "|---" * (len(CLASSES) + 2) + "|"
    for path in clips:
        rows = read_clip(path, "emonet-eb")["expression"]
        mean = np.nanmean(rows, axis=0)
        yield f"| {path.stem} | " + " | ".join(f"{value:.2f}" for value in mean[: len(CLASSES) + 1]) + " |"


def read_clip(path: Path, name: str) -> Arrays:
    """What an extractor of faces makes of a video."""
    net = EXTRACTORS.get(name)()
    assert isinstance(net, FaceNet | RigNetExtractor)
    ref = VideoRef(path, file_sha256(path))
    tracker, session = FaceTracker(weight_path("tracker")), net.begin(ref)
    for frame in decoded(ref):
        tracker.push(frame)
        points = tracker.present()
        session.push(frame, np.full((POINTS, 3), np.nan, np.float32) if points is None else points)
    return session.finish()


def identity_auc(corpus: Corpus) -> float:
    """Area under the curve of telling one person from two by the cosine of two frames of different stretches."""
    from sklearn.metrics import roc_auc_score

    same, cosine = pairs(corpus)
    return float(roc_auc_score(same, cosine))


def identity_lines(corpus: Corpus) -> Iterator[str]:
    """How well one person is told from two."""
    same, cosine = pairs(corpus)
    yield f"{len(set(corpus.face.tolist()))} people, {len(same)} pairs of frames of different stretches: AUC {identity_auc(corpus):.4f};"
    yield f"median cosine {np.median(cosine[same]):.2f} of one person, {np.median(cosine[~same]):.2f} of two."


def pairs(corpus: Corpus, each: int = 12) -> tuple[NDArray[np.bool_], Floats]:
    """Of all pairs of frames of different stretches, whether they show one person, and the cosine of their embeddings."""
    kept, person, stretch = [], [], []
    for k, rows in enumerate(rows_of(corpus, "facenet-eb", "embedding")):
        some = rows[np.isfinite(rows[:, 0])][:: max(1, len(rows) // each)][:each]
        kept.append(some)
        person += [int(corpus.face[k])] * len(some)
        stretch += [k] * len(some)
    rows, who, where = np.concatenate(kept), np.array(person), np.array(stretch)
    above = np.triu_indices(len(rows), 1)
    apart = (where[:, None] != where[None, :])[above]
    same = (who[:, None] == who[None, :])[above][apart]
    cosine = (rows @ rows.T)[above][apart]
    return same, cosine
