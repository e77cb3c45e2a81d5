"""The baseline of a gate: what a method reached, by seed, and how far a later result may fall behind it.

A baseline is a JSON file under version control. Per metric it holds the values of every seed that made it with their jackknife
replicates (so that a later result can be compared in pairs without any footage) and the tolerance
``max(abs, rel |baseline|, k sigma_seed)`` with its ingredients. `abs`, `rel` and `k` may be edited per metric; an update keeps them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from echo_bench.errors import ResultError
from echo_bench.leaderboard.ranking import cost_of
from echo_bench.results.schema import ScorePart, SplitPart


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SeedPart(_Part):
    """What one seed reached."""

    seed: int
    value: float
    replicates: tuple[float | None, ...]


class GuardedMetric(_Part):
    """One metric id that must not get worse.

    Attributes
    ----------
    protocol : str
        Its signature without n: values of another one do not compare.
    seeds : tuple of SeedPart
    n, n_clusters : int
        Clips and dyads behind every value.
    clips_sha256 : str
        Which clips these are; empty in baselines of results that did not say it.
    abs, rel, k : float
        Ingredients of the tolerance.
    seed_sd : float
        Standard deviation of the cost between seeds; 0 for a single seed.
    tolerance : float
        ``max(abs, rel |value|, k seed_sd)``, in the unit of the metric.
    """

    metric: str
    direction: Literal["higher", "lower", "target"]
    target: float | None
    protocol: str
    seeds: tuple[SeedPart, ...] = Field(min_length=1)
    n: int = Field(ge=1)
    n_clusters: int = Field(ge=1)
    clips_sha256: str = ""
    abs: float = Field(ge=0)
    rel: float = Field(ge=0)
    k: float = Field(ge=0)
    seed_sd: float = Field(ge=0)
    tolerance: float = Field(ge=0)

    @property
    def value(self) -> float:
        """Mean over the seeds."""
        return float(np.mean([seed.value for seed in self.seeds]))

    def cost(self, value: float) -> float:
        """How bad a value is, lower is better, in the unit of the metric."""
        return cost_of(self.direction, self.target, value)


class ChangePart(_Part):
    """One entry of the history."""

    date: str
    reason: str
    method_version: str
    commit: str = ""


class Baseline(_Part):
    """A baseline file."""

    schema_version: Literal["echo-bench-baseline/1"] = "echo-bench-baseline/1"
    method: str
    samples: int
    split: SplitPart
    alpha: float = Field(0.05, gt=0, lt=1)
    environment: dict[str, str]
    metrics: tuple[GuardedMetric, ...]
    history: tuple[ChangePart, ...]

    def text(self) -> str:
        """The file's text: sorted keys, floats that round-trip."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=1, allow_nan=False) + "\n"


def read_baseline(path: Path) -> Baseline:
    """Read a baseline file.

    Raises
    ------
    ResultError
        When it cannot be read or is malformed.
    """
    try:
        return Baseline.model_validate_json(path.read_text("utf-8"))
    except FileNotFoundError as error:
        fix = "make one with `echo-bench gate RESULT --baseline FILE --update --reason TEXT`"
        raise ResultError("there is no such baseline", where=path, fix=fix) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"not readable as a baseline: {error}", where=path) from error
    except ValidationError as error:
        lines = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors()[:5])
        raise ResultError(f"malformed baseline: {lines}", where=path) from error


def protocol_of(score: ScorePart) -> str:
    """The signature without the number of clips.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> protocol_of(SimpleNamespace(signature="sid_exp@dim|n:4|K:40"))
    'sid_exp@dim|K:40'
    """
    return "|".join(field for field in score.signature.split("|") if not field.startswith("n:"))


def environment(provenance: Mapping[str, str]) -> dict[str, str]:
    """What of a provenance must be the same for values to compare: all versions, without Python's last digit and without the label of a
    build (``+cpu``), which says where a wheel came from; not the commit, which is what a gate is to judge.

    Examples
    --------
    >>> environment({"python": "3.11.7", "torch": "2.13.0+cpu", "commit": "ab12"})
    {'python': '3.11', 'torch': '2.13.0'}
    """
    found = {name: version.partition("+")[0] for name, version in provenance.items() if name != "commit"}
    if "python" in found:
        found["python"] = ".".join(found["python"].split(".")[:2])
    return found
