"""Does the user reach the lips? How far lips move, and the rest of the face, when the user is taken away and all else is equal."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from echo_bench.clip import DyadicClip
from echo_bench.extractors.face import from_arrays
from echo_bench.faces.points68 import BROWS, EYES, INNER_LIPS, JAW, NOSE, OUTER_LIPS
from echo_bench.faces.track import FaceTrack
from echo_bench.pipeline.features import job_of
from echo_bench.pipeline.run import Session, outcomes_of
from tools.echo_eval.differences import Paired, paired

TRACK = "pred:face"
LIPS = np.array([*OUTER_LIPS, *INNER_LIPS])
OTHERS = np.array([*JAW, *BROWS, *NOSE, *EYES])
RIGID = np.array([33, 133, 362, 263, 168, 197, 5, 4])
"""Corners of the eyes and ridge of the nose: what of a face moves with the head alone."""

LIMIT = 0.2
"""Share of the others' movement that lips may show."""

STILL = 1e-6
"""Pixels: less than that is rounding."""

Points = NDArray[np.floating]


class Moved(BaseModel):
    """Mean displacement in pixels, in the picture and in the head's own frame, of lips and of the other landmarks of the 68."""

    model_config = ConfigDict(frozen=True)

    lips: float
    others: float
    lips_in_head: float
    others_in_head: float

    @property
    def share(self) -> float:
        """Of lips, as a share of the others', in the head's own frame: where a head turns, its lips go with it. 0 where nothing moved."""
        return self.lips_in_head / self.others_in_head if self.others_in_head > STILL else 0.0


def leakage(with_user: Session, without: Session) -> dict[str, Moved]:
    """What taking the user away moves, by clip; clips that lack either video, or a frame with a face in both, are left out."""
    a, b = (tracks(session) for session in (with_user, without))
    found = {clip: displacement(a[clip], b[clip]) for clip in a if clip in b}
    return {clip: moved for clip, moved in found.items() if moved is not None}


def tracks(session: Session) -> dict[str, FaceTrack]:
    """The face of each clip of a session of one method, where one was found."""
    good = {clip: outcome for (_, clip), outcome in outcomes_of(session).items() if outcome.status == "ok"}
    found = {}
    for clip in session.clips:
        if clip.id in good:
            job = job_of(TRACK, clip, good[clip.id].artefacts[0])
            if job is not None and not session.store.failure(job.key):
                found[clip.id] = from_arrays(session.store.get(job.key))
    return found


def displacement(a: FaceTrack, b: FaceTrack) -> Moved | None:
    """How far landmarks of one track are from those of another, over the frames in which both see the face; None without such frames."""
    frames = min(len(a.detected), len(b.detected))
    both = a.detected[:frames] & b.detected[:frames]
    if not both.any():
        return None
    one, other = (track.landmarks[:frames][both].astype(np.float64) for track in (a, b))
    turned = in_frame_of(one, other)
    return Moved(
        lips=_distance(one, other, LIPS), others=_distance(one, other, OTHERS),
        lips_in_head=_distance(one, turned, LIPS), others_in_head=_distance(one, turned, OTHERS),
    )  # fmt: skip


def in_frame_of(one: Points, other: Points) -> Points:
    """Landmarks `other` (T, 478, 3), frame by frame turned, scaled and moved so that their rigid points fit those of `one`.

    Least squares over similarities: Umeyama, IEEE PAMI 13 (1991) 376.
    """
    to, of = one[:, RIGID], other[:, RIGID]
    centre_to, centre_of = to.mean(1, keepdims=True), of.mean(1, keepdims=True)
    u, sizes, vt = np.linalg.svd(np.swapaxes(to - centre_to, 1, 2) @ (of - centre_of))
    signs = np.ones_like(sizes)
    signs[:, 2] = np.sign(np.linalg.det(u @ vt))
    turn = (u * signs[:, None]) @ vt
    scale = (sizes * signs).sum(1) / np.square(of - centre_of).sum((1, 2))
    fitted: Points = scale[:, None, None] * (other - centre_of) @ np.swapaxes(turn, 1, 2) + centre_to
    return fitted


def less_than(
    a: str, of_a: dict[str, Moved], b: str, of_b: dict[str, Moved], clips: Iterable[DyadicClip]
) -> Paired | None:
    """The share of one variant minus that of another, over the clips that both have, if there are any."""
    both = [clip for clip in clips if clip.id in of_a and clip.id in of_b]
    if not both:
        return None
    shares = [[of[clip.id].share for clip in both] for of in (of_a, of_b)]
    return paired("lips' share", (a, b), shares[0], shares[1], [clip.cluster for clip in both])


def _distance(one: Points, other: Points, points: NDArray[np.int64]) -> float:
    return float(np.linalg.norm((one - other)[:, points, :2], axis=2).mean())
