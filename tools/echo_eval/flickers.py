"""How much fine detail changes from frame to frame: a still picture does not, and a face that flickers does more than a living one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from echo_metrics.flicker import flicker_spectrum

from echo_bench.clip import DyadicClip, VideoRef
from echo_bench.media.decode import frames
from echo_bench.pipeline.run import Session, outcomes_of


def flicker(video: VideoRef) -> float:
    """Root mean square change of fine detail between frames, in grey values from 0 to 1 (:func:`echo_metrics.flicker.flicker_spectrum`)."""
    return float(np.linalg.norm(flicker_spectrum(np.stack(list(frames(video))))))


def true_flickers(clips: Iterable[DyadicClip]) -> dict[str, float]:
    """Of the avatars of clips that have a video."""
    return {clip.id: flicker(clip.avatar.video) for clip in clips if clip.avatar.video is not None}


def flickers(session: Session) -> dict[str, float]:
    """Of the videos that the one method of a session made, by clip."""
    good = {clip: outcome for (_, clip), outcome in outcomes_of(session).items() if outcome.status == "ok"}
    videos = {clip: outcome.artefacts[0].video for clip, outcome in good.items()}
    return {clip: flicker(video) for clip, video in videos.items() if video is not None}
