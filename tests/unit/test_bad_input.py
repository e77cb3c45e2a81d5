"""One table of what strangers hand in: each ends in its named error at the place where a user meets it, or works by rule.

More of each kind lies with the parts: tests/unit/media (every container and codec), tests/unit/submissions (archives).
"""

from __future__ import annotations

import io
import json
import os
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from echo_bench import motion_io
from echo_bench.clip import MotionRef
from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.folder import Folder
from echo_bench.datasets.manifest import read_manifest
from echo_bench.errors import EchoBenchError, ManifestError, MethodError, ResultError
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from echo_bench.motion_io import load_motion
from echo_bench.pipeline.artefacts import read_outcome
from echo_bench.results.schema import read_result
from echo_bench.strict_json import LARGEST
from tests.unit.media.make import Sound, cut, grey, movie, orient, recording, stop_clock, tone

SECOND, TELEPHONE = (np.stack([tone(440, rate, 1.0)]) for rate in (48000, 8000))


def plain(path: Path, **options) -> Path:
    return movie(path, **options)


# --- videos: what `run` and `validate` say of a clip ------------------------------------------------------------------------


def truncated(path):
    return cut(plain(path.with_name("whole.mov")), path, -2000)


def zero_byte(path):
    path.write_bytes(b"")


def text(path):
    path.write_text("dear reviewer, please find the video attached\n" * 50)


def page(path):
    path.write_text("<!doctype html><html><title>404 Not Found</title></html>")


def program(path):
    path.write_bytes(b"\x7fELF" + os.urandom(5000))


def sound_alone(path):
    recording(path.with_name("s.wav"), Sound(SECOND, codec="pcm_s16le")).rename(path)


def huge(path):
    plain(
        path.with_name("h.avi"), stamps=[0], draw=lambda _: grey(0, (8194, 16)), codec="mjpeg", pix_fmt="yuvj420p"
    ).rename(path)


def no_rate(path):
    stop_clock(plain(path.with_name("whole.mov"), options={"bf": "0"}), path)


def playlist(path):
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1\nfile:///etc/hostname\n")


def mirrored(path):
    orient(plain(path.with_name("whole.mov")), path, (-1, 0, 0, 1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (truncated, "cut short|cannot be opened"),
        (zero_byte, "is empty"),
        (text, "cannot be opened as media"),
        (page, "cannot be opened as media|text or a playlist"),
        (program, "cannot be opened as media"),
        (sound_alone, "no video stream"),
        (huge, "8194 x 16 px"),
        (no_rate, "0 fps"),
        (playlist, "media"),
        (mirrored, "display matrix mirrors"),
    ],
)
def test_bad_videos_are_defects_of_their_clip(tmp_path, make, message):
    """The clip stays in the list with its reason; it never vanishes and never stops the others."""
    plain(tmp_path / "good.mp4")
    make(tmp_path / "bad.mp4")
    for helper in ("whole.mov", "s.wav", "h.avi"):
        (tmp_path / helper).unlink(missing_ok=True)
    bad, good = Folder(DatasetOptions(tmp_path, "single")).clips("all")
    assert good.defect is None
    with pytest.raises(AssertionError, match=message):
        assert bad.defect is None, bad.defect


LEGAL: dict[str, Callable[[Path], Path]] = {
    "ten bits": lambda path: plain(path, pix_fmt="yuv420p10le"),
    "variable rate": lambda path: plain(path, stamps=[*range(0, 20, 2), *range(20, 40)]),
    "alpha": lambda path: plain(path.with_suffix(".mkv"), codec="ffv1", pix_fmt="bgra"),
    "no sound": plain,
    "5.1 sound": lambda path: plain(path, sound=Sound(np.tile(SECOND, (6, 1)), layout="5.1")),
    "8 kHz sound": lambda path: plain(path.with_suffix(".mkv"), sound=Sound(TELEPHONE, rate=8000, codec="pcm_s16le")),
    "turned": lambda path: orient(plain(path.with_name("whole.mp4")), path, (0, 1, -1, 0)).with_name(path.name),
    "times from below zero": lambda path: plain(path.with_suffix(".mkv"), stamps=range(-10, 15)),
    "another container than its name": lambda path: plain(path.with_name("w.mkv")).rename(path),
}  # fmt: skip


@pytest.mark.parametrize("kind", LEGAL)
def test_what_is_legal_is_read_by_rule(tmp_path, kind):
    """25 frames per second of what a player shows, whatever the file does."""
    path = LEGAL[kind](tmp_path / "clip.mp4")
    (tmp_path / "whole.mp4").unlink(missing_ok=True)
    (clip,) = Folder(DatasetOptions(tmp_path, "single")).clips("all")
    assert clip.defect is None
    shown = list(frames(clip.avatar.video, fps=25.0))
    assert len(shown) == round(clip.duration * 25)
    assert shown[0].shape == ((64, 48, 3) if kind == "turned" else (48, 64, 3))
    assert (clip.avatar.audio is not None) == ("sound" in kind and kind != "no sound")
    if clip.avatar.audio is not None:
        samples = waveform(clip.avatar.audio)
        assert samples.ndim == 1
        assert np.abs(samples).max() > 0.1
    assert path.exists()


# --- motion -----------------------------------------------------------------------------------------------------------------


def npz(path: Path, **members: bytes | np.ndarray) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            buffer = io.BytesIO()
            if not isinstance(content, bytes):
                np.save(buffer, content, allow_pickle=True)
            archive.writestr(f"{name}.npy", content if isinstance(content, bytes) else buffer.getvalue())
    return path


def header(shape: str) -> bytes:
    """An npy file that states a shape and holds nothing."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


RIG = np.zeros((10, 61), np.float32)
VALID = np.ones(10, bool)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: npz(p, motion=np.full((10, 61), np.nan, np.float32), valid=VALID), "NaN or Inf in frames marked valid"),
        (lambda p: npz(p, motion=np.full((10, 61), np.inf, np.float32), valid=VALID), "NaN or Inf in frames marked valid"),
        (lambda p: npz(p, motion=np.zeros((10, 60), np.float32), valid=VALID), "do not fit rig61"),
        (lambda p: npz(p, motion=RIG, valid=VALID[:5]), "do not fit rig61"),
        (lambda p: npz(p, motion=np.zeros(61, np.float32), valid=VALID), "do not fit rig61"),
        (lambda p: npz(p, motion=np.array(["joy"] * 10), valid=VALID), "not a motion npz"),
        (lambda p: npz(p, motion=np.array([{}] * 10, object), valid=VALID), "not a motion npz"),
        (lambda p: npz(p, valid=VALID), "not a motion npz"),
        (lambda p: npz(p, motion=header("(10000000000000, 61)")), "not a motion npz"),
        (lambda p: npz(p, motion=header("(-1, 61)")), "not a motion npz"),
        (lambda p: npz(p, motion=header("((), [], 61)")), "not a motion npz"),
        (lambda p: npz(p, motion=b"no array"), "not a motion npz"),
        (lambda p: np.save(p.open("wb"), RIG), "not a motion npz"),
        (lambda p: p.write_bytes(b""), "not a motion npz"),
        (lambda p: p.write_bytes(b"PK\3\4 torn"), "not a motion npz"),
    ],
)  # fmt: skip
def test_bad_motion_is_refused(tmp_path, make, message):
    path = tmp_path / "m.npz"
    make(path)
    with pytest.raises(MethodError, match=message) as caught:
        load_motion(MotionRef(path, "00", "rig61"))
    assert caught.value.where == path


def test_a_motion_file_that_unfolds_without_end_is_not_unfolded(tmp_path, monkeypatch):
    npz(tmp_path / "bomb.npz", motion=header("(35000, 61)") + bytes(35_000 * 61 * 4), valid=np.ones(35_000, bool))
    assert (tmp_path / "bomb.npz").stat().st_size < 20_000
    ref = MotionRef(tmp_path / "bomb.npz", "00", "rig61")
    assert len(load_motion(ref)[0]) == 35_000
    monkeypatch.setattr(motion_io, "LARGEST", 2**23)
    with pytest.raises(MethodError, match=r"unfolds to 857\d{4} bytes, and at most 8388608 are read"):
        load_motion(ref)


# --- manifests, results, records --------------------------------------------------------------------------------------------


def one(**clip: object) -> str:
    return json.dumps([{"id": "a", **clip}])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (one(avatar={"video": "../secret.mp4"}), "leaves the root"),
        (one(avatar={"video": "/etc/secret.mp4"}), "leaves the root"),
        (one(avatar={"video": "a/../../secret.mp4"}), "leaves the root"),
        (one(avatar={"video": "..\\secret.mp4"}), "leaves the root"),
        (one(avatar={"video": "a.mp4\0.png"}), "leaves the root"),
        (one(avatar={"video": "a.mp4", "panel": [0, 0]}), "no panel 0 of 0"),
        (one(avatar={"video": "a.mp4", "panel": [2, 2]}), "no panel 2 of 2"),
        (one(avatar={"video": "a.mp4", "panel": [-1, 2]}), "no panel -1 of 2"),
        (json.dumps([{"id": "a"}, {"id": "a"}]), "'a' appears twice"),
        (json.dumps([{"id": "../a"}]), "cannot be a file name"),
        (json.dumps([{"id": "a\nb"}]), "cannot be a file name"),
        (json.dumps([{"id": "\x1b[2J"}]), "cannot be a file name"),
        (json.dumps([{"id": "x" * 1000}]), "cannot be a file name"),
        ('[{"id": "\\ud800"}]', "not readable"),
        ('[{"id": "a", "id": "b"}]', "'id' appears twice"),
        ('[{"id": "a", "spans": [{"who": "user", "start": NaN, "end": 1}]}]', "NaN is no number"),
        ('[{"id": "a", "spans": [{"who": "user", "start": 0, "end": 1e999}]}]', "out of range"),
        ("[" * 200_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("[" + "9" * 100_000 + "]", "not readable"),
        ("[" + " " * LARGEST, "at most"),
        ("\xff\xfe".encode("latin-1"), "not readable"),
        ("", "not readable"),
        ("null", "form of a manifest"),
    ],
)  # fmt: skip
def test_bad_manifests_are_refused(tmp_path, content, message):
    path = tmp_path / "m.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    started = time.process_time()
    with pytest.raises(ManifestError, match=message) as caught:
        read_manifest(path, "folder")
    assert len(str(caught.value)) < 2000
    assert time.process_time() - started < 10


def test_a_manifest_may_not_follow_links_out_of_the_root(tmp_path):
    """What a folder's owner links to is their own; a manifest may come from anybody."""
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    (root / "link.mp4").symlink_to(plain(elsewhere / "secret.mp4"))
    (root / "inside.mp4").symlink_to(plain(root / "own.mp4"))
    clips = [{"id": stem, "avatar": {"video": f"{stem}.mp4"}} for stem in ("link", "inside")]
    (tmp_path / "m.json").write_text(json.dumps(clips))
    bad, good = Folder(DatasetOptions(root, manifest=tmp_path / "m.json")).clips("m")
    assert bad.defect == "link.mp4: is a link that leaves the root; a manifest may not follow it"
    assert good.defect is None
    assert [clip.defect for clip in Folder(DatasetOptions(root, "single")).clips("all")] == [None] * 3


@pytest.mark.parametrize(
    "name",
    [
        "مرحبا",
        "שלום \u202eמשה",
        "你好🙂",
        "e\u0301",
        "=1+1",
        "-x",
        "a b;c&d",
        "$(touch x)",
        "<img src=x onerror=alert(1)>",
        "%s%n",
    ],
)
def test_odd_names_are_names(tmp_path, name):
    """Any script, spaces, and what other programs would take for a formula, a command or a tag."""
    plain(tmp_path / f"{name}.mp4")
    (clip,) = Folder(DatasetOptions(tmp_path, "single")).clips("all")
    assert (clip.id, clip.defect) == (name, None)


def test_a_name_that_is_no_unicode_is_refused(tmp_path):
    plain(tmp_path / "a.mp4").rename(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mp4"))
    with pytest.raises(ManifestError, match="cannot be a file name") as caught:
        Folder(DatasetOptions(tmp_path, "single"))
    str(caught.value).encode()  # it can be printed


@pytest.mark.parametrize(
    "content",
    [
        "", "{}", "[]", "null", "1", '"x"', "{", '{"result": []}', '{"result": null}', '{"result": {"schema_version": []}}',
        '{"result": {"schema_version": "1.0"}}', '{"result": {"schema_version": "99.0"}}', '{"result": {"schema_version": "²"}}',
        '{"result": {"schema_version": "' + "9" * 5000 + '"}}', "[" * 200_000, "9" * 100_000, '{"result": NaN}',
        '{"result": {}, "result": {"schema_version": "1.0"}}', "\ufeff{}",
    ],
)  # fmt: skip
def test_bad_results_are_refused(tmp_path, content):
    path = tmp_path / "r.json"
    path.write_text(content, "utf-8")
    with pytest.raises(ResultError) as caught:
        read_result(path)
    assert caught.value.where == path
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize(
    "content",
    ["", "[]", "1", "{}", "[" * 200_000, '{"stamp": "s", "artefacts": [1]}', '{"stamp": "s", "artefacts": 1}'],
)
def test_bad_records_of_artefacts_count_as_none(tmp_path, content):
    """What was made is then made again."""
    folder = tmp_path / "artefacts" / "m"
    folder.mkdir(parents=True)
    (folder / "c.json").write_text(content)
    assert read_outcome(tmp_path, "m", "c", "s") is None


def test_every_refusal_is_one_of_ours():
    assert all(issubclass(kind, EchoBenchError) for kind in (ManifestError, MethodError, ResultError))
