"""Clips of dyad-mini whose people have motion and sound but no pixels, with right and wrong reactions; and a run on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path

import numpy as np

from echo_bench.clip import Alternative, AudioRef, DyadicClip, ImageRef, MotionRef, Track
from echo_bench.datasets.dyad_mini_content import CONTENT, SIDES
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.methods import ALWAYS, METHODS
from echo_bench.metric import ClipFeatures, is_native
from echo_bench.metrics import DEFAULT, METRICS
from echo_bench.motion_io import load_motion, save_motion
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.run import Session, make_plan, run_extract, run_generate, run_score
from echo_bench.pipeline.store import FeatureStore
from echo_bench.results.schema import ResultFile
from echo_bench.simulator.alternatives import alternatives
from echo_bench.simulator.behaviour import Scene
from tests.unit.simulator import content

NATIVE = tuple(name for name in DEFAULT if is_native(name))
SHOWN = ("test-comfort-01", "test-pair-ferry-a", "test-bad-news-01")
"""Clips for tests: of three kinds, of three dyads."""


class MotionOnly:
    """What a run asks of a dataset that draws nothing."""

    name = "motion-only"
    version = "1"

    def pool(self, split: str) -> list[DyadicClip]:
        return []

    def renderer(self) -> None:
        return None

    def manifest_sha256(self, split: str) -> str:
        return "00" * 32


def saved(path: Path, motion: np.ndarray) -> MotionRef:
    return save_motion(path, motion, np.ones(len(motion), bool))


def clip_of(name: str, folder: Path, scenes: dict[str, Scene] | None = None) -> DyadicClip:
    """A conversation as a clip; with `scenes` of other kinds it knows right and wrong reactions too."""
    scene, performed = content.scene(name), content.performance(name)
    tracks = {}
    for side in SIDES:
        sound = CONTENT / content.DATA / f"{name}.{side}.opus"
        ref = saved(folder / f"{name}.{side}.npz", performed.motion[side])
        tracks[side] = Track(audio=AudioRef(sound, file_sha256(sound)), motion=ref)
    reactions = alternatives(scene, scenes) if scenes else ()
    still = folder / "still.mp4"
    if not still.exists():
        write_video(still, repeat(np.full((32, 32, 3), 128, np.uint8), 1), fps=25.0)
    return DyadicClip(
        id=name,
        dataset=MotionOnly.name,
        fps=25.0,
        duration=scene.speech.duration,
        user=tracks["user"],
        avatar=tracks["avatar"],
        reference=ImageRef(still, file_sha256(still)),
        spans=scene.speech.spans(scene.dialogue),
        cluster="+".join(sorted(scene.dialogue.cast.values())),
        alternatives=tuple(
            Alternative(saved(folder / f"{name}.{r.label}.{r.seed}.npz", r.motion), r.label) for r in reactions
        ),
    )


def shown_clips(folder: Path, names: Sequence[str] = SHOWN) -> list[DyadicClip]:
    """Clips with right and wrong reactions."""
    scenes = {name: content.scene(name) for name in (*SHOWN, "test-complaint-01", *names)}
    return [clip_of(name, folder, scenes) for name in names]


def run_native(clips: Sequence[DyadicClip], out: Path) -> dict[str, ResultFile]:
    """The always-on rows on all native ids."""
    session = Session(
        config=RunConfig(dataset=MotionOnly.name, out=out, store=out / "store"),
        dataset=MotionOnly(),  # type: ignore[arg-type]
        split="test",
        clips=tuple(clips),
        methods=tuple(METHODS.get(name)() for name in ALWAYS),
        metrics=tuple(METRICS.get(name) for name in NATIVE),
        store=FeatureStore(out / "store"),
    )
    report = run_generate(session, _quiet)
    report.add(run_extract(session, make_plan(session), _quiet))
    return {result.result.method.name: result for result in run_score(session, report, _quiet)}


def features_of(clip: DyadicClip, motion: MotionRef | np.ndarray) -> ClipFeatures:
    """What a native metric reads when a method answers a clip with this motion."""

    def arrays(given: MotionRef | np.ndarray) -> dict[str, np.ndarray]:
        rows, valid = load_motion(given) if isinstance(given, MotionRef) else (given, np.ones(len(given), bool))
        return {"motion": rows, "valid": valid}

    sides = {"pred": motion, "truth": clip.avatar.motion, "user": clip.user.motion}
    return ClipFeatures(clip, {f"{side}:native": arrays(given) for side, given in sides.items()})


def reactions_of(clip: DyadicClip) -> Iterator[tuple[str, MotionRef]]:
    """The recorded reaction and all others, each with its label."""
    yield "recorded", clip.avatar.motion
    for other in clip.alternatives:
        yield other.label, other.motion


def _quiet(_label: str) -> None:
    pass
