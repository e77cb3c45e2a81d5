"""What a method is lent: a place to write, other clips to draw from, and motion measured from video."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import DyadicClip, ImageRef, MotionRef, Track, VideoRef
from echo_bench.errors import NoFaceError, NotApplicable, UnreadableError
from echo_bench.extractors.face import FaceSession
from echo_bench.media.decode import still
from echo_bench.motion_io import save_motion
from echo_bench.pipeline.extract import Report, extract
from echo_bench.pipeline.features import rig61_of
from echo_bench.pipeline.jobs import TRACKER, frame_extractor, video_job
from echo_bench.pipeline.store import FeatureStore


class Context:
    """The :class:`~echo_bench.method.MethodContext` of a run.

    Parameters
    ----------
    method : str
        Whose context this is.
    out : Path
        The run's folder.
    clips : sequence of DyadicClip
        The split, in manifest order.
    train : sequence of DyadicClip
        The train split; empty where there is none.
    store : FeatureStore
    device : str
    """

    def __init__(
        self,
        method: str,
        out: Path,
        clips: Sequence[DyadicClip],
        train: Sequence[DyadicClip],
        store: FeatureStore,
        device: str,
    ) -> None:
        self.device = device
        self.report = Report()
        self._method, self._out, self._store = method, out, store
        self._clips = [clip for clip in clips if clip.defect is None]
        self._train = [clip for clip in train if clip.defect is None]

    def workdir(self, clip_id: str) -> Path:
        """``artefacts/METHOD``: files are named after the clip."""
        folder = self._out / "artefacts" / self._method
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def pool(self, clip_id: str) -> Sequence[DyadicClip]:
        """The train split or, where there is none, the other clips of this one."""
        return self._train or self.others(clip_id)

    def others(self, clip_id: str) -> Sequence[DyadicClip]:
        """The other clips in manifest order, from the one after `clip_id`, wrapping round."""
        ids = [clip.id for clip in self._clips]
        at = ids.index(clip_id)
        return [*self._clips[at + 1 :], *self._clips[:at]]

    def motion(self, track: Track) -> MotionRef:
        """The track's motion as delivered, or measured from its video by the face tracker.

        Raises
        ------
        NotApplicable
            When it has neither, or no face is found.
        UnavailableError
            When the tracker's weights are not here.
        UnreadableError
            When the machine cannot read its video now.
        """
        if track.motion is not None:
            return track.motion
        if track.video is None:
            raise NotApplicable("has neither motion nor video to measure it from")
        job = video_job("face", track.video)
        if not self._store.has(job.key):
            if self._store.failure(job.key) is None:
                done = extract([job], self._store)
                self.report.add(done)
                if done.faults:
                    raise UnreadableError(done.faults[0])
            if failure := self._store.failure(job.key):
                raise NotApplicable(f"its motion cannot be measured: {failure.message}")
        measured = rig61_of(self._store.get(job.key))
        path = self._out / "artefacts" / "measured" / f"{job.key}.npz"
        return save_motion(path, measured["motion"], measured["valid"], source="tracker")

    def look(self, image: ImageRef) -> NDArray[np.float32]:
        """The posture (61,) of the face in a still.

        Raises
        ------
        NotApplicable
            When no face is found.
        UnavailableError
            When the tracker's weights are not here.
        """
        session = cast(FaceSession, frame_extractor(TRACKER).begin(VideoRef(image.path, image.sha256, image.panel)))
        session.push(still(image))
        try:
            row: NDArray[np.float32] = rig61_of(session.finish())["motion"][0]
        except NoFaceError as error:
            raise NotApplicable("no face is found in the reference image") from error
        return row
