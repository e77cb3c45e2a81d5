"""Where the eyes go: at the partner, and away from them as turns and intimacy ask for it.

Speakers look away as they plan and begin a turn, and back at its end (Kendon, Acta Psychol. 26, 1967). Between, both look away from
time to time to keep intimacy bearable: speakers for about 2 s every 5 s, listeners for about 1 s every 7 s (after the timings
of Andrist, Mutlu and Gleicher, "Conversational gaze aversion for virtual agents", IVA 2013). Planning looks go up or aside, the others
aside or down. Part of a gaze shift is carried by the head; the eyes make up for every other head movement, so that mutual gaze holds.

The partner is behind the camera: gaze 0 in camera coordinates is mutual gaze.
"""

from __future__ import annotations

import numpy as np

from echo_bench.clip import Side
from echo_bench.simulator.curves import COLUMN, Array, min_jerk, put
from echo_bench.simulator.draws import LogNormal
from echo_bench.simulator.events import Cause, Event

SPEAKING_GAP, LISTENING_GAP = LogNormal(4.7, 0.30), LogNormal(7.0, 0.26)  # seconds of mutual gaze before an aversion
SPEAKING_LENGTH, LISTENING_LENGTH = LogNormal(1.9, 0.17), LogNormal(1.1, 0.23)
PLANNING_LENGTH = LogNormal(1.2, 0.30)
PLANNING_LEAD = 0.35  # seconds by which the look away precedes the turn
PLANNING_CHANCE = 0.6
SETTLED = 0.5  # seconds of mutual gaze at least between two looks away
SACCADE = 0.06  # seconds for the eyes; the head takes HEAD_TIME
HEAD_TIME, HEAD_SHARE = 0.35, 0.25
FIXATION = LogNormal(0.7, 0.5)  # seconds on one point of the partner's face
FACE = np.radians([1.1, 1.4])  # standard deviation of these points: eyes, nose and mouth at about 0.7 m
VERGENCE = 0.09  # radians: eyes 63 mm apart on a face 0.7 m away


def aversion_events(
    rng: np.random.Generator, who: Side, turns: list[tuple[str, float, float]], duration: float
) -> list[Event]:
    """The looks away of one person, in order of time, none overlapping another.

    Parameters
    ----------
    rng : Generator
    who : {"user", "avatar"}
    turns : list of (turn, start, end)
        The person's own turns without backchannels.
    duration : float
        Seconds of the clip.
    """
    planned: list[Event] = []
    for turn, start, _ in turns:
        length, wanted = PLANNING_LENGTH.one(rng), rng.random() < PLANNING_CHANCE
        begin = start - PLANNING_LEAD
        if wanted and begin > (planned[-1].end + SETTLED if planned else PLANNING_LEAD):
            planned.append(Event(who, "gaze-aversion", begin, begin + length, 1.0, Cause("turn-start", start, turn)))
    events, last = list(planned), 0.0
    while last < duration:
        speaks = any(start <= last < end for _, start, end in turns)
        begin = last + (SPEAKING_GAP if speaks else LISTENING_GAP).one(rng)
        end = begin + (SPEAKING_LENGTH if speaks else LISTENING_LENGTH).one(rng)
        clash = [event for event in planned if event.start < end + SETTLED and event.end > last]
        if clash:
            last = max(event.end for event in clash)
            continue
        if begin < duration and not _turn_ends(turns, begin, end):
            events.append(Event(who, "gaze-aversion", begin, end, 1.0, Cause("last-mutual-gaze", last)))
        last = end
    return sorted(events, key=lambda event: event.start)


def _turn_ends(turns: list[tuple[str, float, float]], begin: float, end: float) -> bool:
    """Whether a turn ends meanwhile: it is handed over with a look at the partner."""
    return any(begin < stop < end for _, _, stop in turns)


def gaze_track(rng: np.random.Generator, times: Array, aversions: list[Event]) -> tuple[Array, Array]:
    """Gaze in camera coordinates and the part of it that the head carries.

    Returns
    -------
    gaze, head : ndarray of shape (T, 2), float64
        Yaw and pitch in radians, signs of ``rig61``.
    """
    shifts = [(0.0, _on_face(rng))]
    for event in aversions:
        shifts.append((event.start, _away(rng, planning=event.cause.reason == "turn-start")))
        shifts.append((event.end, _on_face(rng)))
    for start, stop in _mutual_stretches(aversions, float(times[-1])):
        while (start := start + FIXATION.one(rng)) < stop:
            shifts.append((start, _on_face(rng)))
    edges = {time for event in aversions for time in (event.start, event.end)}
    shifts.sort(key=lambda shift: shift[0])
    wide = [shift for shift in shifts if shift[0] in edges]
    return _steps(times, shifts, SACCADE), HEAD_SHARE * _steps(times, wide, HEAD_TIME)


def _mutual_stretches(aversions: list[Event], end: float) -> list[tuple[float, float]]:
    edges = [0.0, *(time for event in aversions for time in (event.start, event.end)), end]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _on_face(rng: np.random.Generator) -> Array:
    return np.asarray(np.clip(rng.normal(0.0, FACE), -2.5 * FACE, 2.5 * FACE))


def _away(rng: np.random.Generator, *, planning: bool) -> Array:
    yaw = float(rng.choice((-1.0, 1.0))) * rng.uniform(7.0, 16.0)
    pitch = rng.uniform(-9.0, 2.0) if planning else rng.uniform(-1.0, 11.0)
    return np.radians([yaw, pitch])


def _steps(times: Array, shifts: list[tuple[float, Array]], length: float) -> Array:
    """A track (T, 2) that moves to each target in `length` seconds."""
    track, last = np.zeros((len(times), 2)), np.zeros(2)
    for start, target in shifts:
        track += min_jerk((times - start) / length)[:, None] * (target - last)
        last = target
    return track


def add_gaze(motion: Array, gaze: Array) -> None:
    """Set the eyes of `motion` (T, 61), whose head pose is final, and the eyeLook coefficients that follow; lids follow in the rig."""
    yaw = gaze[:, 0] - motion[:, COLUMN["yaw"]]
    pitch = gaze[:, 1] - motion[:, COLUMN["pitch"]]
    motion[:, COLUMN["gazeYaw"]], motion[:, COLUMN["gazePitch"]] = yaw, pitch
    motion[:, COLUMN["gazeVergence"]] = VERGENCE
    down, up = np.maximum(pitch, 0.0), np.maximum(-pitch, 0.0)
    full = np.radians(30.0)  # the turn of the eye that counts as coefficient 1
    right, left = (
        np.clip(yaw / full, 0, 1),
        np.clip(-yaw / full, 0, 1),
    )  # in the image; the person's left eye is at the right
    for name, curve in {
        "eyeLookOutLeft": right, "eyeLookInRight": right, "eyeLookInLeft": left, "eyeLookOutRight": left,
        "eyeLookDown": np.clip(down / full, 0, 1), "eyeLookUp": np.clip(up / full, 0, 1),
    }.items():  # fmt: skip
        put(motion, name, curve)
