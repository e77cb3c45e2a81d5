"""`prosody-rules`: a listener and speaker by rule from two voices, without anything learned.

=================  ==============================================================================================================
nod                after the user's voice was in the lowest 26 % of its pitch for 110 ms, at least 700 ms of speech after it began,
                   700 ms later, and not within 800 ms of another (Ward and Tsukahara, J. Pragmatics 32, 2000, rule for English;
                   as head nods in Maatman, Gratch and Marsella, IVA 2005)
nod                in pauses of the user's speech, where nods gather (Dittmann and Llewellyn, J. Pers. Soc. Psychol. 9, 1968)
blink              17 per minute, 26 while speaking (Bentivoglio et al., Mov. Disord. 12, 1997), at random
jaw                open as the own voice is loud (Yehia, Rubin and Vatikiotis-Bateson, Speech Comm. 26, 1998)
=================  ==============================================================================================================

Nobody nods while they speak. Everything is decided from what has been heard by then: look-ahead is none. Chance, by seed: when to
blink, how deep to nod.
"""

from __future__ import annotations

from bisect import insort

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import MethodView
from echo_bench.method import Artefact, Capabilities
from echo_bench.methods.base import Lent, frames_in, sample_of
from echo_bench.methods.prosody import PER_FRAME, Prosody, listen, speaking
from echo_bench.spaces import RIG61

STEP_S = 0.01
LOW_SHARE, LOW_STEPS = 0.26, 11  # Ward and Tsukahara: share of the pitch range; 110 ms
ENOUGH, WAIT_S, APART_S = 70, 0.7, 0.8  # their 700 ms of speech, 700 ms of waiting, 800 ms between answers
PAUSE, END = 20, 40  # steps of silence that make a pause, and after which speech begins anew
KNOWN = 50  # voiced steps after which the pitch range of a voice is known

NOD_S, NOD_HZ, NOD_RAD = 0.8, 2.5, 0.08  # ordinary nods swing at 1.8-3.7 Hz (Hadar et al., Hum. Mov. Sci. 2, 1983)
BLINK = (0.5, 0.9, 1.0, 0.9, 0.5)  # closure frame by frame: 0.2 s, as in SadTalker (arXiv 2211.12194)
BLINKS_PER_MINUTE = (17.0, 26.0)  # at rest, in speech
IRREGULAR = 0.6  # deviation of the log of the time between two blinks
JAW, JAW_DB = 0.5, 25.0  # widest opening; dB below the loudest so far at which it is shut
HELD = 0.4  # share of the last frame's opening that is kept


def cues(voice: Prosody) -> list[int]:
    """Steps at which a voice calls for an answer and that answer may be given: `WAIT_S` after low pitch, at once in a pause."""
    loud, known = speaking(voice.level), list[float]()
    found, spoken, silent, low = [], 0, 0, 0
    for step, (heard, pitch) in enumerate(zip(loud, voice.pitch, strict=True)):
        spoken, silent = (spoken + 1, 0) if heard else (spoken, silent + 1)
        if silent >= END:
            spoken = 0
        if heard and pitch > 0:
            insort(known, float(pitch))
        below = heard and 0 < pitch < known[int(LOW_SHARE * len(known))] and len(known) >= KNOWN
        low = low + 1 if below else 0
        if spoken >= ENOUGH and low == LOW_STEPS:
            found.append(step + 1 + round(WAIT_S / STEP_S))
        if spoken >= ENOUGH and silent == PAUSE:
            found.append(step + 1)
    return sorted(found)


def nods(user: Prosody, own: Prosody) -> list[float]:
    """Seconds at which nods begin: cues of the user that do not come too soon after the last and not into the own speech."""
    busy, begun = speaking(own.level), list[float]()
    for step in cues(user):
        start = step * STEP_S
        free = not begun or start - begun[-1] >= APART_S
        if step < len(busy) and free and not busy[max(0, step - PAUSE) : step].any():
            begun.append(start)
    return begun


def nod_curve(since: NDArray[np.float64], depth: float) -> NDArray[np.float64]:
    """Downward pitch in radians, `since` seconds from the beginning: two swings, the second smaller.

    Examples
    --------
    >>> nod_curve(np.array([-0.1, 0.0, 0.2, 0.6, 0.8]), 0.08).round(3).tolist()
    [0.0, 0.0, 0.06, 0.02, 0.0]
    """
    during = (since > 0) & (since < NOD_S)
    swing = 0.5 * (1 - np.cos(2 * np.pi * NOD_HZ * since)) * (1 - since / NOD_S)
    return np.where(during, depth * swing, 0.0)


def blinks(own: Prosody, rng: np.random.Generator) -> list[int]:
    """Frames at which blinks begin; how soon the next one comes depends on whether the person speaks at this one."""
    loud, found, time = speaking(own.level), list[int](), 0.0
    while True:
        step = min(int(time / STEP_S), len(loud) - 1)
        per_minute = BLINKS_PER_MINUTE[int(loud[max(0, step - PAUSE) : step].any())]
        time += 60.0 / per_minute * rng.lognormal(-0.5 * IRREGULAR**2, IRREGULAR)
        if time >= len(loud) * STEP_S:
            return found
        found.append(int(time / STEP_S) // PER_FRAME)


def jaw(own: Prosody) -> NDArray[np.float64]:
    """Opening of the jaw in each frame, from the level of the own voice."""
    loudest = np.maximum.accumulate(own.level)
    open_ = np.where(speaking(own.level), 1 - (loudest - own.level) / JAW_DB, 0.0).clip(0.0, 1.0)
    frames = open_.reshape(-1, PER_FRAME).mean(axis=1)
    for t in range(1, len(frames)):
        frames[t] = HELD * frames[t - 1] + (1 - HELD) * frames[t]
    return np.asarray(JAW * frames, np.float64)


def behave(user: Prosody, own: Prosody, seed: int) -> NDArray[np.float64]:
    """Motion (frames, 61) in ``rig61`` of somebody who hears one voice and speaks with the other."""
    depth, eyes = (np.random.default_rng([seed, part]) for part in range(2))
    motion = np.zeros((len(own.level) // PER_FRAME, RIG61.width))
    column = RIG61.columns.index
    times = np.arange(len(motion), dtype=np.float64) * (PER_FRAME * STEP_S)
    for start in nods(user, own):
        motion[:, column("pitch")] += nod_curve(times - start, NOD_RAD * depth.uniform(0.6, 1.2))
    lids = [column("eyeBlinkLeft"), column("eyeBlinkRight")]
    for frame in blinks(own, eyes):
        curve = np.array(BLINK)[: len(motion) - frame, None]
        motion[frame : frame + len(curve), lids] = np.maximum(motion[frame : frame + len(curve), lids], curve)
    motion[:, column("jawOpen")] = jaw(own)
    return motion


class ProsodyRules(Lent):
    """The method."""

    name = "prosody-rules"
    version = "1"
    capabilities = Capabilities(output="motion", stochastic=True, causal=True)

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """Motion from both voices; sample ``k`` is drawn with the seed ``seed + k``."""
        frames = frames_in(view)
        user, own = listen(view.user.audio, frames), listen(view.avatar_audio, frames)
        return [sample_of(self, view, behave(user, own, seed + k), seed=seed + k, sample=k) for k in range(samples)]
