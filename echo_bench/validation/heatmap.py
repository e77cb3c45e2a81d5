"""The heat map: ids by damages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from echo_bench.report.style import INK, figure, look
from echo_bench.validation.cards import Card


def draw_heatmap(cards: Sequence[Card], damages: Sequence[str], path: Path) -> None:
    """Write a PNG: colour is the share of an id's most loss; o marks what it is for, x what it claims to be blind to.

    Parameters
    ----------
    cards : sequence of Card
    damages : sequence of str
        The columns.
    path : Path
    """
    shares = np.array([[card.share(d) if d in card.responses else np.nan for d in damages] for card in cards])
    with look():
        drawn = figure(8.0, 1.6 + 0.22 * len(cards))
        axes = drawn.add_subplot()
        picture = axes.imshow(shares, cmap="cividis", vmin=0, vmax=1, aspect="auto")
        axes.set_xticks(range(len(damages)), damages, rotation=45, ha="right")
        axes.set_yticks(range(len(cards)), [card.metric + (" !" if card.faults else "") for card in cards])
        axes.spines[:].set_visible(False)
        for y, card in enumerate(cards):
            for x, damage in enumerate(damages):
                mark = "o" if damage in card.claim.sees else "x" if damage in card.claim.blind else ""
                ink = INK if shares[y, x] > 0.5 else "#ffffff"
                axes.text(x, y, mark, ha="center", va="center", color=ink, fontsize=7)
        axes.set_title(
            "Loss that a damage adds, as a share of the most that any adds\no: the id is for it   x: blind to it   !: fails its card"
        )
        drawn.colorbar(picture, ax=axes, fraction=0.025, pad=0.01)
        drawn.savefig(path, metadata={"Software": None})
