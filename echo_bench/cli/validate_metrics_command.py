"""`echo-bench validate-metrics`: damages of graded strength against every id that motion and sound can score."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echo_bench.cli.options import names

if TYPE_CHECKING:
    from echo_bench.pipeline.run import Session


def validate_metrics(
    out: Annotated[Path, typer.Option("--out", help="Folder for the cards, the heat map and the work.")],
    split: Annotated[str, typer.Option(help="Split of dyad-mini; its clips are damaged.")] = "test",
    limit: Annotated[int, typer.Option(min=3, help="Clips to damage.")] = 5,
    metrics: Annotated[str, typer.Option(help="a,b,c: native ids; default all usual ones.")] = "",
    power_at: Annotated[str, typer.Option(help="a,b: numbers of clips at which power is told.")] = "3",
) -> None:
    """Damage true motion and sound, score every strength, and write a report card per id, a heat map and the verdicts."""
    from echo_bench.cli import steps
    from echo_bench.pipeline.store import write_atomic
    from echo_bench.validation.cards import card_page, cards_of, index_page, page_name, verdicts_json
    from echo_bench.validation.heatmap import draw_heatmap
    from echo_bench.validation.lab import DAMAGES, climb

    session = _session(out.resolve(), split, limit, names(metrics))
    with steps.bars() as bar:
        sizes = [int(size) for size in names(power_at)]
        cards = cards_of(climb(session, sizes, bar.step("damage and score", len(DAMAGES))))
    where = f"dyad-mini/{split}, {len(session.clips)} clips"
    chosen = f" --metrics {metrics}" if metrics else ""
    command = f"echo-bench validate-metrics --split {split} --limit {limit} --power-at {power_at}{chosen} --out OUT"
    pages = out / "cards"
    for card in cards:
        write_atomic(pages / page_name(card.metric), card_page(card, where).encode())
    write_atomic(pages / "README.md", index_page(cards, where, command).encode())
    write_atomic(out / "cards.json", verdicts_json(cards, where).encode())
    draw_heatmap(cards, pages / "heatmap.png")
    failed = sum(bool(card.faults) for card in cards)
    typer.echo(f"{len(cards)} ids, {failed} fail their own card: {pages}")


def _session(out: Path, split: str, limit: int, wanted: tuple[str, ...]) -> Session:
    """The clips without pictures, and the ids: only what reads motion and sound can be scored so."""
    from echo_bench.datasets.base import DatasetOptions
    from echo_bench.datasets.dyad_mini import DyadMini
    from echo_bench.errors import UnknownNameError
    from echo_bench.metric import is_native
    from echo_bench.metrics import DEFAULT, METRICS
    from echo_bench.pipeline.config import RunConfig
    from echo_bench.pipeline.run import Session
    from echo_bench.pipeline.store import FeatureStore

    ids = wanted or tuple(id_ for id_ in DEFAULT if is_native(id_))
    if measured := [id_ for id_ in ids if not is_native(id_)]:
        raise UnknownNameError(f"{', '.join(measured)}: measured from pictures", fix="name ids that end in -native")
    dataset = DyadMini(DatasetOptions(limit=limit), drawn=False)
    config = RunConfig(
        dataset=dataset.name, split=split, out=out / "work", store=out / "store", limit=limit, samples=1, workers=1
    )
    metrics = tuple(METRICS.get(id_) for id_ in ids)
    return Session(config, dataset, split, tuple(dataset.clips(split)), (), metrics, FeatureStore(config.store))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("validate-metrics")(validate_metrics)
