"""Everything that can be checked of a submission, in one verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from echo_bench.clip import DyadicClip
from echo_bench.datasets.base import DATASETS, Dataset, DatasetOptions
from echo_bench.pipeline.store import FeatureStore
from echo_bench.submissions.archive import SubmissionError, opened
from echo_bench.submissions.bundle import Bundle, read_bundle
from echo_bench.submissions.consistency import inconsistencies, unknown
from echo_bench.submissions.rescore import Rescored, rescore


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a submission.

    Attributes
    ----------
    seal : str
        Its id: the sha256 of all of it.
    method : str
    clips : int
    defects : tuple of str
        Why it must not be believed; none is a good sign, and no more than that without `rescored`.
    unknown : tuple of str
        Metric ids that this installation does not know.
    rescored : Rescored or None
    """

    seal: str
    method: str
    clips: int
    defects: tuple[str, ...]
    unknown: tuple[str, ...]
    rescored: Rescored | None


def verify(
    path: Path,
    options: DatasetOptions,
    *,
    seal: str | None = None,
    number: int = 0,
    store: FeatureStore,
) -> Verdict:
    """Check a submission.

    Parameters
    ----------
    path : Path
    options : DatasetOptions
        Where one's own copy of the dataset lies; `workers` and `progress` serve the extraction too.
    seal : str, optional
        The id that its makers published: without it, a submission that was changed throughout and sealed again is another one.
    number : int
        How many clips are computed again.
    store : FeatureStore

    Raises
    ------
    SubmissionError
        When it is damaged, hostile or malformed: nothing more can be said of it.
    EchoBenchError
        When the dataset cannot be opened.
    """
    with opened(path) as archive:
        if seal is not None and seal != archive.seal:
            raise SubmissionError(f"is another submission: its id is {archive.seal}", where=path)
        bundle = read_bundle(archive)
        defects = inconsistencies(bundle)
        dataset = DATASETS.get(bundle.result.result.split.dataset)(options)
        defects += _of_the_split(bundle, dataset)
        rescored = None
        if not defects:
            clips = dataset.clips(bundle.result.result.split.split)[: bundle.result.result.split.limit]
            defects += _of_clips(bundle, clips)
            if number and not defects:
                rescored = rescore(
                    archive, bundle, clips, number, store=store, workers=options.workers, progress=options.progress
                )
                defects += rescored.defects
        method = bundle.result.result.method.name
        return Verdict(archive.seal, method, len(bundle.clips), tuple(defects), tuple(unknown(bundle)), rescored)


def _of_the_split(bundle: Bundle, dataset: Dataset) -> Iterator[str]:
    split = bundle.result.result.split
    if split.version != dataset.version:
        yield f"was scored on {split.dataset} {split.version}, and {dataset.version} is here"
    elif split.split not in dataset.splits():
        yield f"was scored on a split {split.split!r} that {split.dataset} does not have"
    elif split.manifest_sha256 != dataset.manifest_sha256(split.split):
        yield f"was scored on other files than those of {split.dataset}/{split.split} here"


def _of_clips(bundle: Bundle, clips: list[DyadicClip]) -> Iterator[str]:
    own = [clip.id for clip in clips]
    if absent := [clip for clip in own if clip not in bundle.clips]:
        yield f"lacks {len(absent)} of {len(own)} clips, the first is {absent[0]}"
    elif tuple(own) != bundle.clips:
        yield "holds other clips than the split, or in another order"
    dyads = {clip.id: clip.cluster for clip in clips}
    if any(dyads.get(row.clip, row.cluster) != row.cluster for row in bundle.rows):
        yield "puts clips into other dyads than the split does"
