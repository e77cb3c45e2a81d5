"""Faces that do not react: what a method must beat to have done anything at all."""

from __future__ import annotations

from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import MethodView, MotionRef, VideoRef
from echo_bench.errors import NotApplicable
from echo_bench.media.audio import waveform
from echo_bench.media.decode import still
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.method import Artefact, Capabilities, MethodContext
from echo_bench.methods.base import Lent, frames_in
from echo_bench.motion_io import load_motion, save_motion
from echo_bench.spaces import RIG61


class Static(Lent):
    """`static`: the reference image, held. As motion, where people have motion of their own: the face at rest."""

    name = "static"
    version = "2"
    capabilities = Capabilities(output="video", causal=True)

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """A video of one frame; its motion is still too, but what the picture shows is not read from it.

        Raises
        ------
        NotApplicable
            When the clip has no reference image.
        """
        if view.reference is None:
            raise NotApplicable("needs a reference image of the avatar, and this clip has none")
        path = self.context.workdir(view.clip_id) / f"{view.clip_id}.s00.mp4"
        sound = waveform(view.avatar_audio) if view.avatar_audio else None
        write_video(path, repeat(still(view.reference), frames_in(view)), fps=view.fps, audio=sound)
        video = VideoRef(path, file_sha256(path))
        return [Artefact(view.clip_id, self.name, 0, seed, video, view.avatar_audio, self._at_rest(view))]

    def _at_rest(self, view: MethodView) -> MotionRef | None:
        like = view.user.motion
        if like is None or like.source != "native" or like.space != RIG61.name:
            return None
        frames = frames_in(view)
        path = self.context.workdir(view.clip_id) / f"{view.clip_id}.s00.npz"
        return save_motion(path, np.zeros((frames, RIG61.width), np.float32), np.ones(frames, bool), fps=view.fps)


class MeanFace(Lent):
    """`mean-face`: the mean of all motion it may learn from, held. Without a train split, the clip itself is left out."""

    name = "mean-face"
    version = "1"
    capabilities = Capabilities(output="motion", causal=True)

    def setup(self, context: MethodContext) -> None:
        """Means are computed per clip, once the clip to be left out is known."""
        super().setup(context)
        self._sums: dict[str, tuple[NDArray[np.float64], int]] = {}

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """Constant motion.

        Raises
        ------
        NotApplicable
            When there is no other clip with a face.
        """
        refs, total, count = set(), np.zeros(0), 0
        for clip in self.context.pool(view.clip_id):
            if clip.avatar.video is None and clip.avatar.motion is None:
                continue
            ref = self.context.motion(clip.avatar)
            refs.add((ref.space, ref.source))
            if ref.sha256 not in self._sums:
                motion, valid = load_motion(ref)
                self._sums[ref.sha256] = (motion[valid].astype(np.float64).sum(axis=0), int(valid.sum()))
            part, frames = self._sums[ref.sha256]
            total = part + (total if total.size else 0.0)
            count += frames
        if not count:
            raise NotApplicable("needs another clip whose avatar's motion is known")
        ((space, source),) = refs
        motion = np.tile((total / count).astype(np.float32), (frames_in(view), 1))
        path = self.context.workdir(view.clip_id) / f"{view.clip_id}.s00.npz"
        ref = save_motion(path, motion, np.ones(len(motion), bool), space=space, source=source, fps=view.fps)
        return [Artefact(view.clip_id, self.name, 0, seed, None, view.avatar_audio, ref)]
