"""What a dataset is to the harness."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, DyadicClip, Side, VideoRef
from echo_bench.registry import Registry

if TYPE_CHECKING:
    from echo_bench.simulator.truth import Truth

Progress = Callable[[str, int, int], None]  # what is being prepared, done, total


def silent(_what: str, _done: int, _total: int) -> None:
    """A progress callback that shows nothing."""


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """How a user asks for a dataset.

    Attributes
    ----------
    root : Path, optional
        Where the data lies; datasets that ship with the suite need none.
    layout : str, optional
        ``pairs``, ``single``, ``left-right``, ``panels:user,a,b,...``: see :mod:`echo_bench.datasets.folder`.
    manifest : Path, optional
        A split manifest that names the clips.
    progress : callable
        Called with what is being prepared, done and total.
    workers : int
        Processes that make what is made on first use; nothing that is made depends on it. A script that asks for several must
        guard its main part.
    limit : int, optional
        Only so many clips of a split are wanted, the first: nothing need be made of the others. Every clip is as it is without.
    """

    root: Path | None = None
    layout: str | None = None
    manifest: Path | None = None
    progress: Progress = silent
    workers: int = 1
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Supplied:
    """Outputs of a published method that lie in the dataset itself, such as a panel of a comparison video."""

    video: VideoRef
    audio: AudioRef | None = None


class Renderer(Protocol):
    """Turns motion into pixels with the looks of a clip's avatar."""

    def __call__(self, clip: DyadicClip, motion: NDArray[np.float32]) -> Iterator[NDArray[np.uint8]]:
        """Frames (H, W, 3) uint8 RGB at 25 fps of ``rig61`` motion (T, 61)."""
        ...


class Dataset(Protocol):
    """A named, versioned collection of clips with fixed splits. The class is called with :class:`DatasetOptions`."""

    name: str
    version: str

    def splits(self) -> tuple[str, ...]:
        """Names of the splits; the first is the default."""
        ...

    def manifest_sha256(self, split: str) -> str:
        """Hash of the locked manifest of a split: ids and the sha256 of every file."""
        ...

    def clips(self, split: str) -> list[DyadicClip]:
        """The clips of a split in manifest order; the files exist when this returns.

        Raises
        ------
        DatasetError, ManifestError
            With every defect listed at once.
        """
        ...

    def defects(self, split: str) -> list[str]:
        """What is wrong with the files of a split, one line each; makes nothing that is not there yet."""
        ...

    def pool(self, split: str) -> list[DyadicClip]:
        """Clips that methods may learn or draw from when scored on `split`; empty where there is no train split."""
        ...

    def renderer(self) -> Renderer | None:
        """How motion becomes video here, if it can."""
        ...

    def supplied(self, split: str) -> Mapping[str, Mapping[str, Supplied]]:
        """Methods whose outputs lie in the dataset: method -> clip id -> output."""
        ...


@runtime_checkable
class KnowsTruth(Protocol):
    """A dataset that knows what no recording does."""

    def truth(self, clip: str) -> Truth:
        """What both people of a clip feel and do, and why."""
        ...


@runtime_checkable
class Rehearses(Protocol):
    """A dataset that can have the conversations of its train split performed again."""

    def rehearsals(self, clip: str, count: int) -> Iterator[Mapping[Side, NDArray[np.float32]]]:
        """``rig61`` motion (T, 61) of both people in `count` further performances of a train clip; its sound fits all of them.

        Raises
        ------
        DatasetError
            When the clip is not of the train split: methods are scored on the others.
        """
        ...


DATASETS: Registry[Callable[[DatasetOptions], Dataset]] = Registry(
    "dataset",
    {
        "dyad-mini": "echo_bench.datasets.dyad_mini:DyadMini",
        "folder": "echo_bench.datasets.folder:Folder",
        "imported": "echo_bench.datasets.imported:Imported",
        "vico": "echo_bench.datasets.vico:ViCo",
        "react": "echo_bench.datasets.react:React",
        "dualtalk": "echo_bench.datasets.dualtalk:DualTalk",
        "realtalk": "echo_bench.datasets.realtalk:RealTalk",
        "seamless": "echo_bench.datasets.seamless:Seamless",
        "vico-x": "echo_bench.datasets.vico_x:ViCoX",
        "mars": "echo_bench.datasets.mars:Mars",
        "l2l": "echo_bench.datasets.l2l:L2L",
        "lm-listener": "echo_bench.datasets.lm_listener:LmListener",
        "hdtf": "echo_bench.datasets.hdtf:Hdtf",
        "mead": "echo_bench.datasets.mead:Mead",
        "voxceleb": "echo_bench.datasets.voxceleb:VoxCeleb",
        "crema-d": "echo_bench.datasets.crema_d:CremaD",
        "mochabench": "echo_bench.datasets.mochabench:MoChaBench",
        "ncssd": "echo_bench.datasets.ncssd:Ncssd",
        "cped": "echo_bench.datasets.cped:Cped",
        "peld": "echo_bench.datasets.peld:Peld",
        "bah": "echo_bench.datasets.bah:Bah",
        "speechcraft": "echo_bench.datasets.speechcraft:SpeechCraft",
        "beat2": "echo_bench.datasets.beat2:Beat2",
        "m3c": "echo_bench.datasets.m3c:M3C",
        "3d-cavfa": "echo_bench.datasets.cavfa:Cavfa",
        "mead-tts": "echo_bench.datasets.mead_tts:MeadTts",
    },
    "echo_bench.datasets",
)
