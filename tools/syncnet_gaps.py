"""How far apart the lip-sync protocols are on given clips: detector against detector, files against memory.

    python -m tools.syncnet_gaps VIDEO [VIDEO ...]

Prints two Markdown tables for docs/metrics/lse.md. What the lossy files cost needs the face tracker alone; boxes against S3FD and the
scores need `echo-bench weights fetch syncnet-v2 s3fd`, and are left out without them. One face per clip, scored over the whole clip.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from echo_metrics.image import psnr
from echo_metrics.lipsync import SyncScores, sync_scores
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, VideoRef
from echo_bench.errors import WeightsMissingError
from echo_bench.extractors.face import FaceExtractor
from echo_bench.extractors.syncnet import LipRows, SyncNetAudio, open_lip
from echo_bench.extractors.syncnet_v2 import AFTER, BEFORE
from echo_bench.faces.boxes import iou
from echo_bench.faces.iou_tracks import Follower
from echo_bench.faces.syncnet_crop import Crop, Cropper
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from echo_bench.media.generations import Generations
from echo_bench.weights.store import weight_path

Frame = NDArray[np.uint8]
Boxes = list[NDArray[np.float64]]
"""One (1, 4) per frame, or (0, 4) where no face was found."""


@dataclass
class Nets:
    """The official nets, where they are here."""

    detect: Callable[[Frame], NDArray[np.float64]]
    embed: Callable[[NDArray[np.generic]], NDArray[np.float32]]
    voice: SyncNetAudio


def open_nets() -> Nets | None:
    """The nets, or None without their weights."""
    from echo_bench.nets.loading import load_state
    from echo_bench.nets.s3fd import S3FD, find_faces

    try:
        path = weight_path("s3fd")
        voice = SyncNetAudio()
    except WeightsMissingError as missing:
        print(f"Without scores: {missing}\n", file=sys.stderr)
        return None
    net = S3FD()
    net.load_state_dict(load_state(path), strict=True)
    return Nets(partial(find_faces, net.eval()), open_lip(), voice)


def tracked(clip: list[Frame], ref: VideoRef) -> Boxes:
    """The default tracker's boxes."""
    session = FaceExtractor().begin(ref)
    found = []
    for frame in clip:
        session.push(frame)
        points = session.points()[:, :2].astype(np.float64)
        seen = np.isfinite(points).all()
        found.append(np.concatenate([points.min(0), points.max(0)])[None] if seen else np.empty((0, 4)))
    return found


def crops_of(clip: list[Frame], boxes: Boxes) -> list[Crop]:
    """The official crops around some boxes."""
    cropper = Cropper(Follower())
    crops = [crop for frame, box in zip(clip, boxes, strict=True) for crop in cropper.push(frame, box)]
    return crops + cropper.finish()


def worn(crops: list[Crop]) -> list[Crop]:
    """Crops after the two lossy files behind them."""
    wear = Generations(AFTER)
    return [Crop(crop.track, crop.frame, crop.square, wear(crop.pixels)) for crop in crops]


def scores(nets: Nets, crops: list[Crop], count: int, ref: VideoRef) -> SyncScores:
    """LSE over the stretch of the clip that was cropped, its sound from the clip itself."""
    rows = LipRows(nets.embed)
    rows.add(crops)
    lip = rows.finish(list(dict.fromkeys(crop.track for crop in crops)), count, ref)["lip"].astype(float)
    audio = nets.voice(waveform(AudioRef(ref.path, "")))["audio"].astype(float)
    common = min(len(lip), len(audio))
    seen = np.flatnonzero(np.isfinite(lip[:common, 0]))
    part = slice(int(seen[0]), int(seen[-1]) + 1)
    return sync_scores(lip[part], audio[part])


def cost_of_files(path: Path, clip: list[Frame], lossy: list[Frame], boxes: Boxes) -> str:
    """One row: PSNR after the files before, and after those behind the crop."""
    direct, after = crops_of(clip, boxes), worn(crops_of(lossy, boxes))
    frame = np.mean([psnr(a, b) for a, b in zip(lossy, clip, strict=True)])
    crop = np.mean([psnr(a.pixels, b.pixels) for a, b in zip(after, direct, strict=True)])
    return f"| {path.name} | {clip[0].shape[1]} x {clip[0].shape[0]} | {frame:.1f} | {crop:.1f} |"


def cost_of_protocols(
    path: Path, clip: list[Frame], lossy: list[Frame], boxes: Boxes, nets: Nets, ref: VideoRef
) -> str:
    """One row: overlap of the two detectors' boxes, and the scores of the four ways."""
    official = [nets.detect(frame)[:1, :4] for frame in lossy]
    both = [(a[0], b) for a, b in zip(boxes, official, strict=True) if len(a) and len(b)]
    overlap = np.median([iou(a, b)[0] for a, b in both]) if both else np.nan
    ways = [
        scores(nets, crops, len(clip), ref)
        for crops in (crops_of(clip, boxes), crops_of(clip, official), worn(crops_of(lossy, boxes)), worn(crops_of(lossy, official)))
    ]  # fmt: skip
    told = " | ".join(f"{way.distance:.3f} / {way.confidence:.3f} / {way.offset:+d}" for way in ways)
    return f"| {path.name} | {overlap:.2f} | {told} |"


def main(paths: list[Path]) -> None:
    """Measure the clips and print the tables."""
    nets = open_nets()
    files, protocols = [], []
    for path in paths:
        ref = VideoRef(path, "")
        clip = list(frames(ref))
        before = Generations(BEFORE)
        lossy = [before(frame) for frame in clip]
        boxes = tracked(clip, ref)
        files.append(cost_of_files(path, clip, lossy, boxes))
        if nets is not None:
            protocols.append(cost_of_protocols(path, clip, lossy, boxes, nets, ref))
    print(
        "| clip | size | frames after files, PSNR dB | crops after files, PSNR dB |\n|---|---|---|---|",
        *files,
        sep="\n",
    )
    if protocols:
        print(
            "\nLSE-D / LSE-C / offset.\n\n| clip | box IoU | tracker, memory | S3FD, memory | tracker, files | S3FD, files |"
        )
        print("|---|---|---|---|---|---|", *protocols, sep="\n")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
