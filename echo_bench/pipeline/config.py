"""What a run is asked to do; kept in the run's folder, so that the later commands need only the folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from echo_bench.errors import ResultError
from echo_bench.pipeline.store import write_atomic

FILE = "run.json"


def _in_order(shard: tuple[int, int]) -> tuple[int, int]:
    if not 1 <= shard[0] <= shard[1]:
        raise ValueError(f"there is no shard {shard[0]} of {shard[1]}")
    return shard


def _place(store: Path | str | None) -> Path | str | None:
    return store if store is None or "://" in str(store) else Path(store)


Shard = Annotated[tuple[int, int], AfterValidator(_in_order)]


class RunConfig(BaseModel):
    """The options of a run, as on the command line.

    Attributes
    ----------
    dataset, split : str
    root, layout, manifest : optional
        See :class:`echo_bench.datasets.base.DatasetOptions`.
    methods : tuple of str
        Registry names, panel names, or ``folder:NAME=DIR``.
    always : bool
        Add the always-on rows.
    metrics : tuple of str
        Protocol ids; empty means the usual ones of the dataset.
    limit : int, optional
        Only the first clips: marks results partial.
    seed, samples : int
    workers : int
        Processes that generate and extract; no number depends on it.
    executor : {"local", "ray"}
    address : str, optional
        Of the Ray cluster; default: the one this machine belongs to.
    shard : tuple of (int, int), optional
        ``(i, n)``, from ``(1, n)``: of every n clips the i-th; scored when all n are merged.
    results : Path or str, optional
        A folder or an address where results, rows and boards are kept too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str
    split: str | None = None
    root: Path | None = None
    layout: str | None = None
    manifest: Path | None = None
    methods: tuple[str, ...] = ()
    always: bool = True
    metrics: tuple[str, ...] = ()
    out: Path
    store: Annotated[Path | str | None, AfterValidator(_place)] = None
    device: str = "cpu"
    limit: int | None = Field(None, ge=1)
    seed: int = 0
    samples: int = Field(1, ge=1)
    workers: int = Field(1, ge=1)
    executor: Literal["local", "ray"] = "local"
    address: str | None = None
    shard: Shard | None = None
    results: Annotated[Path | str | None, AfterValidator(_place)] = None
    allow_partial: bool = False
    retry_failed: bool = False

    def write(self) -> None:
        """Keep the options in the run's folder."""
        write_atomic(self.out / FILE, (self.model_dump_json(indent=1) + "\n").encode())


def read_config(out: Path) -> RunConfig:
    """The options of the run in a folder.

    Raises
    ------
    ResultError
        When the folder holds no run, or it cannot be read or is malformed.
    """
    path = out / FILE
    try:
        return RunConfig.model_validate_json(path.read_text("utf-8")).model_copy(update={"out": out})
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ResultError("holds no run", where=out, fix="start with `echo-bench run ... --out DIR`") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"not readable as a run: {error}", where=path) from error
    except ValidationError as error:
        raise ResultError(f"malformed: {error}", where=path) from error
