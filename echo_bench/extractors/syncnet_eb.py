"""syncnet-eb: embeddings of a person's mouth and of a person's sound, with windows, rows and arrays as SyncNet's (:mod:`.syncnet`).

What stays the same in the mouth within a second either way is taken off it, so a row is known one second after its frames.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.errors import NoFaceError
from echo_bench.extractor import Arrays, InputSpec
from echo_bench.extractors.batched import Batches
from echo_bench.extractors.frame_nets import Run, later
from echo_bench.extractors.speech import loudness
from echo_bench.faces.align import grey
from echo_bench.faces.level import cut_smoothly, mouth_region
from echo_bench.faces.mouths import WINDOW, MouthRun, Window
from echo_bench.nets.device import policy
from echo_bench.nets.embedded import digest, filled

NAME, VERSION = "syncnet-eb", "1"
BATCH = 16
SIDE = 48
WIDTH = 65
PER_FRAME, STEPS = 4, 20


class SyncNetEBLip:
    """Mouths of the followed face."""

    name = f"{NAME}-lip"
    version = VERSION

    def __init__(self) -> None:
        self.spec = InputSpec("face", batch=BATCH, policy=policy())
        self.weights = digest(NAME)
        self._embed = later(_open_lip)

    def begin(self, ref: VideoRef) -> LipSession:
        """Start a video."""
        return LipSession(self._embed, ref)


class LipSession:
    """One video on its way through crop and net; holds 51 mouths and one batch."""

    def __init__(self, embed: Run, ref: VideoRef) -> None:
        self._ref = ref
        self._batches = Batches(embed, BATCH)
        self._run = MouthRun()
        self._rows: list[int] = []
        self._frames = 0

    def push(self, *inputs: NDArray[Any]) -> None:
        """Take the next frame and the landmarks (478, 3) of its face, NaN where there is none."""
        frame, points = inputs
        if np.isfinite(points).all():
            self._take(self._run.push(grey(cut_smoothly(frame, mouth_region(points), SIDE))))
        else:
            self._take(self._run.finish())
            self._run = MouthRun(self._frames + 1)
        self._frames += 1

    def finish(self) -> Arrays:
        """``lip`` (frames - 5, 65) float32, NaN in rows whose five frames do not all show the face.

        Raises
        ------
        NoFaceError
            When there is no other row.
        """
        self._take(self._run.finish())
        lip = np.full((max(self._frames - WINDOW, 0), WIDTH), np.nan, np.float32)
        found = self._batches.finish()
        kept = [k for k, row in enumerate(self._rows) if row < len(lip)]
        if not kept:
            raise NoFaceError(
                f"no face could be followed for 0.2 s in {self._frames} frames", where=self._ref.path.name
            )
        lip[[self._rows[k] for k in kept]] = found[kept]
        return {"lip": lip}

    def _take(self, windows: Iterable[Window]) -> None:
        for row, window in windows:
            self._rows.append(row)
            self._batches.add(window)


class SyncNetEBAudio:
    """A person's sound."""

    name = f"{NAME}-audio"
    version = VERSION

    def __init__(self) -> None:
        self.spec = InputSpec("audio", batch=BATCH, policy=policy())
        self.weights = digest(NAME)
        self._embed = later(_open_audio)

    def __call__(self, waveform: NDArray[np.float32]) -> Arrays:
        """``audio`` (frames - 5, 65) float32, and ``level`` (frames,) float32: root mean square of each frame's 40 ms, full scale 1."""
        from echo_bench.nets.syncnet_eb import log_mel

        hop = round(self.spec.rate / self.spec.fps)
        frames = len(waveform) // hop
        batches = Batches(self._embed, BATCH)
        steps = log_mel(waveform)
        for start in range(0, PER_FRAME * (frames - WINDOW), PER_FRAME):
            batches.add(steps[:, start : start + STEPS])
        return {"audio": batches.finish().reshape(-1, WIDTH), "level": loudness(waveform, hop)}


def _open_lip() -> Run:
    from echo_bench.nets.runs import on_device
    from echo_bench.nets.syncnet_eb import SyncNetEB

    net = filled(SyncNetEB(), NAME)
    return on_device(net, net.forward_lip)


def _open_audio() -> Run:
    from echo_bench.nets.runs import on_device
    from echo_bench.nets.syncnet_eb import SyncNetEB

    net = filled(SyncNetEB(), NAME)
    return on_device(net, net.forward_audio)
