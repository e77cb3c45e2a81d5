"""Rows made from the truth: they say what a perfect score is, and what a codec or a shift costs. Never ranked."""

from __future__ import annotations

from dataclasses import replace

from echo_bench.clip import MethodView, Track
from echo_bench.errors import NotApplicable
from echo_bench.media.encode import reencode
from echo_bench.media.hashing import file_sha256
from echo_bench.method import Artefact, Capabilities
from echo_bench.methods.base import Lent

SHIFT_FRAMES = 5


class GroundTruth(Lent):
    """`ground-truth`: the avatar's real video and sound."""

    name = "ground-truth"
    version = "1"
    capabilities = Capabilities(output="video", uses_truth=True)

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The truth itself.

        Raises
        ------
        NotApplicable
            When the clip has none.
        """
        truth = truth_of(view)
        return [Artefact(view.clip_id, self.name, 0, seed, truth.video, truth.audio, truth.motion)]


class GroundTruthHalves(GroundTruth):
    """`ground-truth-halves`: one half of the clips against the other, the floor of every set metric at this size."""

    name = "ground-truth-halves"
    capabilities = Capabilities(output="video", uses_truth=True, halves=True)


class Reencoded(GroundTruth):
    """`reencoded`: the truth through H.264 at CRF 28, the floor that a codec sets."""

    name = "reencoded"

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The truth, decoded and encoded again.

        Raises
        ------
        NotApplicable
            When the clip has no real video.
        """
        truth = truth_of(view)
        if truth.video is None:
            raise NotApplicable("needs the avatar's real video, and this clip has none")
        path = self.context.workdir(view.clip_id) / f"{view.clip_id}.s00.mp4"
        reencode(truth.video, path, crf=28, fps=view.fps)
        video = replace(truth.video, path=path, sha256=file_sha256(path), panel=None, start=0.0, duration=None)
        return [Artefact(view.clip_id, self.name, 0, seed, video, truth.audio)]


class ShiftedAudio(GroundTruth):
    """`shifted-audio`: the truth with its own sound 5 frames late, so that a right sync measure reads -5."""

    name = "shifted-audio"
    version = "2"
    frames: float = SHIFT_FRAMES
    """How late the sound is."""

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The truth with delayed sound.

        Raises
        ------
        NotApplicable
            When the avatar is not heard.
        """
        truth = truth_of(view)
        if truth.audio is None:
            raise NotApplicable("the avatar has no sound that could be shifted")
        late = replace(truth.audio, delay=truth.audio.delay + self.frames / view.fps)
        return [Artefact(view.clip_id, self.name, 0, seed, truth.video, late, truth.motion)]


def truth_of(view: MethodView) -> Track:
    """The real track of the avatar.

    Raises
    ------
    NotApplicable
        When the clip has none.
    """
    if view.truth is None or (view.truth.video is None and view.truth.motion is None):
        raise NotApplicable("needs the avatar's real track, and this clip has none")
    return view.truth
