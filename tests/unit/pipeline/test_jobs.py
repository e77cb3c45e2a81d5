"""The key of a feature: everything that can change it, and nothing that cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from echo_bench.clip import AudioRef, Panel, VideoRef
from echo_bench.pipeline.jobs import audio_job, video_job

VIDEO = VideoRef(Path("a.mp4"), "aa", Panel(0, 2))
AUDIO = AudioRef(Path("a.wav"), "aa")


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "ab"}, {"panel": Panel(1, 2)}, {"panel": Panel(0, 3)}, {"panel": None}, {"start": 1.0},
        {"duration": 2.0}, {"face": "left"},
    ],
)  # fmt: skip
def test_what_is_seen_is_in_the_key(change):
    """Two people of one side-by-side file are two features."""
    other = replace(VIDEO, **change)
    assert video_job("pixels", other, VIDEO).key != video_job("pixels", VIDEO, VIDEO).key
    assert video_job("pixels", VIDEO, other).key != video_job("pixels", other, VIDEO).key


@pytest.mark.parametrize(
    "change", [{"sha256": "ab"}, {"channel": 1}, {"start": 1.0}, {"duration": 2.0}, {"delay": 0.2}]
)
def test_what_is_heard_is_in_the_key(change):
    assert audio_job("speech", replace(AUDIO, **change)).key != audio_job("speech", AUDIO).key


def test_where_a_file_lies_is_not_in_the_key():
    assert video_job("pixels", replace(VIDEO, path=Path("b.mp4")), VIDEO).key == video_job("pixels", VIDEO, VIDEO).key
    assert audio_job("speech", replace(AUDIO, path=Path("b.wav"))).key == audio_job("speech", AUDIO).key


@pytest.mark.parametrize(("name", "value"), [("version", "2"), ("weights", "ab")])
def test_the_extractor_is_in_the_key(monkeypatch, name, value):
    from echo_bench.extractors.speech import SpeechExtractor

    before = audio_job("speech", AUDIO).key
    monkeypatch.setattr(SpeechExtractor, name, value)
    assert audio_job("speech", AUDIO).key != before
