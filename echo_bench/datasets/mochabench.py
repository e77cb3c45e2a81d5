"""`mochabench`: MoChaBench (Wei et al., 2025), what talking characters are to say, in subtasks.

``benchmark/SUBTASK/NAME.mp4``, ``NAME.wav`` and, where the voice stands apart, ``NAME_speech.wav``. Source: congwei1230/MoChaBench.
The counts are those of its table; the sum is ours. The headline of the paper leaves out ``chinese``.
"""

from __future__ import annotations

from echo_bench.datasets.published import Scan
from echo_bench.datasets.talking import Talking

CASES = 199 + 4 + 15
"""Monologues in English and Chinese, and dialogues in turns."""


class MoChaBench(Talking):
    """The dataset `mochabench`."""

    name = "mochabench"
    version = "2025"
    official = {"all": CASES}  # noqa: RUF012

    def scan(self) -> Scan:
        """Videos of all subtasks; one without a sound beside it is a defect."""
        clips, defects = [], []
        for path in sorted((self.root / "benchmark").glob("*/*.mp4")):
            subtask, shown = path.parent.name, path.relative_to(self.root).as_posix()
            sounds = [path.with_name(path.stem + end) for end in ("_speech.wav", ".wav")]
            sound = next((sound for sound in sounds if sound.is_file()), None)
            if sound is None:
                defects.append(f"{shown}: has neither {sounds[0].name} nor {sounds[1].name} beside it")
            strata = {"subtask": subtask, "turns": "two" if subtask.startswith("2p_2clip") else "one"}
            clips.append(self.talker(f"{subtask}.{path.stem}", path, f"{subtask}.{path.stem}", sound, **strata))
        return Scan({"all": clips} if clips else {}, defects)
