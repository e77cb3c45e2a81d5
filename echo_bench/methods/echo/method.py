"""The reference model and its variants as methods: video of the avatar, made window by window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from echo_model.config import TIME, TINY
from echo_model.export import load
from echo_model.sample import Scene, sample
from numpy.typing import NDArray
from torch.nn import functional as F

from echo_bench.clip import MethodView, VideoRef
from echo_bench.errors import NotApplicable, WeightsHashError
from echo_bench.media.audio import waveform
from echo_bench.media.decode import still
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.method import Artefact, Capabilities, MethodContext
from echo_bench.methods.base import Lent, frames_in
from echo_bench.methods.echo.signals import pictures, said, squared
from echo_bench.methods.learned.checkpoint import find, read_card
from echo_bench.methods.learned.features import hear
from echo_bench.nets.device import inference

FPS = 25.0
LOOKAHEAD = TIME * TINY.current / FPS  # seconds: a window, for its first frame may depend on the user at its end


class EchoTiny(Lent):
    """`echo-tiny`: the reference model with all its parts."""

    name: str = "echo-tiny"
    version: str = "1"
    capabilities: ClassVar[Capabilities] = Capabilities(
        output="video", stochastic=True, causal=True, lookahead=LOOKAHEAD
    )

    def setup(self, context: MethodContext) -> None:
        """Load the checkpoint.

        Raises
        ------
        WeightsMissingError
            When the model has not been trained.
        WeightsHashError
            When the checkpoint is damaged or of another version.
        """
        super().setup(context)
        path = find(self.name)
        self.card = read_card(path)
        try:
            self.model = load(path).to(context.device)
        except ValueError as error:
            raise WeightsHashError(str(error), where=path, fix="train it again") from error

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """One video per sample; sample ``k`` is drawn with the seed ``seed + k``.

        Raises
        ------
        NotApplicable
            When the clip has no reference image or no video of the user, or another rate than 25 fps.
        """
        sound = waveform(view.avatar_audio) if view.avatar_audio else None
        made = []
        for k in range(samples):
            path = self.context.workdir(view.clip_id) / f"{view.clip_id}.s{k:02d}.mp4"
            with inference():  # threads of several workers would wait for each other, and round differently
                write_video(path, self.frames(view, seed + k), fps=FPS, audio=sound)
            video = VideoRef(path, file_sha256(path))
            made.append(Artefact(view.clip_id, self.name, k, seed + k, video, view.avatar_audio))
        return made

    def frames(self, view: MethodView, seed: int) -> Iterator[NDArray[np.uint8]]:
        """The frames of one sample, as large as the reference image's shorter side.

        Parameters
        ----------
        view : MethodView
        seed : int

        Yields
        ------
        ndarray of shape (S, S, 3), uint8

        Raises
        ------
        NotApplicable
            As for :meth:`generate`.
        """
        if view.reference is None or view.user.video is None:
            raise NotApplicable("needs a reference image of the avatar and video of the user")
        if view.fps != FPS:
            raise NotApplicable(f"is made at 25 fps, and this clip is compared at {view.fps:g}")
        image, size, count = still(view.reference), self.model.config.vae.size, frames_in(view)
        words, sides, ends = said(view.dialogue, self.model.lcu.lau.tokens, FPS)
        scene = Scene(
            squared(image, size), pictures(view.user.video, size), hear(view.user.audio, count),
            hear(view.avatar_audio, count), words, sides, ends,
        )  # fmt: skip
        for frame in sample(self.model, scene, seed):
            yield enlarged(frame, min(image.shape[:2]))


def enlarged(frame: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A square picture at another size, bicubic."""
    if len(frame) == size:
        return frame
    planes = torch.from_numpy(frame).permute(2, 0, 1)[None].float()
    scaled = F.interpolate(planes, size=(size, size), mode="bicubic", align_corners=False, antialias=True)
    return scaled[0].permute(1, 2, 0).round().clamp(0, 255).to(torch.uint8).contiguous().numpy()


class EchoTinyNoLpe(EchoTiny):
    """`echo-tiny-no-lpe`: a learned constant in place of low-level perception."""

    name = "echo-tiny-no-lpe"


class EchoTinyNoHbcu(EchoTiny):
    """`echo-tiny-no-hbcu`: a learned constant in place of what the user's behaviour means."""

    name = "echo-tiny-no-hbcu"


class EchoTinyNoLau(EchoTiny):
    """`echo-tiny-no-lau`: a learned constant in place of the feeling of the dialogue."""

    name = "echo-tiny-no-lau"


class EchoTinyNoSdcm(EchoTiny):
    """`echo-tiny-no-sdcm`: one unmasked cross-attention over user and voice."""

    name = "echo-tiny-no-sdcm"


class EchoTinyShortContext(EchoTiny):
    """`echo-tiny-short-context`: the user of the current window alone, without history and dialogue."""

    name = "echo-tiny-short-context"


class EchoTinyDualAudio(EchoTiny):
    """`echo-tiny-dual-audio`: the user's sound of the current window alone."""

    name = "echo-tiny-dual-audio"
