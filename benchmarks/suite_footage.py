"""Footage of the one-pass benchmark: people of dyad-mini's demo talking, drawn at any size, and two methods that move less than they do."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from echo_bench.clip import AudioRef, MotionRef
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA
from echo_bench.media.audio import waveform
from echo_bench.media.encode import write_video
from echo_bench.motion_io import load_motion
from echo_bench.simulator.dialogue import read_dialogues
from echo_bench.simulator.identity import identity
from echo_bench.simulator.people import read_people
from echo_bench.simulator.render import render

FPS, RATE = 25, 16000
TRUTH = "truth"
METHODS = {"a": 0.8, "b": 0.6}
"""Methods, and how much of the truth's motion each shows."""


def draw(folder: Path, clips: int, seconds: float, size: int) -> None:
    """Write ``truth/k.mp4``, ``a/k.mp4`` and ``b/k.mp4`` with sound; a conversation that is too short starts again."""
    demo = [dialogue for dialogue in read_dialogues().values() if dialogue.split == "demo"]
    for index in range(clips):
        dialogue = demo[index % len(demo)]
        content = CONTENT / DATA / dialogue.id
        motion, _ = load_motion(MotionRef(content.with_suffix(".avatar.npz"), "", "rig61", "native"))
        sound = waveform(AudioRef(content.with_suffix(".avatar.opus"), ""), rate=RATE)
        shown = np.resize(motion, (round(seconds * FPS), motion.shape[1]))
        heard = np.resize(sound[: len(motion) * RATE // FPS], round(seconds * RATE))
        person = identity(read_people()[dialogue.cast["avatar"]].face)
        for name, share in {TRUTH: 1.0, **METHODS}.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            frames = render(np.float32(share) * shown, person, size)
            write_video(folder / name / f"{index:02d}.mp4", frames, audio=heard, audio_rate=RATE)
