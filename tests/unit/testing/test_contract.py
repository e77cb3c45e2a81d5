"""The contract of metrics: it passes what is right, and every clause can fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from echo_bench.errors import MetricContractError
from echo_bench.metric import Direction
from echo_bench.metrics import METRICS
from echo_bench.testing.contract import CLAUSES, assert_metric_contract
from tests.unit.testing.broken import BREAKS, Good, Offset


def test_a_right_metric_keeps_every_clause():
    assert assert_metric_contract(Good(), symmetric=True) == dict.fromkeys(CLAUSES, "held")


def test_every_clause_has_a_metric_that_breaks_it():
    assert {clause for _, clause, _ in BREAKS} == set(CLAUSES)


@pytest.mark.parametrize(("metric", "clause", "message"), BREAKS, ids=lambda each: getattr(each, "__name__", None))
def test_a_broken_metric_is_told_what_it_breaks(metric, clause, message):
    with pytest.raises(AssertionError, match=f"toy@test breaks {clause}: .*{message}"):
        assert_metric_contract(metric(), symmetric=True)


def test_an_exempt_clause_is_not_checked_and_said():
    kept = assert_metric_contract(Offset(), exempt={"identity": "its best value is 1"})
    assert kept["identity"] == "exempt: its best value is 1"


def test_what_is_not_claimed_is_not_checked_and_said():
    metric = Good()
    metric.info = replace(Good.info, direction=Direction.NONE, range=(None, None))
    kept = assert_metric_contract(metric)
    assert {name for name, answer in kept.items() if answer.startswith("not declared")} == {
        "identity", "symmetry", "monotone",
    }  # fmt: skip


@pytest.mark.parametrize("exempt", [{"identitty": "typo"}, {"identity": " "}])
def test_an_exemption_needs_a_clause_and_a_reason(exempt):
    with pytest.raises(MetricContractError, match="no such clause, or no reason"):
        assert_metric_contract(Good(), exempt=exempt)


def test_features_without_a_toy_form_must_be_given():
    metric = Good()
    metric.info = replace(Good.info, requires=("pair:pixels",))
    with pytest.raises(MetricContractError, match="no toy form of pair:pixels"):
        assert_metric_contract(metric)


def test_input_that_the_metric_refuses_is_no_pass():
    from echo_bench.testing.toy import toy_samples

    with pytest.raises(AssertionError, match="refuses input that it should take"):
        assert_metric_contract(
            METRICS.get("rpcc_exp@eb1-native"),
            samples=toy_samples(METRICS.get("rpcc_exp@eb1-native").info.requires, seconds=1),
        )


SYMMETRIC = {"fd_exp@dim-native", "fd_exp@eb1-native", "mse_exp@dim-native", "lve_exp@eb1-native", "mod_exp@eb1-native"}


@pytest.mark.parametrize(
    "id_", sorted({*SYMMETRIC, "rpcc_exp@eb1-native", "var_exp@dualtalk-native", "fdd_exp@eb1-native"})
)
def test_the_suites_own_metrics_keep_it(id_):
    kept = assert_metric_contract(METRICS.get(id_), symmetric=id_ in SYMMETRIC)
    assert kept["merge"] == kept["permutation"] == kept["bad-input"] == "held"
