"""How hair can be cut and worn. Lengths are metres."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """How hair is cut and worn.

    Attributes
    ----------
    comb : {"part", "back", "forward", "out", "knot"}
        Which way it leaves the root.
    top, side : float
        Length in metres above the temples and below them.
    volume : float
        Thickness of the hair's outermost layer, metres.
    strands : int
    lift : float in [0, 1]
        0 lies flat on the scalp, 1 stands up.
    weight : float
        Pull of gravity per segment.
    width : float
        Half width of a strand at its root, metres; a strand stands for some hundred hairs.
    curl : float
        Radius of the curls, metres.
    turns : float
        Windings of a curl along the strand.
    recede : float in [0, 1]
        Retreat of the hairline.
    points : int
        Per strand.
    fringe : float
        Share of front strands that fall over the forehead.
    hug : float in [0, 1]
        How closely hair that could stand off is held to the head.
    knot : tuple of three float, optional
        Where hair is gathered.
    """

    comb: str
    top: float
    side: float
    volume: float
    strands: int = 2000
    lift: float = 0.2
    weight: float = 0.25
    width: float = 0.0015
    curl: float = 0.0
    turns: float = 0.0
    recede: float = 0.0
    points: int = 7
    fringe: float = 0.0
    hug: float = 0.6
    knot: tuple[float, float, float] | None = None


STYLES: dict[str, Style] = {
    "long": Style("part", 0.36, 0.30, 0.016, strands=800, points=8, weight=1.2, width=0.0018),
    "wavy": Style("part", 0.34, 0.27, 0.022, strands=720, points=10, width=0.0020, weight=1.1, curl=0.007, turns=1.6),
    "bob": Style("part", 0.21, 0.15, 0.018, strands=850, points=8, weight=1.2, width=0.0017),
    "fringe": Style("part", 0.27, 0.21, 0.018, strands=850, points=8, weight=1.2, width=0.0017, fringe=0.9),
    "pixie": Style("forward", 0.075, 0.045, 0.014, lift=0.12, weight=0.25, fringe=0.5),
    "bun": Style("knot", 0.20, 0.20, 0.010, points=10, lift=0.1, hug=0.95, knot=(0.0, -0.168, 0.045)),
    "ponytail": Style("knot", 0.22, 0.22, 0.012, points=10, lift=0.15, hug=0.9, knot=(0.0, -0.075, 0.125)),
    "curls": Style(
        "out", 0.085, 0.090, 0.036, 820, lift=0.5, weight=0.5, width=0.0022, curl=0.007, turns=1.5, points=10, hug=0.4
    ),
    "short": Style("part", 0.045, 0.020, 0.011, lift=0.10, weight=0.15, points=6),
    "crop": Style("forward", 0.036, 0.012, 0.008, lift=0.12, weight=0.08),
    "side-part": Style("part", 0.080, 0.024, 0.015, lift=0.08, weight=0.25),
    "swept-back": Style("back", 0.095, 0.030, 0.018, lift=0.15, weight=0.10),
    "buzz": Style("forward", 0.008, 0.007, 0.004, strands=2400, lift=0.6, width=0.0011, weight=0.0, points=3),
    "receding": Style("back", 0.050, 0.022, 0.010, lift=0.25, weight=0.06, recede=1.0),
    "curls-short": Style(
        "out", 0.050, 0.030, 0.026, 1500, lift=0.8, weight=0.1, width=0.0017, curl=0.005, turns=2.5, hug=0.0
    ),
    "bald": Style("forward", 0.0, 0.0, 0.0, strands=0, recede=0.0),
}
