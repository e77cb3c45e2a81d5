"""Conversations of dyad-mini's train split performed again, by people who look like nobody: more faces and reactions to learn from.

The split has 24 people. A model of pixels knows their faces by heart, and what it reads of a face, or shows in one, it reads and shows
in theirs. Words and voices stay; motion, personality and looks are others, none of a person of any split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from echo_bench.clip import DyadicClip, ImageRef, MotionRef, Side, Track
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.datasets.dyad_mini_content import SIDES, read_scene
from echo_bench.datasets.rendered import Drawing, draw_all
from echo_bench.media.hashing import file_sha256
from echo_bench.motion_io import save_motion
from echo_bench.simulator.behaviour import Performance
from echo_bench.simulator.emotions import emotion_of
from echo_bench.simulator.people import read_people
from echo_bench.simulator.rehearsals import rehearsals
from echo_bench.simulator.truth import Truth

SIZE = 128
FIRST_FACE = 10_000


def rehearse(data: DyadMini, clips: Sequence[DyadicClip], folder: Path) -> list[tuple[DyadicClip, Truth]]:
    """Perform conversations again and draw both people, and say what they felt and did; what is drawn already stays.

    Parameters
    ----------
    data : DyadMini
        Its progress and workers are used.
    clips : sequence of DyadicClip
        Of the train split.
    folder : Path
        For motion and video.

    Raises
    ------
    ValueError
        When a seed of looks is a person's of the dataset.
    """
    if max(person.face for person in read_people().values()) >= FIRST_FACE:
        raise ValueError(f"faces from {FIRST_FACE} on are people of dyad-mini: rehearsals need faces that nobody has")
    folder.mkdir(parents=True, exist_ok=True)
    made = [_performed(data, clip, folder) for clip in clips]
    flat = [drawing for _, drawings in made for drawing in drawings.values()]
    draw_all("draw rehearsals", flat, data.options.progress, data.options.workers)
    return [
        (_drawn(clip, drawings), _truth(performance)) for clip, (performance, drawings) in zip(clips, made, strict=True)
    ]


def _performed(data: DyadMini, clip: DyadicClip, folder: Path) -> tuple[Performance, dict[Side, Drawing]]:
    scene = read_scene(clip.id, data.content)
    (performance,) = rehearsals(scene, 1)
    drawings: dict[Side, Drawing] = {}
    for side in SIDES:
        path, motion = folder / f"{clip.id}.{side}.npz", performance.motion[side]
        if not path.is_file():
            save_motion(path, motion, np.ones(len(motion), bool))
        audio = (clip.user if side == "user" else clip.avatar).audio
        assert audio is not None  # the dataset has sound of both
        drawings[side] = Drawing(
            f"{clip.id}.{side}",
            MotionRef(path, file_sha256(path), "rig61"),
            audio,
            face_of(clip.id, side),
            SIZE,
            folder,
        )
    return performance, drawings


def face_of(clip: str, side: Side) -> int:
    """Seed of the looks of a side in a rehearsal: each has its own, whichever others are performed.

    Examples
    --------
    >>> face_of("train-apology-01", "user") != face_of("train-apology-01", "avatar")
    True
    """
    return FIRST_FACE + int.from_bytes(f"{clip}.{side}".encode()) % 1_000_003


def _drawn(clip: DyadicClip, drawings: dict[Side, Drawing]) -> DyadicClip:
    def track(side: Side, old: Track) -> Track:
        return replace(old, video=drawings[side].video(), motion=drawings[side].motion)

    user, avatar = track("user", clip.user), track("avatar", clip.avatar)
    assert avatar.video is not None
    return replace(clip, user=user, avatar=avatar, reference=ImageRef(avatar.video.path, avatar.video.sha256))


def _truth(performance: Performance) -> Truth:
    affect = performance.affect
    return Truth(affect, {side: tuple(emotion_of(affect[side])) for side in SIDES}, performance.events)
