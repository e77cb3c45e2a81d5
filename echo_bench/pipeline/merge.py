"""Shards of one run become the run: their artefacts and features in one folder, in whatever order they are named."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median

from echo_bench.errors import ResultError, StoreError
from echo_bench.pipeline.config import RunConfig, read_config
from echo_bench.pipeline.latency import read_latency, write_latency
from echo_bench.pipeline.run import Session, make_plan, outcomes_of
from echo_bench.pipeline.store import FeatureStore
from echo_bench.results.schema import LatencyPart

OWN = {"out", "store", "workers", "executor", "address", "shard", "results", "retry_failed"}
"""Options in which the shards of one run may differ: no number depends on them."""


def merge(shards: Sequence[Path], out: Path, store: Path | str | None = None) -> RunConfig:
    """Bring artefacts and features of all shards of a run together.

    Parameters
    ----------
    shards : sequence of Path
        The folders of the shards, in any order.
    out : Path
        Folder of the whole run; may hold what an earlier merge left.
    store : Path or str, optional
        Feature store of the whole run; default ``features`` in `out`.

    Returns
    -------
    RunConfig
        Of the whole run, ready to be opened.

    Raises
    ------
    ResultError
        When a folder holds no shard, the folders are of different runs, or a shard is missing or there twice.
    StoreError
        When a feature is damaged, or what is brought together cannot be written.
    """
    configs = {folder: read_config(folder) for folder in shards}
    _check_complete(configs)
    _check_alike(configs)
    first = next(iter(configs.values()))
    whole = first.model_copy(update={"out": out, "store": store or out / "features", "shard": None})
    target = FeatureStore(whole.store)
    for folder, config in configs.items():
        if (folder / "artefacts").is_dir():
            _copy_all(folder / "artefacts", out / "artefacts")
        target.take(FeatureStore(config.store))
    _merge_latency(shards, out)
    return whole


def check_finished(session: Session) -> None:
    """Refuse to score a merged run of which something was not made.

    Raises
    ------
    ResultError
        With the clips that lack artefacts or features.
    """
    made = outcomes_of(session)
    sound = [clip.id for clip in session.clips if clip.defect is None]
    missing = {clip_id for clip_id in sound for method in session.methods if (method.name, clip_id) not in made}
    missing |= {task.clip_id for task in make_plan(session).tasks}
    if missing:
        named = ", ".join(sorted(missing)[:5]) + (", ..." if len(missing) > 5 else "")
        raise ResultError(
            f"{len(missing)} clips are unfinished: {named}",
            where=session.config.out,
            fix="run the shards again that ended early (they go on where they were), and merge again",
        )


def _check_complete(configs: Mapping[Path, RunConfig]) -> None:
    found: dict[tuple[int, int], Path] = {}
    for folder, config in configs.items():
        if config.shard is None:
            raise ResultError("is no shard", where=folder, fix="name folders that were made with --shard i/n")
        if config.shard in found:
            raise ResultError(f"is the same shard as {found[config.shard]}", where=folder, fix="name each shard once")
        found[config.shard] = folder
    counts = sorted({count for _, count in found})
    if len(counts) != 1:
        raise ResultError(
            f"shards of {' and of '.join(map(str, counts))} do not fit together", fix="run all with one n"
        )
    missing = sorted(set(range(1, counts[0] + 1)) - {index for index, _ in found})
    if missing:
        named = ", ".join(f"{index}/{counts[0]}" for index in missing)
        raise ResultError(f"shards are missing: {named}", fix="run them, or name their folders")


def _check_alike(configs: Mapping[Path, RunConfig]) -> None:
    (folder, first), *others = configs.items()
    for other, config in others:
        for name in sorted(set(RunConfig.model_fields) - OWN):
            ours, theirs = getattr(first, name), getattr(config, name)
            if ours != theirs:
                raise ResultError(f"is of another run: {name} is {theirs!r}, and {ours!r} in {folder}", where=other)


def _copy_all(source: Path, target: Path) -> None:
    try:
        shutil.copytree(source, target, copy_function=_copy, dirs_exist_ok=True)
    except OSError as error:  # of the folders: files have their own
        fix = "give another --out, a folder that can be written"
        raise StoreError(f"cannot be merged into: {error.strerror or error}", where=target, fix=fix) from error


def _copy(source: str, target: str) -> str:
    """Copy a file so that it is there whole or not at all."""
    part = Path(target).with_name(f".{Path(target).name}.part")
    try:
        shutil.copyfile(source, part)
        return str(part.replace(target))
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise StoreError(
            f"cannot copy {source}: {error.strerror}", where=target, fix="free some disk or set --out"
        ) from error


def _merge_latency(shards: Sequence[Path], out: Path) -> None:
    """Latencies are measured, not computed: the median shard stands for all."""
    for method in sorted({path.name for shard in shards for path in (shard / "artefacts").glob("*") if path.is_dir()}):
        parts = [part for shard in shards if (part := read_latency(shard, method)) is not None]
        firsts = [part.first_frame_s for part in parts if part.first_frame_s is not None]
        if parts:
            write_latency(
                out,
                method,
                LatencyPart(
                    rtf=round(median(part.rtf for part in parts), 6),
                    first_frame_s=round(median(firsts), 4) if firsts else None,
                    clips=sum(part.clips for part in parts),
                ),
            )
