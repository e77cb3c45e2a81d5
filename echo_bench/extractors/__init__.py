"""Extractors: one file per net, tracker or measurement; the table of their names."""

from __future__ import annotations

from collections.abc import Callable

from echo_bench.extractor import AudioExtractor, FrameExtractor
from echo_bench.registry import Registry

EXTRACTORS: Registry[Callable[[], FrameExtractor | AudioExtractor]] = Registry(
    "extractor",
    {
        "face": "echo_bench.extractors.face:FaceExtractor",
        "pixels": "echo_bench.extractors.pixels:PixelExtractor",
        "speech": "echo_bench.extractors.speech:SpeechExtractor",
    },
    "echo_bench.extractors",
)
