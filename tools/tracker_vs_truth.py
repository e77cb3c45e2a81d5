"""Draw people of dyad-mini in their conversations, let the face tracker look, and compare what it sees with the truth.

python tools/tracker_vs_truth.py docs/datasets/tracker-vs-truth.md [--seconds 16] [--people NAME ...]

Of each person the conversation is taken in which they say most within those seconds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from echo_metrics.detection import detect_blinks
from echo_metrics.lipsync import landmark_offset, speech_envelope
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, Side
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, SIDES
from echo_bench.faces.lips import lip_opening
from echo_bench.faces.rig61 import to_rig61
from echo_bench.faces.track import FaceTracker
from echo_bench.media.audio import waveform
from echo_bench.simulator.behaviour import perform
from echo_bench.simulator.dialogue import Dialogue, read_dialogues
from echo_bench.simulator.identity import identity
from echo_bench.simulator.people import read_people
from echo_bench.simulator.render import render
from echo_bench.simulator.speech import FPS, Speech, read_speech
from echo_bench.spaces import RIG61
from echo_bench.weights.store import weight_path

SIZE = 256
SPEAKING = 4.0  # seconds of own speech from which a track counts as a speaking one
INJECTED = range(-10, 11)
COEFFICIENTS = {
    "jaw": ("jawOpen",),
    "blink": ("eyeBlinkLeft", "eyeBlinkRight"),
    "smile": ("mouthSmileLeft", "mouthSmileRight"),
    "brows": ("browInnerUp", "browDownLeft", "browDownRight", "browOuterUpLeft", "browOuterUpRight"),
    "lips": (
        "mouthPucker",
        "mouthFunnel",
        "mouthFrownLeft",
        "mouthFrownRight",
        "mouthStretchLeft",
        "mouthStretchRight",
    ),
    "head turns": ("pitch", "yaw", "roll"),
    "head moves": ("x", "y", "z"),
    "gaze": ("gazeYaw", "gazePitch"),
}


@dataclass(frozen=True, slots=True)
class Observation:
    """One person in one conversation: motion (T, 61) as performed and as tracked, and what goes with it.

    Attributes
    ----------
    person, clip : str
    truth, tracked : ndarray of shape (T, 61)
    found : ndarray of shape (T,), bool
        Frames in which the tracker found the face.
    lips : ndarray of shape (T,)
        Tracked opening of the lips.
    sound : ndarray of shape (T,)
        Energy of the own speech.
    speaks : float
        Seconds of own speech.
    """

    person: str
    clip: str
    truth: NDArray[np.floating]
    tracked: NDArray[np.floating]
    found: NDArray[np.bool_]
    lips: NDArray[np.floating]
    sound: NDArray[np.floating]
    speaks: float


def spoken(speech: Speech, who: Side, seconds: float) -> float:
    """How long one side speaks within the first seconds."""
    return sum(max(0.0, min(end, seconds) - start) for start, end, _, _ in speech.side(who).words)


def chosen(people: Iterable[str], seconds: float) -> list[tuple[str, Dialogue, Speech, Side]]:
    """For each person, in order, the conversation in which they say most."""
    best: dict[str, tuple[float, Dialogue, Speech, Side]] = {}
    for dialogue in read_dialogues(CONTENT / "dialogues").values():
        speech = read_speech(CONTENT / DATA / f"{dialogue.id}.json")
        for who in SIDES:
            amount = spoken(speech, who, seconds)
            if amount > best.get(dialogue.cast[who], (-1.0,))[0]:
                best[dialogue.cast[who]] = (amount, dialogue, speech, who)
    return [(name, *best[name][1:]) for name in people if name in best]


def observe(name: str, dialogue: Dialogue, speech: Speech, who: Side, seconds: float) -> Observation:
    """Draw and track one person."""
    cast = {side: read_people()[dialogue.cast[side]] for side in SIDES}
    truth = perform(dialogue, speech, cast).motion[who][: round(seconds * FPS)]
    tracker = FaceTracker(weight_path("tracker"))
    for frame in render(truth, identity(cast[who].face), SIZE):
        tracker.push(frame)
    track = tracker.finish()
    sound = speech_envelope(
        waveform(AudioRef(CONTENT / DATA / f"{dialogue.id}.{who}.opus", "")), 16000, FPS, len(truth)
    )
    lips, tracked = lip_opening(track.landmarks), to_rig61(track)[0]
    return Observation(name, dialogue.id, truth, tracked, track.detected, lips, sound, spoken(speech, who, seconds))


def correlations(observations: Sequence[Observation], column: str) -> tuple[float, float, float]:
    """Of one column, over the frames with a face: correlation with each person's mean taken off, the median person's, and the slope.

    People in whom the truth hardly moves (standard deviation below 0.01, or a millimetre) have no correlation of their own.
    """
    at, pairs = RIG61.columns.index(column), []
    for seen in observations:
        pair = np.stack([seen.truth[seen.found, at], seen.tracked[seen.found, at]]).astype(float)
        pairs.append(pair - pair.mean(axis=1, keepdims=True))
    truth, tracked = np.hstack(pairs)
    still = 0.001 if column in ("x", "y", "z") else 0.01
    moving = [pair for pair in pairs if pair[0].std() >= still and pair[1].std() > 0]
    median = float(np.median([np.corrcoef(pair)[0, 1] for pair in moving])) if moving else float("nan")
    return float(np.corrcoef(truth, tracked)[0, 1]), median, float(truth @ tracked / (truth @ truth))


def blinks(motion: NDArray[np.floating]) -> int:
    """Number of blinks."""
    lids = [RIG61.columns.index(f"eyeBlink{side}") for side in ("Left", "Right")]
    return len(detect_blinks(motion[:, lids].mean(axis=1).clip(0.0, 1.0)))


def offset(seen: Observation, late: int) -> int:
    """Offset of lips and speech, read off the pictures, when the sound comes so many frames late."""
    longest = max(INJECTED)
    lips, sound, found = (track[longest:-longest] for track in (seen.lips, np.roll(seen.sound, late), seen.found))
    return landmark_offset(lips, sound, valid=found).offset


def checks(observations: Sequence[Observation]) -> list[str]:
    """What is wanted, and what was measured."""
    found = np.concatenate([seen.found for seen in observations]).mean()
    worst = min(observations, key=lambda seen: seen.found.mean())
    talking = [seen for seen in observations if seen.speaks >= SPEAKING]
    errors = np.array([[offset(seen, late) + late for late in INJECTED] for seen in talking])
    plain, all_of_them = np.abs(errors[:, INJECTED.index(0)]) <= 1, np.abs(errors) <= 1
    median = np.abs(np.median(errors, axis=0)).max()
    made, tracked = (
        sum(map(blinks, motions)) for motions in zip(*((o.truth, o.tracked) for o in observations), strict=True)
    )
    return [
        f"| face found | {found:.2%} of the frames; least {worst.found.mean():.1%} ({worst.person}) | >= 99.5 % |",
        f"| offset of lips and speech, {len(talking)} tracks with at least {SPEAKING:.0f} s of speech "
        f"| within one frame on {plain.mean():.0%} | >= 90 % |",
        f"| injected offsets of -10..10 frames | within one frame on {all_of_them.mean():.0%}; "
        f"medians over tracks off by at most {median:.0f} | within one frame |",
        f"| blinks | {tracked} tracked, {made} performed: {tracked / made - 1:+.1%} | within 10 % |",
    ]


def table(observations: Sequence[Observation]) -> str:
    """The page."""
    rows = [
        f"| {group} | `{column}` | " + " | ".join(f"{value:.2f}" for value in correlations(observations, column)) + " |"
        for group, columns in COEFFICIENTS.items()
        for column in columns
    ]
    return "\n".join(
        [
            "# What the face tracker sees of rendered people",
            "",
            f"Made by `python tools/tracker_vs_truth.py`: {len(observations)} people, each in the conversation in which they say",
            f"most, {sum(len(seen.found) for seen in observations)} frames at {SIZE} px, drawn from the performed motion and tracked "
            "without being encoded.",
            "",
            "| check | measured | wanted |",
            "|---|---|---|",
            *checks(observations),
            "",
            "Correlation of tracked with performed motion, frame by frame with each person's mean taken off: over all frames,",
            "and the median over the people whose truth moves. Slope: tracked units per performed unit. What stays below about 0.5",
            "should not be read off rendered pictures with this tracker: use native motion.",
            "",
            "| part | column | correlation | median person | slope |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def main() -> None:
    """Draw, track, and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=16.0)
    parser.add_argument("--people", nargs="+", default=list(read_people()), metavar="NAME")
    options = parser.parse_args()
    observations = [observe(*row, options.seconds) for row in chosen(options.people, options.seconds)]
    options.out.write_text(table(observations), "utf-8")


if __name__ == "__main__":
    main()
