"""Does the user reach the lips? How far lips move, and the rest of the face, when the user is taken away and all else is equal.

The tracker fits one mesh to a face: where brows rise, its lips move, too, though no pixel of them has changed. So lips are told apart from
the rest by pasting: the face without the user is given the lips of the face with the user, and what moves its lips then is in the lips.
The other way round, the face with the user and the lips of that without, says what the mesh does to lips that are the same.

Frames are compared as the model makes them. Through a video's codec, the tracker puts lips that are the same to the last bit .13 to .24
pixels apart (four conversations at 128 pixels).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from echo_model.export import load
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from echo_bench.clip import DyadicClip, view_of
from echo_bench.faces.points68 import BROWS, EYES, INNER_LIPS, JAW, NOSE, OUTER_LIPS
from echo_bench.faces.track import FaceTrack, FaceTracker
from echo_bench.methods.echo.method import EchoTiny
from echo_bench.nets.device import inference
from echo_bench.processes import worked
from echo_bench.weights.store import weight_path
from tools.echo_eval.clips import unheard
from tools.echo_eval.differences import Paired, paired
from tools.echo_eval.runs import Place

LIPS = np.array([*OUTER_LIPS, *INNER_LIPS])
OTHERS = np.array([*JAW, *BROWS, *NOSE, *EYES])
WHOLE, NONE = 1.3, 1.8
"""Half axes of the box about the lips of both faces up to which lips are pasted, and from which they are not."""

LIMIT = 0.2
"""Share of the others' movement that lips may show."""

STILL = 1e-6
"""Pixels: less than that is rounding."""

Frame = NDArray[np.uint8]


class Moved(BaseModel):
    """Mean displacement in pixels when the user is taken away.

    Attributes
    ----------
    lips, others : float
        Of lips, and of the other landmarks of the 68.
    lips_alone : float
        Of lips, where nothing but they is taken from the face with the user.
    same_lips : float
        Of lips, where all but they is taken from it: what the mesh does.
    """

    model_config = ConfigDict(frozen=True)

    lips: float
    others: float
    lips_alone: float
    same_lips: float

    @property
    def share(self) -> float:
        """Of lips alone, as a share of the others'. 0 where nothing moved."""
        return self.lips_alone / self.others if self.others > STILL else 0.0


@dataclass(frozen=True, slots=True)
class Compared:
    """A conversation made twice by a variant, with its user and without; what is found is kept in `folder`."""

    weights: Path
    folder: Path
    seconds: float

    def __call__(self, clip: DyadicClip) -> Moved | None:
        """What is found in its last seconds; None where no frame of them shows a face in both."""
        kept = self.folder / f"{clip.id}.json"
        if not kept.is_file():
            method = EchoTiny()
            method.model = load(self.weights)
            last = round(self.seconds * clip.fps)
            with inference():
                pair = [np.stack(list(method.frames(view_of(each), 0))[-last:]) for each in (clip, unheard(clip))]
            found = moved(*pair)
            part = kept.with_suffix(".part")
            part.write_text("null" if found is None else found.model_dump_json())
            part.replace(kept)
            print(f"compared {self.folder.name}: {clip.id}", flush=True)
        text = kept.read_text()
        return None if text == "null" else Moved.model_validate_json(text)


def leakage(place: Place, name: str, whole: Sequence[DyadicClip], seconds: float) -> dict[str, Moved]:
    """What taking the user away moves, by clip, in their last seconds; clips without a frame that shows a face in both are left out."""
    folder = place.own("leak", name)
    folder.mkdir(parents=True, exist_ok=True)
    compared = Compared(place.weights / f"{name}.safetensors", folder, seconds)
    found = {clip.id: each for clip, each in worked(compared, whole, place.workers)}
    return {clip.id: each for clip in whole if (each := found[clip.id]) is not None}


def moved(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> Moved | None:
    """How far landmarks of one video's frames (T, H, W, 3) are from those of another; None without a frame in which all show a face."""
    face, rest = track(a), track(b)
    alone, same = track(wearing(b, a, rest, face)), track(wearing(a, b, face, rest))
    lips, lips_alone, same_lips = (displacement(each, rest, LIPS) for each in (face, alone, same))
    others = displacement(face, rest, OTHERS)
    if lips is None or others is None or lips_alone is None or same_lips is None:
        return None
    return Moved(lips=lips, others=others, lips_alone=lips_alone, same_lips=same_lips)


def displacement(a: FaceTrack, b: FaceTrack, points: NDArray[np.int64]) -> float | None:
    """Mean distance of landmarks of two tracks over the frames in which both see the face; None without such frames."""
    count = min(len(a.detected), len(b.detected))
    both = a.detected[:count] & b.detected[:count]
    if not both.any():
        return None
    one, other = (each.landmarks[:count][both].astype(np.float64)[:, points, :2] for each in (a, b))
    return float(np.linalg.norm(one - other, axis=2).mean())


def wearing(faces: Iterable[Frame], lips: Iterable[Frame], of_faces: FaceTrack, of_lips: FaceTrack) -> Iterator[Frame]:
    """Frames with the lips of others, at their place; as they are where either shows no face."""
    places = zip(of_faces.landmarks[:, LIPS, :2], of_lips.landmarks[:, LIPS, :2], strict=False)
    for frame, other, place in zip(faces, lips, places, strict=False):
        share = about(np.concatenate(place), frame.shape[:2])
        yield (frame + share * (other.astype(np.float64) - frame)).round().astype(np.uint8)


def about(points: NDArray[np.floating], size: tuple[int, ...]) -> NDArray[np.float64]:
    """Weights (H, W, 1) of pixels: 1 on the ellipse about points (N, 2), 0 away from it and where they are not known."""
    low, high = points.min(0), points.max(0)
    rows, columns = (np.arange(side) + 0.5 for side in size)
    x, y = (
        (cells - middle) / radius
        for cells, middle, radius in zip((columns, rows), (low + high) / 2, (high - low) / 2, strict=True)
    )
    away = np.hypot(x[None, :], y[:, None])
    return np.nan_to_num(np.clip((NONE - away) / (NONE - WHOLE), 0.0, 1.0))[..., None]


def track(pictures: Iterable[Frame]) -> FaceTrack:
    """The face of a video."""
    tracker = FaceTracker(weight_path("tracker"), faces=2)  # as those of videos are
    for picture in pictures:
        tracker.push(picture)
    return tracker.finish()


def less_than(
    a: str, of_a: dict[str, Moved], b: str, of_b: dict[str, Moved], clips: Iterable[DyadicClip]
) -> Paired | None:
    """The share of one variant minus that of another, over the clips that both have, if there are any."""
    both = [clip for clip in clips if clip.id in of_a and clip.id in of_b]
    if not both:
        return None
    shares = [[of[clip.id].share for clip in both] for of in (of_a, of_b)]
    return paired("lips' share", (a, b), shares[0], shares[1], [clip.cluster for clip in both])
