"""Tables of numbers in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from echo_bench.metrics import METRICS
from tools.echo_eval.differences import Paired, told
from tools.echo_eval.findings import Checkpoint, Diversity, ToldOf, Value
from tools.echo_eval.leak import LIMIT, STILL, Moved
from tools.echo_eval.runs import FRDIV, FRVAR

WITHIN = (0.5, 1.5)
ARROWS = {"higher": "↑", "lower": "↓", "target": "", "none": ""}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table.

    Examples
    --------
    >>> print(table(["a", "b"], [["1", "2"]]), end="")
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join([lines[0], f"|{'---|' * len(head)}", *lines[1:]]) + "\n"


def values_table(values: Mapping[str, Mapping[str, Value]], metrics: Sequence[str]) -> str:
    """A row per method, a column per metric with the arrow of what is good."""
    head = ["row", *(f"{name} {ARROWS[METRICS.get(name).info.direction.value]}".strip() for name in metrics)]
    return table(head, [[row, *(cell(own.get(name)) for name in metrics)] for row, own in values.items()])


def cell(found: Value | None) -> str:
    """A number over its interval, and of how many clips where some have none."""
    if found is None or not found.of:
        return "–"
    some = [f"{found.n} of {found.of} clips"] if found.n < found.of else []
    if found.value is None:
        return "<br>".join(["–", *some])
    each = found.interval
    interval = [] if each is None or each.lo is None or each.hi is None else [f"[{each.lo:.3f}, {each.hi:.3f}]"]
    return "<br>".join([f"{found.value:.3f}", *interval, *some])


def paired_table(found: Sequence[Paired]) -> str:
    """Differences, one a row."""
    head = ["metric", "A", "B", "of A", "of B", "A − B", "clips"]
    return table(head, [[x.metric, x.a, x.b, f"{x.of_a:.3f}", f"{x.of_b:.3f}", told(x), str(x.clips)] for x in found])


def leaks_table(leaks: Mapping[str, Mapping[str, Moved]]) -> str:
    """Mean displacement over clips, and the mean share of lips alone."""
    head = [
        "row",
        "lips, px",
        "others, px",
        "lips that are the same, px",
        "lips alone, px",
        f"share of lips alone (limit {LIMIT:g})",
    ]
    return table(head, [[name, *_displaced(list(clips.values()))] for name, clips in leaks.items() if clips])


def _displaced(found: Sequence[Moved]) -> list[str]:
    lips, others = fmean(each.lips for each in found), fmean(each.others for each in found)
    same, alone = fmean(each.same_lips for each in found), fmean(each.lips_alone for each in found)
    share = f"{fmean(each.share for each in found):.2f}" if others > STILL else "nothing moves"
    return [f"{lips:.3f}", f"{others:.3f}", f"{same:.3f}", f"{alone:.3f}", share]


def flickers_table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Mean over clips, and as a share of the first row's over the same clips.

    Examples
    --------
    >>> print(flickers_table({"ground-truth": {"a": 0.01, "b": 0.03}, "x": {"b": 0.015}}), end="")
    | row | change of detail, grey values | of the truth's | clips |
    |---|---|---|---|
    | ground-truth | 0.0200 | 1.00 | 2 |
    | x | 0.0150 | 0.50 | 1 |
    """
    truth = next(iter(found.values()))
    rows = [
        [name, f"{fmean(own.values()):.4f}", f"{fmean(own.values()) / fmean(truth[clip] for clip in own):.2f}", str(len(own))]
        for name, own in found.items()
        if own
    ]  # fmt: skip
    return table(["row", "change of detail, grey values", "of the truth's", "clips"], rows)


def told_table(found: Sequence[ToldOf]) -> str:
    """A row for each affect that a model tells of on a split."""
    rows = [[x.model, x.split, x.whose, *("–" if r is None else f"{r:.2f}" for r in x.r.values())] for x in found]
    return table(["model", "split", "whose affect", *(found[0].r if found else ())], rows)


def diversity_table(found: Diversity) -> str:
    """The model's variance over time and among reactions, beside that of the right reactions."""
    rows = [
        [name, f"{found.model[name]:.4f}", f"{found.right[name]:.4f}", _between(found, name),
         "yes" if WITHIN[0] <= found.share(name) <= WITHIN[1] else "**no**"]
        for name in (FRVAR, FRDIV)
        if name in found.model and name in found.right
    ]  # fmt: skip
    return table(["metric", "model", "right reactions", "share", f"within {WITHIN[0]:g} to {WITHIN[1]:g}"], rows)


def _between(found: Diversity, name: str) -> str:
    between = found.shares.get(name)
    return f"{found.share(name):.2f}" + (f" [{between[0]:.2f}, {between[1]:.2f}]" if between else "")


def checkpoints_table(found: Sequence[Checkpoint]) -> str:
    """What makes the variants again."""
    head = [
        "variant",
        "parameters",
        "steps of all stages",
        "s of stages 1, 2 and understanding",
        "device",
        "sha256",
        "command",
        "commit",
    ]
    return table(
        head,
        [
            [x.method, f"{x.parameters:,}", str(x.steps), f"{x.seconds:.0f}", x.device, f"`{x.sha256}`", f"`{x.command}`",
             f"`{x.commit}`"]
            for x in found
        ],
    )  # fmt: skip
