"""Is each ablation worse on the thing that its component is for?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from tools.echo_eval.differences import Paired, side, told
from tools.echo_eval.findings import Findings
from tools.echo_eval.runs import APPROPRIATE, LSE_D
from tools.echo_eval.tables import table

Where = Literal["all", "linked", "lips"]


class Claim(NamedTuple):
    """What a component is for: a metric, on which clips, and whether more of it is good."""

    component: str
    where: Where
    metric: str
    higher: bool


LINK = "appropriateness where the past decides"
CLAIMS: Mapping[str, tuple[Claim, ...]] = MappingProxyType(
    {
        "echo-tiny-no-lpe": (Claim(LINK, "linked", APPROPRIATE, True),),
        "echo-tiny-no-hbcu": (Claim(LINK, "linked", APPROPRIATE, True),),
        "echo-tiny-no-lau": (Claim(LINK, "linked", APPROPRIATE, True),),
        "echo-tiny-short-context": (Claim(LINK, "linked", APPROPRIATE, True),),
        "echo-tiny-dual-audio": (Claim("appropriateness", "all", APPROPRIATE, True),),
        "echo-tiny-no-sdcm": (
            Claim("lip sync", "all", LSE_D, False),
            Claim("user kept from the lips", "lips", "lips' share", False),
        ),
    }
)
NOT_TOLD = "worse by value, not told apart"


def verdict(found: Paired, higher: bool) -> str:
    """What the full model minus an ablation says of the ablation.

    Examples
    --------
    >>> numbers = dict(metric="m", a="echo-tiny", b="x", of_a=0.3, of_b=0.1, clips=6)
    >>> verdict(Paired(difference=0.2, low=0.1, high=0.3, **numbers), higher=True)
    'worse'
    >>> verdict(Paired(difference=0.2, low=-0.1, high=0.5, **numbers), higher=False)
    'not worse'
    """
    sign = 1 if higher else -1
    if side(found) == sign:
        return "worse"
    return NOT_TOLD if sign * found.difference > 0 else "not worse"


def verdicts_table(found: Findings) -> str:
    """A row per claim about a variant that was trained."""
    pools = {"all": found.variants, "linked": found.linked, "lips": (found.leak,) if found.leak else ()}
    rows = [
        [name, claim.component, f"{claim.metric}, {claim.where}", told(pair), verdict(pair, claim.higher)]
        for name, claims in CLAIMS.items()
        for claim in claims
        for pair in _of(pools[claim.where], name, claim.metric)
    ]
    return table(["variant", "its component is for", "metric, clips", "echo-tiny − variant", "the variant is"], rows)


def _of(pool: Sequence[Paired], name: str, metric: str) -> list[Paired]:
    return [pair for pair in pool if (pair.b, pair.metric) == (name, metric)]
