"""Protocols: which id means which functions with which arguments, and one call that scores by an id.

A metric's name is not a definition: four formulae are called Var, three rPCC, and SID comes with K = 40/20, 40/10/10 and 15/9. An id binds
each name to one of them; ``docs/metrics/README.md`` lists them all. Values of two ids do not compare.

>>> import numpy as np
>>> rng = np.random.default_rng(0)
>>> gt, pred, partner = ([rng.normal(size=(300, 56)) for _ in range(2)] for _ in range(3))
>>> scores = evaluate("dim", gt=gt, pred=pred, partner=partner)
>>> scores["sid_exp"].unit, scores["sid_exp"].direction, scores["sid_exp"].n
('bit', 'higher', 2)
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from echo_metrics.bindings import WHOLE, Metric, Options, Protocol
from echo_metrics.errors import MetricInputError, MetricWarning, UndefinedMetricError
from echo_metrics.score import Score
from echo_metrics.sequences import trim_to_shortest
from echo_metrics.table_footage import FOOTAGE_PROTOCOLS
from echo_metrics.table_motion import MOTION_PROTOCOLS
from echo_metrics.table_reaction import REACTION_PROTOCOLS
from echo_metrics.table_recommended import RECOMMENDED

__all__ = ["PROTOCOLS", "Score", "as_published", "evaluate"]

#: Every protocol by its id.
PROTOCOLS: Mapping[str, Protocol] = MappingProxyType(
    {one.id: one for one in (*MOTION_PROTOCOLS, *REACTION_PROTOCOLS, *FOOTAGE_PROTOCOLS, RECOMMENDED)}
)

Parts = Mapping[str, Any]  # one input, cut into named parts


def evaluate(protocol_id: str, **inputs: Any) -> dict[str, Score]:
    """Score by a protocol.

    Parameters
    ----------
    protocol_id : str
        A key of :data:`PROTOCOLS`.
    **inputs
        What the protocol takes; ``PROTOCOLS[id].inputs`` says each one's layout, ``.groups`` which of them belong together. With several
        groups, those given are scored.

    Returns
    -------
    dict of str to Score
        ``metric`` or ``metric_part``, in the order of the table.

    Raises
    ------
    MetricInputError
        When the id is unknown, an input is missing, unknown or in another layout, or a metric refuses the inputs (the message names it).
        A quantity that does not exist on well-formed inputs (the smoothness of a still face) has the value None, and the reason as a
        warning of its score.

    Examples
    --------
    >>> import numpy as np
    >>> rows = [np.random.default_rng(0).normal(size=(120, 8))]
    >>> evaluate("syncnet-v2", video=rows, audio=rows)["av_offset"].value
    0.0
    """
    protocol = _known(protocol_id)
    _check_inputs(protocol, inputs)
    heard: dict[str, list[str]] = {name: [] for name in inputs}
    read: dict[str, Parts] = {}
    for name, value in inputs.items():
        with _listening(heard[name]):
            read[name] = protocol.inputs[name].read(value, name)
    if protocol.trims:
        _trim(read, heard)
    scores: dict[str, Score] = {}
    for metric in protocol.metrics:
        if set(metric.inputs.values()) <= set(read):
            scores |= _scored(protocol, metric, read, heard)
    return scores


def as_published(scores: Mapping[str, Score]) -> dict[str, Score]:
    """The scores times the factors under which papers print them (DualTalk's and TIMAR's tables, RLHG's).

    Parameters
    ----------
    scores : mapping
        As :func:`evaluate` returned them.

    Returns
    -------
    dict of str to Score
        `value` and `target` multiplied, the factor named in `unit`; scores that are printed as they are stay the same.

    Examples
    --------
    >>> score = Score(0.0085, "motion²", "lower", 0.0, 4, (), "timar")
    >>> as_published({"fd_jaw": score})["fd_jaw"].unit
    'motion² x 1000'
    """
    return {name: _times(score, _known(score.protocol).published.get(name, 1.0)) for name, score in scores.items()}


def _times(score: Score, factor: float) -> Score:
    if factor == 1:
        return score
    value, target = (None if number is None else factor * number for number in (score.value, score.target))
    return replace(score, value=value, target=target, unit=f"{score.unit} x {factor:g}".strip())


def _known(protocol_id: str) -> Protocol:
    if protocol_id not in PROTOCOLS:
        near = difflib.get_close_matches(str(protocol_id), PROTOCOLS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise MetricInputError(f"unknown protocol {protocol_id!r}: {hint}Known are {', '.join(PROTOCOLS)}")
    return PROTOCOLS[protocol_id]


def _check_inputs(protocol: Protocol, inputs: Mapping[str, Any]) -> None:
    """Refuse unknown inputs, and groups that are not whole."""
    whole = {name for group in protocol.groups if set(group) <= set(inputs) for name in group}
    unknown = [name for name in inputs if name not in protocol.inputs]
    if unknown or not whole or set(inputs) - whole:
        given = ", ".join(inputs) or "nothing"
        raise MetricInputError(
            f"protocol {protocol.id!r} takes {_wanted(protocol)}. Given: {given}.{_hint(protocol, unknown, inputs)}"
        )


def _wanted(protocol: Protocol) -> str:
    groups = "; or ".join(" + ".join(group) for group in protocol.groups)
    names = dict.fromkeys(name for group in protocol.groups for name in group)
    if len(protocol.groups) > 1:
        return f"one or more whole groups of: {groups}"
    return ", ".join(f"{name} ({protocol.inputs[name].meaning})" for name in names)


def _hint(protocol: Protocol, unknown: list[str], inputs: Mapping[str, Any]) -> str:
    if unknown:
        return f" It does not take {', '.join(unknown)}."
    partial = [group for group in protocol.groups if set(group) & set(inputs)] or list(protocol.groups[:1])
    nearest = min(partial, key=lambda group: len(set(group) - set(inputs)))
    return f" Missing: {', '.join(name for name in nearest if name not in inputs)}."


def _trim(read: dict[str, Parts], heard: Mapping[str, list[str]]) -> None:
    """Cut the tracks of each clip to the shortest, and say so."""
    parts = list(next(iter(read.values())))
    cut = {part: trim_to_shortest(*(tracks[part] for tracks in read.values())) for part in parts}
    for i, (name, tracks) in enumerate(list(read.items())):
        frames = sum(len(clip) for clip in tracks[parts[0]])
        kept = sum(len(clip) for clip in cut[parts[0]][i])
        if kept < frames:
            heard[name].append(
                f"{name}: unequal lengths; {frames - kept} of {frames} frames cut off, as the official code does"
            )
        read[name] = {part: cut[part][i] for part in parts}


@contextmanager
def _listening(messages: list[str]) -> Iterator[None]:
    """Add what is warned of to `messages`, each text once; warnings of other kinds go their way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MetricWarning)
        yield
    for warning in caught:
        if not issubclass(warning.category, MetricWarning):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
        elif str(warning.message) not in messages:
            messages.append(str(warning.message))


def _scored(
    protocol: Protocol, metric: Metric, read: Mapping[str, Parts], heard: Mapping[str, list[str]]
) -> dict[str, Score]:
    """The scores of one row, part by part."""
    scores = {}
    from_inputs = dict.fromkeys(text for name in metric.inputs.values() for text in heard[name])
    for name, part, options in metric.scores():
        messages = [*from_inputs, *filter(None, [metric.caveat])]
        arguments = _arguments(metric.inputs, read, part)
        with _listening(messages):
            if metric.check:
                metric.check(arguments)
            value = _value(metric, arguments, options, f"{name}@{protocol.id}")
        target = metric.target
        if metric.truth is not None:
            with _listening([]):  # what limits the truth's value is no news about the prediction
                target = _value(
                    metric, _arguments(metric.truth, read, part), options, f"the truth's {name}@{protocol.id}"
                )
        n = len(next(iter(arguments.values())))
        scores[name] = Score(value, metric.unit, metric.direction, target, n, tuple(messages), protocol.id)
    return scores


def _arguments(inputs: Mapping[str, str], read: Mapping[str, Parts], part: str) -> dict[str, Any]:
    """What the function takes: of each input the part, or the whole where it has no parts."""
    return {parameter: read[source].get(part, read[source].get(WHOLE)) for parameter, source in inputs.items()}


def _value(metric: Metric, arguments: Mapping[str, Any], options: Options, where: str) -> float | None:
    try:
        value = metric.function(**arguments, **options)
    except UndefinedMetricError as error:
        warnings.warn(f"no value: {error}", MetricWarning, stacklevel=2)
        return None
    except MetricInputError as error:
        raise MetricInputError(f"{where}: {error}") from error
    return None if value is None else float(value)
