"""The gate itself under test: each damage closes it on the metrics that see this damage, and not on those that must not."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from echo_bench.leaderboard.baseline import Baseline
from echo_bench.leaderboard.gate import FAILURES, Verdict, check
from echo_bench.leaderboard.rebase import make_baseline
from tests.damage import NAMES, Cut, Damage, Reference, Voiced, clip_of, moment, saying, scored, whole

TABLE = tomllib.loads((Path(__file__).parents[1] / "golden" / "gate_damage.toml").read_text("utf-8"))
SEEDS = 3


class Bench:
    """A baseline of three seeds, and verdicts on what comes after it."""

    def __init__(self, kind: str, cutter: Callable[[str], Cut], folder: Path, seeds: int) -> None:
        self.cuts = [cutter(name) for name in NAMES]
        self.clips = [clip_of(part, folder, drawn=kind == "pixels") for part in self.cuts]
        self.metrics, self.folder, self.seeds = TABLE[kind]["guarded"], folder, seeds
        self.baseline: Baseline = make_baseline([self._result("none", seed) for seed in range(seeds)], reason="first")

    def verdict(self, damage: Damage) -> Verdict:
        return check(self.baseline, self._result(damage, self.seeds))

    def _result(self, damage: Damage, seed: int):
        method = Reference(self.cuts, damage)
        return scored(self.clips, method, self.metrics, self.folder / f"{damage}.{seed}", seed)


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Bench:
    return Bench("native", whole, tmp_path_factory.mktemp("native"), SEEDS)


def outcomes(verdict: Verdict) -> tuple[set[str], set[str]]:
    """Metrics that close the gate, and the others."""
    closed = {finding.metric for finding in verdict.findings if finding.outcome in FAILURES}
    return closed, {finding.metric for finding in verdict.findings} - closed


def test_every_metric_is_guarded(bench):
    assert {guarded.metric for guarded in bench.baseline.metrics} == set(bench.metrics)
    assert all(len(guarded.seeds) == SEEDS for guarded in bench.baseline.metrics)


def test_another_seed_passes(bench):
    verdict = bench.verdict("none")
    assert verdict.exit_code == 0, verdict.regressions


@pytest.mark.parametrize("damage", ["frozen", "late-sound", "wrong-emotion", "dropped-clip"])
def test_damage_closes_the_gate_where_it_is_seen(bench, damage):
    verdict = bench.verdict(damage)
    closed, still = outcomes(verdict)
    assert verdict.exit_code == 1
    assert set(TABLE["native"][damage]["fires"]) <= closed
    assert set(TABLE["native"][damage]["silent"]) <= still


def test_three_frames_of_delay_are_read_as_three(bench):
    (found,) = [f for f in bench.verdict("late-sound").findings if f.metric == "av_offset@eb1-native"]
    assert found.worse_by == pytest.approx(3.0)


@pytest.mark.slow
def test_blur_closes_the_gate_on_pictures_alone(tmp_path):
    verdict = Bench("pixels", moment, tmp_path, 2).verdict("blur")
    closed, still = outcomes(verdict)
    assert verdict.exit_code == 1
    assert set(TABLE["pixels"]["blur"]["fires"]) <= closed
    assert set(TABLE["pixels"]["blur"]["silent"]) <= still


@pytest.mark.slow
def test_late_sound_is_an_offset_and_no_worse_fit_of_lips_and_voice(tmp_path):
    clips = [clip_of(saying(name), tmp_path, drawn=True) for name in NAMES[:6]]
    ids = TABLE["voice"]["guarded"]
    in_time, late = (scored(clips, Voiced(damage), ids, tmp_path / damage) for damage in ("none", "late-sound"))
    baseline = make_baseline([in_time], reason="first")
    assert {guarded.metric for guarded in baseline.metrics} == set(ids)
    verdict = check(baseline, late)
    closed, still = outcomes(verdict)
    assert verdict.exit_code == 1
    assert set(TABLE["voice"]["late-sound"]["fires"]) <= closed
    assert set(TABLE["voice"]["late-sound"]["silent"]) <= still
