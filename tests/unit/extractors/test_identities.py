"""What every extractor of the table says of itself: its arithmetic and its batch are in the key of whatever it makes."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from echo_bench.clip import AudioRef, VideoRef
from echo_bench.errors import UnavailableError
from echo_bench.extractor import AudioExtractor, FrameExtractor, identity_of
from echo_bench.extractors import EXTRACTORS, FAST, NO_NETS, emotion_fan
from echo_bench.nets import hub, silero, whisper
from echo_bench.nets.emotion_fan import EmotionFan
from echo_bench.pipeline.jobs import Job, audio_job, extractor, video_job
from echo_bench.weights import manifest
from tests.random_weights import ENTRY

NETS = sorted(set(EXTRACTORS) - NO_NETS)
CPU_ONLY = ("arcface-w600k-r50", "arcface-glint360k-r100", "fer", "hsemotion-b0", "hsemotion-b2")


@pytest.fixture(scope="module", autouse=True)
def _weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A file of every name of the manifest, and untrained nets where a file is read at once: nets are named here, not used."""
    folder = tmp_path_factory.mktemp("weights")
    entries = []
    for each in manifest.weights().values():
        data = each.name.encode()
        (folder / each.file).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        entries.append(ENTRY.format(name=each.name, file=each.file, size=len(data), sha256=digest))
    (folder / "manifest.toml").write_text("".join(entries), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest, "MANIFEST", folder / "manifest.toml")
        patch.setattr(manifest, "weights", manifest.weights.__wrapped__)
        patch.setenv("ECHO_BENCH_WEIGHTS", str(folder))
        patch.setenv("ECHO_BENCH_EMOTION_MODEL", "someone/classifier")
        patch.setattr(hub, "find", lambda _: Model())
        patch.setattr(emotion_fan, "load", lambda _: EmotionFan())
        patch.setattr(emotion_fan, "load_state", lambda _: {})
        patch.setattr(silero, "load", lambda _: silero.SileroVad())
        patch.setattr(whisper, "load", lambda _: whisper.WhisperEncoder())
        extractor.cache_clear()
        yield
    extractor.cache_clear()


class Model:
    """Stands for a model of the hub, which would be downloaded: only its digest and labels matter here."""

    sha256 = "aa"

    def settings(self, file: str) -> dict[str, Any]:
        return {"id2label": {"0": "happy", "1": "sad"}}

    def open(self, kind: str) -> nn.Module:
        return nn.Identity()


def opened(name: str) -> FrameExtractor | AudioExtractor:
    """The extractor, or a skip where a package that it needs is not installed."""
    extractor.cache_clear()
    try:
        return extractor(name)
    except UnavailableError as error:
        if importlib.util.find_spec("onnxruntime") is None and "onnxruntime" in str(error):
            pytest.skip(str(error))
        raise


def job(name: str) -> Job:
    """A job of the extractor on files that are never opened."""
    video = VideoRef(Path("a.mp4"), "aa")
    kind = opened(name).spec.kind
    if kind == "audio":
        return audio_job(name, AudioRef(Path("a.wav"), "aa"))
    return video_job(name, video, video) if kind == "pair" else video_job(name, video)


@pytest.mark.parametrize("name", NETS)
def test_a_net_states_arithmetic_and_batch_in_its_key(name, monkeypatch):
    net = opened(name)
    spec = identity_of(net)["spec"]
    assert spec["batch"] >= 1
    assert spec["policy"] == "fp32 cpu"
    assert net.weights
    here = job(name).key
    monkeypatch.setenv("ECHO_BENCH_DEVICE", "meta")  # a device that every torch has
    if name in CPU_ONLY:
        assert opened(name).spec.policy == "fp32 cpu"
        assert job(name).key == here
    else:
        assert opened(name).spec.policy == "fp32 meta"
        assert job(name).key != here


def test_what_is_no_net_states_neither():
    for name in NO_NETS - {"face"}:
        assert (opened(name).spec.batch, opened(name).spec.policy) == (0, "")


@pytest.mark.parametrize("name", NETS)
def test_the_fast_policy_has_keys_of_its_own(name):
    if name in CPU_ONLY:
        opened(name)
        with pytest.raises(UnavailableError, match="no fast policy"):
            extractor(name + FAST)
    else:
        assert opened(name + FAST).spec.policy == "fast bf16 cpu"
        assert job(name + FAST).key != job(name).key
        assert opened(name).spec.policy == "fp32 cpu", "the policy does not outlive the extractor it was asked for"


@pytest.mark.parametrize("name", sorted(NO_NETS - {"face"}))
def test_what_is_no_net_has_no_fast_policy(name):
    with pytest.raises(UnavailableError, match="no fast policy"):
        extractor(name + FAST)
