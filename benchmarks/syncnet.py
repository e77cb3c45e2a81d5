"""SyncNet's forward passes and scores: ours against syncnet-python's `evaluate`, same random weights, same crops, one run.

    python benchmarks/syncnet.py [SECONDS]

Processor time, so that what else the machine does matters little. Theirs reads JPEGs and a wav, as it must; that time is taken off.
Needs syncnet-python, python_speech_features and OpenCV (the tox environment `parity`).
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path

import cv2
import numpy as np
import torch
from echo_metrics.lipsync import SyncScores, sync_scores
from numpy.typing import NDArray
from scipy.io import wavfile
from syncnet_python.SyncNetInstance import SyncNetInstance
from syncnet_python.SyncNetModel import S

from echo_bench.extractors.batched import Batches
from echo_bench.extractors.syncnet import BATCH, sound_windows
from echo_bench.nets.runs import Run, on_device
from echo_bench.nets.syncnet import WINDOW, SyncNet, audio_tower, lip_tower

RATE = 16000


def ours(lip: Run, audio: Run, crops: NDArray[np.uint8], sound: NDArray[np.int16]) -> SyncScores:
    """Fused two-dimensional towers in fixed batches, then the distance stage."""
    mouths, voices = Batches(lip, BATCH), Batches(audio, BATCH)
    for start in range(len(crops) - WINDOW):
        mouths.add(np.concatenate(list(crops[start : start + WINDOW]), axis=2))
    for window in sound_windows(sound, len(crops)):
        voices.add(window)
    return sync_scores(mouths.finish().astype(np.float64), voices.finish().astype(np.float64))


def towers(net: SyncNet) -> tuple[Run, Run]:
    """The two towers as the extractors run them."""
    lip, audio = lip_tower(net), audio_tower(net)
    return on_device(lip, lambda x: lip(x.permute(0, 3, 1, 2).float())), on_device(audio, audio)


def main() -> None:
    """Print seconds of processor time, the ratio, and both scores."""
    length = int(25 * float(sys.argv[1] if len(sys.argv) > 1 else 8))
    rng = np.random.default_rng(0)
    crops = cv2.GaussianBlur(rng.integers(0, 256, (224, 224, 3 * 16), dtype=np.uint8), (0, 0), 4).reshape(
        224, 224, 16, 3
    )
    crops = np.ascontiguousarray(crops.transpose(2, 0, 1, 3)[np.arange(length) % 16])
    sound = rng.integers(-8000, 8000, length * RATE // 25, dtype=np.int16)
    theirs, net = S().eval(), SyncNet()
    net.load_state_dict(theirs.state_dict(), strict=True)
    with tempfile.TemporaryDirectory() as folder, torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        for index, crop in enumerate(crops):
            cv2.imwrite(str(Path(folder) / f"{index:06d}.jpg"), crop[..., ::-1])
        wavfile.write(Path(folder) / "audio.wav", RATE, sound)
        started = time.process_time()
        worn = np.stack([cv2.imread(str(path))[..., ::-1] for path in sorted(Path(folder).glob("*.jpg"))])
        reading = time.process_time() - started
        started = time.process_time()
        expected = SyncNetInstance(theirs, "cpu").evaluate(Namespace(tmp_dir=folder, batch_size=20, vshift=15))
        peer = time.process_time() - started - reading
    lip, audio = towers(net.eval())
    ours(lip, audio, worn[: 2 * BATCH], sound[: 2 * BATCH * RATE // 25])
    started = time.process_time()
    found = ours(lip, audio, worn, sound)
    own = time.process_time() - started
    print(
        f"{length} frames, {torch.get_num_threads()} threads: syncnet-python {peer:.2f} s, ours {own:.2f} s, ratio {peer / own:.2f}"
    )
    print(f"offset {expected[0]} / {found.offset}, LSE-D {expected[2]:.4f} / {found.distance:.4f}, "
          f"LSE-C {expected[1]:.4f} / {found.confidence:.4f}")  # fmt: skip


if __name__ == "__main__":
    main()
