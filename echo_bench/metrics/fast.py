"""Metrics by the fast policy: the same maths on features that nets computed in bfloat16 and TF32.

``fid@pytorch-fid+fast`` is ``fid@pytorch-fid`` on features of ``inception+fast``. Such a value is near the reported one and is not it: it
is there to look at many variants of a method in little time, and no board takes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from echo_bench.errors import UnknownNameError
from echo_bench.extractors import FAST, NO_NETS
from echo_bench.metric import ClipFeatures, Metric, OfSubset, subsets_of
from echo_bench.metrics import METRICS

NO_EXTRACTORS = frozenset({"motion", "native", "shared"})


def metric_of(metric_id: str) -> Metric[Any]:
    """The metric of an id, which may end in ``+fast``.

    Raises
    ------
    UnknownNameError
        When there is no such metric, or none of its features comes from a net that has a fast policy.
    """
    if not is_fast(metric_id):
        return METRICS.get(metric_id)
    return FastMetric(METRICS.get(metric_id.removesuffix(FAST)))


def is_fast(metric_id: str) -> bool:
    """Whether an id is of the fast policy.

    Examples
    --------
    >>> is_fast("fid@pytorch-fid+fast"), is_fast("fid@pytorch-fid")
    (True, False)
    """
    return metric_id.endswith(FAST)


class FastMetric:
    """A metric whose features are computed by the fast policy.

    Parameters
    ----------
    metric : Metric
        The one that is reported.
    """

    def __init__(self, metric: Metric[Any]) -> None:
        self._metric = metric
        self._named = {requirement: _fast(requirement) for requirement in metric.info.requires}
        if all(name == requirement for requirement, name in self._named.items()):
            raise UnknownNameError(f"{metric.info.id} uses no net, so it has no fast policy", fix="ask for it as it is")
        signature = (*metric.info.signature, ("arithmetic", "bf16, tf32"))
        requires = tuple(self._named.values())
        self.info = replace(metric.info, id=metric.info.id + FAST, requires=requires, signature=signature)

    def clip(self, samples: Sequence[ClipFeatures]) -> Any:
        """As the reported metric."""
        return self._metric.clip([self._renamed(sample) for sample in samples])

    def merge(self, a: Any, b: Any) -> Any:
        """As the reported metric."""
        return self._metric.merge(a, b)

    def finalize(self, stat: Any) -> float:
        """As the reported metric."""
        return self._metric.finalize(stat)

    def subsets(self, stats: Sequence[Any]) -> OfSubset:
        """As the reported metric."""
        return subsets_of(self._metric, stats)

    def _renamed(self, sample: ClipFeatures) -> ClipFeatures:
        return replace(
            sample, arrays={name: sample[fast] for name, fast in self._named.items() if fast in sample.arrays}
        )


def _fast(requirement: str) -> str:
    name = requirement.partition(":")[2].partition("/")[0]
    return requirement if name in NO_NETS | NO_EXTRACTORS else requirement + FAST
