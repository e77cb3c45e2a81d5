"""What an importer is: a published file format, its named layouts, and how each is read.

A layout is named by the user and never guessed: the same columns in another order give plausible numbers. What is read is checked
against the layout (width, range, names where the file has them), and put into the column order of one motion space, so that files
of two systems in one space can be compared. Values keep the units of the file; nothing is mapped from one space to another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from echo_bench.errors import UnknownNameError
from echo_bench.importers.errors import FormatError
from echo_bench.registry import Registry
from echo_bench.spaces import SPACES

MAX_FRAMES = 1_000_000
L = TypeVar("L", covariant=True)


@dataclass(frozen=True, slots=True)
class Recording:
    """Motion as read from a file.

    Attributes
    ----------
    motion : ndarray of shape (T, D), float32
        In the columns of the layout's space.
    fps : float or None
        The frame rate that the file itself states.
    valid : ndarray of shape (T,), bool, optional
        Frames that hold a measurement; None: all of them.
    window : int, optional
        The file is a stack of stretches of this many frames, which do not follow each other in time: each is a clip.
    """

    motion: NDArray[np.float32]
    fps: float | None = None
    valid: NDArray[np.bool_] | None = None
    window: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """One way in which a format lays out its columns.

    Attributes
    ----------
    space : str
        The motion space of what is read.
    columns : str
        Order of columns or keys in the file, in words.
    units : str
    suffix : str
        Of the file; empty where one clip is a folder.
    read : callable
        Path -> Recording.
    fps : float or None
        The frame rate that the format fixes; None: the file states it, or else the user must.
    limits : mapping of str to (float, float)
        Part of the space -> least and greatest possible value: a swapped layout breaks it.
    """

    space: str
    columns: str
    units: str
    suffix: str
    read: Callable[[Path], Recording]
    fps: float | None = None
    limits: Mapping[str, tuple[float, float]] | None = None


class Named(Protocol[L]):
    """What formats of motion and of pictures share."""

    @property
    def name(self) -> str:
        """As it stands in the registry."""
        ...

    @property
    def layouts(self) -> Mapping[str, L]:
        """Its layouts by name."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A published file format.

    Attributes
    ----------
    name : str
    title : str
    source : str
        The repository, paper or file that shows the layout.
    layouts : mapping of str to Layout
    """

    name: str
    title: str
    source: str
    layouts: Mapping[str, Layout]


def layout_of(format_: Named[L], name: str | None) -> tuple[str, L]:
    """A layout of a format and its name; a format with one layout needs none.

    Parameters
    ----------
    format_ : Format or VideoFormat
    name : str or None

    Raises
    ------
    UnknownNameError
        When there are several and none of them is named.
    """
    layouts = format_.layouts
    if name is None and len(layouts) == 1:
        return next(iter(layouts.items()))
    if name is None or name not in layouts:
        said = f"has no layout {name!r}" if name else "has several layouts, and guessing gives plausible nonsense"
        raise UnknownNameError(f"{format_.name} {said}", where="--layout", fix=f"name one of: {', '.join(layouts)}")
    return name, layouts[name]


def read_motion(layout: Layout, path: Path, fps: float | None = None) -> Recording:
    """Read and check a file.

    Parameters
    ----------
    layout : Layout
    path : Path
    fps : float, optional
        The frame rate, where neither the format nor the file states it.

    Returns
    -------
    Recording
        With `fps` and `valid` set, finite where valid.

    Raises
    ------
    FormatError
        When it is not of this layout, or its frame rate is unknown or contradicted.
    """
    with np.errstate(invalid="ignore", over="ignore"):  # what does not fit float32 is refused below, with its frame
        recording = layout.read(path)
    motion = recording.motion
    valid = np.ones(len(motion), bool) if recording.valid is None else recording.valid
    width = SPACES[layout.space].width
    if motion.ndim != 2 or motion.shape[1] != width or not 1 <= len(motion) <= MAX_FRAMES:
        raise FormatError(f"holds {motion.shape} instead of frames of {width} columns", where=path)
    if not np.isfinite(motion[valid]).all():
        raise FormatError(f"holds NaN or Inf in frame {int(np.argmin(np.isfinite(motion).all(axis=1)))}", where=path)
    _check_limits(layout, motion[valid], path)
    rate = _rate(layout, recording, path, fps)
    return replace(recording, motion=np.ascontiguousarray(motion, np.float32), fps=rate, valid=valid)


def _check_limits(layout: Layout, motion: NDArray[np.float32], path: Path) -> None:
    for part, (low, high) in (layout.limits or {}).items():
        values = motion[:, SPACES[layout.space].parts[part]]
        if values.size and (values.min() < low or values.max() > high):
            raise FormatError(
                f"{part} reaches from {values.min():.4g} to {values.max():.4g}; possible is {low:.4g} to {high:.4g}",
                where=path,
                fix="is it another layout, or another unit?",
            )


def _rate(layout: Layout, recording: Recording, path: Path, fps: float | None) -> float:
    known = recording.fps or layout.fps
    if known is None and fps is None:
        raise FormatError("does not state its frame rate", where=path, fix="give it with --fps")
    if known is not None and fps is not None and abs(known - fps) > 0.01:
        raise FormatError(f"has {known:g} frames per second, not {fps:g}", where=path, fix="leave --fps out")
    rate = known if fps is None else fps
    if rate is None or not 1.0 <= rate <= 1000.0:
        raise FormatError(f"states {rate} frames per second", where=path, fix="give the frame rate with --fps")
    return float(rate)


FORMATS: Registry[Any] = Registry(
    "format",
    {
        "deep3d": "echo_bench.importers.deep3d:DEEP3D",
        "sadtalker": "echo_bench.importers.sadtalker:SADTALKER",
        "bfm73": "echo_bench.importers.bfm73:BFM73",
        "liveportrait": "echo_bench.importers.liveportrait:LIVEPORTRAIT",
        "flame": "echo_bench.importers.flame:FLAME",
        "arkit": "echo_bench.importers.arkit:ARKIT52",
        "metahuman": "echo_bench.importers.metahuman:METAHUMAN",
        "openface": "echo_bench.importers.openface:OPENFACE25",
        "landmarks": "echo_bench.importers.landmarks:LANDMARKS",
        "smplx": "echo_bench.importers.smplx:SMPLX",
        "dawn": "echo_bench.importers.dawn:DAWN",
        "react": "echo_bench.importers.react:REACT",
        "nphm": "echo_bench.importers.nphm:NPHM",
        "video": "echo_bench.importers.video:VIDEO",
        "mochabench": "echo_bench.importers.video:MOCHABENCH",
    },
    "echo_bench.importers",
)
