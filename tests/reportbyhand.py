"""A small report made by hand: two clips, real videos with sound, a motion-only method, a broken one, hostile names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from echo_bench.clip import AudioRef, Span, Track, VideoRef
from echo_bench.leaderboard.build import boards
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.method import Artefact
from echo_bench.report.comparisons import compared_pairs, comparisons
from echo_bench.report.inputs import ReportClip, ReportInputs, Trace
from tests.byhand import failure, interval, result, score

SCRIPT = "<script>alert('x')</script>"
RTL = "راقب & \u202eevil"
METHODS = ("ground-truth", "good", SCRIPT, RTL, "motion", "broken")
SECONDS = 2.0
TRUTH_PSNR = 60.0


def make_video(path: Path, seed: int, seconds: float = SECONDS) -> Path:
    """A moving gradient with a tone of its own, 96 x 128 px at 25 fps."""
    across = np.linspace(0, 255, 96)[None, :, None] + np.zeros((128, 1, 3))
    frames = (((across + 5 * k + 60 * seed) % 256).astype(np.uint8) for k in range(round(25 * seconds)))
    tone = 0.2 * np.sin(2 * np.pi * 200 * (seed + 1) * np.arange(round(16000 * seconds)) / 16000)
    return write_video(path, frames, fps=25.0, audio=tone.astype(np.float32))


def track(path: Path) -> Track:
    """Video and sound of one file."""
    sha = file_sha256(path)
    return Track(video=VideoRef(path, sha), audio=AudioRef(path, sha))


def motion(seed: int, gap: bool = False) -> Trace:
    """Two seconds of ``rig61`` in which everything the traces show moves; with `gap`, ten frames are not measured."""
    time = np.arange(50)[:, None] / 25
    columns = 0.3 + 0.3 * np.sin(2 * np.pi * (0.5 + np.arange(61) / 61) * time + seed)
    valid = np.ones(50, dtype=bool)
    valid[20:30] = not gap
    return Trace(columns.astype(np.float32), valid)


def report_inputs(folder: Path) -> ReportInputs:
    """The inputs; the videos are written into `folder`."""
    user, truth, other = (make_video(folder / f"{name}.mp4", i) for i, name in enumerate(("user", "truth", "other")))
    (folder / "bad.mp4").write_text("this is no video")
    clips = [_clip(name, user, truth, other, folder / "bad.mp4") for name in ("first", "<i>second</i>")]
    results = [_result(name, place) for place, name in enumerate(METHODS)]
    rows, measured = _rows(), boards(results)
    found = comparisons(rows, results, compared_pairs(measured[0], [("good", SCRIPT)]))
    return ReportInputs("Toy & <b>report</b>", measured, results, rows, clips, comparisons=found)


def _clip(name: str, user: Path, truth: Path, other: Path, bad: Path) -> ReportClip:
    def made(method: str, path: Path | None) -> Artefact:
        filmed = track(path) if path and path != bad else Track()
        video = VideoRef(bad, "00" * 32) if path == bad else filmed.video
        return Artefact(name, method, 0, 0, video=video, audio=filmed.audio)

    sources = dict(zip(METHODS, (truth, other, truth, None, None, bad), strict=True))
    artefacts = {method: made(method, path) for method, path in sources.items() if method != RTL}
    traces = {"user": motion(0), "truth": motion(1)} | {
        m: motion(2 + i, m == "good") for i, m in enumerate(METHODS[:5])
    }
    del traces[RTL]
    spans = (Span("user", 0.0, 0.8), Span("avatar", 1.0, 1.8))
    values = {method: {"psnr@piq": 20.0 + i} for i, method in enumerate(METHODS[:3])}
    return ReportClip(name, SECONDS, track(user), track(truth), spans, artefacts, traces, values)


def _result(name: str, place: int):
    wide = {"n_clusters": 2, "n": 2, "n_expected": 2}
    value = TRUTH_PSNR if place == 0 else 30.0 - place
    few = interval(value - 1, value + 1, "few clusters")
    psnr = score("psnr@piq", value, interval=few, title='Peak "signal" <to> noise', **wide)
    fd = score("fd@dim", 0.1 * place, 0.05, direction="lower", aggregation="set", unit="", **wide)
    native = score("mse_exp@dim-native", 0.01 * place, direction="lower", unit="", **wide)
    if name not in ("ground-truth", "motion"):
        native = score("mse_exp@dim-native", None, n_expected=2, n_skipped=2)
    if name == "motion":
        psnr = score("psnr@piq", None, n_expected=2, n_skipped=2)
    if name == "broken":
        psnr = score("psnr@piq", None, status="failed", reason="bad.mp4 is not media", n_expected=2, n_skipped=0)
    failures = (failure("first", "psnr@piq", "bad.mp4 is </script> not media"),) if name == "broken" else ()
    return result(name, psnr, fd, native, uses_truth=place == 0, split={"n_expected": 2}, failures=failures)


def _rows() -> pd.DataFrame:
    rows = []
    for place, name in enumerate(METHODS):
        for i, clip in enumerate(("first", "<i>second</i>")):
            status, value, reason = "ok", 30.0 - place + i, ""
            if name in ("motion", "broken"):
                status, value, reason = "skipped", float("nan"), "needs pixels"
            rows.append((name, clip, clip, "psnr@piq", status, value, reason))
    rows[3 * 2] = (RTL, "first", "first", "psnr@piq", "failed", float("nan"), "no file <first>.mp4")
    return pd.DataFrame(rows, columns=["method", "clip", "cluster", "metric", "status", "value", "reason"])


def without_clips(inputs: ReportInputs) -> ReportInputs:
    """The same report of results alone."""
    return replace(inputs, clips=())
