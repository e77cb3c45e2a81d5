"""Make the content of dyad-mini from its dialogues: speech, alignment, motion, manifests (authoring time only).

    python -m venv authoring && . authoring/bin/activate && pip install -r tools/requirements-dyad-mini.txt && pip install -e .
    python tools/author_dyad_mini.py

`--motion` leaves the speech as it is and makes motion and manifests anew; it needs echo-bench alone. docs/datasets/dyad-mini-content.md
lists what this uses and under which licences.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from dyad_mini_motion import perform_all, record_pixels

from echo_bench.clip import Side
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, SIDES
from echo_bench.simulator.dialogue import Dialogue, Turn, read_dialogues
from echo_bench.simulator.people import read_people
from echo_bench.simulator.speech import FPS, read_speech
from echo_bench.simulator.truth import write_lines

if TYPE_CHECKING:
    from dyad_mini_voice import Signal, Synthesiser

SENTENCE_PAUSE = 0.22  # seconds between two sentences of one turn
OWN_PAUSE = 0.1  # seconds at least between two turns of one person
TAIL = 0.1  # seconds at least between the last word and the clip's end
CLOSING = 1.6  # seconds between the last word and the end of a clip whose length is not given
SHORTEST, LONGEST = 20.0, 40.0  # seconds of such a clip
BIT_RATE = 16_000


@dataclass
class Spoken:
    """A dialogue on its way to sound: where everything lies so far."""

    spans: dict[str, tuple[float, float]] = field(default_factory=dict)
    words: dict[Side, list[list[Any]]] = field(default_factory=lambda: {"user": [], "avatar": []})
    phones: dict[Side, list[list[Any]]] = field(default_factory=lambda: {"user": [], "avatar": []})
    sounds: dict[Side, list[tuple[float, Signal]]] = field(default_factory=lambda: {"user": [], "avatar": []})


def digest(dialogue: Dialogue, voices: Mapping[Side, str], recipes: Mapping[str, Any]) -> str:
    """What the speech of a dialogue depends on."""
    turns = [turn.model_dump(mode="json", exclude={"recalls", "intent", "key"}) for turn in dialogue.turns]
    content = [
        turns,
        dialogue.duration,
        [[side, voices[side], repr(recipes[voices[side]])] for side in SIDES],
        BIT_RATE,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def speak(dialogue: Dialogue, folder: Path) -> str:
    """Synthesise and align both sides of a dialogue and write their sound and times, unless they are there already."""
    from dyad_mini_voice import RATE, loudness, pitch

    voices = {side: read_people()[dialogue.cast[side]].voice for side in SIDES}
    made_of = digest(dialogue, voices, synthesiser().recipes)
    path = folder / f"{dialogue.id}.json"
    if path.exists() and read_speech(path).made_of == made_of:
        return f"{dialogue.id}: is there"
    spoken = Spoken()
    for turn in dialogue.turns:
        place(dialogue, turn, voices[turn.who], spoken)
    duration = length(dialogue, max(end for _, end in spoken.spans.values()))
    frames = round(duration * FPS)
    times: dict[str, Any] = {"dialogue": dialogue.id, "duration": duration, "made_of": made_of, "turns": spoken.spans}
    for side in SIDES:
        track = np.zeros(round(duration * RATE))
        for offset, sound in spoken.sounds[side]:
            lay(track, sound, offset, f"{dialogue.id}.{side}")
        write_opus(folder / f"{dialogue.id}.{side}.opus", track)
        loud = loudness(track, frames, FPS)
        times[side] = {
            "voice": voices[side],
            "words": sorted(spoken.words[side]),
            "phones": sorted(spoken.phones[side]),
            "loudness": np.rint(100 * loud / max(loud.max(), 1e-9)).astype(int).tolist(),
            "pitch": np.rint(pitch(track, frames, FPS)).astype(int).tolist(),
        }
    write_lines(path, times)
    return f"{dialogue.id}: {duration} s"


@cache
def synthesiser() -> Synthesiser:
    """The one synthesiser of this process."""
    from dyad_mini_voice import Synthesiser

    return Synthesiser()


def place(dialogue: Dialogue, turn: Turn, voice: str, spoken: Spoken) -> None:
    """Speak a turn and put it in its place: nobody speaks into their own earlier turn."""
    sound, said, sounded = speak_turn(turn, voice)
    own = [spoken.spans[other.id][1] for other in dialogue.turns if other.who == turn.who and other.id in spoken.spans]
    start = max([anchor(dialogue, turn, spoken) + turn.gap, *(end + OWN_PAUSE for end in own)])
    offset = start - said[0][0]
    spoken.spans[turn.id] = (round(start, 3), round(offset + said[-1][1], 3))
    spoken.sounds[turn.who].append((offset, sound))
    spoken.words[turn.who] += [[round(a + offset, 3), round(b + offset, 3), text, turn.id] for a, b, text in said]
    spoken.phones[turn.who] += [[round(a + offset, 3), round(b + offset, 3), label] for a, b, label in sounded]


def length(dialogue: Dialogue, end: float) -> float:
    """Seconds of the clip whose speech ends at `end`."""
    duration = dialogue.duration or max(SHORTEST, math.ceil((end + CLOSING) * 5) / 5)
    if end > duration - TAIL or duration > max(LONGEST, dialogue.duration or 0):
        raise ValueError(f"speech ends at {end:.2f} s of {duration} s: shorten it")
    return duration


def speak_turn(turn: Turn, voice: str) -> tuple[Signal, list[tuple[float, float, str]], list[tuple[float, float, str]]]:
    """Sound of a turn with times of its words and phones from the start of the sound.

    Sentences are aligned one by one: the pauses between them are ours, so no aligner has to find them.
    """
    from dyad_mini_align import align
    from dyad_mini_voice import RATE, sentences

    pieces: list[Signal] = []
    words: list[tuple[float, float, str]] = []
    phones: list[tuple[float, float, str]] = []
    at = 0.0
    for sentence in sentences(turn.text):
        sound = synthesiser().say(sentence.strip(), voice, turn.emotion, turn.intensity)
        spoken = turn.model_copy(update={"text": sentence}).words()
        aligned = align(sound, spoken)
        words += [(start + at, end + at, text) for start, end, text in aligned.words]
        phones += [(start + at, end + at, label) for start, end, label in aligned.phones]
        pieces += [sound, np.zeros(round(SENTENCE_PAUSE * RATE))]
        at += len(sound) / RATE + SENTENCE_PAUSE
    return np.concatenate(pieces[:-1]), words, phones


def anchor(dialogue: Dialogue, turn: Turn, spoken: Spoken) -> float:
    """The time from which the gap of a turn counts."""
    number = dialogue.turns.index(turn)
    if number == 0:
        return 0.0
    name = turn.after or dialogue.turns[number - 1].id
    if turn.word is None:
        return spoken.spans[name][1]
    said = spoken.words[dialogue.turn(name).who]
    return float(next(end for _, end, text, of in said if of == name and text == turn.word))


def lay(track: Signal, sound: Signal, offset: float, where: str) -> None:
    """Add the sound of a turn to its side's track; the quiet ends of two turns may touch."""
    from dyad_mini_voice import RATE

    start = round(offset * RATE)
    if start < 0 or start + len(sound) > len(track):
        raise ValueError(f"{where} speaks at {offset:.2f}-{offset + len(sound) / RATE:.2f} s, outside the clip")
    track[start : start + len(sound)] += sound


def write_opus(path: Path, track: Signal) -> None:
    """Write 16 kHz mono Opus; the same track gives the same bytes."""
    import av
    from dyad_mini_voice import RATE

    pcm = (np.clip(track, -1, 1) * 32767).astype(np.int16)[None]
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono")
        stream.bit_rate = BIT_RATE
        stream.codec_context.options = {"application": "voip", "vbr": "on", "dtx": "1"}
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        frame.sample_rate = RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def map_all(pool: Executor, step: Callable[[Dialogue], str], dialogues: Sequence[Dialogue]) -> Iterator[str]:
    """Run a step on every dialogue, show how each went, and give the reason of each that failed (empty where none did)."""
    pending = {pool.submit(step, dialogue): dialogue.id for dialogue in dialogues}
    for future in as_completed(pending):
        error = future.exception()
        print(f"{pending[future]}: {error}" if error else future.result(), flush=True)
        yield f"{pending[future]}: {error}" if error else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_mutually_exclusive_group()
    steps.add_argument("--speech", action="store_true", help="make only the speech that is missing or out of date")
    steps.add_argument(
        "--motion", action="store_true", help="keep the speech, make motion, truth, reactions and manifests anew"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    given = parser.parse_args()
    dialogues = list(read_dialogues().values())
    folder = CONTENT / DATA
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(given.jobs) as pool:
        if not given.motion:
            lines = list(map_all(pool, partial(speak, folder=folder), dialogues))
            if any(lines):
                raise SystemExit("\n".join(filter(None, lines)))
        if not given.speech:
            perform_all(pool, [dialogue.id for dialogue in dialogues])
    if not given.speech:
        record_pixels()


if __name__ == "__main__":
    main()
