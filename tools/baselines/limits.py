"""What a checkpoint does not do, written into its card once it is scored: whom it does not beat, and what of its diversity is off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from echo_bench.methods import METHODS
from echo_bench.methods.learned.checkpoint import describe, read_card
from tools.baselines.board import TOLD, told

DEAF = "It does not see or hear the user: it speaks and is no listener."
FEW = "The conversations of that split are too few to tell so small a difference from none."
SHORT = "It was trained for {seconds:.0f} s on one core; what longer training brings was not tried."
WHY: Mapping[str, str] = {
    "ditto-dit": DEAF,
    "dawn-nar": DEAF,
    "emotional-conversation": "The emotion that it shows is read from the avatar's own voice, which is silent while it listens.",
    "infp": "It hears both voices and does not see the user's face, which carries most of the affect here.",
}
WITHIN = (0.5, 1.5)  # of the truth's


def write_limits(
    weights: Path, differences: Sequence[Mapping[str, Any]], diversity: Mapping[str, Mapping[str, float]]
) -> None:
    """Put what was found into the cards in `weights`; `diversity` is a share of the truth's per method and metric."""
    for path in sorted(weights.glob("*.safetensors")):
        card = read_card(path)
        lost = [each for each in differences if each["method"] == card.method and not each["wins"]]
        off = _off(card.method, diversity.get(card.method, {}))
        found = [
            f"On dyad-mini@1/test it does not beat {', '.join(rivals)} on {metric}."
            for metric in TOLD
            if (rivals := [f"{each['rival']} ({told(each)})" for each in lost if each["metric"] == metric])
        ] + off
        if found:
            near = not off and all(each["difference"] > 0 for each in lost)
            found.append(WHY.get(card.method, FEW if near else SHORT.format(seconds=card.seconds)))
        describe(card.model_copy(update={"limits": " ".join(found)}), path)


def _off(name: str, shares: Mapping[str, float]) -> list[str]:
    """Sentences about diversity that is far from the truth's, where reactions are drawn."""
    kind = METHODS.get(name)
    if not kind.capabilities.stochastic:  # type: ignore[attr-defined]
        return []
    return [
        f"Its {metric} is {share:.2f} of the truth's other reactions'."
        for metric, share in shares.items()
        if not WITHIN[0] <= share <= WITHIN[1]
    ]
