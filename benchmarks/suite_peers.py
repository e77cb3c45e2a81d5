"""The four packages one after another, as their README files say, each reading and writing its own files."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from benchmarks.suite_footage import METHODS, TRUTH
from echo_bench.peers.compare import replaced
from echo_bench.peers.torchvision_repair import repair_torchvision

Now = Callable[[], float]


def processor() -> float:
    """Processor seconds of this process and of those that it has waited for: what a busy machine cannot change much."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


class Clock:
    """Seconds per name; passes of nets are counted beside the tool that makes them.

    Parameters
    ----------
    now : callable
        `time.perf_counter` or :func:`processor`.
    """

    def __init__(self, now: Now) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._now = now

    @contextmanager
    def of(self, name: str, now: Now | None = None) -> Iterator[None]:
        """Add the time that the block takes."""
        now = now or self._now
        started = now()
        yield
        self.seconds[name] += now() - started

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its time added; of processor time only that of its thread, since others decode beside it."""
        now = time.thread_time if self._now is processor else self._now

        def run(*args: Any, **options: Any) -> Any:
            with self.of(name, now):
                found = function(*args, **options)
                if torch.cuda.is_initialized():
                    torch.cuda.synchronize()
                return found

        return run


def run(clips: Path, weights: Path, work: Path, device: str, now: Now) -> dict[str, float]:
    """Score method ``a``; seconds of each tool, of ``nets``, of the reference's part of FID, and of scipy's square root."""
    # Threads that wait for each other on a busy machine use processor time: where that is counted there is one.
    torch.set_num_threads(1 if now is processor else os.cpu_count() or 1)
    clock = Clock(now)
    _ffmpeg(work)
    first = next(iter(METHODS))
    with _silence():
        _import()
        for name in (TRUTH, first):
            with clock.of(f"frames of {name}"):
                _dump(clips / name, work / name)
        _fid(clock, weights, work / TRUTH, work / first, device)
        _lpips(clock, weights, work / TRUTH, work / first, device)
        _syncnet(clock, weights, clips / first, work, device)
        _deepface(clock, weights, clips / first, work)
    return dict(clock.seconds)


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing on the terminal from the tools, nor from the programs that they start."""
    kept = [os.dup(stream) for stream in (1, 2)]
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for stream, before in zip((1, 2), kept, strict=True):
            os.dup2(before, stream)
            os.close(before)
        os.close(null)


def _import() -> None:
    """Import everything first: starting a tool is not what is measured."""
    repair_torchvision()
    os.environ["DEEPFACE_BACKEND_ENGINE"] = "pytorch"
    import deepface.DeepFace  # noqa: F401
    import lpips  # noqa: F401
    import pytorch_fid.fid_score  # noqa: F401
    import syncnet_python  # noqa: F401


def _ffmpeg(work: Path) -> None:
    """Put imageio-ffmpeg's binary on the path as ``ffmpeg``, which syncnet-python calls."""
    import imageio_ffmpeg

    (work / "bin").mkdir(parents=True)
    (work / "bin" / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    os.environ["PATH"] = f"{work / 'bin'}{os.pathsep}{os.environ['PATH']}"


def _dump(videos: Path, folder: Path) -> None:
    """Frames as PNG files: pytorch-fid and lpips read folders of pictures; both use these."""
    folder.mkdir()
    for video in sorted(videos.glob("*.mp4")):
        command = ["ffmpeg", "-v", "error", "-i", str(video), str(folder / f"{video.stem}_%05d.png")]
        subprocess.run(command, check=True)


def _fid(clock: Clock, weights: Path, truth: Path, made: Path, device: str) -> None:
    """``python -m pytorch_fid TRUTH MADE``."""
    from pytorch_fid import fid_score, inception

    state = torch.load(weights / "pt_inception-2015-12-05-6726825d.pth", weights_only=True)
    statistics = fid_score.compute_statistics_of_path

    def compute(path: str, *args: Any) -> Any:
        with clock.of("FID of truth" if path == str(truth) else "FID of method"):
            return statistics(path, *args)

    net = inception.InceptionV3
    with (
        replaced(inception, "load_state_dict_from_url", lambda *_, **__: state),
        replaced(net, "forward", clock.timed("nets", net.forward)),
        replaced(fid_score, "compute_statistics_of_path", compute),
        replaced(fid_score, "calculate_frechet_distance", clock.timed("sqrtm", fid_score.calculate_frechet_distance)),
        clock.of("pytorch-fid"),
    ):
        workers = min(os.cpu_count() or 1, 8)
        fid_score.calculate_fid_given_paths([str(truth), str(made)], 50, torch.device(device), 2048, workers)


def _lpips(clock: Clock, weights: Path, truth: Path, made: Path, device: str) -> None:
    """``lpips_2dirs.py -d0 TRUTH -d1 MADE``."""
    import lpips

    net = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
    trunk = torch.load(weights / "alexnet-owt-7be5be79.pth", weights_only=True)
    own = [name for name in net.state_dict() if name.startswith("net.slice")]
    named = {name: trunk[f"features.{name.split('.', 2)[2]}"] for name in own}
    heads = torch.load(weights / "lpips-v0.1-alex.pth", weights_only=True)
    net.load_state_dict(named | heads, strict=False)
    net.to(device).forward = clock.timed("nets", net.forward)
    with clock.of("lpips"):
        for path in sorted(made.iterdir()):
            pair = [lpips.im2tensor(lpips.load_image(str(folder / path.name))).to(device) for folder in (truth, made)]
            float(net.forward(*pair))


def _syncnet(clock: Clock, weights: Path, made: Path, work: Path, device: str) -> None:
    """``SyncNetPipeline.inference`` on each video."""
    from syncnet_python import SyncNetPipeline
    from syncnet_python.detectors.s3fd.nets import S3FDNet
    from syncnet_python.SyncNetModel import S

    paths = {"s3fd_weights": str(weights / "sfd_face.pth"), "syncnet_weights": str(weights / "syncnet_v2.model")}
    pipeline = SyncNetPipeline(paths, device=device)
    with (
        replaced(S3FDNet, "forward", clock.timed("nets", S3FDNet.forward)),
        replaced(S, "forward_lip", clock.timed("nets", S.forward_lip)),
        replaced(S, "forward_aud", clock.timed("nets", S.forward_aud)),
        clock.of("syncnet-python"),
    ):
        for video in sorted(made.glob("*.mp4")):
            found = pipeline.inference(str(video), cache_dir=str(work / "syncnet" / video.stem))
            if not found[-1]:
                raise SystemExit(f"syncnet-python found no face in {video.name}: the comparison would not be fair")


def _deepface(clock: Clock, weights: Path, made: Path, work: Path) -> None:
    """``DeepFace.analyze`` of each frame, with the detector it takes by itself."""
    import cv2
    from deepface import DeepFace
    from deepface.models.demography.pytorch import Emotion

    home = work / ".deepface" / "weights"
    home.mkdir(parents=True)
    file = "facial_expression_model_weights.pth"
    (home / file).symlink_to(weights / file)
    os.environ["DEEPFACE_HOME"] = str(work)
    net = type(Emotion.base_model())
    with replaced(net, "forward", clock.timed("nets", net.forward)), clock.of("deepface"):
        for video in sorted(made.glob("*.mp4")):
            capture = cv2.VideoCapture(str(video))
            while (read := capture.read())[0]:
                DeepFace.analyze(read[1], actions=["emotion"], enforce_detection=False, silent=True)
