"""The three networks of ``face_landmarker.task``, run with LiteRT.

Source: Google's Face Landmarker (float16, version 1). Order, ranges and thresholds as in MediaPipe's face_detector_graph.cc,
face_landmarks_detector_graph.cc and face_blendshapes_graph.cc.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from echo_bench.errors import WeightsHashError
from echo_bench.faces import detect
from echo_bench.faces.blendshapes import SUBSET
from echo_bench.faces.metadata import parse
from echo_bench.faces.roi import Frame, Points, Roi, crop, project, whole

POINTS = 478
SIDE = 256


class FaceNets:
    """Detector, landmark net, blendshape net, and the canonical face that comes with them.

    Parameters
    ----------
    model : Path
        The ``.task`` file.
    threads : int
        Threads per network.

    Raises
    ------
    WeightsHashError
        When the file is not a Face Landmarker bundle.
    """

    def __init__(self, model: Path, threads: int = 1) -> None:
        try:
            with zipfile.ZipFile(model) as bundle:
                self._detector = _Net(bundle.read("face_detector.tflite"), threads)
                self._landmarks = _Net(bundle.read("face_landmarks_detector.tflite"), threads)
                self._blendshapes = _Net(bundle.read("face_blendshapes.tflite"), threads)
                self.canonical = parse(bundle.read("geometry_pipeline_metadata_landmarks.binarypb"))
        except (zipfile.BadZipFile, KeyError) as error:
            raise WeightsHashError(
                "is not a Face Landmarker bundle", where=model, fix="run: echo-bench weights fetch tracker"
            ) from error

    def detect(self, frame: Frame) -> list[Roi]:
        """Regions of the faces in a frame, best first."""
        view = whole(*frame.shape[:2])
        crop(frame, view, self._detector.input[0], low=-1, high=1, pad=True)
        regressors, logits = self._detector.run()
        faces = detect.suppress(detect.decode(regressors[0], logits[0, :, 0]))
        return [detect.face_region(face, view) for face in faces]

    def landmarks(self, frame: Frame, roi: Roi) -> tuple[Points, float]:
        """The mesh in a region, and how surely there is a face.

        Returns
        -------
        landmarks : ndarray of shape (478, 3), float32
            Pixels of the frame; z in the same scale, 0 at the head's centre, negative towards the camera.
        presence : float
            In [0, 1].
        """
        crop(frame, roi, self._landmarks.input[0], low=0, high=1, pad=False)
        mesh, logit, *_ = self._landmarks.run()
        presence = float(1 / (1 + np.exp(-logit.item())))
        return project(mesh.reshape(POINTS, 3) / np.float32(SIDE), roi), presence

    def blendshapes(self, landmarks: Points) -> NDArray[np.float32]:
        """The 52 scores of a mesh.

        Parameters
        ----------
        landmarks : ndarray of shape (478, 2 or more)
            Pixels.

        Returns
        -------
        ndarray of shape (52,), float32
            In the order of :data:`echo_bench.faces.blendshapes.NAMES`, in [0, 1].
        """
        self._blendshapes.input[0] = landmarks[SUBSET, :2]
        (scores,) = self._blendshapes.run()
        return scores


class _Net:
    """One network with its input buffer."""

    def __init__(self, model: bytes, threads: int) -> None:
        self._interpreter = Interpreter(model_content=model, num_threads=threads)
        self._interpreter.allocate_tensors()
        (entry,) = self._interpreter.get_input_details()
        self._entry = entry["index"]
        self._exits = [detail["index"] for detail in self._interpreter.get_output_details()]
        self.input = np.zeros(entry["shape"], np.float32)

    def run(self) -> list[NDArray[np.float32]]:
        """Copies of all outputs for the present content of `input`."""
        self._interpreter.set_tensor(self._entry, self.input)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._exits]
