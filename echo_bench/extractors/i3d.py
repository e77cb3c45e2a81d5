"""I3D logits of windows of 16 frames, for FVD: one extractor per published file and preprocessing.

Names say what changes the number: whose file (``styleganv``, ``videogpt``), how a frame becomes 224 x 224 (``square`` squeezes it, ``crop``
cuts the centre square), the range of pixels (``pm1`` is [-1, 1], ``01`` is [0, 1]), frames per window and the stride between them.
Windows follow each other without overlap from the first frame on; frames after the last full window are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.errors import MediaError
from echo_bench.extractor import Arrays, InputSpec
from echo_bench.extractors.batched import Batches
from echo_bench.extractors.frame_nets import Run, later
from echo_bench.nets.device import batch_size, policy
from echo_bench.weights.store import weight_file

if TYPE_CHECKING:
    import torch

WINDOW = 16
BATCH = 4
Forward = Callable[["torch.Tensor"], "torch.Tensor"]


@dataclass(frozen=True, slots=True)
class WindowNet:
    """An extractor of one row per window of frames.

    Attributes
    ----------
    name, version, weights : str
    spec : InputSpec
        Of kind ``frames``; its batch counts windows.
    run : callable
        The net on a batch of windows (B, 16, H, W, 3), uint8 RGB.
    output : str
        Name of the array.
    """

    name: str
    version: str
    weights: str
    spec: InputSpec
    run: Run
    output: str = "logits"

    def begin(self, ref: VideoRef) -> WindowSession:
        """Start a video."""
        return WindowSession(self, ref)


class WindowSession:
    """One video's frames, collected into windows, on their way through the net."""

    def __init__(self, net: WindowNet, ref: VideoRef) -> None:
        self._ref = ref
        self._output = net.output
        self._batches = Batches(net.run, net.spec.batch)
        self._window: list[NDArray[np.uint8]] = []
        self._frames = 0

    def push(self, *frames: NDArray[np.uint8]) -> None:
        """Take the next frame."""
        self._frames += 1
        self._window.append(frames[0])
        if len(self._window) == WINDOW:
            self._batches.add(np.stack(self._window))
            self._window.clear()

    def finish(self) -> Arrays:
        """One float32 row per window under :attr:`WindowNet.output`; ``window`` (T,) int32, the one each frame went into, -1 for none.

        Raises
        ------
        MediaError
            When the video has no full window.
        """
        full = self._frames // WINDOW
        if not full:
            raise MediaError(
                f"has {self._frames} frames at 25 fps, and a window of FVD takes {WINDOW}", where=self._ref.path.name
            )
        window = np.arange(self._frames, dtype=np.int32) // WINDOW
        return {self._output: self._batches.finish(), "window": np.where(window < full, window, np.int32(-1))}


def styleganv_crop() -> WindowNet:
    """``i3d-styleganv-crop224-pm1-t16s1``: as common_metrics_on_video_quality."""
    return _net("i3d-styleganv-crop224-pm1-t16s1", "i3d-styleganv", _open_cropped)


def styleganv_square() -> WindowNet:
    """``i3d-styleganv-square224-pm1-t16s1``: as StyleGAN-V; the file itself resizes and scales."""
    return _net("i3d-styleganv-square224-pm1-t16s1", "i3d-styleganv", partial(_open_square, rescale=True))


def styleganv_half_range() -> WindowNet:
    """``i3d-styleganv-square224-01-t16s1``: as LatentSync, with [0, 1] where the net was trained on [-1, 1]."""
    return _net("i3d-styleganv-square224-01-t16s1", "i3d-styleganv", partial(_open_square, rescale=False))


def videogpt() -> WindowNet:
    """``i3d-videogpt-square224-pm1-t16s1``: as VideoGPT, TATS and cd-fvd."""
    return _net("i3d-videogpt-square224-pm1-t16s1", "i3d-videogpt", _open_videogpt)


def _net(name: str, weights: str, open_net: Callable[[Path], Run]) -> WindowNet:
    path, digest = weight_file(weights)
    spec = InputSpec("frames", batch=batch_size(BATCH), policy=policy())
    return WindowNet(name, "1", digest, spec, later(partial(open_net, path)))


def _open_videogpt(path: Path) -> Run:
    from echo_bench.nets import i3d
    from echo_bench.nets.loading import load_state

    net = i3d.build(load_state(path))
    return _run(net, lambda windows: net(i3d.for_videogpt(windows)))


def _open_cropped(path: Path) -> Run:
    from echo_bench.nets import i3d

    script = i3d.load_script(path)
    return _run(script, lambda windows: script(i3d.cropped(windows), rescale=False, resize=False, return_features=True))


def _open_square(path: Path, rescale: bool) -> Run:
    from echo_bench.nets import i3d

    script = i3d.load_script(path)
    scale = 1 if rescale else 255

    def forward(windows: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = script(
            i3d.as_windows(windows) / scale, rescale=rescale, resize=True, return_features=True
        )
        return logits

    return _run(script, forward)


def _run(net: Any, forward: Forward) -> Run:
    import torch

    from echo_bench.nets.runs import on_device

    return on_device(net, forward, torch.channels_last_3d)
