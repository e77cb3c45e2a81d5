"""Uncertainty of every number: intervals of one method, comparisons of two, ranks of many.

* One method: :func:`cluster_bootstrap`, :func:`t_interval` (means over clips), :func:`jackknife` (set metrics).
* Two methods on the same clips: :func:`paired_bootstrap`, :func:`approximate_randomisation`, :func:`paired_set_bootstrap`,
  or from kept replicates :func:`paired_jackknife`.
* Many: :func:`holm`, :func:`rank_intervals`, :func:`ranks_from_pairs`, :func:`tie_groups`.
"""

from echo_metrics.comparisons import Comparison, approximate_randomisation, holm, paired_bootstrap, paired_set_bootstrap
from echo_metrics.intervals import Estimate, Interval, cluster_bootstrap, t_interval
from echo_metrics.jackknife import (
    Replicates,
    deal,
    delete_groups,
    jackknife,
    jackknife_estimate,
    paired_jackknife,
)
from echo_metrics.ranking import RankInterval, rank_intervals, ranks_from_pairs, tie_groups

__all__ = [
    "Comparison",
    "Estimate",
    "Interval",
    "RankInterval",
    "Replicates",
    "approximate_randomisation",
    "cluster_bootstrap",
    "deal",
    "delete_groups",
    "holm",
    "jackknife",
    "jackknife_estimate",
    "paired_bootstrap",
    "paired_jackknife",
    "paired_set_bootstrap",
    "rank_intervals",
    "ranks_from_pairs",
    "t_interval",
    "tie_groups",
]
