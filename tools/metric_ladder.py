"""Degradation ladder: damages of known kind and strength against metrics. Does each move with what it is for, and with nothing else?

    python -m tools.metric_ladder --write docs/metrics/ladder.md

The truth is damaged in steps from 0 to full strength (`tools/ladder_motion.py`). Of each metric the *loss* is read: the value where lower
is better, minus the value where higher is better, the distance to the truth's value where that is the target (SID too: more than the
truth's is not better).
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
from echo_metrics import Score, evaluate, reaction
from echo_metrics.errors import MetricWarning
from numpy.typing import NDArray
from scipy.stats import spearmanr

from tools.ladder_motion import DAMAGES, FPS, FROWN, JAW, SMILE, Dyads, make

Floats = NDArray[np.float64]
Losses = dict[str, dict[str, Floats]]

REACT = np.r_[0:25]
DIM56 = np.r_[52:58, 0:50]  # 50 of the coefficients in the place of DIM's expression, pose first
NOTHING = 0.02  # of the most that any damage adds: printed as no reaction
RISES = 0.9  # Spearman's correlation of what a metric is for
STILL = 0.06  # of the most that any damage adds: what a metric may move with what it is not for


def affect(motion: Floats) -> Floats:
    """Valence and arousal at 5 Hz, as a perfect reader sees them: smile minus frown, and their sum of changes."""
    valence = (motion[..., SMILE].mean(-1) - motion[..., FROWN].mean(-1))[..., None]
    return np.concatenate([valence, 0.5 * valence], axis=-1)[:, :: FPS // 5]


def losses(dyads: Dyads, pred: Floats) -> dict[str, float]:
    """Loss of predictions (N, T, 61) under every metric of the ladder, by id."""
    gt = dyads.cut(dyads.truth)
    tracks = {"gt": list(gt), "pred": list(pred), "partner": list(dyads.partner)}
    dim = evaluate("dim", **{side: [clip[:, DIM56] for clip in clips] for side, clips in tracks.items()})
    ours = evaluate("eb1", **tracks, **_spoken(dyads, gt, pred), **_felt(dyads, gt, pred))
    react = _react(dyads, gt, pred)
    named = {f"{name}@{score.protocol}": score for part in (dim, ours) for name, score in part.items()}
    return {id_: _loss(named[id_]) for id_ in METRICS if id_ in named} | react


def _loss(score: Score) -> float:
    """How far from the best; NaN where the quantity does not exist on the prediction."""
    if score.value is None:
        return np.nan
    if score.direction == "target":
        assert score.target is not None
        return abs(score.value - score.target)
    if score.direction == "higher" and score.target is not None and score.unit == "bit":
        return abs(score.value - score.target)  # SID: more than the truth's is not better
    return score.value if score.direction == "lower" else -score.value


def _spoken(dyads: Dyads, gt: Floats, pred: Floats) -> dict[str, list[Floats]]:
    return {
        "gt_speech": list(gt),
        "pred_speech": list(pred),
        "opening": list(pred[:, :, JAW]),
        "energy": list(dyads.voice),
    }


def _felt(dyads: Dyads, gt: Floats, pred: Floats) -> dict[str, list[Floats]]:
    """Right reactions: the truth 0.24 s early and late. Wrong ones: those of other clips. The words ask for the true affect."""
    right = np.stack([affect(dyads.cut(dyads.truth, late)) for late in (-6, 6)], axis=1)
    wrong = np.stack([np.roll(affect(gt), k, axis=0) for k in (1, 2, 3)], axis=1)
    shown = affect(pred)
    return {
        "affect": list(shown[:, None]),
        "appropriate": list(right),
        "inappropriate": list(wrong),
        "displayed": list(shown),
        "dialogue": list(affect(gt)),
    }


def _react(dyads: Dyads, gt: Floats, pred: Floats) -> dict[str, float]:
    """REACT's metrics on 25 columns, one sample per speaker, each answered by its own listener."""
    set_, listener, speaker = pred[:, None, :, REACT], gt[:, :, REACT], dyads.partner[:, :, REACT]
    own = np.eye(len(gt))
    return {
        "frcorr@react24": -reaction.frcorr(set_, listener, own),
        "frdist@react24": reaction.frdist(set_, listener, own),
        "frvar@react24": abs(reaction.frvar(set_) - reaction.frvar(listener[:, None])),
        "frdvs@react24": abs(reaction.frdvs(set_) - reaction.frdvs(listener[:, None])),
        "frsyn@react24": reaction.frsyn(set_, speaker),
    }


METRICS = (
    *(f"{name}_exp@dim" for name in ("fd", "pfd", "mse", "sid", "var", "rpcc", "sts")),
    *(f"{name}_exp@eb1" for name in ("rpcc", "fd", "pfd", "sid", "var", "diversity", "speed", "jerk", "sparc")),
    *("js_rotation@eb1", "w1_rotation@eb1", "blink_rate@eb1", "gesture_f1@eb1"),
    *("lve_exp@eb1", "mod_exp@eb1", "fdd_exp@eb1", "av_offset@eb1"),
    *("appropriateness@eb1", "appropriateness-auc@eb1", "rationality@eb1"),
    *(f"{name}@react24" for name in ("frcorr", "frdist", "frvar", "frdvs", "frsyn")),
)


def climb(clips: int = 12, seconds: float = 16, steps: int = 6, seed: int = 0) -> Losses:
    """Loss of every metric at each strength of every damage: metric to damage to (steps,)."""
    dyads = make(clips, seconds, seed)
    levels = np.linspace(0, 1, steps)
    found: Losses = {id_: {} for id_ in METRICS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetricWarning)
        for name, damage in DAMAGES.items():
            rows = [losses(dyads, damage(dyads, level)) for level in levels]
            for id_ in METRICS:
                found[id_][name] = np.array([row[id_] for row in rows])
    return found


def responses(found: Losses) -> dict[str, dict[str, tuple[float, float]]]:
    """Metric to damage to (Spearman's correlation of loss with strength, added loss as a share of the metric's most)."""
    table = {}
    for id_, rows in found.items():
        added = {name: float(np.nanmax(loss) - loss[0]) for name, loss in rows.items()}
        most = max(added.values())
        table[id_] = {name: (_monotony(loss), added[name] / most) for name, loss in rows.items()}
    return table


def _monotony(loss: Floats) -> float:
    known = np.isfinite(loss)
    if np.ptp(loss[known]) == 0:
        return 0.0
    return float(spearmanr(np.arange(len(loss))[known], loss[known]).statistic)


EVERYTHING = tuple(DAMAGES)
#: What each metric is for: its loss must rise with the damage's strength.
SEES: dict[str, tuple[str, ...]] = {
    "fd_exp@dim": ("freeze", "shrink", "exaggerate", "offset", "collapse"),
    "pfd_exp@dim": ("freeze", "shrink", "exaggerate", "offset", "mirror", "shuffle"),
    "mse_exp@dim": EVERYTHING,
    "sid_exp@dim": ("freeze", "shrink", "collapse"),
    "var_exp@dim": ("shrink", "exaggerate"),
    "rpcc_exp@dim": ("freeze", "mirror", "shuffle"),
    "sts_exp@dim": ("noise", "freeze", "shrink", "exaggerate", "reverse", "shuffle"),
    "rpcc_exp@eb1": ("freeze", "reverse", "mirror", "shuffle", "collapse"),
    "fd_exp@eb1": ("freeze", "shrink", "exaggerate", "offset", "collapse"),
    "pfd_exp@eb1": ("freeze", "shrink", "exaggerate", "offset", "mirror", "shuffle"),
    "sid_exp@eb1": ("freeze", "shrink", "collapse"),
    "var_exp@eb1": ("freeze", "shrink", "exaggerate"),
    "diversity_exp@eb1": ("freeze", "shrink", "exaggerate"),
    "speed_exp@eb1": ("noise", "freeze", "shrink", "exaggerate"),
    "jerk_exp@eb1": ("noise",),
    "sparc_exp@eb1": ("noise", "freeze"),
    "js_rotation@eb1": ("freeze", "shrink", "exaggerate", "offset"),
    "w1_rotation@eb1": ("freeze", "shrink", "exaggerate", "offset"),
    "blink_rate@eb1": ("freeze",),
    "gesture_f1@eb1": ("freeze", "reverse", "lag", "shuffle"),
    "lve_exp@eb1": ("mouth", "lag", "shuffle"),
    "mod_exp@eb1": ("mouth", "lag", "shuffle"),
    "fdd_exp@eb1": ("freeze", "shrink", "exaggerate"),
    "av_offset@eb1": ("lag",),
    "appropriateness@eb1": ("emotion", "freeze", "reverse", "mirror", "shuffle"),
    "appropriateness-auc@eb1": ("emotion", "freeze", "shuffle"),
    "rationality@eb1": ("emotion", "freeze", "reverse", "mirror", "shuffle"),
    "frcorr@react24": ("noise", "freeze", "shrink", "reverse", "lag", "offset", "shuffle"),
    "frdist@react24": ("noise", "freeze", "shrink", "reverse", "offset", "shuffle"),
    "frvar@react24": ("shrink", "exaggerate"),
    "frdvs@react24": ("shrink", "exaggerate", "collapse"),
    "frsyn@react24": ("lag",),
}
#: What each metric is not for, and must not move with.
BLIND: dict[str, tuple[str, ...]] = {
    "fd_exp@dim": ("reverse", "lag"),
    "sid_exp@dim": ("reverse", "lag", "drop", "shuffle"),
    "var_exp@dim": ("reverse", "lag", "shuffle"),
    "sts_exp@dim": ("offset",),
    "rpcc_exp@eb1": ("shrink", "exaggerate", "lag", "offset"),
    "fd_exp@eb1": ("reverse", "lag", "shuffle"),
    "sid_exp@eb1": ("reverse", "lag", "drop", "shuffle"),
    "var_exp@eb1": ("reverse", "lag", "offset", "shuffle"),
    "diversity_exp@eb1": ("reverse", "offset", "shuffle"),
    "speed_exp@eb1": ("reverse", "lag", "offset", "shuffle"),
    "jerk_exp@eb1": ("reverse", "lag", "offset", "shuffle"),
    "sparc_exp@eb1": ("shrink", "exaggerate", "reverse", "offset", "shuffle"),
    "js_rotation@eb1": ("reverse", "mouth", "emotion", "shuffle"),
    "w1_rotation@eb1": ("reverse", "mouth", "emotion", "shuffle"),
    "blink_rate@eb1": ("reverse", "mouth", "emotion", "shuffle"),
    "mod_exp@eb1": ("emotion",),
    "fdd_exp@eb1": ("reverse", "mouth", "emotion", "shuffle"),
    "av_offset@eb1": ("noise", "shrink", "exaggerate", "offset", "emotion"),
    "appropriateness@eb1": ("lag",),
    "appropriateness-auc@eb1": ("lag",),
    "rationality@eb1": ("lag",),
    "frvar@react24": ("reverse", "lag", "offset", "shuffle"),
    "frdvs@react24": ("reverse", "lag", "offset", "shuffle"),
    "frsyn@react24": ("noise", "shrink", "exaggerate", "offset"),
}

HEAD = """# Degradation ladder: what each metric sees

Generated; do not edit. `python -m tools.metric_ladder --write docs/metrics/ladder.md` makes this page from synthetic dyads whose truth
is known ({clips} clips of {seconds} s, {steps} strengths of each damage). The prediction is the truth, damaged from not at all to full
strength. Read is the *loss*: the value where lower is better, minus the value where higher is better, the distance to the truth's value
where that is the target.

A cell holds Spearman's rank correlation of loss and strength, and in brackets the most loss that the damage adds, as a share of the most
that any damage adds. `·` is less than {nothing:.0%}: the metric is blind to it. **Bold** is what the metric is for. A test requires a
correlation of at least {rises} there, and at most {still:.0%} of loss where a metric claims to be blind (`SEES` and `BLIND` in
`tools/metric_ladder.py`). The rest is as it was found.

What to take from it: no metric sees everything. Pooled FD and SID know neither who reacts to whom nor when. A reaction that comes half a
second late costs MSE and LVE two thirds of what a wrong one costs, and STS all of it; the lag-tolerant metrics let it pass. FRSyn
jumps at a frozen face because dead channels decide it, not because it sees stillness.

"""


def page(table: dict[str, dict[str, tuple[float, float]]], clips: int, seconds: float, steps: int) -> str:
    """The table as a page of the documentation."""
    lines = [
        HEAD.format(clips=clips, seconds=seconds, steps=steps, nothing=NOTHING, rises=RISES, still=STILL),
        "| metric | " + " | ".join(DAMAGES) + " |\n" + "|---" * (len(DAMAGES) + 1) + "|\n",
    ]
    for id_, rows in table.items():
        cells = [_cell(*cell, bold=damage in SEES.get(id_, ())) for damage, cell in rows.items()]
        lines.append(f"| `{id_}` | " + " | ".join(cells) + " |\n")
    lines.append("\n| damage | at full strength |\n|---|---|\n")
    lines += [f"| {name} | {damage.__doc__} |\n" for name, damage in DAMAGES.items()]
    return "".join(lines)


def _cell(rho: float, share: float, bold: bool) -> str:
    if share < NOTHING:
        return "·"
    text = f"{rho:.1f} ({share:.0%})"
    return f"**{text}**" if bold else text


def main() -> None:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", type=Path)
    parser.add_argument("--clips", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=16)
    parser.add_argument("--steps", type=int, default=6)
    options = parser.parse_args()
    size = options.clips, options.seconds, options.steps
    text = page(responses(climb(*size)), *size)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
