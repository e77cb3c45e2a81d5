"""Real motion of the wrong moment or the wrong person: plausible faces that do not listen to this user."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from echo_bench.clip import DyadicClip, MethodView, MotionRef
from echo_bench.errors import NotApplicable
from echo_bench.method import Artefact, Capabilities
from echo_bench.methods.base import Lent, frames_in
from echo_bench.motion_io import load_motion, save_motion

MIRROR_DELAY_S = 0.4
"""Mimicry trails the partner by some hundred milliseconds; a copy without delay would be no listener's."""


class Borrower(Lent):
    """A method whose artefacts are real avatars of other clips."""

    name: str

    def borrowed(self, view: MethodView, clip: DyadicClip, seed: int, sample: int = 0) -> Artefact:
        """The avatar of `clip` as an artefact for `view`, no longer than it."""
        video, motion = clip.avatar.video, clip.avatar.motion
        if clip.duration > view.duration + 0.5 / view.fps:
            video = replace(video, duration=view.duration) if video else None
            motion = self._cut(motion, view, sample) if motion else None
        return Artefact(view.clip_id, self.name, sample, seed, video, view.avatar_audio, motion)

    def _cut(self, ref: MotionRef, view: MethodView, sample: int) -> MotionRef:
        rows, valid = load_motion(ref)
        frames = round(view.duration * ref.fps)
        path = self.context.workdir(view.clip_id) / f"{view.clip_id}.s{sample:02d}.npz"
        return save_motion(path, rows[:frames], valid[:frames], space=ref.space, source=ref.source, fps=ref.fps)


class Shuffled(Borrower):
    """`shuffled`: each clip gets the real avatar of the next clip of the split: right faces, wrong partners."""

    name = "shuffled"
    version = "2"
    capabilities = Capabilities(output="video", partial_length=True)

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The donor's video and motion, cut to this clip's length; the sound stays this clip's.

        Raises
        ------
        NotApplicable
            When there is no other clip with a real avatar.
        """
        for clip in self.context.others(view.clip_id):
            if clip.avatar.video is not None or clip.avatar.motion is not None:
                return [self.borrowed(view, clip, seed)]
        raise NotApplicable("needs another clip with a real avatar to borrow")


class RandomListener(Borrower):
    """`random`: the real avatar of a clip drawn at random, from the train split where there is one."""

    name = "random"
    version = "2"
    capabilities = Capabilities(output="video", stochastic=True, partial_length=True)

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """One draw per sample, the same for the same clip and seed.

        Raises
        ------
        NotApplicable
            When there is no other clip with a real avatar.
        """
        pool = [clip for clip in self.context.pool(view.clip_id) if clip.avatar.video or clip.avatar.motion]
        if not pool:
            raise NotApplicable("needs another clip with a real avatar to borrow")
        digest = hashlib.sha256(f"{view.clip_id} {seed}".encode()).digest()
        order = np.random.default_rng(int.from_bytes(digest[:8], "little")).permutation(len(pool))
        drawn = [pool[order[k % len(pool)]] for k in range(samples)]
        return [self.borrowed(view, clip, seed, k) for k, clip in enumerate(drawn)]


class Mirror(Lent):
    """`mirror`: the user's own motion, 0.4 s late. Copying is not listening, and scores deceptively well on synchrony."""

    name = "mirror"
    version = "1"
    capabilities = Capabilities(output="motion", causal=True)

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The user's motion delayed; the first frame is held until it begins.

        Raises
        ------
        NotApplicable
            When the user's motion is neither given nor measurable.
        """
        ref = self.context.motion(view.user)
        motion, valid = load_motion(ref)
        source = np.clip(np.arange(frames_in(view)) - round(MIRROR_DELAY_S * view.fps), 0, len(motion) - 1)
        path = self.context.workdir(view.clip_id) / f"{view.clip_id}.s00.npz"
        delayed = save_motion(path, motion[source], valid[source], space=ref.space, source=ref.source, fps=view.fps)
        return [Artefact(view.clip_id, self.name, 0, seed, None, view.avatar_audio, delayed)]
