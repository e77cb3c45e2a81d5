"""What closes a gate, what must not, and what is not judged at all; results made by hand."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from echo_metrics.statistics import deal, delete_groups

from echo_bench.errors import ResultError
from echo_bench.leaderboard.baseline import read_baseline
from echo_bench.leaderboard.gate import check
from echo_bench.leaderboard.gate_formats import to_json, to_junit, to_markdown, to_text
from echo_bench.leaderboard.rebase import make_baseline
from tests.byhand import result, score

DYADS = 30


def measured(metric, shift=0.0, *, seed=0, noise=0.01, dyads=DYADS, difficulty=1.0, **given):
    """A mean metric on clips of shared difficulty; `shift` is what the method adds to each clip."""
    rng = np.random.default_rng(seed)
    values = 10 + difficulty * np.random.default_rng(99).normal(size=dyads) + shift + noise * rng.normal(size=dyads)
    groups = min(20, dyads)
    kept = delete_groups(lambda keep: values[keep].mean(), deal(dyads, groups=groups), groups=groups, clusters=dyads)
    counts = {"n": dyads, "n_expected": dyads, "n_clusters": dyads, "replicates": kept.without}
    return score(metric, kept.value, **{"signature": f"{metric}|n:{dyads}|v:1", **counts, **given})


def run(*scores, seed=0, name="mine", **given):
    """A result with a seed."""
    made = result(name, *scores, **given)
    method = made.result.method.model_copy(update={"seed": seed})
    return made.model_copy(update={"result": made.result.model_copy(update={"method": method})})


def baseline(*, seeds=1, noise=0.01, **given):
    made = [run(measured("psnr", seed=s, noise=noise, **given), seed=s) for s in range(seeds)]
    return make_baseline(made, reason="first")


def outcome(verdict):
    return {finding.metric: finding.outcome for finding in verdict.findings}


def test_the_same_result_passes():
    assert check(baseline(), run(measured("psnr"))).exit_code == 0


@pytest.mark.parametrize(
    ("direction", "shift", "expected"),
    [("higher", -0.5, "worse"), ("higher", 0.5, "better"), ("lower", 0.5, "worse"), ("lower", -0.5, "better")],
)
def test_a_shift_beyond_tolerance_and_chance(direction, shift, expected):
    base = make_baseline([run(measured("m", direction=direction))], reason="first")
    verdict = check(base, run(measured("m", shift, seed=5, direction=direction)))
    assert outcome(verdict) == {"m": expected}
    assert verdict.exit_code == (1 if expected == "worse" else 0)


def test_the_tolerance_alone_does_not_close_the_gate():
    """Worse by far more than 1 %, but by noise that differs from clip to clip."""
    base = baseline()
    noisy = run(measured("psnr", -0.3, seed=3, noise=3.0))
    (found,) = check(base, noisy).findings
    assert found.worse_by > found.tolerance
    assert (found.outcome, found.p_holm > 0.05) == ("ok", True)
    assert "within chance" in found.why


def test_certainty_alone_does_not_close_the_gate():
    """Worse on every clip, by half of the tolerance."""
    (found,) = check(baseline(), run(measured("psnr", -0.05, noise=0.0001))).findings
    assert found.p_holm < 1e-6
    assert (found.outcome, found.lo > 0) == ("ok", True)


def test_the_spread_between_seeds_widens_the_tolerance():
    few = [run(measured("psnr", shift, seed=i), seed=i) for i, shift in enumerate((-0.4, 0.0, 0.4))]
    base = make_baseline(few, reason="three seeds")
    assert base.metrics[0].seed_sd == pytest.approx(0.4, rel=0.05)
    assert base.metrics[0].tolerance == pytest.approx(1.2, rel=0.05)
    assert check(base, run(measured("psnr", -0.8, seed=7))).exit_code == 0
    assert check(base, run(measured("psnr", -1.6, seed=7))).exit_code == 1


def test_values_of_other_clips_are_not_paired():
    """As many clips and not the same: one of the baseline is lost. More: what they have in common is not known."""
    base = make_baseline([run(measured("psnr", clips_sha256="a"))], reason="first")
    assert check(base, run(measured("psnr", clips_sha256="a"))).exit_code == 0
    assert check(base, run(measured("psnr"))).exit_code == 0  # of a file that does not say which
    other = check(base, run(measured("psnr", clips_sha256="b")))
    assert (outcome(other), other.exit_code) == ({"psnr": "coverage"}, 1)
    assert other.findings[0].why == "30 clips as in the baseline, and not the same ones"
    (more,) = check(base, run(measured("psnr", n=31, clips_sha256="b"))).findings
    assert (more.p, more.outcome) == (None, "ok")
    assert "without replicates of the same clips" in more.why


def test_seeds_of_other_clips_make_no_baseline():
    seeds = [run(measured("psnr", seed=k, clips_sha256=name), seed=k) for k, name in enumerate("ab")]
    with pytest.raises(ResultError, match="not the same clips"):
        make_baseline(seeds, reason="first")


def test_a_target_is_missed_on_either_side():
    aimed = {"direction": "target", "target": 10.0, "difficulty": 0.0}
    base = make_baseline([run(measured("offset", **aimed))], reason="first")
    for shift in (-3.0, 3.0):
        assert outcome(check(base, run(measured("offset", shift, **aimed)))) == {"offset": "worse"}


def test_a_missing_metric_is_a_regression():
    base = make_baseline([run(measured("psnr"), measured("ssim"))], reason="first")
    assert outcome(check(base, run(measured("psnr")))) == {"psnr": "ok", "ssim": "missing"}
    failed = score("ssim", None, status="failed", reason="no face", signature="ssim|n:0|v:1")
    verdict = check(base, run(measured("psnr"), failed))
    assert (verdict.exit_code, verdict.findings[1].why) == (1, "failed: no face")


def test_lower_coverage_is_a_regression_even_of_a_better_value():
    short = measured("psnr", 5.0).model_copy(update={"n": DYADS - 1, "signature": f"psnr|n:{DYADS - 1}|v:1"})
    (found,) = check(baseline(), run(short)).findings
    assert (found.outcome, found.why) == ("coverage", "29 of the 30 clips of the baseline")


def test_below_five_dyads_no_single_one_may_carry_it():
    base = baseline(dyads=4)
    assert outcome(check(base, run(measured("psnr", -0.5, dyads=4)))) == {"psnr": "worse"}
    one = measured("psnr", dyads=4)
    hurt = one.model_copy(
        update={"value": one.value - 0.5, "replicates": tuple(r - 0.66 * (g > 0) for g, r in enumerate(one.replicates))}
    )
    (found,) = check(base, run(hurt)).findings
    assert found.worse_by > found.tolerance
    assert (found.outcome, found.p) == ("ok", None), "without dyad 0 there is no loss"


def test_holm_asks_more_of_each_metric_among_many():
    """One metric that is worse with p of about 0.02 fails alone, and not among forty."""
    many = [measured(f"m{i}") for i in range(40)]
    hurt = measured("m0", -0.68, seed=3, noise=1.2)
    alone = check(make_baseline([run(many[0])], reason="x"), run(hurt)).findings[0]
    among = check(make_baseline([run(*many)], reason="x"), run(hurt, *many[1:])).findings[0]
    assert alone.p == among.p < 0.05
    assert (alone.outcome, among.outcome) == ("worse", "ok")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"split": {"split": "val"}}, "split is 'val', in the baseline 'test'"),
        ({"split": {"manifest_sha256": "cd" * 32}}, "manifest_sha256 is"),
        ({"split": {"limit": 3}}, "limit is 3"),
        ({"provenance": {"echo-bench": "0.1.0", "numpy": "9"}}, "numpy is 9, in the baseline absent"),
    ],
)
def test_another_split_or_environment_is_not_judged(change, words):
    verdict = check(baseline(), run(measured("psnr", -5.0), **change))
    assert (verdict.exit_code, verdict.findings) == (3, ())
    assert words in verdict.incomparable[0]


def test_another_protocol_is_not_judged_but_another_commit_and_python_patch_are():
    verdict = check(baseline(), run(measured("psnr", signature="psnr|n:30|v:2")))
    assert verdict.incomparable == ("protocol psnr|v:2, in the baseline psnr|v:1",)
    versions = {"echo-bench": "0.1.0", "python": "3.11.7", "commit": "ab"}
    base = make_baseline([run(measured("psnr"), provenance=versions)], reason="first")
    assert (
        check(base, run(measured("psnr"), provenance={**versions, "python": "3.11.9", "commit": "cd"})).exit_code == 0
    )


def test_results_of_an_older_schema_are_judged_by_the_tolerance():
    bare = measured("psnr", -0.5, replicates=())
    (found,) = check(baseline(), run(bare)).findings
    assert (found.outcome, found.p) == ("worse", None)
    assert "tolerance alone" in found.why


def test_replicates_that_hold_nothing_are_none():
    base = baseline(dyads=4)
    (found,) = check(base, run(measured("psnr", -0.5, dyads=4, replicates=(None,) * 4))).findings
    assert (found.outcome, found.lo) == ("worse", None)
    assert "tolerance alone" in found.why


def test_a_result_of_another_method_is_judged_and_named():
    verdict = check(baseline(), run(measured("psnr"), name="mine-2"))
    assert verdict.exit_code == 0
    said = "The baseline is of mine, the result of mine-2."
    assert said in to_text(verdict)
    assert said in to_markdown(verdict)
    assert json.loads(to_json(verdict))["baseline_method"] == "mine"
    assert "The baseline is of" not in to_text(check(baseline(), run(measured("psnr"))))


def test_a_lax_alpha_does_not_do_without_the_interval():
    """An edited `alpha` of 0.5 would call p of 0.2 a regression, whose 95 % interval holds zero."""
    noisy = run(measured("psnr", -0.68, seed=3, noise=3.0))
    (found,) = check(baseline().model_copy(update={"alpha": 0.5}), noisy).findings
    assert found.worse_by > found.tolerance
    assert found.lo < 0 < found.hi
    assert 0.05 < found.p_holm < 0.5
    assert found.outcome == "ok"


def test_a_baseline_file_round_trips_and_its_history_goes_on(tmp_path):
    path = tmp_path / "base.json"
    first = baseline(seeds=3)
    path.write_text(first.text())
    assert read_baseline(path) == first
    edited = first.metrics[0].model_copy(update={"rel": 0.2})
    again = make_baseline(
        [run(measured("psnr", 1.0))], reason="better model", previous=first.model_copy(update={"metrics": (edited,)})
    )
    assert [change.reason for change in again.history] == ["first", "better model"]
    assert again.metrics[0].tolerance == pytest.approx(0.2 * again.metrics[0].value), "an edited tolerance is kept"


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "malformed baseline"), ("{}", "method: Field required"), ("[" * 100_000, "malformed baseline")],
)
def test_unreadable_baselines(tmp_path, text, message):
    path = tmp_path / "base.json"
    path.write_text(text)
    with pytest.raises(ResultError, match=message):
        read_baseline(path)
    with pytest.raises(ResultError, match="no such baseline"):
        read_baseline(tmp_path / "none.json")


def test_baselines_that_are_not_made():
    one = run(measured("psnr"))
    for results, reason, message in (
        ([one], " ", "without a reason"),
        ([], "x", "no result"),
        ([one, one], "x", "one result per seed"),
        ([one, run(measured("psnr"), seed=1, name="other")], "x", "different methods"),
        ([one, run(measured("psnr"), seed=1, split={"split": "val"})], "x", "different splits"),
        ([one, run(seed=1)], "x", "has not the same clips"),
        ([run(score("var", 1.0, direction="none"))], "x", "nothing to guard"),
    ):
        with pytest.raises(ResultError, match=message):
            make_baseline(results, reason=reason)


HOSTILE = "<script>|*a*\n"


def verdict():
    base = make_baseline([run(measured("psnr"), measured("ssim"), measured(HOSTILE))], reason="first")
    return check(base, run(measured("psnr", -0.5), measured("ssim", 0.5), name=HOSTILE))


def test_the_verdict_in_words():
    text = to_text(verdict())
    assert text.split("\n")[0].startswith("worse    psnr  ")
    assert text.split("\n")[-1].startswith(
        "REGRESSION: 2 of 3 guarded metrics regressed, 1 improved. The baseline is of mine"
    )
    assert text.endswith(r"the result of <script>|*a*\u000a."), "on one line"


def test_the_verdict_as_json():
    data = json.loads(to_json(verdict()))
    assert data["exit_code"] == 1
    assert [finding["outcome"] for finding in data["findings"]] == ["worse", "better", "missing"]


def test_the_verdict_as_junit():
    suite = ElementTree.fromstring(to_junit(verdict()))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "2", "0")
    assert [case.find("failure") is not None for case in suite] == [True, False, True]
    refused = check(baseline(), run(measured("psnr"), split={"split": "val"}))
    suite = ElementTree.fromstring(to_junit(refused))
    assert (suite.get("errors"), suite[0].find("error") is not None) == ("1", True)


def test_the_verdict_as_markdown():
    text = to_markdown(verdict())
    assert "| worse | psnr |" in text
    assert "it is stale" in text
    assert "<script>" not in text
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {10}
