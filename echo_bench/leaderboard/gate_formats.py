"""The verdict of a gate for people, for programs, for CI systems and for a comment on a pull request."""

from __future__ import annotations

import json
from dataclasses import asdict
from xml.etree import ElementTree

from echo_bench.leaderboard.gate import FAILURES, Finding, Verdict
from echo_bench.leaderboard.text import md, number, one_line, probability

VERDICT_SCHEMA = "echo-bench-gate/1"
WORDS = {0: "pass", 1: "REGRESSION", 3: "NOT COMPARABLE"}
STALE = "Better than the baseline beyond chance: it is stale; renew it with --update --reason."


def to_text(verdict: Verdict) -> str:
    """One line per metric that is not plainly ok, and a line that sums up."""
    lines = [f"{finding.outcome:<8} {one_line(finding.metric)}  {_numbers(finding)}" for finding in _notable(verdict)]
    lines += [f"not comparable: {one_line(reason)}" for reason in verdict.incomparable]
    return "\n".join([*lines, _summary(verdict)])


def to_json(verdict: Verdict) -> str:
    """The whole verdict; numbers round-trip."""
    data = {
        "schema": VERDICT_SCHEMA,
        "method": verdict.method,
        "baseline_method": verdict.guarded,
        "exit_code": verdict.exit_code,
        "incomparable": list(verdict.incomparable),
        "findings": [asdict(finding) for finding in verdict.findings],
    }
    return json.dumps(data, sort_keys=True, indent=1, allow_nan=False)


def to_junit(verdict: Verdict) -> str:
    """JUnit XML: one test case per guarded metric; what makes a result incomparable is an error."""
    failed = len(verdict.regressions)
    errors = len(verdict.incomparable)
    counts = {"tests": str(len(verdict.findings) + errors), "failures": str(failed), "errors": str(errors)}
    suite = ElementTree.Element("testsuite", {"name": "echo-bench gate", **counts})
    for reason in verdict.incomparable:
        case = ElementTree.SubElement(suite, "testcase", {"classname": one_line(verdict.method), "name": "comparable"})
        ElementTree.SubElement(case, "error", {"message": one_line(reason)})
    for finding in verdict.findings:
        name = one_line(finding.metric)
        case = ElementTree.SubElement(suite, "testcase", {"classname": one_line(verdict.method), "name": name})
        if finding.outcome in FAILURES:
            ElementTree.SubElement(case, "failure", {"type": finding.outcome, "message": _numbers(finding)})
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def to_markdown(verdict: Verdict) -> str:
    """A comment for a pull request: the sum, and a table of what is not plainly ok."""
    lines = [f"### echo-bench gate: {md(verdict.method)}", "", md(_summary(verdict))]
    lines += ["", *(f"- {md(reason)}" for reason in verdict.incomparable)]
    notable = _notable(verdict)
    if notable:
        lines += ["| | metric | baseline | value | worse by | tolerance | interval | p (Holm) | |"]
        lines += ["|---|---|---:|---:|---:|---:|---|---:|---|"]
    for finding in notable:
        cells = [finding.outcome, finding.metric, number(finding.baseline), number(finding.value)]
        cells += [number(finding.worse_by), number(finding.tolerance), _pair(finding), probability(finding.p_holm)]
        lines.append("| " + " | ".join(md(cell) for cell in [*cells, finding.why]) + " |")
    if any(finding.outcome == "better" for finding in verdict.findings):
        lines += ["", STALE]
    return "\n".join(lines).rstrip() + "\n"


def _notable(verdict: Verdict) -> list[Finding]:
    """What has changed beyond the tolerance or has no value, failures first."""
    changed = [
        finding
        for finding in verdict.findings
        if finding.outcome != "ok" or (finding.worse_by is not None and abs(finding.worse_by) > finding.tolerance)
    ]
    return sorted(changed, key=lambda finding: finding.outcome not in FAILURES)


def _summary(verdict: Verdict) -> str:
    if verdict.incomparable:
        return f"{WORDS[3]}: {len(verdict.incomparable)} difference(s) of split, protocol or environment; nothing was judged."
    other = f" The baseline is of {one_line(verdict.guarded)}, the result of {one_line(verdict.method)}."
    better = sum(finding.outcome == "better" for finding in verdict.findings)
    return (
        f"{WORDS[verdict.exit_code]}: {len(verdict.regressions)} of {len(verdict.findings)} guarded metrics regressed, "
        f"{better} improved." + (other if verdict.guarded != verdict.method else "")
    )


def _numbers(finding: Finding) -> str:
    parts = [f"{number(finding.value)} against {number(finding.baseline)}"]
    if finding.worse_by is not None:
        way = "worse" if finding.worse_by > 0 else "better"
        parts.append(f"{way} by {number(abs(finding.worse_by))}, tolerance {number(finding.tolerance)}")
    if pair := _pair(finding):
        parts.append(f"worse by {pair}")
    if finding.p_holm is not None:
        parts.append(f"p {finding.p_holm:.2g} (Holm)")
    return "; ".join([*parts, one_line(finding.why)] if finding.why else parts)


def _pair(finding: Finding) -> str:
    return f"[{number(finding.lo)}, {number(finding.hi)}]" if finding.lo is not None else ""
