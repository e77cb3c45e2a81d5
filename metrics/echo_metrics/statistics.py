"""Uncertainty of every number: intervals of one method, comparisons of two, ranks of many.

* One method: :func:`cluster_bootstrap`, :func:`t_interval` (means over clips), :func:`jackknife` (set metrics).
* Two methods on the same clips: :func:`paired_bootstrap`, :func:`approximate_randomisation`, :func:`paired_set_bootstrap`.
* Many: :func:`holm`, :func:`rank_intervals`, :func:`tie_groups`.
"""

from echo_metrics.comparisons import Comparison, approximate_randomisation, holm, paired_bootstrap, paired_set_bootstrap
from echo_metrics.intervals import Estimate, Interval, cluster_bootstrap, jackknife, t_interval
from echo_metrics.ranking import RankInterval, rank_intervals, tie_groups

__all__ = [
    "Comparison",
    "Estimate",
    "Interval",
    "RankInterval",
    "approximate_randomisation",
    "cluster_bootstrap",
    "holm",
    "jackknife",
    "paired_bootstrap",
    "paired_set_bootstrap",
    "rank_intervals",
    "t_interval",
    "tie_groups",
]
