"""Scores on the native ids: one run per seed, and what the seeds say together."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pandas as pd
from echo_metrics.reaction import frdiv, frvar

from echo_bench.cli.steps import board_step, read_results
from echo_bench.clip import DyadicClip
from echo_bench.leaderboard.compare import compare
from echo_bench.methods import METHODS
from echo_bench.methods.learned.checkpoint import OWN_FOLDER, read_card
from echo_bench.metric import is_native
from echo_bench.metrics import DEFAULT, METRICS
from echo_bench.metrics.alternatives import attributes_of, right
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.run import Session, make_plan, run_extract, run_generate, run_score
from echo_bench.pipeline.store import FeatureStore
from echo_bench.results.schema import ResultFile
from tools.baselines.undrawn import Undrawn

SPLIT = "test"
NATIVE = tuple(name for name in DEFAULT if is_native(name))
YARDSTICKS = ("ground-truth", "ground-truth-halves", "shifted-audio")
RIVALS = ("static", "mean-face", "random", "shuffled", "mirror")
SIMPLE = ("nn-audio", "nn-motion", "linear-regression", "mean-sequence", "constant-velocity", "prosody-rules")
TOLD = ("appropriateness@eb1-native", "frcorr@react24-nan-aware-native")
"""What a listener has to beat its rivals on."""
Spread = Mapping[str, Mapping[str, float]]
"""Per metric ``mean``, ``deviation`` and number of ``seeds``."""
DIVERSITY = ("frvar@react24-nan-aware-native", "frdiv@react24-nan-aware-native")
DECIDING = (*TOLD, *DIVERSITY)


def score(
    methods: Sequence[str],
    weights: Path,
    out: Path,
    metrics: Sequence[str],
    *,
    seed: int,
    samples: int,
    limit: int | None,
) -> list[ResultFile]:
    """Results of methods on the test split, with the checkpoints in `weights`; boards and results are written to `out`."""
    os.environ[OWN_FOLDER] = str(weights)
    dataset = Undrawn(out.parent / "stills", limit)
    config = RunConfig(
        dataset="dyad-mini", split=SPLIT, methods=tuple(methods), always=False, metrics=tuple(metrics), out=out,
        store=out.parent / "store", limit=limit, seed=seed, samples=samples,
    )  # fmt: skip
    session = Session(
        config=config,
        dataset=dataset,
        split=SPLIT,
        clips=tuple(dataset.clips(SPLIT)),
        methods=tuple(METHODS.get(name)() for name in methods),
        metrics=tuple(METRICS.get(name) for name in metrics),
        store=FeatureStore(config.store),
    )
    config.write()
    report = run_generate(session, _quiet)
    report.add(run_extract(session, make_plan(session), _quiet))
    results = run_score(session, report, _quiet)
    board_step(out, results)
    return results


def against(out: Path, learned: Sequence[str]) -> list[dict[str, object]]:
    """Paired differences of each learned method to each rival, on what a listener has to win."""
    rows = pd.read_parquet(out / "rows.parquet")
    told = rows[rows["metric"].isin(TOLD)]
    results = read_results(out)
    return [
        {
            "metric": found.metric, "method": name, "rival": rival, "value": round(found.a, 4), "of_rival": round(found.b, 4),
            "difference": round(found.difference, 4), "low": _rounded(found.interval.lo), "high": _rounded(found.interval.hi),
            "wins": bool(found.interval.lo is not None and found.interval.lo > 0),
        }
        for name in learned
        for rival in RIVALS
        for found in compare(told, results, name, rival)
    ]  # fmt: skip


def told(found: Mapping[str, Any]) -> str:
    """A paired difference with its interval, where there are clips enough for one."""
    interval = "[no interval]" if found["low"] is None else f"[{found['low']:.3f}, {found['high']:.3f}]"
    return f"{found['difference']:+.3f} {interval}"


def diversity(out: Path, learned: Sequence[str], clips: Sequence[DyadicClip]) -> dict[str, dict[str, float]]:
    """FRVar and FRDiv of learned methods as a share of what the right reactions to the same clips have."""
    rows = pd.read_parquet(out / "rows.parquet")
    right_ones = [[attributes_of(ref) for ref in right(clip)] for clip in clips]
    truth = {
        "frvar@react24-nan-aware-native": fmean(frvar(each[None, None]) for found in right_ones for each in found),
        "frdiv@react24-nan-aware-native": fmean(frdiv(np.stack(found)[None]) for found in right_ones),
    }
    mean = rows[rows["value"].notna()].groupby(["method", "metric"])["value"].mean()
    return {
        name: {metric: float(mean[name, metric]) / own for metric, own in truth.items() if (name, metric) in mean}
        for name in learned
    }


def of_seed(results: Sequence[ResultFile], weights: Path) -> dict[str, dict[str, object]]:
    """Per learned method the values of one seed, with what makes its checkpoint again."""
    found: dict[str, dict[str, object]] = {}
    for each in results:
        name = each.result.method.name
        if (path := weights / f"{name}.safetensors").is_file():
            card = read_card(path)
            values = {s.metric: _rounded(s.value) for s in each.result.scores if s.value is not None}
            found[name] = {
                "sha256": card.sha256, "command": card.command, "commit": card.commit, "steps": card.steps,
                "seconds": card.seconds, "val": card.losses["val"], "values": values,
            }  # fmt: skip
    return found


def spread(seeds: Mapping[str, Mapping[str, Mapping[str, object]]], folder: Path) -> Mapping[str, Spread]:
    """Write ``seeds.json``: all seeds, and mean and deviation over them for what a listener has to win, which are returned."""
    names = dict.fromkeys(name for methods in seeds.values() for name in methods)
    over = {
        name: {metric: _mean_and_deviation([m[name]["values"] for m in seeds.values() if name in m], metric) for metric in TOLD}
        for name in names
    }  # fmt: skip
    text = json.dumps({"over_seeds": over, "seeds": seeds}, indent=1, sort_keys=True)
    (folder / "seeds.json").write_text(text + "\n", "utf-8")
    return over


def _mean_and_deviation(values: Sequence[object], metric: str) -> dict[str, float | int]:
    found = [float(each[metric]) for each in values if isinstance(each, Mapping) and metric in each]
    return {
        "mean": round(fmean(found), 4), "deviation": round(stdev(found), 4) if len(found) > 1 else 0.0, "seeds": len(found),
    }  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")


def _quiet(_label: str) -> None:
    pass
