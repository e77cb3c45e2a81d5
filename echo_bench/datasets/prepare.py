"""Looking through a copy of a published dataset: all that is wrong with it at once, its counts beside its authors', its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from echo_bench.datasets.published import Published
from echo_bench.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in a split.

    Attributes
    ----------
    split : str
    clips : int
    official : int or None
        As its authors count them; None where they do not say.
    defects : tuple of str
    missing : tuple of str
        What the whole copy lacks beside the official numbers.
    """

    split: str
    clips: int
    official: int | None
    defects: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether there is as much as there should be."""
        return not self.missing and (self.official is None or self.clips == self.official)


def examine(dataset: Published, split: str) -> Examined:
    """Look through every file of a split."""
    found = len(dataset.entries(split))
    defects = tuple(dict.fromkeys(dataset.defects(split)))
    return Examined(split, found, dataset.official.get(split), defects, dataset.missing())


def write_manifests(dataset: Published, examined: Sequence[Examined], folder: Path, *, partial: bool) -> list[Path]:
    """Write a locked manifest for each split.

    Parameters
    ----------
    dataset : Published
    examined : sequence of Examined
    folder : Path
        Gets ``NAME-SPLIT.json``.
    partial : bool
        Lock what is there although clips are missing; the version of the manifest then ends in ``-partial``.

    Raises
    ------
    DatasetError
        When a split has defects, or lacks clips and `partial` is not set.
    """
    if wrong := [each.split for each in examined if each.defects]:
        raise DatasetError(
            f"has defects in {', '.join(wrong)}", where=dataset.root, fix="mend them, then prepare again"
        )
    if (short := [each.split for each in examined if not each.complete]) and not partial:
        raise DatasetError(
            f"does not hold the official number of clips in {', '.join(short)}",
            where=dataset.root,
            fix="complete it, or lock what is there with --partial",
        )
    paths = []
    for each in examined:
        manifest = dataset.manifest(each.split)
        if not each.complete:
            manifest = manifest.model_copy(update={"version": f"{manifest.version}-partial"})
        paths.append(folder / f"{dataset.name}-{each.split}.json")
        manifest.write(paths[-1])
    return paths
