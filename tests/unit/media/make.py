"""Media files of every awkward kind, made with PyAV itself."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

STEP = 5  # grey levels between the pictures of two frames
CLOCK = Fraction(1, 25)
ONE = 1 << 16
RATED = {"mpeg4": {"b": "4000000"}}  # its default rate blurs neighbouring numbers


def grey(index: int, size: tuple[int, int] = (64, 48)) -> NDArray[np.uint8]:
    """A plain grey picture that tells its number modulo 50; `size` is (width, height)."""
    return np.full((size[1], size[0], 3), (index % 50) * STEP, np.uint8)


def numbers(frames: Iterable[NDArray[np.uint8]]) -> list[int]:
    """The numbers of :func:`grey` pictures that came back through a codec."""
    return [round(float(frame.mean()) / STEP) for frame in frames]


def flashes(at: Sequence[int], size: tuple[int, int] = (64, 64)) -> Callable[[int], NDArray[np.uint8]]:
    """Black pictures that are white at the given numbers."""
    return lambda index: np.full((size[1], size[0], 3), 255 if index in at else 0, np.uint8)


def clicks(at: Sequence[float], rate: int, seconds: float) -> NDArray[np.float32]:
    """Silence with clicks of 2 ms at the given times; (n,)."""
    sound = np.zeros(round(seconds * rate), np.float32)
    for time in at:
        sound[round(time * rate) : round((time + 0.002) * rate)] = 0.8
    return sound


def tone(hertz: float, rate: int, seconds: float, level: float = 0.5) -> NDArray[np.float32]:
    """A sine; (n,)."""
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@dataclass(frozen=True)
class Sound:
    """An audio stream: samples (channels, n), and when the first is heard; `hole` is a stretch of samples left out."""

    samples: NDArray[np.float32]
    rate: int = 48000
    codec: str = "aac"
    layout: str = "mono"
    start: float = 0.0
    hole: tuple[int, int] = (0, 0)


def movie(
    path: Path,
    *,
    stamps: Sequence[int] = range(25),
    clock: Fraction = CLOCK,
    draw: Callable[[int], NDArray[np.uint8]] = grey,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    matrix: int | None = None,
    sound: Sound | None = None,
) -> Path:
    """Write a video whose n-th frame has the n-th of `stamps`, in units of `clock`; `matrix` is a code of ISO 23091-2."""
    with av.open(str(path), "w", options=container_options or {}) as container:
        video = container.add_stream(codec, rate=1 / clock, options={**RATED.get(codec, {}), **(options or {})})
        height, width = draw(0).shape[:2]
        video.width, video.height, video.pix_fmt, video.gop_size = width, height, pix_fmt, 12
        video.codec_context.time_base = clock
        if matrix is not None:
            video.codec_context.colorspace = matrix
        audio = None if sound is None else container.add_stream(sound.codec, rate=sound.rate, layout=sound.layout)
        for index, stamp in enumerate(stamps):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(draw(index)), "rgb24")
            frame = frame.reformat(format=pix_fmt, dst_colorspace=matrix)
            frame.pts, frame.time_base = stamp, clock
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None:
            _mux_sound(container, audio, sound)
    return path


def pictures(path: Path, images: Sequence[NDArray[np.uint8]], stamps: Sequence[int]) -> Path:
    """Write pictures that are each coded alone (MJPEG): they may differ in size, and be stamped out of order."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("mjpeg", rate=25)
        video.height, video.width = images[0].shape[:2]
        video.pix_fmt = "yuvj420p"
        for index, (image, stamp) in enumerate(zip(images, stamps, strict=True)):
            encoder = av.CodecContext.create("mjpeg", "w")
            encoder.height, encoder.width = image.shape[:2]
            encoder.pix_fmt, encoder.time_base = "yuvj420p", CLOCK
            for packet in encoder.encode(av.VideoFrame.from_ndarray(image, "rgb24")) + encoder.encode(None):
                packet.stream, packet.time_base, packet.dts, packet.pts = video, CLOCK, index, stamp
                container.mux(packet)
    return path


def recording(path: Path, sound: Sound) -> Path:
    """Write a file with sound alone."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(sound.codec, rate=sound.rate, layout=sound.layout)
        _mux_sound(container, stream, sound)
    return path


def _mux_sound(container: av.container.OutputContainer, stream: av.AudioStream, sound: Sound) -> None:
    for first in range(0, sound.samples.shape[1], 1024):
        if sound.hole[0] <= first < sound.hole[1]:
            continue
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(sound.samples[:, first : first + 1024]), "fltp", layout=sound.layout
        )
        frame.sample_rate, frame.time_base = sound.rate, Fraction(1, sound.rate)
        frame.pts = first + round(sound.start * sound.rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def orient(source: Path, path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Copy an mp4 with another display matrix (a, b, c, d) in its track header (ISO/IEC 14496-12, 8.3.2)."""
    data = bytearray(source.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 20 + 8 + 8
    a, b, c, d = (value * ONE for value in matrix)
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def stop_clock(source: Path, path: Path) -> Path:
    """Copy an mp4 with all durations of its frames 0 (``stts``): 0 fps."""
    data = bytearray(source.read_bytes())
    at = data.index(b"stts") + 8
    (entries,) = struct.unpack(">I", data[at : at + 4])
    for entry in range(entries):
        data[at + 8 + 8 * entry : at + 12 + 8 * entry] = bytes(4)
    path.write_bytes(data)
    return path


def cut(source: Path, path: Path, keep: int) -> Path:
    """Copy the first `keep` bytes; a negative number leaves out as many at the end."""
    path.write_bytes(source.read_bytes()[:keep])
    return path
