"""Ladders: the damages that rows are made of, by what is known of the clips."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from echo_bench.clip import DyadicClip
from echo_bench.errors import DatasetError, UnknownNameError
from echo_bench.methods.truth import GroundTruth
from echo_bench.validation.damages import MOTION
from echo_bench.validation.methods import HARMLESS, SHIFT, SOUND_LATE, TINY, DamagedMotion, DelayedSound
from echo_bench.validation.pictures import (
    COARSEST,
    CODED,
    CRF,
    FACE,
    GRAIN,
    LOOKS,
    ORDERS,
    AnotherFace,
    Coded,
    Looks,
    Reordered,
)


@dataclass(frozen=True, slots=True)
class Rung:
    """One damage.

    Attributes
    ----------
    words : str
        What it does at full strength.
    row : callable
        Strength from 0 to 1 -> the row that has it.
    apart : bool
        Its pictures are the truth's own and not encoded again, as those of all others are: it is held against its own strength 0.
    """

    words: str
    row: Callable[[float], GroundTruth]
    apart: bool = False


UNDRAWN = ("noise", "exaggerate", "identity", "late")
"""Damages to motion that are not drawn: `grain`, `shrink`, `another-face` and `sound-late` are near enough."""
Ladder = Mapping[str, Rung]
"""Damages by name; one of them is ``harmless``, and at strength 0 it is no damage at all."""


def motion_ladder() -> Ladder:
    """Damages to delivered motion and to sound."""
    return {
        **{name: Rung(_words(damage), _moved(name)) for name, damage in MOTION.items()},
        SOUND_LATE: _SOUND,
        HARMLESS: Rung(
            f"Noise of up to {TINY / 2:.0%} of each column's spread, which must not count.", _moved(HARMLESS)
        ),
    }


def drawn_ladder(clips: Sequence[DyadicClip]) -> Ladder:
    """Damages to pictures, to the motion that is drawn, and to sound, of clips of dyad-mini.

    Every row is drawn and measured by every net: of motion's damages it has those that are not much like another one.
    """
    strangers = _strangers(clips)
    face = Rung(
        "The last part, up to all of it, is another person's face in the same motion.",
        lambda level: AnotherFace(level, strangers),
    )
    return {**_LOOKS, FACE: face, **{name: rung for name, rung in motion_ladder().items() if name not in UNDRAWN}}


def filmed_ladder() -> Ladder:
    """Damages to footage, whose people's motion is not known, and to its sound."""
    harmless = Rung(
        f"Grain of up to {GRAIN * TINY:.1f} grey levels, which must not count.", _seen("grain", TINY, HARMLESS)
    )
    return {
        **_LOOKS,
        **{name: Rung(_words(MOTION[name]), _ordered(name)) for name in ORDERS},
        SOUND_LATE: _SOUND,
        HARMLESS: harmless,
    }


def part_of(ladder: Ladder, wanted: Sequence[str]) -> Ladder:
    """Some damages of a ladder and ``harmless``; all of them where none is named.

    Raises
    ------
    UnknownNameError
        When a damage is not on the ladder.
    """
    if unknown := [name for name in wanted if name not in ladder]:
        raise UnknownNameError(f"no damage is called {', '.join(unknown)}", fix=f"one of {', '.join(ladder)}")
    return {name: rung for name, rung in ladder.items() if not wanted or name in wanted or name == HARMLESS}


def _strangers(clips: Sequence[DyadicClip]) -> dict[str, str]:
    """Clip -> the avatar of the next clip whose avatar is somebody else.

    Raises
    ------
    DatasetError
        When all clips have one avatar.
    """
    people = [clip.identities["avatar"] for clip in clips]
    if len(set(people)) < 2:
        raise DatasetError("all clips show one person: there is nobody else to show", fix="take more clips")
    turned = [people[at:] + people[:at] for at in range(len(people))]
    return {clip.id: next(p for p in round_ if p != round_[0]) for clip, round_ in zip(clips, turned, strict=True)}


def _words(damage: object) -> str:
    return (damage.__doc__ or "").strip()


def _moved(name: str) -> Callable[[float], GroundTruth]:
    return lambda level: DamagedMotion(name, level)


def _ordered(name: str) -> Callable[[float], GroundTruth]:
    return lambda level: Reordered(name, level)


def _seen(look: str, most: float, name: str) -> Callable[[float], GroundTruth]:
    return lambda level: Looks(look, most * level, f"{name}-{level:.2f}")


_SOUND = Rung(f"The sound comes up to {SHIFT} frames ({SHIFT / 25:.2f} s) late.", DelayedSound, apart=True)
_LOOKS: Ladder = {
    **{name: Rung(_words(look), _seen(name, 1.0, name)) for name, look in LOOKS.items()},
    CODED: Rung(f"H.264 at a constant rate factor of up to {COARSEST}, where every row has {CRF}.", Coded),
}
