"""What dyad-mini is made of: where its content lies, and the manifests that lock it. Needs nothing that draws or decodes."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from echo_bench.clip import Side
from echo_bench.datasets.manifest import ClipEntry, Manifest, SideEntry, SpanEntry
from echo_bench.media.hashing import file_sha256
from echo_bench.simulator.dialogue import Dialogue, read_dialogues
from echo_bench.simulator.speech import Speech, read_speech

NAME, VERSION = "dyad-mini", "0"
SPLITS = ("demo", "train")
SIDES: tuple[Side, Side] = ("user", "avatar")
CONTENT = Path(str(files("echo_bench.simulator")))
DATA = f"data/{NAME}-{VERSION}"


def manifest_path(split: str) -> Path:
    """Where the locked manifest of a split lies."""
    return Path(str(files("echo_bench.datasets"))) / "splits" / f"{NAME}-{split}.json"


def content_files(clip: str) -> tuple[str, ...]:
    """Everything that a clip is made of, relative to the content folder."""
    sides = [f"{DATA}/{clip}.{side}.{kind}" for side in SIDES for kind in ("opus", "npz")]
    return (f"dialogues/{clip}.toml", f"{DATA}/{clip}.json", f"{DATA}/{clip}.truth.json", "people.toml", *sides)


def lock(split: str, content: Path = CONTENT) -> Manifest:
    """The manifest of a split as the content is now; authoring writes it, nobody else needs it."""
    dialogues = [dialogue for dialogue in read_dialogues(content / "dialogues").values() if dialogue.split == split]
    names = sorted({name for dialogue in dialogues for name in content_files(dialogue.id)})
    return Manifest(
        dataset=NAME,
        version=VERSION,
        split=split,
        clips=tuple(_entry(dialogue, read_speech(content / DATA / f"{dialogue.id}.json")) for dialogue in dialogues),
        sha256={name: file_sha256(content / name) for name in names},
    ).locked()


def _entry(dialogue: Dialogue, speech: Speech) -> ClipEntry:
    user, avatar = (SideEntry(audio=f"{DATA}/{dialogue.id}.{side}.opus") for side in SIDES)
    spans = (SpanEntry(who=s.who, start=s.start, end=s.end, emotion=s.emotion) for s in speech.spans(dialogue))
    return ClipEntry(
        id=dialogue.id,
        user=user,
        avatar=avatar,
        cluster="+".join(sorted(dialogue.cast.values())),
        identities={side: dialogue.cast[side] for side in SIDES},
        strata={"kind": dialogue.kind},
        spans=tuple(spans),
    )
