"""The options that the run commands share, as one signature."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from echo_bench.pipeline.config import RunConfig

DEFAULT_OUT = Path("echo-bench-out")
Json = Annotated[bool, typer.Option("--json", help="Print JSON to stdout.")]
Store = Annotated[
    str | None, typer.Option(help="Feature store: a folder or s3://bucket/...; default in the user's cache.")
]
Results = Annotated[
    str | None, typer.Option(help="Keep results, rows and boards here too: a folder or s3://bucket/...")
]
Out = Annotated[Path, typer.Option("--out", help="Folder of the run.")]


class Where(StrEnum):
    """What does the work of a run."""

    LOCAL = "local"
    RAY = "ray"


def configure(
    dataset: Annotated[str | None, typer.Option(help="Dataset: see `echo-bench list datasets`.")] = None,
    root: Annotated[Path | None, typer.Option(help="Where the data lies.")] = None,
    layout: Annotated[str | None, typer.Option(help="pairs, single, left-right or panels:user,avatar,NAME,...")] = None,
    manifest: Annotated[Path | None, typer.Option(help="Manifest that names the clips (.json or .csv).")] = None,
    split: Annotated[str | None, typer.Option(help="Split; default is the dataset's first.")] = None,
    methods: Annotated[
        list[str] | None, typer.Option(help="a,b,c: registry names, panels, or folder:NAME=DIR; may be repeated.")
    ] = None,
    always: Annotated[bool | None, typer.Option(help="Add the always-on rows; default: do.")] = None,
    metrics: Annotated[
        list[str] | None, typer.Option(help="a,b,c: protocol ids; may be repeated. Default: the usual ones.")
    ] = None,
    out: Out = DEFAULT_OUT,
    store: Store = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1 ...; default cpu.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first clips; results are marked partial.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of stochastic methods; default 0.")] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, help="Artefacts per clip of stochastic methods; default 1.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes of this machine; default: all processors.")
    ] = None,
    executor: Annotated[Where, typer.Option(help="local, or ray: a Ray cluster that runs already.")] = Where.LOCAL,
    address: Annotated[str | None, typer.Option(help="Of the Ray cluster; default: this machine's.")] = None,
    shard: Annotated[str | None, typer.Option(help="i/n: only the i-th of every n clips; see `merge`.")] = None,
    results: Results = None,
    allow_partial: Annotated[
        bool | None, typer.Option(help="Accept outputs that lack clips, the row is unranked; default: do not.")
    ] = None,
    retry_failed: Annotated[bool, typer.Option(help="Try features again that failed before.")] = False,
) -> RunConfig:
    """The run that the options describe; without --dataset, the run kept in --out with what is given of them.

    Raises
    ------
    DatasetError
        When there is neither a dataset nor a run.
    ResultError
        When the run that is kept is another shard, or malformed.
    """
    from echo_bench.errors import DatasetError
    from echo_bench.pipeline.config import FILE, RunConfig, read_config

    given: dict[str, Any] = {
        "root": root.resolve() if root else None,
        "layout": layout,
        "manifest": manifest.resolve() if manifest else None,
        "split": split,
        "methods": tuple(map(anchored, names(*methods))) if methods else None,
        "always": always,
        "metrics": names(*metrics) if metrics else None,
        "store": place(store),
        "device": device,
        "limit": limit,
        "seed": seed,
        "samples": samples,
        "shard": parse_shard(shard) if shard else None,
        "results": place(results),
        "allow_partial": allow_partial,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    chosen |= {  # of this call alone: no number depends on them
        "workers": workers or os.cpu_count() or 1,
        "retry_failed": retry_failed,
        "executor": executor.value,
        "address": address,
        "out": out.resolve(),
    }
    if dataset is not None:
        own_store = {"store": out.resolve() / "features"} if shard else {}
        return RunConfig(dataset=dataset, **(own_store | chosen))
    if not (out / FILE).is_file():
        raise DatasetError("which dataset?", where="--dataset", fix="name one, or give the --out of an earlier run")
    kept = read_config(out.resolve())
    _require_shard(kept, chosen.get("shard", kept.shard))
    return kept.model_copy(update=chosen)


def _require_shard(kept: RunConfig, shard: tuple[int, int] | None) -> None:
    """A run that is kept stays the shard it is: what lies in its folder is of its clips."""
    from echo_bench.errors import ResultError

    if shard != kept.shard:
        is_now = "shard {}/{}".format(*kept.shard) if kept.shard else "a whole run"
        raise ResultError(f"holds {is_now}", where=kept.out, fix="leave out --shard, or give another --out")


def anchored(method: str) -> str:
    """A method as it is called from wherever: the DIR of ``folder:NAME=DIR`` as an absolute path.

    Examples
    --------
    >>> anchored("folder:mine=/data/mine"), anchored("static")
    ('folder:mine=/data/mine', 'static')
    >>> anchored("folder:mine=outs") == f"folder:mine={Path('outs').resolve()}"
    True
    """
    kind, _, rest = method.partition(":")
    label, given, folder = rest.partition("=")
    return f"{kind}:{label}={Path(folder).resolve()}" if kind == "folder" and given else method


def place(text: str | None) -> str | Path | None:
    """A folder as an absolute path, an address as it is.

    Examples
    --------
    >>> place("s3://bucket/features")
    's3://bucket/features'
    """
    return text if text is None or "://" in text else Path(text).resolve()


def parse_shard(text: str) -> tuple[int, int]:
    """The two numbers of ``i/n``.

    Examples
    --------
    >>> parse_shard("2/8")
    (2, 8)

    Raises
    ------
    ResultError
    """
    from echo_bench.errors import ResultError

    index, _, count = text.partition("/")
    if not (index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
        raise ResultError(f"{text!r} is no shard", where="--shard", fix="1/n to n/n")
    return int(index), int(count)


def names(*texts: str) -> tuple[str, ...]:
    """The names in one or more ``a,b,c``, each once.

    Examples
    --------
    >>> names("a, b", "c,a")
    ('a', 'b', 'c')
    """
    return tuple(dict.fromkeys(name.strip() for text in texts for name in text.split(",") if name.strip()))


def run_command(body: Callable[..., None]) -> Callable[..., None]:
    """A command with the shared options: `body(config, **rest)` gets the run and its own options."""
    shared = _parameters(configure)
    own = [parameter for name, parameter in _parameters(body).items() if name != "config"]

    @wraps(body)
    def command(**options: Any) -> None:
        config = configure(**{name: options.pop(name) for name in shared})
        body(config, **options)

    keyword = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (*shared.values(), *own)]
    command.__signature__ = inspect.Signature(keyword)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in keyword}
    return command


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Parameters with their annotations resolved; `RunConfig` is heavy to import and is no option, so it stands for nothing."""
    hints = get_type_hints(function, localns={"RunConfig": Any}, include_extras=True)
    parameters = inspect.signature(function).parameters
    return {name: parameter.replace(annotation=hints[name]) for name, parameter in parameters.items()}
