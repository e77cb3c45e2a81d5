"""What dyad-mini is made of: where its content lies, and the manifests that lock it. Needs nothing that draws or decodes."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from echo_bench.clip import Side
from echo_bench.datasets.manifest import ClipEntry, Manifest, SideEntry, SpanEntry
from echo_bench.media.hashing import file_sha256
from echo_bench.simulator.behaviour import Scene
from echo_bench.simulator.dialogue import Dialogue, read_dialogue, read_dialogues
from echo_bench.simulator.people import read_people
from echo_bench.simulator.speech import Speech, read_speech

NAME, VERSION = "dyad-mini", "1"
SIZES: Mapping[str, int] = {"demo": 128, "train": 128, "val": 256, "test": 256, "test-ood": 256}
"""Splits, the default first, and the width and height of their pictures in pixels."""

SPLITS = tuple(SIZES)
WITH_REACTIONS = ("test", "test-ood")
"""Splits whose clips come with other reactions, right and wrong ones."""

REMEMBERED, CUED = 8.0, 19.0
"""Seconds: a clip asks for long memory if a turn that ends before the first is brought back after the second."""

SIDES: tuple[Side, Side] = ("user", "avatar")
CONTENT = Path(str(files("echo_bench.simulator")))
DATA = f"data/{NAME}-{VERSION}"
SPLIT_FILES = Path(str(files("echo_bench.datasets"))) / "splits"
PIXELS = SPLIT_FILES / f"{NAME}-demo.pixels.json"
"""What the demo looked like when it was locked, and with which library versions."""


def manifest_path(split: str) -> Path:
    """Where the locked manifest of a split lies."""
    return SPLIT_FILES / f"{NAME}-{split}.json"


def content_files(clip: str, split: str) -> tuple[str, ...]:
    """Everything that a clip is made of, relative to the content folder."""
    kinds = [f"{side}.{kind}" for side in SIDES for kind in ("opus", "npz")]
    kinds += ["json", "truth.json", *(["reactions.json"] if split in WITH_REACTIONS else [])]
    return (f"dialogues/{clip}.toml", "people.toml", *(f"{DATA}/{clip}.{kind}" for kind in kinds))


def read_scene(clip: str, content: Path = CONTENT) -> Scene:
    """What a clip is performed from."""
    dialogue = read_dialogue(content / "dialogues" / f"{clip}.toml")
    speech = read_speech(content / DATA / f"{clip}.json")
    return Scene(dialogue, speech, {side: read_people()[dialogue.cast[side]] for side in SIDES})


def lock(split: str, content: Path = CONTENT) -> Manifest:
    """The manifest of a split as the content is now; authoring writes it, nobody else needs it."""
    dialogues = [dialogue for dialogue in read_dialogues(content / "dialogues").values() if dialogue.split == split]
    names = sorted({name for dialogue in dialogues for name in content_files(dialogue.id, split)})
    return Manifest(
        dataset=NAME,
        version=VERSION,
        split=split,
        clips=tuple(_entry(dialogue, read_speech(content / DATA / f"{dialogue.id}.json")) for dialogue in dialogues),
        sha256={name: file_sha256(content / name) for name in names},
    ).locked()


def memory(dialogue: Dialogue, speech: Speech) -> str:
    """``long`` if the user late in the clip brings back what was said at its beginning, else ``short``.

    By real times: the recalled turn ends before second 8, and the message of the turn that recalls it lands after second 19.
    """
    late = [turn for turn in dialogue.turns if turn.who == "user" and speech.landing(dialogue, turn.id) > CUED]
    early = [name for turn in late for name in turn.recalls if speech.turns[name][1] < REMEMBERED]
    return "long" if early else "short"


def _entry(dialogue: Dialogue, speech: Speech) -> ClipEntry:
    user, avatar = (SideEntry(audio=f"{DATA}/{dialogue.id}.{side}.opus") for side in SIDES)
    spans = (SpanEntry(who=s.who, start=s.start, end=s.end, emotion=s.emotion) for s in speech.spans(dialogue))
    return ClipEntry(
        id=dialogue.id,
        user=user,
        avatar=avatar,
        cluster="+".join(sorted(dialogue.cast.values())),
        identities={side: dialogue.cast[side] for side in SIDES},
        strata={"kind": dialogue.kind, "memory": memory(dialogue, speech)},
        spans=tuple(spans),
    )
