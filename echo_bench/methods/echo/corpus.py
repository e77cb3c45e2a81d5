"""Writes the training corpus of the reference model (:mod:`echo_model.corpus`) from clips: both people of each, as avatars."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from echo_metrics.rig_affect import FPS, RATE, displayed_affect
from echo_model.config import TIME, EchoConfig
from echo_model.corpus import UNKNOWN, Person, suffixed, write_person
from echo_model.feeling import MOODS
from echo_model.lcu import ACTS
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from echo_bench.clip import DyadicClip, Side, VideoRef, view_of
from echo_bench.errors import DatasetError
from echo_bench.faces.points68 import INNER_LIPS, OUTER_LIPS
from echo_bench.faces.track import FaceTracker
from echo_bench.media.decode import frame_count
from echo_bench.methods.echo.signals import Tokens, ellipses, pictures, rows_of, said
from echo_bench.methods.learned.corpus import swapped
from echo_bench.methods.learned.features import hear
from echo_bench.motion_io import load_motion
from echo_bench.simulator.truth import Truth
from echo_bench.spaces import RIG61
from echo_bench.weights.store import weight_path

Kind = TypeVar("Kind", np.float32, np.int64)

LOOK_EVERY = 50  # frames between two stills
HALF_WIDTH = 6  # that of the mouth, in a row of regions
PARTING = tuple(INNER_LIPS[k] for k in (2, 6))  # middles of the upper and of the lower lip, where they meet
SOURCE = "source.txt"
Known = Callable[[str], Truth]
"""What a dataset knows of a clip beside its signals."""


def claim(folder: Path, source: str) -> None:
    """Note in the folder of a corpus what its people are, before the first is written.

    People of other sources have the same names, and what is there already stays: so they would be learnt from unseen.

    Parameters
    ----------
    folder : Path
    source : str
        As a reader would call it.

    Raises
    ------
    DatasetError
        When the folder holds people of another source, or of one that nobody noted.
    """
    note = folder / SOURCE
    if not note.is_file() and not any(folder.glob("*.safetensors")):
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{SOURCE}.{os.getpid()}.part"
        part.write_text(f"{source}\n", encoding="utf-8")
        part.replace(note)
    found = note.read_text(encoding="utf-8").strip() if note.is_file() else "people of an unknown source"
    if found != source:
        raise DatasetError(f"holds {found}, not {source}", where=folder, fix="train into another folder")


def write_clip(
    clip: DyadicClip, folder: Path, config: EchoConfig, known: Known | None = None, tokens: Tokens | None = None
) -> None:
    """Write both people of a clip; what is there already stays.

    Parameters
    ----------
    clip : DyadicClip
    folder : Path
    config : EchoConfig
        Says how large the pictures are.
    known : callable, optional
        Truth of a clip by its id, for the understanding model to learn from.
    tokens : callable, optional
        Tokens of words, where a pretrained language model reads them (:meth:`echo_model.language.LanguageFeeling.tokens`).

    Raises
    ------
    DatasetError
        When a side has no video, or no face is found in it.
    WeightsMissingError
        When the face tracker's weights are not here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokens = tokens or partial(rows_of, rows=config.lcu.words)
    sides: tuple[tuple[DyadicClip, Side], ...] = ((clip, "avatar"), (swapped(clip), "user"))
    for each, side in sides:
        stem = folder / f"{clip.id}.{side}"
        if suffixed(stem, ".safetensors").is_file():
            continue
        if each.avatar.video is None:
            raise DatasetError("has no video to learn from", where=f"{clip.id}, {side}")
        frames = _write_frames(each.avatar.video, stem, config.vae.size, clip.fps)
        partner = f"{clip.id}.{'user' if side == 'avatar' else 'avatar'}"
        write_person(stem, partner, _person(each, side, frames, tokens, known(clip.id) if known else None))


def _write_frames(video: VideoRef, stem: Path, size: int, fps: float) -> NDArray[np.uint8]:
    count = frame_count(video, fps) // TIME * TIME
    path = suffixed(stem, ".frames.npy")
    frames: NDArray[np.uint8] = open_memmap(path, mode="w+", dtype=np.uint8, shape=(count, size, size, 3))
    for k, picture in zip(range(count), pictures(video, size, fps), strict=False):
        frames[k] = picture
    return frames


def _person(clip: DyadicClip, side: Side, frames: NDArray[np.uint8], tokens: Tokens, truth: Truth | None) -> Person:
    """The avatar of `clip`, who was on `side` before roles were exchanged."""
    count = len(frames)
    stills, regions, gaps = _found(frames)
    if not len(stills):
        raise DatasetError("no face is found in its video", where=f"{clip.id}, {side}")
    opening = gaps / regions[0, HALF_WIDTH]
    words, sides, ends = said(view_of(clip).dialogue, tokens, clip.fps)
    acts, affect, mood = _unknown(count) if truth is None else _known(clip, side, count, truth)
    return Person(
        hear(clip.avatar.audio, count), stills, regions, opening, acts, affect, mood, displayed(clip, count), words, sides, ends
    )  # fmt: skip


def displayed(clip: DyadicClip, count: int) -> NDArray[np.float32]:
    """Valence and arousal (count, 2) that the avatar's face shows, as the suite reads its motion; NaN where that is not known."""
    motion = clip.avatar.motion
    if motion is None or motion.space != RIG61.name:
        return np.full((count, 2), np.nan, np.float32)
    rows = np.repeat(displayed_affect(*load_motion(motion)), FPS // RATE, axis=0)
    return _fitted(rows.astype(np.float32), count)


def _found(frames: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Stills with a face, where it is in them, and how far lips are apart in every frame in picture widths."""
    tracker, stills, regions = FaceTracker(weight_path("tracker")), [], []
    gaps = np.full(len(frames), np.nan, np.float32)
    for k, frame in enumerate(frames):
        tracker.push(np.asarray(frame))
        points = tracker.present()
        if points is None:
            continue
        upper, lower = points[list(PARTING), :2]
        gaps[k] = np.linalg.norm(lower - upper) / frames.shape[1]
        if k % LOOK_EVERY == 0:
            stills.append(k)
            regions.append(ellipses(points, points[list(OUTER_LIPS)], frames.shape[1]))
    return np.array(stills, np.int64), np.array(regions, np.float32).reshape(-1, 8), gaps


def _unknown(count: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    blank = np.full((count, len(ACTS)), np.nan, np.float32)
    return blank, np.full((count, 3), np.nan, np.float32), np.full(count, UNKNOWN, np.int64)


def _known(
    clip: DyadicClip, side: Side, count: int, truth: Truth
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    acts = np.zeros((count, len(ACTS)), np.float32)
    done: list[tuple[str, float, float]] = [
        (event.act, event.start, event.end) for event in truth.events if event.who == side and event.act in ACTS
    ]
    done += [("speaking", span.start, span.end) for span in clip.spans if span.who == "avatar"]
    for act, start, end in done:
        acts[round(start * clip.fps) : round(end * clip.fps), ACTS.index(act)] = 1
    affect = _fitted(np.asarray(truth.affect[side], np.float32), count)
    return acts, affect, _fitted(np.array([MOODS.index(word) for word in truth.emotion[side]], np.int64), count)


def _fitted(rows: NDArray[Kind], count: int) -> NDArray[Kind]:
    """Rows cut to `count`, or the last one held: the picture may be a frame longer than the signals."""
    return rows[np.minimum(np.arange(count), len(rows) - 1)]
