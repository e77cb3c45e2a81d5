"""What was found, as it is kept and read again: one JSON per part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from echo_bench.pipeline.store import write_atomic
from echo_bench.results.schema import IntervalPart
from tools.echo_eval.differences import Paired
from tools.echo_eval.leak import Moved
from tools.echo_eval.runs import Place, Scored


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Value(_Kept):
    """A number of a row, and of how many of the clips that it applies to."""

    value: float | None
    interval: IntervalPart | None
    n: int
    of: int


class Checkpoint(_Kept):
    """What makes a variant again."""

    method: str
    sha256: str
    command: str
    commit: str
    steps: int
    seconds: float
    device: str
    parameters: int


class Diversity(_Kept):
    """Of several reactions to one clip: the model's and the truth's own, measured alike, and intervals of the share, by metric."""

    samples: int
    clips: tuple[str, ...]
    model: dict[str, float]
    right: dict[str, float]
    shares: dict[str, tuple[float, float] | None]

    def share(self, metric: str) -> float:
        """The model's as a share of the right reactions'."""
        return self.model[metric] / self.right[metric]


class Findings(_Kept):
    """One part of the evaluation.

    Attributes
    ----------
    clips : tuple of str
    seconds : float or None
        That are judged of each; None for all.
    checkpoints : tuple of Checkpoint
    missing : tuple of str
        Variants that have not been trained.
    values : dict
        By row and metric.
    rivals, variants, linked, voices : tuple of Paired
        The model against the rivals, against its variants, the same on the linked clips, and own voices against others.
    leaks : dict
        By variant and clip.
    leak : Paired or None
        The model's share of the lips minus that of `no-sdcm`.
    flickers : dict
        By row and clip (:mod:`tools.echo_eval.flickers`).
    diversity : Diversity or None
    drawn : tuple of int
        Sampling seeds.
    seeds : tuple of dict
        Per sampling seed the model's values.
    runs : tuple of str
        Folders of the runs behind it.
    """

    clips: tuple[str, ...]
    seconds: float | None
    checkpoints: tuple[Checkpoint, ...]
    missing: tuple[str, ...] = ()
    values: dict[str, dict[str, Value]]
    rivals: tuple[Paired, ...]
    variants: tuple[Paired, ...] = ()
    linked: tuple[Paired, ...] = ()
    voices: tuple[Paired, ...] = ()
    leaks: dict[str, dict[str, Moved]] = {}
    leak: Paired | None = None
    flickers: dict[str, dict[str, float]] = {}
    diversity: Diversity | None = None
    drawn: tuple[int, ...] = ()
    seeds: tuple[dict[str, float | None], ...] = ()
    runs: tuple[str, ...]

    def write(self, path: Path) -> None:
        """Keep it."""
        write_atomic(path, (self.model_dump_json(indent=1) + "\n").encode())


class ToldOf(_Kept):
    """How far what one model tells of one affect follows the truth over one split: Pearson's r by column, None where nothing varies."""

    model: str
    split: str
    whose: str
    r: dict[str, float | None]


class Told(_Kept):
    """What models understand (:mod:`tools.echo_told`)."""

    rows: tuple[ToldOf, ...]

    def write(self, path: Path) -> None:
        """Keep it."""
        write_atomic(path, (self.model_dump_json(indent=1) + "\n").encode())


def read_findings(path: Path) -> Findings | None:
    """What was kept, or None where that part was not run."""
    return Findings.model_validate_json(path.read_bytes()) if path.is_file() else None


def values_of(found: Scored) -> dict[str, dict[str, Value]]:
    """Every number of the results, by row and metric."""
    return {
        each.result.method.name: {
            score.metric: Value(
                value=score.value, interval=score.interval, n=score.n, of=score.n_expected - score.n_skipped
            )
            for score in each.result.scores
        }
        for each in found.results
    }


def checkpoints_of(place: Place, names: Sequence[str]) -> tuple[Checkpoint, ...]:
    """What the cards say."""
    return tuple(
        Checkpoint(**{field: getattr(place.card(name), field) for field in Checkpoint.model_fields}) for name in names
    )
