"""Identity: cosine similarity of face embeddings (CSIM), and how well one person stays one person.

Conventions
-----------
Embeddings are rows, one per frame, of a face-recognition net (ArcFace r100 in the field); only their direction counts. A value compares
only within one net and one crop.

Papers report at least three incompatible numbers as "CSIM"; :data:`CSIM_PROTOCOLS` names them. They differ in what a generated frame is
compared with (the true frame of the same time, or the one reference image) and in the crop the net saw (the whole frame squeezed to
112 x 112, or a face aligned by its landmarks). The crop is made where the embeddings are made; the id records it.

Against the reference image a static face wins: ECHO's table has the ground truth at 0.796, below every method. Do not rank by it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from echo_metrics.errors import MetricInputError
from echo_metrics.moments import Floats, Matrix, as_rows


@dataclass(frozen=True, slots=True)
class CsimProtocol:
    """What a CSIM compares.

    Attributes
    ----------
    pairing : {"frames", "reference"}
        With the true frame of the same time, or with the one reference image.
    crop : {"whole-frame", "aligned", "unstated"}
        What the net saw.
    source : str
        Who computes it so.
    """

    pairing: Literal["frames", "reference"]
    crop: Literal["whole-frame", "aligned", "unstated"]
    source: str


CSIM_PROTOCOLS = MappingProxyType(
    {
        "vico22": CsimProtocol(
            "frames",
            "whole-frame",
            "vico_challenge_baseline 16424c0, evaluations/arcface_torch/compute_csim.py (r100 ms1mv3)",
        ),
        "avatar-forcing": CsimProtocol("reference", "unstated", "arXiv 2601.00664 App. D.5; ECHO's table inherits it"),
        "eb1": CsimProtocol(
            "reference", "aligned", "the variant recommended here: crop and counterpart are both stated"
        ),
        "eb1-paired": CsimProtocol(
            "frames", "aligned", "eb1 against the true frames, where there is truth: motion does not cost"
        ),
    }
)


def csim(generated: Floats, counterpart: Floats, protocol: str) -> Matrix:
    """Cosine similarity of each generated frame under a named protocol, in [-1, 1], higher is better.

    Parameters
    ----------
    generated : ndarray of shape (frames, features)
        Embeddings of the generated frames.
    counterpart : ndarray of shape (frames, features) or (features,)
        Embeddings of the true frames (pairing ``frames``), or the embedding of the reference image (pairing ``reference``), from the
        crop the protocol names.
    protocol : str
        A key of :data:`CSIM_PROTOCOLS`.

    Returns
    -------
    ndarray of shape (frames,), float64
        The field's number is the mean over the frames of a clip, then over clips.

    Raises
    ------
    MetricInputError
        When the protocol is unknown, the counterpart is not what it asks for, or an embedding is zero or not finite.

    Examples
    --------
    >>> csim(np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([3.0, 0.0]), "eb1").tolist()
    [1.0, 0.0]
    """
    if protocol not in CSIM_PROTOCOLS:
        raise MetricInputError(f"unknown CSIM protocol {protocol!r}: choose one of {', '.join(CSIM_PROTOCOLS)}")
    frames = _directions(generated, "generated")
    other = np.asarray(counterpart)
    if CSIM_PROTOCOLS[protocol].pairing == "reference":
        if other.ndim != 1:
            raise MetricInputError(
                f"csim@{protocol} compares with one reference embedding of shape (features,); got {other.shape}. "
                "For true frames use a protocol with pairing 'frames'"
            )
        other = other[None]
    elif other.shape != frames.shape:
        raise MetricInputError(
            f"csim@{protocol} compares frame by frame; got {frames.shape} and {other.shape}. Were the tracks cut to a common length?"
        )
    target = _directions(other, "counterpart")
    if target.shape[1] != frames.shape[1]:
        raise MetricInputError(
            f"embeddings of {frames.shape[1]} and {target.shape[1]} features do not come from one net"
        )
    cosines: Matrix = np.clip(np.sum(frames * target, axis=1), -1, 1)
    return cosines


@dataclass(frozen=True, slots=True)
class TrackConsistency:
    """How much the frames of one track look like one person.

    Attributes
    ----------
    mean : float
        Mean cosine over all pairs of different frames, in [-1, 1], higher is better: falls with drift.
    worst : float
        Lowest cosine of a frame with the mean direction of the track: falls with a single swapped face.
    worst_frame : int
        Where that is.
    """

    mean: float
    worst: float
    worst_frame: int


def track_consistency(embeddings: Floats) -> TrackConsistency:
    """Consistency of identity within one face track; needs no reference.

    Computed from the sum of the unit rows, ``(|sum u|^2 - n) / (n (n - 1))``: linear in the frames.

    Parameters
    ----------
    embeddings : ndarray of shape (frames, features)
        At least two frames.

    Raises
    ------
    MetricInputError
        When there is one frame only, or an embedding is zero or not finite.

    Examples
    --------
    >>> track = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    >>> track_consistency(track).worst_frame, round(track_consistency(track).mean, 6)
    (2, 0.5)
    """
    rows = _directions(embeddings, "embeddings")
    n = len(rows)
    if n < 2:
        raise MetricInputError("consistency compares frames with each other: one frame is not enough")
    total = rows.sum(axis=0)
    length = float(np.linalg.norm(total))
    to_mean = rows @ total / length if length > 0 else np.zeros(n)
    worst = int(to_mean.argmin())
    return TrackConsistency(float((length**2 - n) / (n * (n - 1))), float(to_mean[worst]), worst)


def _directions(embeddings: Floats, name: str) -> Matrix:
    """Rows of unit length, float64."""
    rows = as_rows(embeddings, name).astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if len(rows) == 0 or not lengths.all():
        raise MetricInputError(
            f"{name} must hold at least one embedding, and none of length 0: was the face found in every frame?"
        )
    directions: Matrix = rows / lengths
    return directions
