"""Fuzzers, bounded by the number of examples: what is read from strangers is understood or refused by name, never anything else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echo_bench.clip import AudioRef, MotionRef, VideoRef
from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.folder import Folder
from echo_bench.errors import EchoBenchError, ManifestError, MediaError, MethodError, ResultError, StoreError
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from echo_bench.media.probe import probe
from echo_bench.motion_io import load_motion, save_motion
from echo_bench.pipeline.store import FeatureStore
from echo_bench.results.schema import read_result
from echo_bench.submissions.archive import SubmissionError, opened, seal, write_archive
from echo_bench.submissions.bundle import documents, read_bundle
from echo_bench.submissions.consistency import inconsistencies
from tests.byhand import result, score
from tests.unit.media.make import Sound, movie, tone

pytestmark = pytest.mark.soak
FUZZ = settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
SLOW_FUZZ = settings(FUZZ, max_examples=120)

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(10**400), 10**400), st.floats(), st.text(max_size=30),
    st.sampled_from(["..", "/", "a/../b", "\0", "\ud800", "\u202e", "=1+1", "a" * 300, 1e308, -0.0, 2**63]),
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a JSON tree."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


@st.composite
def changed_tree(draw: Callable[..., Any], tree: Any) -> str:
    """A lawful document with up to three things replaced, removed, repeated or added."""
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(tree)))
        if not path:
            continue
        parent = tree
        for key in path[:-1]:
            parent = parent[key]
        how = draw(st.sampled_from(["replace", "replace", "remove", "repeat", "add"]))
        if how == "replace":
            parent[path[-1]] = draw(values)
        elif how == "remove":
            del parent[path[-1]]
        elif isinstance(parent, list):
            parent.append(copy.deepcopy(parent[path[-1]]) if how == "repeat" else draw(values))
        else:
            parent[draw(st.text(max_size=8))] = draw(values)
    return json.dumps(tree)


@st.composite
def changed_bytes(draw: Callable[..., Any], data: bytes) -> bytes:
    """A lawful file with up to four stretches overwritten, removed or inserted."""
    for _ in range(draw(st.integers(1, 4))):
        # Headers lie at the two ends: most changes go there.
        at = draw(st.one_of(st.integers(0, 400), st.integers(len(data) - 1000, len(data)), st.integers(0, len(data))))
        at = max(0, min(at, len(data)))
        new = draw(st.one_of(st.binary(max_size=8), st.sampled_from([b"\xff" * 4, b"\0" * 8, b"\x7f\xff\xff\xff"])))
        data = data[:at] + new + data[at + draw(st.sampled_from([len(new), 0, 7, 500])) :]
    return data


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Footage with sound, an mp4 and what a manifest may name."""
    root = tmp_path_factory.mktemp("fuzz")
    sound = Sound(np.stack([tone(440, 16000, 0.4)]), rate=16000)
    movie(root / "a.mp4", stamps=range(10), sound=sound)
    movie(root / "b.mkv", stamps=range(10), codec="mpeg4")
    return root


LAWFUL = [
    {
        "id": "a", "user": {"video": "a.mp4", "panel": [0, 2], "audio": "a.mp4"}, "avatar": {"video": "a.mp4", "panel": [1, 2]},
        "supplied": {"theirs": {"video": "b.mkv"}}, "cluster": "d", "identities": {"user": "u"}, "strata": {"emotion": "joy"},
        "spans": [{"who": "user", "start": 0.0, "end": 1.0, "emotion": None}],
    },
    {"id": "b", "avatar": {"video": "b.mkv"}},
]  # fmt: skip


RESULT = result("mine", score("psnr@piq", 30.0, 1.0), score("ssim@piq", None))


@SLOW_FUZZ
@given(text=changed_tree(LAWFUL) | values.map(json.dumps) | st.text(max_size=200))
def test_manifests(folder, text):
    path = folder / "m.json"
    path.write_text(text, "utf-8", errors="surrogatepass")
    try:
        dataset = Folder(DatasetOptions(folder, manifest=path))
    except ManifestError as error:
        str(error).encode()
        return
    clips = dataset.clips("m")
    assert [clip.id for clip in clips] == [entry.id for entry in dataset.manifest.clips]
    dataset.manifest_sha256("m")
    dataset.supplied("m")


@SLOW_FUZZ
@given(
    rows=st.lists(st.lists(st.text(max_size=12), max_size=5), max_size=5),
    head=st.sampled_from(["id,video", "id", "id,user,avatar"]),
)
def test_tables(folder, rows, head):
    path = folder / "m.csv"
    path.write_text("\n".join([head, *(",".join(row) for row in rows)]), "utf-8", errors="surrogatepass")
    try:
        Folder(DatasetOptions(folder, manifest=path)).clips("m")
    except ManifestError as error:
        str(error).encode()


@FUZZ
@given(data=st.data())
def test_results(tmp_path, data):
    tree = json.loads(RESULT.text())
    path = tmp_path / "r.json"
    path.write_text(data.draw(changed_tree(tree) | values.map(json.dumps)), "utf-8")
    try:
        read = read_result(path)
    except ResultError as error:
        str(error).encode()
        return
    read.deterministic_bytes()
    read.text()


@FUZZ
@given(data=st.data())
def test_submissions(tmp_path, data):
    """Any edit of a document that was sealed again is malformed, contradicts the rest, or is an honest document."""
    texts = documents(RESULT, [], [])
    name = data.draw(st.sampled_from(sorted(texts)))
    texts[name] = data.draw(changed_tree(json.loads(texts[name])) | values.map(json.dumps)).encode()
    path = tmp_path / "s.zip"
    write_archive(path, texts)
    try:
        with opened(path) as archive:
            inconsistencies(read_bundle(archive))
    except SubmissionError as error:
        str(error).encode()


@FUZZ
@given(data=st.data())
def test_archives(tmp_path, data):
    """The zip reader behind the seal, for those who seal garbage."""
    path = tmp_path / "s.zip"
    write_archive(path, {**documents(RESULT, [], []), f"artefacts/{'0' * 64}.mp4": b"x" * 50})
    path.write_bytes(data.draw(changed_bytes(path.read_bytes()[:-64])) + bytes(64))
    seal(path)
    try:
        with opened(path) as archive:
            for name in archive.names():
                archive.read(name)
    except SubmissionError as error:
        str(error).encode()


@FUZZ
@given(data=st.data())
def test_motion(tmp_path, data):
    path = tmp_path / "m.npz"
    save_motion(path, np.zeros((5, 61), np.float32), np.ones(5, bool))
    path.write_bytes(data.draw(changed_bytes(path.read_bytes())))
    try:
        motion, valid = load_motion(MotionRef(path, "00", "rig61"))
    except MethodError as error:
        str(error).encode()
        return
    assert motion.shape == (*valid.shape, 61)


@FUZZ
@given(data=st.data())
def test_features(tmp_path, data):
    """A damaged feature is missing, never other numbers."""
    store = FeatureStore(tmp_path)
    arrays = {"x": np.arange(12, dtype=np.float32).reshape(3, 4)}
    store.put("ab" * 32, arrays, {"extractor": "x"})
    whole = store.path("ab" * 32).read_bytes()
    damaged = data.draw(changed_bytes(whole))
    store.path("ab" * 32).write_bytes(damaged)
    try:
        read = store.get("ab" * 32)
    except StoreError:
        return
    np.testing.assert_array_equal(read["x"], arrays["x"])
    assert set(read) == {"x"}


@SLOW_FUZZ
@given(data=st.data())
@pytest.mark.parametrize("name", ["a.mp4", "b.mkv"])
def test_media(folder, tmp_path, name, data):
    """Probe, decode and sound of a damaged file: named errors only, and as many frames as its length says."""
    path = tmp_path / name
    path.write_bytes(data.draw(changed_bytes((folder / name).read_bytes())))
    try:
        info = probe(path)
        if info.duration > 60:
            return  # a header may state hours; what is decoded then is bounded by the caller
        for frame in frames(VideoRef(path, "00"), fps=25.0):
            assert frame.dtype == np.uint8
        if info.has_audio:
            assert np.isfinite(waveform(AudioRef(path, "00"))).all()
    except MediaError as error:
        str(error).encode()
    except EchoBenchError as error:
        pytest.fail(f"{type(error).__name__} is no media error: {error}")
