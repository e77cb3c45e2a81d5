"""Import: find the clips, read each, and leave artefacts that `echo-bench score` takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from echo_bench.errors import EchoBenchError
from echo_bench.importers.base import FORMATS, Format, Layout, Recording, layout_of, read_motion
from echo_bench.importers.errors import FormatError
from echo_bench.importers.find import clips_of, one_clip
from echo_bench.importers.index import FILE, ImportedClip, ImportIndex, read_index
from echo_bench.importers.resample import resampled
from echo_bench.importers.video import VideoFormat, VideoLayout
from echo_bench.media.hashing import file_sha256
from echo_bench.motion_io import save_motion


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is imported from where to where.

    Attributes
    ----------
    format : str
    path : Path
        One clip, or with `files` a folder of clips.
    to : Path
        The folder of the row: `avatar` or `user` of a dataset `imported`, or a method's outputs.
    layout : str, optional
        Needed where the format has several.
    files : str, optional
        Pattern of clips in the folder, such as ``{id}_speaker2.npz``.
    id : str, optional
        The name of the one clip; default is the file's own.
    fps : float, optional
        Where neither the format nor the file states it.
    resample : float, optional
        The frame rate to bring motion to.
    """

    format: str
    path: Path
    to: Path
    layout: str | None = None
    files: str | None = None
    id: str | None = None
    fps: float | None = None
    resample: float | None = None


def import_files(request: ImportRequest) -> ImportIndex:
    """Import, and add to the folder's `imported.json`.

    Returns
    -------
    ImportIndex
        Of everything in the folder.

    Raises
    ------
    EchoBenchError
        When the format, layout or a file cannot be used; with several clips, every unusable file is named at once. Nothing is
        added to the index then.
    """
    format_ = FORMATS.get(request.format)
    name, layout = layout_of(format_, request.layout)
    clips = _clips(request, layout)
    made = _index(request, format_, name, layout, clips)
    if (request.to / FILE).is_file():
        made = read_index(request.to).merged(made, request.to)
    made.write(request.to)
    return made


def _clips(request: ImportRequest, layout: Layout | VideoLayout) -> Mapping[str, Path]:
    if request.files and request.id:
        raise FormatError("names one clip, and --files many", where="--id", fix="give one of the two")
    if request.files:
        return clips_of(request.path, request.files)
    if isinstance(layout, VideoLayout) and layout.find is not None:
        return layout.find(request.path)
    return one_clip(request.path, request.id)


def _index(
    request: ImportRequest,
    format_: Format | VideoFormat,
    name: str,
    layout: Layout | VideoLayout,
    clips: Mapping[str, Path],
) -> ImportIndex:
    """Read everything first and write then, so that one bad file of many leaves no half row behind."""
    if isinstance(layout, VideoLayout):
        if request.resample is not None:
            raise FormatError(
                "is for motion; videos are brought to the clip's frame rate when they are scored", "--resample"
            )
        request.to.mkdir(parents=True, exist_ok=True)
        entries = {clip: _video(layout, clip, path, request) for clip, path in clips.items()}
        return ImportIndex(format=format_.name, layout=name, clips=entries)
    recordings = _recordings(layout, clips, request)
    rates = {recording.fps for recording, _ in recordings.values()}
    if len(rates) > 1:
        said = ", ".join(f"{rate:g}" for rate in sorted(r for r in rates if r))
        raise FormatError(
            f"has clips of {said} frames per second", where=request.path, fix="bring them to one: --resample"
        )
    request.to.mkdir(parents=True, exist_ok=True)
    entries = {clip: _motion(layout, clip, *found, request) for clip, found in recordings.items()}
    return ImportIndex(format=format_.name, layout=name, space=layout.space, fps=rates.pop(), clips=entries)


def _recordings(layout: Layout, clips: Mapping[str, Path], request: ImportRequest) -> dict[str, tuple[Recording, Path]]:
    found: dict[str, tuple[Recording, Path]] = {}
    defects: list[EchoBenchError] = []
    for clip, path in clips.items():
        try:
            found |= {name: (each, path) for name, each in _read(layout, clip, path, request)}
        except EchoBenchError as error:
            defects.append(error)
    if len(defects) == 1:
        raise defects[0]
    if defects:
        more = f"; and {len(defects) - 10} more" if len(defects) > 10 else ""
        said = "; ".join(str(defect) for defect in defects[:10])
        raise FormatError(f"{len(defects)} of {len(clips)} files cannot be used: {said}{more}", where=request.path)
    return found


def _read(layout: Layout, clip: str, path: Path, request: ImportRequest) -> list[tuple[str, Recording]]:
    """The recordings of a file: one, or one per window of a stack."""
    whole = read_motion(layout, path, request.fps)
    size = whole.window
    if size is None:
        parts = [(clip, whole)]
    else:
        parts = [
            (f"{clip}-{start // size:04d}", replace(whole, motion=whole.motion[start : start + size],
             valid=None if whole.valid is None else whole.valid[start : start + size], window=None))
            for start in range(0, len(whole.motion), size)
        ]  # fmt: skip
    return [(name, part if request.resample is None else resampled(part, request.resample)) for name, part in parts]


def _motion(layout: Layout, clip: str, recording: Recording, path: Path, request: ImportRequest) -> ImportedClip:
    if recording.valid is None or recording.fps is None:
        raise ValueError("a recording is checked before it is kept")
    target = request.to / f"{clip}.npz"
    ref = save_motion(target, recording.motion, recording.valid, space=layout.space, fps=recording.fps)
    return ImportedClip(
        files=(target.name,),
        sha256=(ref.sha256,),
        frames=len(recording.motion),
        source=path.name,
        source_sha256=_hash(path),
    )


def _video(layout: VideoLayout, clip: str, path: Path, request: ImportRequest) -> ImportedClip:
    written = layout.write(path, request.to / clip, request.fps)
    return ImportedClip(
        files=tuple(file.name for file in written),
        sha256=tuple(file_sha256(file) for file in written),
        source=path.name,
        source_sha256=_hash(path),
    )


def _hash(path: Path) -> str | None:
    return file_sha256(path) if path.is_file() else None
