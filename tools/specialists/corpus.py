"""Frames to learn from: stretches of dyad-mini's train conversations, shown by many people, encoded, decoded and tracked as in use.

The people of the other splits never appear. A stretch is acted as its conversation says, but by whoever's turn it is among the 24 people
of train and further people of the renderer, so that nets see hundreds of faces. A quarter of them appears twice, dressed, lit and placed
differently.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, Side, VideoRef
from echo_bench.faces.nets import POINTS
from echo_bench.faces.track import FaceTracker
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames as decoded
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.nets.syncnet_eb import log_mel
from echo_bench.simulator.affect import SIDES
from echo_bench.simulator.behaviour import perform
from echo_bench.simulator.dialogue import Dialogue, read_dialogue
from echo_bench.simulator.identity import Identity, identity
from echo_bench.simulator.people import read_people
from echo_bench.simulator.render import render
from echo_bench.simulator.speech import Speech, read_speech
from echo_bench.weights.store import weight_path

SIZE = 128
LENGTH = 100
STRANGERS = 1000
"""Seed of the first person who is in no split."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is to be shown: `LENGTH` frames of one side of a conversation, by one person in one setting."""

    dialogue: str
    side: Side
    start: int
    face: int
    setting: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """Stretches as arrays, S of T frames each.

    Attributes
    ----------
    frames : ndarray of shape (S, T, 128, 128, 3), uint8
    points : ndarray of shape (S, T, 478, 3), float32
        Landmarks, NaN where the tracker found no face.
    motion : ndarray of shape (S, T, 61), float32
    affect : ndarray of shape (S, T, 3), float32
        As displayed: felt, times how strongly the person shows it, within [-1, 1].
    mel : ndarray of shape (S, 40, 4 T), float32
    speaking : ndarray of shape (S, T), bool
    face : ndarray of shape (S,), int64
    """

    frames: NDArray[np.uint8]
    points: NDArray[np.float32]
    motion: NDArray[np.float32]
    affect: NDArray[np.float32]
    mel: NDArray[np.float32]
    speaking: NDArray[np.bool_]
    face: NDArray[np.int64]

    def digest(self) -> str:
        """sha256 of everything that is learnt from."""
        digest = hashlib.sha256()
        for field in fields(self):
            digest.update(np.ascontiguousarray(getattr(self, field.name)).data)
        return digest.hexdigest()


def corpus(split: str, data: Path, cache: Path, jobs: int) -> Corpus:
    """Show all stretches of a split, or read those that were shown before.

    Parameters
    ----------
    split : {"train", "val"}
    data : Path
        Folder of the speech.
    cache : Path
        Where stretches are kept, one file each.
    jobs : int
        Processes.
    """
    cache.mkdir(parents=True, exist_ok=True)
    wanted = list(stretches(split, data))
    with ProcessPoolExecutor(jobs) as pool:
        paths = list(pool.map(show, wanted, [data] * len(wanted), [cache] * len(wanted)))
    return gathered(paths)


def gathered(paths: Sequence[Path]) -> Corpus:
    """The stretches of some files."""
    parts = [np.load(path) for path in paths]
    return Corpus(**{field.name: np.stack([part[field.name] for part in parts]) for field in fields(Corpus)})


def stretches(split: str, data: Path) -> Iterator[Stretch]:
    """Of each side of each conversation where it speaks most, and of every fourth one where it listens most.

    Those of val are shown by the people who hold the conversation.
    """
    names = sorted(path.stem for path in dialogues().glob("*.toml") if split_of(path.stem) == split)
    scripts = [read_dialogue(dialogues() / f"{name}.toml") for name in names]
    cast = sorted({read_people()[name].face for script in scripts for name in script.cast.values()})
    turns = [(script, side) for script in scripts for side in SIDES]
    faces = [*cast, *range(STRANGERS, STRANGERS + len(turns))]
    for k, (script, side) in enumerate(turns):
        face = faces[k] if split == "train" else read_people()[script.cast[side]].face
        speech = read_speech(data / f"{script.id}.json")
        yield Stretch(script.id, side, busiest(speaking(script, speech, side)), face, setting=0)
        if k % 4 == 0:
            yield Stretch(script.id, side, busiest(~speaking(script, speech, side)), face, setting=1)


def split_of(dialogue: str) -> str:
    """The split that a conversation belongs to, from its id."""
    return dialogue.partition("-")[0]


def dialogues() -> Path:
    """Folder of the conversations."""
    return Path(str(files("echo_bench.simulator"))) / "dialogues"


def speaking(script: Dialogue, speech: Speech, side: Side) -> NDArray[np.bool_]:
    """Whether a side speaks, per frame."""
    times = speech.frame_times()
    own = [speech.turns[turn.id] for turn in script.turns if turn.who == side]
    return np.any([(times >= start) & (times < end) for start, end in own], axis=0)


def busiest(active: NDArray[np.bool_]) -> int:
    """Where `LENGTH` frames begin that hold most of what is active."""
    total = np.concatenate([[0], np.cumsum(active)])
    return int(np.argmax(total[LENGTH:] - total[:-LENGTH]))


def setting(person: Identity, number: int) -> Identity:
    """The same person elsewhere: clothes, light, camera and room of another one."""
    if number == 0:
        return person
    other = identity(10 * STRANGERS + 7 * person.seed + number)
    return replace(person, clothes=other.clothes, framing=other.framing, scene=other.scene)


def show(stretch: Stretch, data: Path, cache: Path) -> Path:
    """Draw, encode, decode and track one stretch, unless its file is there.

    Returns
    -------
    Path
        An npz with the fields of :class:`Corpus`, of one stretch.
    """
    path = cache / f"{stretch.dialogue}.{stretch.side}.{stretch.start}.{stretch.face}.{stretch.setting}.npz"
    if path.is_file():
        return path
    script, speech = (
        read_dialogue(dialogues() / f"{stretch.dialogue}.toml"),
        read_speech(data / f"{stretch.dialogue}.json"),
    )
    cast = {side: read_people()[name] for side, name in script.cast.items()}
    acted = perform(script, speech, cast)
    rows = slice(stretch.start, stretch.start + LENGTH)
    motion = acted.motion[stretch.side][rows]
    sound = data / f"{stretch.dialogue}.{stretch.side}.opus"
    mel = log_mel(waveform(AudioRef(sound, file_sha256(sound))))
    mel = np.pad(mel, ((0, 0), (0, 4 * speech.frames)), constant_values=mel.min())
    shown = seen(motion, setting(identity(stretch.face), stretch.setting))
    part = path.with_suffix(".part.npz")
    np.savez(
        part,
        frames=shown,
        points=tracked(shown),
        motion=motion,
        affect=np.clip(cast[stretch.side].personality.expressiveness * acted.affect[stretch.side][rows], -1, 1),
        mel=mel[:, 4 * stretch.start : 4 * (stretch.start + LENGTH)],
        speaking=speaking(script, speech, stretch.side)[rows],
        face=stretch.face,
    )
    part.rename(path)
    return path


def seen(motion: NDArray[np.float32], person: Identity) -> NDArray[np.uint8]:
    """Frames of the motion as a viewer of the video gets them."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "shown.mp4"
        write_video(path, render(motion, person, SIZE))
        return np.stack(list(decoded(VideoRef(path, file_sha256(path)))))


def tracked(shown: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Landmarks (T, 478, 3) as the harness finds them."""
    tracker = FaceTracker(weight_path("tracker"))
    found = []
    for frame in shown:
        tracker.push(frame)
        points = tracker.present("largest")
        found.append(np.full((POINTS, 3), np.nan, np.float32) if points is None else points)
    return np.stack(found)
