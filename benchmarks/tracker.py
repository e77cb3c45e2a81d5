"""Frames per second of the face tracker, beside mediapipe's own on the same frames when it is installed.

    python benchmarks/tracker.py VIDEO [--model face_landmarker.task] [--frames 300] [--side 256]

Both run on one thread of one process, in turns on the same frames, and the best of three rounds counts. Decoding and scaling are
left out. The frames are cut to the central square and scaled to `--side`.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from echo_bench.faces.rig61 import to_rig61
from echo_bench.faces.smooth import fill_gaps, smooth
from echo_bench.faces.track import FaceTracker
from echo_bench.weights.store import weight_path

Clip = list[NDArray[np.uint8]]


def read(path: Path, count: int, side: int) -> Clip:
    """The first frames, cut to their central square and scaled."""
    clip = []
    with av.open(str(path)) as container:
        for frame in islice(container.decode(video=0), count):
            square = min(frame.width, frame.height)
            pixels = frame.to_ndarray(format="rgb24")
            x, y = (frame.width - square) // 2, (frame.height - square) // 2
            cut = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(pixels[y : y + square, x : x + square]), format="rgb24"
            )
            clip.append(cut.reformat(width=side, height=side).to_ndarray(format="rgb24"))
    return clip


def ours(tracker: FaceTracker, clip: Clip) -> None:
    """Landmarks, blendshapes and pose of every frame."""
    tracker.reset()
    for frame in clip:
        tracker.push(frame)
    tracker.finish()


def peer(model: Path, clip: Clip) -> None:
    """The same with mediapipe's Face Landmarker in VIDEO mode."""
    import mediapipe

    vision = mediapipe.tasks.vision
    options = vision.FaceLandmarkerOptions(
        base_options=mediapipe.tasks.BaseOptions(model_asset_path=str(model)),
        running_mode=vision.RunningMode.VIDEO,
        output_face_blendshapes=True,
        output_facial_transformation_matrixes=True,
    )
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        for number, frame in enumerate(clip, start=1):
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=frame)
            landmarker.detect_for_video(image, 40 * number)


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print one line per runtime."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--side", type=int, default=256)
    options = parser.parse_args()
    model = options.model or weight_path("tracker")
    clip = read(options.video, options.frames, options.side)
    tracker = FaceTracker(model)
    ours(tracker, clip[:8])  # compile, import, warm up
    to_rig61(smooth(fill_gaps(tracker.finish())))
    with_peer = importlib.util.find_spec("mediapipe") is not None
    rounds = [
        (seconds(lambda: ours(tracker, clip)), seconds(lambda: peer(model, clip)) if with_peer else 0.0)
        for _ in range(3)
    ]
    mine, theirs = (min(column) for column in zip(*rounds, strict=True))
    track = tracker.finish()
    after = seconds(lambda: to_rig61(smooth(fill_gaps(track))))
    print(f"{len(clip)} frames of {options.side} px, face found in {track.detected.mean():.0%}")
    print(f"echo-bench {len(clip) / mine:7.1f} frames/s; smoothing and rig61 add {after / mine:.1%}")
    print(
        f"mediapipe  {len(clip) / theirs:7.1f} frames/s; ratio {theirs / mine:.2f}"
        if with_peer
        else "mediapipe is not installed"
    )


if __name__ == "__main__":
    main()
