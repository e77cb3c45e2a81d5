"""A method that is good by construction, and the same method with one thing broken: what a gate is tested with.

The method answers a conversation of dyad-mini with another performance of the same dialogue (:func:`perform` with another seed): its
lips follow the voice and its face the feelings, and no two seeds move alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter

from echo_bench.clip import Alternative, AudioRef, DyadicClip, MethodView, Track, VideoRef
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, SIDES
from echo_bench.errors import MethodError
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.method import Artefact, Capabilities, Method
from echo_bench.methods.base import Lent
from echo_bench.methods.truth import GroundTruth, ShiftedAudio
from echo_bench.metrics import METRICS
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.run import Session, make_plan, run_extract, run_generate, run_score
from echo_bench.pipeline.store import FeatureStore
from echo_bench.results.schema import ResultFile
from echo_bench.simulator.identity import identity
from echo_bench.simulator.reactions import Label, sample
from echo_bench.simulator.render import render
from tests.native import MotionOnly, saved
from tests.unit.simulator import content

Damage = Literal["none", "blur", "frozen", "late-sound", "wrong-emotion", "dropped-clip"]
FPS = 25
LATE = 3  # frames
SIZE = 128
BLUR = 1.5  # px
NAMES = (
    "test-apology-01", "test-bad-news-01", "test-comfort-01", "test-complaint-01", "test-disagreement-01",
    "test-good-news-01", "test-interview-01", "test-small-talk-01", "test-surprise-01", "test-teasing-01",
)  # fmt: skip
"""Ten dyads."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of a conversation, in frames."""

    name: str
    start: int
    frames: int

    def of(self, motion: np.ndarray) -> np.ndarray:
        return motion[self.start : self.start + self.frames]


def whole(name: str) -> Cut:
    return Cut(name, 0, round(content.scene(name).speech.duration * FPS))


def moment(name: str) -> Cut:
    """The first second of the avatar's longest turn."""
    return _longest_turn(name, FPS)


def saying(name: str) -> Cut:
    """Four seconds from the beginning of the avatar's longest turn: as long as lips and voice need to be matched."""
    return _longest_turn(name, 4 * FPS)


def _longest_turn(name: str, frames: int) -> Cut:
    scene = content.scene(name)
    turn = max((s for s in scene.speech.spans(scene.dialogue) if s.who == "avatar"), key=lambda s: s.end - s.start)
    return Cut(name, round(turn.start * FPS), frames)


class Cuts(MotionOnly):
    """What a run asks of a dataset that draws where its clips have pictures."""

    name = "cuts"

    def __init__(self, drawn: bool) -> None:
        self.drawn = drawn

    def renderer(self) -> object:
        return draw if self.drawn else None


def draw(clip: DyadicClip, motion: np.ndarray) -> Iterator[np.ndarray]:
    return render(motion, identity(content.cast(clip.id)["avatar"].face), SIZE)


def clip_of(part: Cut, folder: Path, *, drawn: bool) -> DyadicClip:
    """A cut as a clip: motion and sound of both people; and either the avatar's video, or right and wrong reactions."""
    scene, performed = content.scene(part.name), content.performance(part.name)
    start, seconds = part.start / FPS, part.frames / FPS
    tracks = {}
    for side in SIDES:
        sound = CONTENT / DATA / f"{part.name}.{side}.opus"
        ref = saved(folder / f"{part.name}.{side}.npz", part.of(performed.motion[side]))
        tracks[side] = Track(audio=AudioRef(sound, file_sha256(sound), start=start, duration=seconds), motion=ref)
    clip = DyadicClip(
        id=part.name,
        dataset=Cuts.name,
        fps=float(FPS),
        duration=seconds,
        spans=() if drawn else scene.speech.spans(scene.dialogue),
        cluster="+".join(sorted(scene.dialogue.cast.values())),
        **tracks,
    )
    if not drawn:
        return replace(clip, alternatives=_alternatives(part, folder))
    path = folder / f"{part.name}.mp4"
    write_video(path, draw(clip, part.of(performed.motion["avatar"])), fps=float(FPS))
    return replace(clip, avatar=replace(clip.avatar, video=VideoRef(path, file_sha256(path))))


def _alternatives(part: Cut, folder: Path) -> tuple[Alternative, ...]:
    """Two right reactions and one of each wrong kind that needs no other conversation; none for the first clip."""
    if part.name == NAMES[0]:
        return ()
    wanted = (("appropriate", 1), ("appropriate", 2), ("wrong-affect", 2), ("wrong-timing", 1))
    return tuple(
        Alternative(saved(folder / f"{part.name}.{label}.{seed}.npz", _reaction(part, label, seed)), label)
        for label, seed in wanted
    )


def _reaction(part: Cut, label: Label, seed: int) -> np.ndarray:
    return part.of(sample(content.scene(part.name), label, seed, None).motion)


class Reference(Lent):
    """Another performance of the same dialogue, with something broken.

    Parameters
    ----------
    cuts : sequence of Cut
    damage : str
    """

    name = "reference"
    version = "1"
    capabilities = Capabilities(output="motion", stochastic=True)

    def __init__(self, cuts: Sequence[Cut], damage: Damage = "none") -> None:
        self.cuts = {part.name: part for part in cuts}
        self.damage = damage

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        if self.damage == "dropped-clip" and view.clip_id == next(iter(self.cuts)):
            raise MethodError("ran out of memory", where=view.clip_id)
        motion, sound, name = self._motion(view.clip_id, seed), view.avatar_audio, view.clip_id
        if self.damage == "late-sound":
            sound = replace(sound, delay=sound.delay + LATE / FPS)
        folder = self.context.workdir(name)
        ref = saved(folder / f"{name}.s00.npz", motion)
        video = self._blurred(view, motion, folder / f"{name}.s00.mp4") if self.damage == "blur" else None
        return [Artefact(name, self.name, 0, seed, video, sound, ref)]

    def _motion(self, name: str, seed: int) -> np.ndarray:
        if self.damage == "wrong-emotion":
            return _reaction(self.cuts[name], "wrong-affect", 1)
        rows = self.cuts[name].of(content.performance(name, seed + 1).motion["avatar"])
        return np.tile(rows[:1], (len(rows), 1)) if self.damage == "frozen" else rows

    def _blurred(self, view: MethodView, motion: np.ndarray, path: Path) -> VideoRef:
        looks = identity(content.cast(view.clip_id)["avatar"].face)
        write_video(path, (gaussian_filter(f, (BLUR, BLUR, 0)) for f in render(motion, looks, SIZE)), fps=float(FPS))
        return VideoRef(path, file_sha256(path))


class Voiced(ShiftedAudio):
    """The truth, on time or late: a method whose pictures are known to be right."""

    name = "voiced"

    def __init__(self, damage: Damage = "none") -> None:
        self.frames = LATE if damage == "late-sound" else 0


def scored(clips: Sequence[DyadicClip], method: Method, metrics: Sequence[str], out: Path, seed: int = 0) -> ResultFile:
    """The result of a method, by the suite's own steps."""
    store = out.parent / "store"
    session = Session(
        config=RunConfig(dataset=Cuts.name, out=out, store=store, seed=seed),
        dataset=Cuts(clips[0].avatar.video is not None),  # type: ignore[arg-type]
        split="test",
        clips=tuple(clips),
        methods=(GroundTruth(), method),
        metrics=tuple(METRICS.get(name) for name in metrics),
        store=FeatureStore(store),
    )
    report = run_generate(session, _quiet)
    report.add(run_extract(session, make_plan(session), _quiet))
    return run_score(session, report, _quiet)[1]


def _quiet(_label: str) -> None:
    pass
