"""The face track of a video: 478 landmarks, 52 blendshapes, head pose; raw, unsmoothed, frame by frame."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.errors import NoFaceError
from echo_bench.extractor import Arrays, InputSpec
from echo_bench.faces.nets import POINTS
from echo_bench.faces.track import FaceTrack, FaceTracker
from echo_bench.weights.manifest import weight
from echo_bench.weights.store import weight_path


class FaceExtractor:
    """The face tracker as an extractor.

    Raises
    ------
    WeightsMissingError
        At construction, when the tracker's weights are not here.
    """

    name = "face"
    version = "2"
    spec = InputSpec("frames")

    def __init__(self) -> None:
        self.weights = weight("tracker").sha256
        self._model = weight_path("tracker")

    def begin(self, ref: VideoRef) -> FaceSession:
        """Start a video; `ref.face` says which face is meant where there are two."""
        # A tracker of its own: the videos of a clip are tracked in step.
        return FaceSession(FaceTracker(self._model, faces=2), ref)


class FaceSession:
    """One video being tracked."""

    def __init__(self, tracker: FaceTracker, ref: VideoRef) -> None:
        self._tracker = tracker
        self._ref = ref

    def push(self, *frames: NDArray[np.uint8]) -> None:
        """Track the next frame."""
        self._tracker.push(frames[0])

    def points(self) -> NDArray[np.float32]:
        """Landmarks (478, 3) of the followed face in the newest frame; all NaN where it is not there."""
        found = self._tracker.present(self._ref.face)
        return np.full((POINTS, 3), np.nan, np.float32) if found is None else found

    def finish(self) -> Arrays:
        """The raw track as arrays.

        Raises
        ------
        NoFaceError
            When no frame showed a face.
        """
        track = self._tracker.finish(self._ref.face)
        if not track.detected.any():
            raise NoFaceError(f"no face in any of {len(track.detected)} frames", where=self._ref.path.name)
        return to_arrays(track)


def to_arrays(track: FaceTrack) -> Arrays:
    """A face track as named arrays, for the store."""
    return {field.name: np.asarray(getattr(track, field.name)) for field in fields(track)}


def from_arrays(arrays: Arrays) -> FaceTrack:
    """The face track that :func:`to_arrays` took apart."""
    height, width = (int(n) for n in arrays["size"])
    return FaceTrack(**{**arrays, "size": (height, width)})  # type: ignore[arg-type]
