"""The contract that every metric of the harness keeps, as one assertion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from echo_metrics.errors import MetricInputError

from echo_bench.errors import MetricContractError
from echo_bench.metric import Metric
from echo_bench.testing import bad_input, clauses
from echo_bench.testing.case import BrokenClauseError, Case, NotDeclaredError
from echo_bench.testing.toy import Samples, toy_samples

CLAUSES: Mapping[str, Callable[[Case], None]] = MappingProxyType({
    "identity": clauses.identity,
    "symmetry": clauses.symmetry,
    "permutation": clauses.permutation,
    "batch": clauses.batch,
    "merge": clauses.merge,
    "monotone": clauses.monotone,
    "range": clauses.range_,
    "bad-input": bad_input.bad_input,
    "masked": bad_input.masked,
    "pickling": clauses.pickling,
    "dtype": clauses.dtype,
})  # fmt: skip
HELD = "held"


def assert_metric_contract(
    metric: Metric[Any],
    *,
    samples: Samples | None = None,
    symmetric: bool = False,
    exempt: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Assert that a metric is what its `info` says, and that the harness may compute it in parts, in any order, in processes.

    What is good, the range, whether it is a mean, and which features it reads are taken from the metric's own
    :class:`~echo_bench.metric.MetricInfo`; a clause about something that it does not claim is not checked, and the answer says so.

    Parameters
    ----------
    metric : Metric
    samples : callable, optional
        From a strength in 0 (the prediction is the truth) to 1 to the features of every clip, one list of artefacts per clip.
        Default: toy dyads with noise on their motion, which the metric must see.
    symmetric : bool, default False
        Truth and prediction may change places.
    exempt : mapping of str to str
        Clauses that do not apply, each with the reason.

    Returns
    -------
    dict of str to str
        Clause -> ``held``, or why it was not checked.

    Raises
    ------
    AssertionError
        Naming every clause that does not hold, with what was seen.
    MetricContractError
        When there is nothing to check it with, or an exemption names no clause or no reason.

    Examples
    --------
    >>> from echo_bench.metrics import METRICS
    >>> kept = assert_metric_contract(METRICS.get("mse_exp@dim-native"), symmetric=True)
    >>> sorted(kept)[:3], set(kept.values())
    (['bad-input', 'batch', 'dtype'], {'held'})
    """
    if unfounded := [name for name, reason in exempt.items() if name not in CLAUSES or not reason.strip()]:
        raise MetricContractError(
            f"exempt {', '.join(unfounded)}: no such clause, or no reason",
            where=metric.info.id,
            fix=f"clauses are {', '.join(CLAUSES)}; give each a reason",
        )
    case = Case(metric, samples or toy_samples(metric.info.requires), symmetric)
    answers, broken = {}, []
    for name, clause in CLAUSES.items():
        try:
            answers[name] = f"exempt: {exempt[name]}" if name in exempt else _held(clause, case)
        except BrokenClauseError as error:
            broken.append(f"{metric.info.id} breaks {name}: {error}")
    assert not broken, "\n".join(broken)
    return answers


def _held(clause: Callable[[Case], None], case: Case) -> str:
    try:
        clause(case)
    except NotDeclaredError as why:
        return f"not declared: {why}"
    except MetricInputError as error:
        raise BrokenClauseError(f"refuses input that it should take: {error}") from error
    return HELD
