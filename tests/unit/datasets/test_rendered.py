"""Video drawn on first use: once, whole, with a record of what was drawn."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from echo_bench.clip import AudioRef, MotionRef
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA
from echo_bench.datasets.rendered import Drawing, _drawing_modules, draw_all, libraries, renderer_sha256
from echo_bench.media.hashing import file_sha256
from echo_bench.media.probe import probe
from echo_bench.motion_io import load_motion, save_motion

ENDLESS = """
import sys
from pathlib import Path
from echo_bench.clip import AudioRef, MotionRef
from echo_bench.datasets.rendered import Drawing, draw_all
motion, sound, folder = map(Path, sys.argv[1:])
draw_all("x", [Drawing("long", MotionRef(motion, "m", "rig61"), AudioRef(sound, "s"), 3, 128, folder)], lambda *_: None)
"""


@pytest.fixture
def drawing(tmp_path):
    """Ten frames of somebody."""
    motion = load_motion(MotionRef(CONTENT / DATA / "demo-teasing.user.npz", "", "rig61"))[0][40:50]
    sound = CONTENT / DATA / "demo-teasing.user.opus"
    audio = AudioRef(sound, file_sha256(sound), duration=0.4)
    ref = save_motion(tmp_path / "m.npz", motion, np.ones(10, bool))
    return Drawing("someone", ref, audio, face=3, size=128, folder=tmp_path / "cache")


def test_draws_once_with_progress_and_sound(drawing):
    seen = []
    other = replace(drawing, name="another", face=5)
    draw_all("x", [drawing, other], lambda what, done, total: seen.append((what, done, total)))
    assert seen == [("x", 1, 2), ("x", 2, 2)]
    info = probe(drawing.path)
    assert (info.width, info.height) == (128, 128)
    assert info.has_audio
    before = drawing.path.stat().st_mtime_ns
    draw_all("x", [drawing, other], lambda *_: pytest.fail("drawn again"))
    assert drawing.path.stat().st_mtime_ns == before
    assert drawing.video().sha256 == file_sha256(drawing.path)


def test_several_processes_draw_the_same(drawing, tmp_path):
    pair = [drawing, replace(drawing, name="another", face=5)]
    draw_all("x", pair, lambda *_: None, workers=2)
    for each in pair:
        alone = replace(each, folder=tmp_path / "alone")
        draw_all("x", [alone], lambda *_: None)
        assert each.record() == alone.record()


def test_the_record_says_what_was_drawn_with_what(drawing):
    draw_all("x", [drawing], lambda *_: None)
    record = drawing.record()
    assert record.video == file_sha256(drawing.path)
    assert record.libraries == libraries()
    still = replace(drawing, motion=save_motion(drawing.motion.path, np.zeros((10, 61), np.float32), np.ones(10, bool)))
    draw_all("x", [still], lambda *_: None)
    assert still.record().pixels != record.pixels


@pytest.mark.parametrize("damage", ["video", "record", "torn record"])
def test_what_is_damaged_is_drawn_again(drawing, damage):
    draw_all("x", [drawing], lambda *_: None)
    before = drawing.video().sha256
    record = drawing.path.with_suffix(".json")
    if damage == "video":
        drawing.path.write_bytes(drawing.path.read_bytes()[:-9])
    elif damage == "record":
        record.unlink()
    else:
        record.write_text(record.read_text()[:40])
    assert not drawing.intact()
    draw_all("x", [drawing], lambda *_: None)
    assert drawing.intact()
    assert drawing.video().sha256 == before


def test_a_killed_drawing_leaves_no_video_and_is_repeated(drawing, tmp_path):
    motion = tmp_path / "long.npz"
    save_motion(motion, np.zeros((100_000, 61), np.float32), np.ones(100_000, bool))
    at_work = subprocess.Popen([sys.executable, "-c", ENDLESS, motion, drawing.audio.path, drawing.folder])
    while not list(drawing.folder.glob(".*.tmp")):
        assert at_work.poll() is None
        time.sleep(0.05)
    os.kill(at_work.pid, signal.SIGKILL)
    at_work.wait()
    assert not list(drawing.folder.glob("[!.]*"))
    draw_all("x", [drawing], lambda *_: None)
    assert drawing.intact()


def test_whatever_decides_about_pixels_is_in_the_name(drawing):
    other = [replace(drawing, face=4), replace(drawing, motion=replace(drawing.motion, sha256="other"))]
    assert len({each.path for each in [drawing, *other]}) == 3


def test_the_renderers_hash_covers_what_draws_and_not_what_behaves():
    drawing = _drawing_modules()
    assert {"render", "identity", "raster", "shade", "figure", "rig", "hair", "paint"} <= drawing
    assert not {"affect", "listener", "behaviour", "dialogue", "truth"} & drawing
    assert len(renderer_sha256()) == 64


def test_a_record_is_plain_json(drawing):
    draw_all("x", [drawing], lambda *_: None)
    assert set(json.loads(drawing.path.with_suffix(".json").read_text())) == {"video", "pixels", "libraries"}
