"""Which ids failed their own report card (docs/metrics/cards): what boards warn of."""

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
    """Id to verdict, of the ids that failed; written by ``echo-bench validate-metrics``.

    Examples
    --------
    >>> "psnr@piq" in failed_cards()
    False
    """
    data = json.loads(files("echo_bench.metrics").joinpath("cards.json").read_text("utf-8"))
    return {id_: Verdict(tuple(entry["faults"]), entry["where"]) for id_, entry in data.items()}
