"""Which ids failed their own report card (docs/metrics/cards, docs/metrics/cards-pictures): what boards warn of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an id failed.

    Attributes
    ----------
    faults : tuple of str
        Claims that did not hold.
    where : str
        On what it was found.
    """

    faults: tuple[str, ...]
    where: str

    def as_json(self) -> dict[str, object]:
        """As an entry of ``cards.json``."""
        return {**asdict(self), "faults": list(self.faults)}


@cache
def failed_cards() -> dict[str, Verdict]:
    """Id to verdict, of the ids that failed; written by ``echo-bench validate-metrics``, without ``--pictures`` and with it.

    Examples
    --------
    >>> "psnr@piq" in failed_cards()
    False
    """
    found: dict[str, Verdict] = {}
    for name in ("cards.json", "cards-pictures.json"):
        data = json.loads(files("echo_bench.metrics").joinpath(name).read_text("utf-8"))
        found |= {id_: Verdict(tuple(entry["faults"]), entry["where"]) for id_, entry in data.items()}
    return found
