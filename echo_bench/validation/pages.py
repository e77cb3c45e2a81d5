"""What a climb leaves: a card per id, their index, the heat map and the verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from echo_bench.pipeline.store import write_atomic
from echo_bench.validation.cards import Card, card_page, index_page, page_name, verdicts_json
from echo_bench.validation.heatmap import draw_heatmap
from echo_bench.validation.ladders import Ladder


def write_pages(out: Path, cards: Sequence[Card], ladder: Ladder, where: str, command: str) -> None:
    """Write ``cards/`` and ``cards.json``.

    Parameters
    ----------
    out : Path
    cards : sequence of Card
    ladder : Ladder
    where : str
        What was damaged, in words.
    command : str
        What makes the pages.
    """
    pages = out / "cards"
    for card in cards:
        write_atomic(pages / page_name(card.metric), card_page(card, where).encode())
    write_atomic(pages / "README.md", index_page(cards, ladder, where, command).encode())
    write_atomic(out / "cards.json", verdicts_json(cards, where).encode())
    draw_heatmap(cards, list(ladder), pages / "heatmap.png")
