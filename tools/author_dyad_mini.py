"""Make the content of dyad-mini from its dialogues: speech, alignment, motion, manifests (authoring time only).

    python -m venv authoring && . authoring/bin/activate && pip install -r tools/requirements-dyad-mini.txt && pip install -e .
    python tools/author_dyad_mini.py

`--motion` leaves the speech as it is and makes motion and manifests anew; it needs echo-bench alone. docs/datasets/dyad-mini-content.md
lists what this uses and under which licences.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from echo_bench.clip import Side
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, SIDES, SPLITS, lock, manifest_path
from echo_bench.motion_io import save_motion
from echo_bench.simulator.behaviour import Performance, perform
from echo_bench.simulator.dialogue import Dialogue, Turn, read_dialogues
from echo_bench.simulator.people import read_people
from echo_bench.simulator.speech import FPS, read_speech

if TYPE_CHECKING:
    from dyad_mini_voice import Signal, Synthesiser

SENTENCE_PAUSE = 0.22  # seconds between two sentences of one turn
TAIL = 0.1  # seconds at least between the last word and the clip's end
BIT_RATE = 24_000


def speak(dialogue: Dialogue, synthesiser: Synthesiser, folder: Path) -> None:
    """Synthesise and align both sides of a dialogue and write their sound and times."""
    from dyad_mini_voice import RATE, loudness, pitch

    voices = {side: read_people()[dialogue.cast[side]].voice for side in SIDES}
    frames = round(dialogue.duration * FPS)
    tracks = {side: np.zeros(round(dialogue.duration * RATE)) for side in SIDES}
    words: dict[Side, list[list[Any]]] = {"user": [], "avatar": []}
    phones: dict[Side, list[list[Any]]] = {"user": [], "avatar": []}
    spans: dict[str, tuple[float, float]] = {}
    for turn in dialogue.turns:
        sound, said, sounded = speak_turn(turn, voices[turn.who], synthesiser)
        offset = anchor(dialogue, turn, spans, words) + turn.gap - said[0][0]
        spans[turn.id] = (round(offset + said[0][0], 3), round(offset + said[-1][1], 3))
        lay(tracks[turn.who], sound, offset, f"{dialogue.id}: turn {turn.id!r}")
        words[turn.who] += [[round(a + offset, 3), round(b + offset, 3), text, turn.id] for a, b, text in said]
        phones[turn.who] += [[round(a + offset, 3), round(b + offset, 3), label] for a, b, label in sounded]
    late = max(end for _, end in spans.values())
    if late > dialogue.duration - TAIL:
        raise SystemExit(f"{dialogue.id}: speech ends at {late:.2f} s of {dialogue.duration} s: shorten it")
    print(f"{dialogue.id}: speech ends at {late:.2f} s of {dialogue.duration} s")
    times: dict[str, Any] = {"dialogue": dialogue.id, "duration": dialogue.duration, "turns": spans}
    for side in SIDES:
        write_opus(folder / f"{dialogue.id}.{side}.opus", tracks[side])
        loud = loudness(tracks[side], frames, FPS)
        times[side] = {
            "voice": voices[side],
            "words": sorted(words[side]),
            "phones": sorted(phones[side]),
            "loudness": np.rint(100 * loud / max(loud.max(), 1e-9)).astype(int).tolist(),
            "pitch": np.rint(pitch(tracks[side], frames, FPS)).astype(int).tolist(),
        }
    write_json(folder / f"{dialogue.id}.json", times)


def speak_turn(
    turn: Turn, voice: str, synthesiser: Synthesiser
) -> tuple[Signal, list[tuple[float, float, str]], list[tuple[float, float, str]]]:
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
        sound = synthesiser.say(sentence.strip(), voice, turn.emotion, turn.intensity)
        spoken = turn.model_copy(update={"text": sentence}).words()
        aligned = align(sound, spoken)
        words += [(start + at, end + at, text) for start, end, text in aligned.words]
        phones += [(start + at, end + at, label) for start, end, label in aligned.phones]
        pieces += [sound, np.zeros(round(SENTENCE_PAUSE * RATE))]
        at += len(sound) / RATE + SENTENCE_PAUSE
    return np.concatenate(pieces[:-1]), words, phones


def anchor(
    dialogue: Dialogue, turn: Turn, spans: dict[str, tuple[float, float]], words: dict[Side, list[list[Any]]]
) -> float:
    """The time from which the gap of a turn counts."""
    number = dialogue.turns.index(turn)
    if number == 0:
        return 0.0
    name = turn.after or dialogue.turns[number - 1].id
    if turn.word is None:
        return spans[name][1]
    said = words[dialogue.turn(name).who]
    return float(next(end for _, end, text, of in said if of == name and text == turn.word))


def lay(track: Signal, sound: Signal, offset: float, where: str) -> None:
    """Put the sound of a turn into its side's track."""
    from dyad_mini_voice import RATE

    start = round(offset * RATE)
    if start < 0 or start + len(sound) > len(track):
        raise SystemExit(f"{where} lies at {offset:.2f}-{offset + len(sound) / RATE:.2f} s, outside the clip")
    if np.abs(track[start : start + len(sound)]).max() > 0:
        raise SystemExit(f"{where} at {offset:.2f} s speaks into the same person's earlier turn")
    track[start : start + len(sound)] = sound


def write_opus(path: Path, track: Signal) -> None:
    """Write 16 kHz mono Opus; the same track gives the same bytes."""
    import av
    from dyad_mini_voice import RATE

    pcm = (np.clip(track, -1, 1) * 32767).astype(np.int16)[None]
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono")
        stream.bit_rate = BIT_RATE
        stream.codec_context.options = {"application": "audio", "vbr": "on"}
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        frame.sample_rate = RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def act(dialogue: Dialogue, folder: Path) -> None:
    """Perform a dialogue and write motion and truth."""
    people = read_people()
    cast = {side: people[dialogue.cast[side]] for side in SIDES}
    performance = perform(dialogue, read_speech(folder / f"{dialogue.id}.json"), cast)
    for side in SIDES:
        motion = performance.motion[side]
        save_motion(folder / f"{dialogue.id}.{side}.npz", motion, np.ones(len(motion), bool))
    write_json(folder / f"{dialogue.id}.truth.json", truth(performance))


def truth(performance: Performance) -> dict[str, Any]:
    """What no recording knows, as plain values."""
    return {
        "events": [event.as_json() for event in performance.events],
        "affect": {side: np.round(performance.affect[side].astype(float), 3).tolist() for side in SIDES},
    }


def write_json(path: Path, content: dict[str, Any]) -> None:
    """One line per entry: small, and still readable in a diff."""
    rows = [f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in content.items()]
    path.write_text("{" + ",\n".join(rows) + "}\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--motion", action="store_true", help="keep the speech, make motion and manifests anew")
    keep_speech = parser.parse_args().motion
    dialogues = read_dialogues()
    folder = CONTENT / DATA
    folder.mkdir(parents=True, exist_ok=True)
    if not keep_speech:
        from dyad_mini_voice import Synthesiser

        synthesiser = Synthesiser()
        for dialogue in dialogues.values():
            speak(dialogue, synthesiser, folder)
    for dialogue in dialogues.values():
        act(dialogue, folder)
    for split in SPLITS:
        lock(split).write(manifest_path(split))


if __name__ == "__main__":
    main()
