"""Sessions of the evaluation: made, measured and scored by the pipeline, which goes on where it stopped."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from echo_bench.cli.steps import read_results
from echo_bench.clip import DyadicClip
from echo_bench.datasets.base import Dataset
from echo_bench.method import Method
from echo_bench.methods import METHODS
from echo_bench.methods.learned.checkpoint import OWN_FOLDER, Card, read_card
from echo_bench.metrics import METRICS
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.latency import read_latency, write_latency
from echo_bench.pipeline.run import Session, make_plan, outcomes_of, run_extract, run_generate, run_score
from echo_bench.pipeline.store import FeatureStore
from echo_bench.results.schema import ResultFile
from tools.echo_eval.clips import SPLIT
from tools.echo_eval.rows import EndOf

ECHO = "echo-tiny"
VARIANTS = (
    ECHO, "echo-tiny-no-lpe", "echo-tiny-no-hbcu", "echo-tiny-no-lau", "echo-tiny-no-sdcm", "echo-tiny-short-context",
    "echo-tiny-dual-audio",
)  # fmt: skip
RIVALS = ("static", "mean-face", "random", "mirror", "shuffled")
APPROPRIATE, FRCORR = "appropriateness@eb1-rignet", "frcorr@react24-nan-aware-rignet"
LSE_D, LSE_C = "lse_d@syncnet-eb", "lse_c@syncnet-eb"
FRVAR, FRDIV = "frvar@react24-nan-aware-rignet", "frdiv@react24-nan-aware-rignet"
COVERAGE, CSIM = "track_coverage@tracker", "csim@eb1-paired-facenet-eb"
RPCC, SID, VAR = "rpcc_exp@eb1-rignet", "sid_exp@dim-rignet", "var_exp@dualtalk-rignet"
METRICS_OF_PICTURES = (
    APPROPRIATE, FRCORR, FRVAR, RPCC, SID, VAR, LSE_D, LSE_C, CSIM, "psnr@piq", "ssim@piq", "fd_img@imagenet-eb", COVERAGE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where checkpoints lie, where all is kept, and how many processes work."""

    weights: Path
    out: Path
    workers: int = 1

    def card(self, name: str) -> Card:
        """Of a variant's checkpoint."""
        return read_card(self.weights / f"{name}.safetensors")

    def own(self, part: str, name: str) -> Path:
        """A folder of the runs of one checkpoint: another one of the same name has another."""
        return self.out / part / f"{name}-{self.card(name).sha256[:8]}"

    def present(self) -> list[str]:
        """The variants that have been trained."""
        return [name for name in VARIANTS if (self.weights / f"{name}.safetensors").is_file()]


@dataclass(frozen=True, slots=True)
class Scored:
    """Rows per clip and results of one or more sessions."""

    rows: pd.DataFrame
    results: tuple[ResultFile, ...]

    def __add__(self, other: Scored) -> Scored:
        return Scored(pd.concat([self.rows, other.rows], ignore_index=True), (*self.results, *other.results))

    def of(self, clips: Sequence[str]) -> Scored:
        """The rows of some clips; results of whole sets are none of theirs."""
        return Scored(self.rows[self.rows["clip"].isin(clips)], ())

    def value(self, method: str, metric: str) -> float | None:
        """A number of a result, None where there is none."""
        return next(
            (score.value for each in self.results if each.result.method.name == method
             for score in each.result.scores if score.metric == metric), None,
        )  # fmt: skip


def opened(
    place: Place, dataset: Dataset, clips: Sequence[DyadicClip], methods: Sequence[Method], out: Path,
    metrics: Sequence[str] = (), seed: int = 0, samples: int = 1,
) -> Session:  # fmt: skip
    """A session over some clips of a dataset; features are shared by all sessions of a place."""
    os.environ[OWN_FOLDER] = str(place.weights.resolve())
    config = RunConfig(
        dataset=dataset.name, split=SPLIT, limit=None, out=out, store=place.out / "store", seed=seed, samples=samples,
        workers=place.workers,
    )  # fmt: skip
    return Session(
        config, dataset, SPLIT, tuple(clips), tuple(methods), tuple(METRICS.get(name) for name in metrics),
        FeatureStore(place.out / "store"),
    )  # fmt: skip


def made_whole(
    place: Place, dataset: Dataset, whole: Sequence[DyadicClip], name: str, out: Path, samples: int = 1
) -> Session:
    """A variant's videos of whole conversations."""
    session = opened(place, dataset, whole, [METHODS.get(name)()], out, samples=samples)
    run_generate(session, lambda label: print(f"made {out.name}: {label}", flush=True))
    return session


def judged_end(
    place: Place, made: Session, clips: Sequence[DyadicClip], out: Path, metrics: Sequence[str]
) -> tuple[Session, Scored]:
    """The last seconds of a variant's videos, scored."""
    (method,) = made.methods
    outcomes = {clip: outcome for (_, clip), outcome in outcomes_of(made).items()}
    lengths = {clip.id: clip.duration for clip in made.clips}
    row = EndOf(method, outcomes, {clip.id: lengths[clip.id] - clip.duration for clip in clips})
    session = opened(place, made.dataset, clips, [row], out, metrics, samples=made.config.samples)
    run_generate(session, _quiet)
    if (latency := read_latency(made.config.out, method.name)) is not None:
        write_latency(out, method.name, latency)  # its speed is that of making, not of cutting
    return session, scored(session)


def scored(session: Session) -> Scored:
    """Make what is missing, measure it and score it."""
    report = run_generate(session, _quiet)
    out = session.config.out
    report.add(run_extract(session, make_plan(session), lambda clip: print(f"measured {out.name}: {clip}", flush=True)))
    run_score(session, report, _quiet)
    return Scored(pd.read_parquet(out / "rows.parquet"), tuple(read_results(out)))


def over_seeds(drawn: Sequence[Scored]) -> Scored:
    """The model's values per clip, as the mean over sampling seeds."""
    rows = pd.concat([each.rows for each in drawn], ignore_index=True)
    keys = ["method", "clip", "cluster", "metric"]
    return Scored(rows.groupby(keys, sort=False, as_index=False)["value"].mean(), ())


def _quiet(_label: str) -> None:
    pass
