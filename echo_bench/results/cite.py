"""What belongs beside a number in a paper: the value with its interval and short signature, and the long signature of the whole result."""

from __future__ import annotations

from collections.abc import Sequence

from echo_bench.errors import UnknownNameError
from echo_bench.results.schema import ResultFile, ResultPart, ScorePart

BIBTEX = """@software{{echo_bench,
  title   = {{echo-bench: an evaluation suite for interactive heads}},
  author  = {{{{The echo-bench developers}}}},
  version = {{{version}}}
}}"""


def cite(result: ResultFile, metrics: Sequence[str] = ()) -> str:
    """Text for a paper.

    Parameters
    ----------
    result : ResultFile
    metrics : sequence of str, optional
        Protocol ids; default: all that have a value.

    Returns
    -------
    str
        One line per metric (value, interval, n, short signature), the long signature, and a BibTeX entry of the suite.

    Raises
    ------
    UnknownNameError
        When a metric that was asked for has no value in the result.
    """
    part = result.result
    found = {score.metric: score for score in part.scores if score.value is not None}
    for metric in metrics:
        if metric not in found:
            raise UnknownNameError(
                f"the result has no value of {metric!r}", where=part.method.name, fix=f"values: {', '.join(found)}"
            )
    lines = [_line(found[metric]) for metric in metrics or found]
    version = part.provenance.get("echo-bench", "")
    return "\n".join([*lines, "", long_signature(part), "", BIBTEX.format(version=version)])


def long_signature(part: ResultPart) -> str:
    """Everything but the metrics that fixes a result's numbers, as one line of ``name:value`` fields.

    Parameters
    ----------
    part : ResultPart
    """
    split, method = part.split, part.method
    fields = {
        "method": method.name,
        "v": method.version,
        "seed": str(method.seed),
        "K": str(method.samples),
        "data": f"{split.dataset}-{split.version}/{split.split}",
        "clips": str(split.n_expected) + (f" (first {split.limit})" if split.limit is not None else ""),
        "manifest": split.manifest_sha256[:12],
        **dict(sorted(part.provenance.items())),
    }
    return "|".join(f"{name}:{value}" for name, value in fields.items())


def _line(score: ScorePart) -> str:
    pair = score.interval
    reach = "no interval"
    if pair is not None and pair.lo is not None and pair.hi is not None:
        kind = f"{100 * pair.level:g} % {pair.kind}" if pair.level is not None else pair.kind
        reach = f"[{pair.lo:.4g}, {pair.hi:.4g}] ({'; '.join(filter(None, (kind, pair.note)))})"
    unit = f" {score.unit}" if score.unit else ""
    return f"{score.metric} = {score.value:.6g}{unit}  {reach}, n = {score.n} clips of {score.n_clusters} dyads  {score.signature}"
