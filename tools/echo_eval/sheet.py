"""Contact sheets: conversations over time, the truth above, the model below."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.errors import EchoBenchError
from echo_bench.media.decode import frames
from echo_bench.pipeline.run import Session, outcomes_of
from echo_bench.pipeline.store import write_atomic
from echo_bench.report import style
from tools.baselines.samples import draw_grid

EVERY, SHOWN, TIMES = 2, 6, 10
LARGEST = 250_000
"""Bytes of a sheet."""

Pictures = list[NDArray[np.uint8]]


def write_sheet(session: Session, path: Path) -> None:
    """Six clips of a session of one method: every other one, for the first are in pairs.

    Raises
    ------
    EchoBenchError
        When the sheet is too large in any quality.
    """
    with style.look():
        drawn = draw_grid(dict(_rows(session)), [f"{k + 1}" for k in range(TIMES)])
        for quality in range(90, 30, -10):
            kept = BytesIO()
            drawn.savefig(kept, format="jpeg", dpi=100, pil_kwargs={"quality": quality})
            if kept.tell() <= LARGEST:
                write_atomic(path, kept.getvalue())
                return
    raise EchoBenchError(f"is larger than {LARGEST} bytes", where=path, fix="show fewer clips")


def moments(ref: VideoRef, count: int) -> Pictures:
    """Pictures of a video, evenly over its time, neither the first nor the last."""
    whole = list(frames(ref))
    return [whole[k] for k in np.linspace(0, len(whole) - 1, count + 2).astype(int)[1:-1]]


def _rows(session: Session) -> Iterator[tuple[str, Pictures]]:
    outcomes = {clip: outcome for (_, clip), outcome in outcomes_of(session).items() if outcome.status == "ok"}
    for clip in [clip for clip in session.clips[::EVERY] if clip.id in outcomes][:SHOWN]:
        label, made = clip.id.removeprefix("test-"), outcomes[clip.id].artefacts[0].video
        assert clip.avatar.video is not None
        assert made is not None
        yield f"{label}, truth", moments(clip.avatar.video, TIMES)
        yield f"{label}, model", moments(made, TIMES)
