"""The right and wrong reactions that belong to a clip, and how they are kept: as seeds and events, with the hash of the motion.

``<id>.reactions.json`` holds a list with one row per reaction. Motion is made again from label and seed when it is needed, and used only
if it has the hash that is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from echo_bench.errors import DatasetError, ManifestError
from echo_bench.simulator.behaviour import Scene
from echo_bench.simulator.draws import stream
from echo_bench.simulator.events import Row
from echo_bench.simulator.reactions import Label, Reaction, sample

COUNTS: Mapping[Label, int] = {"appropriate": 8, "wrong-affect": 3, "wrong-timing": 3, "other-context": 3}


class StoredReaction(BaseModel):
    """A reaction as it is kept.

    Attributes
    ----------
    label : str
    seed : int
    other : str, optional
        The other conversation, of ``other-context``.
    events : tuple of row
        The avatar's acts (:meth:`echo_bench.simulator.events.Event.row`).
    sha256 : str
        Of the motion: its bytes, row by row, little-endian float32.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Label
    seed: int
    other: str | None = None
    events: tuple[Row, ...]
    sha256: str


STORED = TypeAdapter(tuple[StoredReaction, ...])


def alternatives(scene: Scene, scenes: Mapping[str, Scene]) -> list[Reaction]:
    """All reactions that belong to a clip: 8 appropriate ones and three of each wrong kind.

    Parameters
    ----------
    scene : Scene
        The clip.
    scenes : mapping of str to Scene
        The conversations of its split; those of another kind serve as other contexts.

    Returns
    -------
    list of Reaction
        In the order of :data:`COUNTS`, seeds from 1.

    Raises
    ------
    DatasetError
        When there are too few conversations of other kinds.
    """
    contexts = _contexts(scene, scenes)
    drawn = [(label, seed) for label, count in COUNTS.items() for seed in range(1, count + 1)]
    return [
        sample(scene, label, seed, contexts[seed - 1] if label == "other-context" else None) for label, seed in drawn
    ]


def _contexts(scene: Scene, scenes: Mapping[str, Scene]) -> list[Scene]:
    """Conversations of other kinds, as many as are needed, no two from one pair."""
    here = scene.dialogue
    unlike = {
        there.dialogue.pair or name: there
        for name, there in sorted(scenes.items())
        if there.dialogue.kind != here.kind and (here.pair is None or there.dialogue.pair != here.pair)
    }
    needed = COUNTS["other-context"]
    if len(unlike) < needed:
        raise DatasetError(
            f"{needed} conversations of other kinds are needed and {len(unlike)} are there", where=here.id
        )
    chosen = stream(here.id, "other-context").permutation(sorted(unlike))[:needed]
    return [unlike[name] for name in chosen]


def motion_sha256(motion: NDArray[np.float32]) -> str:
    """The hash by which motion (T, 61) is known.

    Examples
    --------
    >>> motion_sha256(np.zeros((2, 61), np.float32))[:8]
    'f8afcaf4'
    """
    return hashlib.sha256(np.ascontiguousarray(motion, "<f4").tobytes()).hexdigest()


def write(path: Path, reactions: Iterable[Reaction]) -> None:
    """Keep reactions: one line each, equal content in equal bytes."""
    rows = (
        StoredReaction(
            label=reaction.label,
            seed=reaction.seed,
            other=reaction.other,
            events=tuple(event.row() for event in reaction.events),
            sha256=motion_sha256(reaction.motion),
        ).model_dump(exclude_none=True)
        for reaction in reactions
    )
    path.write_text("[" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "]\n", "utf-8")


def read(path: Path) -> tuple[StoredReaction, ...]:
    """Read what :func:`write` wrote.

    Raises
    ------
    DatasetError
        When the file does not have this form.
    """
    try:
        return STORED.validate_json(path.read_bytes())
    except ValidationError as error:
        lines = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise DatasetError(f"does not hold the reactions of a clip: {lines}", where=path) from error


def regenerate(scene: Scene, stored: StoredReaction, scenes: Mapping[str, Scene]) -> Reaction:
    """Make a kept reaction again.

    Parameters
    ----------
    scene : Scene
        The clip that it belongs to.
    stored : StoredReaction
    scenes : mapping of str to Scene
        Holds the conversation that `stored` names as its other context.

    Raises
    ------
    ManifestError
        When the motion is not the one that was kept.
    """
    made = sample(scene, stored.label, stored.seed, scenes[stored.other] if stored.other else None)
    found = motion_sha256(made.motion)
    if found != stored.sha256:
        raise ManifestError(
            f"the {stored.label} reaction of seed {stored.seed} came out as {found[:12]}, not as the locked {stored.sha256[:12]}",
            where=scene.dialogue.id,
            fix="install the versions of constraints.txt; if they are installed, report it with your numpy version and processor",
        )
    return made
