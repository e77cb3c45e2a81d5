"""How training went: the flow's error over the steps of both stages, a line per variant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from echo_bench.methods.learned.checkpoint import Card
from echo_bench.report import style

STAGES = ("stage 1: the avatar by itself", "stage 2: with its user")
Curve = list[tuple[int, float]]


def write_curves(cards: Sequence[Card], path: Path) -> None:
    """Draw the curves of some checkpoints."""
    with style.look():
        draw_curves(cards).savefig(path, metadata={"Software": None})


def draw_curves(cards: Sequence[Card]) -> Figure:
    """One panel per stage, from 0; a variant has one look in both, and variants that share a stage share its line."""
    drawn = style.figure(7.2, 2.6)
    panels = drawn.subplots(1, len(STAGES))
    for place, (axes, title) in enumerate(zip(panels, STAGES, strict=True)):
        seen: list[Curve] = []
        for variant, card in enumerate(cards):
            curve = stages(card)[place]
            if curve not in seen:
                dashes = "--" if variant % 2 else "-"  # some lie on each other
                axes.plot(*zip(*curve, strict=True), color=f"C{variant}", linestyle=dashes, label=card.method)
                seen.append(curve)
        axes.set_title(title)
        axes.set_xlabel("step")
        axes.grid(axis="y")
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
    panels[0].set_ylabel("training error of the flow")
    drawn.legend(handles=panels[-1].get_lines(), loc="outside right center", fontsize=6.5)
    return drawn


def stages(card: Card) -> tuple[Curve, Curve]:
    """The curve of a card: rows of stage 1, as many as its recipe writes, and of stage 2."""
    curve, first = [(step, loss) for step, loss, _ in card.curve], card.recipe["stage1"]
    count = -(-first["steps"] // first["save_every"])
    return curve[:count], curve[count:]
