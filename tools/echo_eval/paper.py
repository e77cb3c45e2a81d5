"""The paper's own ablation table beside ours: what changes when a component is taken away."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from tools.echo_eval.findings import Findings, Value
from tools.echo_eval.runs import CSIM, ECHO, LSE_C, LSE_D, RPCC, SID, VAR
from tools.echo_eval.tables import table

PUBLISHED = Path(__file__).parents[2] / "leaderboards" / "reported" / "published.csv"
PROTOCOL = "ECHO page table"
REMOVED: Mapping[str, str] = MappingProxyType(
    {
        "ECHO w/o LPE": "echo-tiny-no-lpe", "ECHO w/o HBCU": "echo-tiny-no-hbcu", "ECHO w/o LAU": "echo-tiny-no-lau",
        "ECHO w/o SDCM": "echo-tiny-no-sdcm",
    }
)  # fmt: skip
OURS: Mapping[str, str] = MappingProxyType(
    {
        "rPCC": RPCC, "SID": SID, "Var": VAR, "LSE-D": LSE_D, "LSE-C": LSE_C, "CSIM": CSIM, "FID": "fd_img@imagenet-eb",
    }
)  # fmt: skip
"""The paper's columns that have one of ours of the same question; nets, data and scales are others."""


def published() -> pd.DataFrame:
    """The paper's table: a row per system, a column per metric."""
    rows = pd.read_csv(PUBLISHED)
    rows = rows[(rows["protocol"] == PROTOCOL) & rows["system"].isin(["ECHO", *REMOVED])]
    return rows.pivot(index="system", columns="metric", values="value").loc[["ECHO", *REMOVED]]


def paper_table() -> str:
    """As published."""
    whole = published()
    columns = [str(name) for name in whole.columns]
    return table(
        ["system", *columns],
        [[str(system), *(f"{whole.loc[system, name]:.3f}" for name in columns)] for system in whole.index],
    )


def changes_table(found: Findings) -> str:
    """The change of each metric when a component goes, the paper's and ours."""
    whole = published()
    head = ["without", *(f"{name}, {whose}" for name in OURS for whose in ("paper", "ours"))]
    rows = [
        [
            system.removeprefix("ECHO w/o "),
            *(each for name in OURS for each in _pair(whole, found.values, system, name)),
        ]
        for system in REMOVED
    ]
    return table(head, rows)


def _pair(whole: pd.DataFrame, values: Mapping[str, Mapping[str, Value]], system: str, name: str) -> tuple[str, str]:
    paper = float(whole.loc[system, name]) - float(whole.loc["ECHO", name])
    both = [values.get(row, {}).get(OURS[name]) for row in (REMOVED[system], ECHO)]
    without, own = (None if each is None else each.value for each in both)
    ours = "not evaluated here" if without is None or own is None else f"{without - own:+.3f}"
    return f"{paper:+.3f}", ours
