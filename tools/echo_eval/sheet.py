"""Contact sheets: conversations over time, the truth above, the model below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import DyadicClip, VideoRef
from echo_bench.errors import EchoBenchError
from echo_bench.media.decode import frames
from echo_bench.pipeline.run import Session, outcomes_of
from echo_bench.pipeline.store import write_atomic
from echo_bench.report import style
from tools.baselines.samples import draw_grid

EVERY, SHOWN, TIMES = 2, 6, 10
FPS = 25.0
LARGEST = 42_000
"""Bytes of a sheet, which stays in the history of the repository: so it is AVIF, a fifth of a JPEG that looks like it."""

Pictures = list[NDArray[np.uint8]]


def write_sheet(session: Session, path: Path) -> None:
    """Six clips of a session of one method: every other one, for the first are in pairs.

    Raises
    ------
    EchoBenchError
        When the sheet is too large in any quality.
    """
    with style.look():
        clips = _shown(session)
        at = moments(min(clip.duration for clip in clips))
        drawn = draw_grid(dict(_rows(session, clips, at)), [f"{frame / FPS:.1f} s" for frame in at])
        for quality in range(60, 20, -10):
            kept = BytesIO()
            drawn.savefig(kept, format="avif", dpi=100, pil_kwargs={"quality": quality})
            if kept.tell() <= LARGEST:
                write_atomic(path, kept.getvalue())
                return
    raise EchoBenchError(f"is larger than {LARGEST} bytes", where=path, fix="show fewer clips")


def moments(seconds: float) -> list[int]:
    """Frames of :data:`TIMES` moments, evenly over some seconds, neither the first nor the last."""
    return [int(frame) for frame in np.linspace(0, round(seconds * FPS) - 1, TIMES + 2)[1:-1]]


def _shown(session: Session) -> list[DyadicClip]:
    made = {clip for (_, clip), outcome in outcomes_of(session).items() if outcome.status == "ok"}
    return [clip for clip in session.clips[::EVERY] if clip.id in made][:SHOWN]


def _pictures(ref: VideoRef, at: Sequence[int]) -> Pictures:
    whole = list(frames(ref, fps=FPS))
    return [whole[min(frame, len(whole) - 1)] for frame in at]


def _rows(session: Session, clips: Sequence[DyadicClip], at: Sequence[int]) -> Iterator[tuple[str, Pictures]]:
    """Truth and model of each clip, all at the same times."""
    outcomes = {clip: outcome for (_, clip), outcome in outcomes_of(session).items()}
    for clip in clips:
        label, made = clip.id.removeprefix("test-"), outcomes[clip.id].artefacts[0].video
        assert clip.avatar.video is not None
        assert made is not None
        yield f"{label}, truth", _pictures(clip.avatar.video, at)
        yield f"{label}, model", _pictures(made, at)
