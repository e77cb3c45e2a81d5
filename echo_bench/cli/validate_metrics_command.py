"""`echo-bench validate-metrics`: damages of graded strength against every id, on delivered motion, drawn pictures or own footage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echo_bench.cli.options import names

if TYPE_CHECKING:
    from echo_bench.pipeline.config import RunConfig
    from echo_bench.pipeline.run import Session
    from echo_bench.validation.ladders import Ladder


def validate_metrics(
    out: Annotated[Path, typer.Option("--out", help="Folder for the cards, the heat map and the work.")],
    split: Annotated[str, typer.Option(help="Split of dyad-mini; its clips are damaged.")] = "test",
    limit: Annotated[int, typer.Option(min=3, help="Clips to damage.")] = 5,
    metrics: Annotated[str, typer.Option(help="a,b,c: ids; default all usual ones of the kind.")] = "",
    damages: Annotated[str, typer.Option(help="a,b,c: damages; default all of the kind.")] = "",
    power_at: Annotated[str, typer.Option(help="a,b: numbers of clips at which power is told.")] = "3",
    pictures: Annotated[bool, typer.Option("--pictures", help="Draw dyad-mini, and damage what is drawn.")] = False,
    root: Annotated[Path | None, typer.Option(help="Footage to damage in place of dyad-mini.")] = None,
    layout: Annotated[str, typer.Option(help="Of the footage, as in `run`.")] = "single",
    seconds: Annotated[float, typer.Option(min=1.0, help="Of each clip, where pictures are damaged.")] = 6.0,
) -> None:
    """Damage the truth, score every strength, and write a report card per id, a heat map and the verdicts."""
    from echo_bench.cli import steps
    from echo_bench.validation.cards import cards_of
    from echo_bench.validation.lab import climb
    from echo_bench.validation.ladders import part_of
    from echo_bench.validation.pages import write_pages

    given = [f"--{name} {value}" for name, value in (("metrics", metrics), ("damages", damages)) if value]
    if root:
        session, ladder = _footage(out.resolve(), root, layout, limit, names(metrics), seconds)
        where = f"footage, {len(session.clips)} clips of {seconds:g} s"
        given.append(f"--root DIR --layout {layout} --seconds {seconds:g}")
    elif pictures:
        session, ladder = _drawn(out.resolve(), split, limit, names(metrics), seconds)
        where = f"dyad-mini/{split}, {len(session.clips)} clips of {seconds:g} s, drawn"
        given.append(f"--pictures --seconds {seconds:g}")
    else:
        session, ladder = _native(out.resolve(), split, limit, names(metrics))
        where = f"dyad-mini/{split}, {len(session.clips)} clips"
    ladder = part_of(ladder, names(damages))
    with steps.bars() as bar:
        sizes = [int(size) for size in names(power_at)]
        cards = cards_of(climb(session, ladder, sizes, bar.step("damage and score", len(ladder))))
    command = f"echo-bench validate-metrics --split {split} --limit {limit} --power-at {power_at}"
    write_pages(out, cards, ladder, where, " ".join((command, *given, "--out OUT")))
    failed = sum(bool(card.faults) for card in cards)
    typer.echo(f"{len(cards)} ids, {failed} fail their own card: {out / 'cards'}")


def _native(out: Path, split: str, limit: int, wanted: tuple[str, ...]) -> tuple[Session, Ladder]:
    """The clips without pictures, and the ids: only what reads motion and sound can be scored so."""
    from echo_bench.datasets.base import DatasetOptions
    from echo_bench.datasets.dyad_mini import DyadMini
    from echo_bench.errors import UnknownNameError
    from echo_bench.metric import is_native
    from echo_bench.metrics import DEFAULT, METRICS
    from echo_bench.pipeline.run import Session
    from echo_bench.pipeline.store import FeatureStore
    from echo_bench.validation.ladders import motion_ladder

    ids = wanted or tuple(id_ for id_ in DEFAULT if is_native(id_))
    if measured := [id_ for id_ in ids if not is_native(id_)]:
        raise UnknownNameError(f"{', '.join(measured)}: measured from pictures", fix="add --pictures")
    dataset = DyadMini(DatasetOptions(limit=limit), drawn=False)
    config = _config(dataset.name, split, out, limit)
    clips, chosen = tuple(dataset.clips(split)), tuple(METRICS.get(id_) for id_ in ids)
    return Session(config, dataset, split, clips, (), chosen, FeatureStore(config.store)), motion_ladder()


def _drawn(out: Path, split: str, limit: int, wanted: tuple[str, ...], seconds: float) -> tuple[Session, Ladder]:
    """Stretches of the clips, drawn, and the measured ids that can run here."""
    from echo_bench.datasets.base import DatasetOptions
    from echo_bench.metrics import METRICS
    from echo_bench.pipeline.run import Session
    from echo_bench.pipeline.store import FeatureStore
    from echo_bench.validation.ladders import drawn_ladder
    from echo_bench.validation.stretches import Stretches

    dataset = Stretches(DatasetOptions(limit=limit), out / "clips", seconds)
    config = _config(dataset.name, split, out, limit)
    clips, chosen = tuple(dataset.clips(split)), tuple(METRICS.get(id_) for id_ in wanted or _measured())
    return Session(config, dataset, split, clips, (), chosen, FeatureStore(config.store)), drawn_ladder(clips)


def _footage(
    out: Path, root: Path, layout: str, limit: int, wanted: tuple[str, ...], seconds: float
) -> tuple[Session, Ladder]:
    """The first seconds of own clips, and the measured ids that can run here."""
    from echo_bench.datasets.base import DatasetOptions
    from echo_bench.datasets.folder import Folder
    from echo_bench.metrics import METRICS
    from echo_bench.pipeline.run import Session
    from echo_bench.pipeline.store import FeatureStore
    from echo_bench.validation.ladders import filmed_ladder
    from echo_bench.validation.stretches import stretch

    dataset = Folder(DatasetOptions(root=root.resolve(), layout=layout, limit=limit))
    (split, *_) = dataset.splits()
    config = _config(dataset.name, split, out, limit)
    clips = tuple(stretch(clip, 0.0, seconds, out / "clips") for clip in dataset.clips(split)[:limit])
    chosen = tuple(METRICS.get(id_) for id_ in wanted or _measured())
    return Session(config, dataset, split, clips, (), chosen, FeatureStore(config.store)), filmed_ladder()


def _config(dataset: str, split: str, out: Path, limit: int) -> RunConfig:
    from echo_bench.pipeline.config import RunConfig

    return RunConfig(
        dataset=dataset, split=split, out=out / "work", store=out / "store", limit=limit, samples=1, workers=1
    )


def _measured() -> tuple[str, ...]:
    """The usual ids that are measured from pictures and need nothing that is not here."""
    from echo_bench.metric import is_native
    from echo_bench.metrics import DEFAULT, EMBEDDED, METRICS
    from echo_bench.pipeline.features import extractors_of
    from echo_bench.pipeline.jobs import unavailable

    found = [id_ for id_ in (*DEFAULT, *EMBEDDED) if not is_native(id_)]
    return tuple(id_ for id_ in found if not unavailable(extractors_of(METRICS.get(id_).info.requires)))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("validate-metrics")(validate_metrics)
