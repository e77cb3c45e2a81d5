"""Outputs that exist already: a folder of videos, or panels that lie in the dataset."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from echo_bench.clip import MethodView, VideoRef
from echo_bench.datasets.base import Supplied
from echo_bench.datasets.folder import VIDEO_SUFFIXES
from echo_bench.errors import MethodError, NotApplicable
from echo_bench.media.hashing import file_sha256
from echo_bench.method import Artefact, Capabilities, MethodContext

LABEL = re.compile(r"[A-Za-z0-9][\w.-]*")  # it becomes the name of folders and files
SAMPLE = re.compile(r"(?P<id>.+)\.s(?P<sample>\d{2,})")


class FolderOfVideos:
    """A user's own outputs: ``ID.mp4`` or, for K reactions per clip, ``ID.s00.mp4 ID.s01.mp4 ...``.

    Parameters
    ----------
    name : str
        The name of the row.
    folder : Path
    expected : sequence of str
        Clip ids of the split.
    allow_partial : bool
        Accept a folder that lacks clips; the row is then shown unranked.

    Raises
    ------
    MethodError
        When clips are missing or extra, samples have a gap, or clips have different numbers of samples; all such defects at once.
    """

    capabilities = Capabilities(output="video")

    def __init__(self, name: str, folder: Path, expected: Sequence[str], *, allow_partial: bool = False) -> None:
        self.name = name
        self._files, self.version = outputs_of(name, folder, expected, VIDEO_SUFFIXES, allow_partial=allow_partial)

    def setup(self, context: MethodContext) -> None:
        """Nothing to load."""

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The files of a clip.

        Raises
        ------
        MethodError
            When there is none.
        """
        if view.clip_id not in self._files:
            raise MethodError("no output for this clip", where=view.clip_id)
        return [
            Artefact(view.clip_id, self.name, k, seed, VideoRef(path, file_sha256(path)), view.avatar_audio)
            for k, path in enumerate(self._files[view.clip_id])
        ]


class Panels:
    """Outputs of a published method that lie in the dataset: one panel of each comparison video.

    Parameters
    ----------
    name : str
    outputs : mapping of str to Supplied
        Clip id -> output.
    """

    version = "as supplied"
    capabilities = Capabilities(output="video")

    def __init__(self, name: str, outputs: Mapping[str, Supplied]) -> None:
        self.name = name
        self._outputs = outputs

    def setup(self, context: MethodContext) -> None:
        """Nothing to load."""

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The panel of a clip.

        Raises
        ------
        NotApplicable
            When the clip has no such panel.
        """
        found = self._outputs.get(view.clip_id)
        if found is None:
            raise NotApplicable(f"the dataset has no output of {self.name} for this clip")
        return [Artefact(view.clip_id, self.name, 0, seed, found.video, found.audio or view.avatar_audio)]


def outputs_of(
    name: str, folder: Path, expected: Sequence[str], suffixes: frozenset[str], *, allow_partial: bool
) -> tuple[dict[str, list[Path]], str]:
    """The files of a folder by clip, K of them in order of sample, and a hash of them all.

    Parameters
    ----------
    name : str
        The name of the row.
    folder : Path
    expected : sequence of str
        Clip ids of the split.
    suffixes : frozenset of str
        Of outputs; other files are not looked at.
    allow_partial : bool

    Raises
    ------
    MethodError
        With all defects at once.
    """
    if not LABEL.fullmatch(name):
        raise MethodError(f"{name!r} cannot name a row", where="--methods", fix="use letters, digits, - _ and .")
    if not folder.is_dir():
        raise MethodError("no such folder", where=folder, fix=f"--methods folder:{name}=DIR")
    found = _by_clip(folder, expected, suffixes)
    missing = [clip for clip in expected if clip not in found]
    defects = _defects(found, expected)
    if missing and not allow_partial:
        defects.append(f"missing: {_some(missing)}")
    if defects:
        fix = "name files by the ids of clips, or pass --allow-partial for missing clips"
        raise MethodError("; ".join(defects), where=folder, fix=fix)
    files = {clip: [samples[k] for k in range(len(samples))] for clip, samples in found.items()}
    names = sorted((clip, path.name, file_sha256(path)) for clip, paths in files.items() for path in paths)
    return files, hashlib.sha256(repr(names).encode()).hexdigest()[:16]


def _by_clip(folder: Path, expected: Sequence[str], suffixes: frozenset[str]) -> dict[str, dict[int, Path]]:
    found: dict[str, dict[int, Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in suffixes or path.name.startswith("."):
            continue
        match = None if path.stem in expected else SAMPLE.fullmatch(path.stem)
        clip, sample = (match["id"], int(match["sample"])) if match else (path.stem, 0)
        samples = found.setdefault(clip, {})
        if sample in samples:
            raise MethodError(f"two files for sample {sample} of clip {clip!r}", where=folder)
        samples[sample] = path
    return found


def _defects(found: Mapping[str, Mapping[int, Path]], expected: Sequence[str]) -> list[str]:
    defects = []
    if extra := sorted(set(found) - set(expected)):
        defects.append(f"not in the split: {_some(extra)}")
    # Samples are told apart by their number: with a gap closed, another one would be scored as what is missing.
    gaps = {clip: set(range(len(samples))) - set(samples) for clip, samples in found.items()}
    if lacking := [f"{clip}.s{min(gap):02d}" for clip, gap in gaps.items() if gap]:
        defects.append(f"samples are numbered from 00 without a gap, missing: {_some(lacking)}")
    counts = {len(samples) for samples in found.values()}
    if len(counts) > 1:
        defects.append(f"clips have different numbers of samples: {', '.join(map(str, sorted(counts)))}")
    return defects


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
