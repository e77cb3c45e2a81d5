"""Outputs of published systems as `echo-bench import` leaves them: motion in the system's own space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from echo_bench.clip import MethodView
from echo_bench.errors import MethodError
from echo_bench.importers.index import motion_of, read_index
from echo_bench.method import Artefact, Capabilities, MethodContext
from echo_bench.methods.precomputed import outputs_of

SUFFIXES = frozenset({".npz"})


class FolderOfMotion:
    """Imported motion: ``ID.npz`` or, for K reactions per clip, ``ID.s00.npz ID.s01.npz ...``, as `imported.json` lists them.

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
    MethodError, FormatError
        When clips are missing or extra, clips have different numbers of samples, or files are not those that were imported.
    """

    capabilities = Capabilities(output="motion")

    def __init__(self, name: str, folder: Path, expected: Sequence[str], *, allow_partial: bool = False) -> None:
        self.name = name
        self._files, self.version = outputs_of(name, folder, expected, SUFFIXES, allow_partial=allow_partial)
        self._folder = folder
        self._index = read_index(folder)
        listed = {entry.files[0] for entry in self._index.clips.values()}
        strange = sorted({path.name for files in self._files.values() for path in files} - listed)
        if strange:
            raise MethodError(f"was not imported: {strange[0]}", where=folder, fix="import every file into this folder")

    def setup(self, context: MethodContext) -> None:
        """Nothing to load."""

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The motion of a clip.

        Raises
        ------
        MethodError
            When there is none, or it has another frame rate than the clip.
        """
        if view.clip_id not in self._files:
            raise MethodError("no output for this clip", where=view.clip_id)
        if self._index.fps is None or abs(self._index.fps - view.fps) > 0.01:
            raise MethodError(
                f"has {self._index.fps or 0:g} frames per second, and the clip is compared at {view.fps:g}",
                where=self._folder,
                fix=f"import it with --resample {view.fps:g}",
            )
        refs = [motion_of(self._folder, self._index, path.stem) for path in self._files[view.clip_id]]
        return [
            Artefact(view.clip_id, self.name, k, seed, audio=view.avatar_audio, motion=ref)
            for k, ref in enumerate(refs)
        ]
