"""Motion spaces: named column layouts. A swapped layout gives plausible numbers, so a layout is always named.

``rig61`` (25 fps, float32) is the shared space of the suite:

======= ==================================================================================================
columns meaning
======= ==================================================================================================
0:52    ARKit coefficients in [0, 1], ARKit order without ``_neutral``; blinks at 8 and 9, tongueOut at 51
52:55   head rotation pitch, yaw, roll in radians
55:58   head translation x, y, z in metres, camera frame
58:61   gaze yaw, pitch, vergence in radians, head frame
======= ==================================================================================================

Signs: yaw is positive towards the image's right, pitch positive downwards, roll positive clockwise, all as seen in the image;
x to the image's right, y downwards, z away from the camera. The head's rotation is ``roll @ yaw @ pitch`` in these axes; the
translation of rendered people is relative to their rest position, that of tracked people to the camera.
eyeLook* (10-17) are derived from gaze and ignored by the renderer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ARKIT = (
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
    "eyeBlinkLeft", "eyeBlinkRight",
    "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight",
    "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight",
    "eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight",
    "jawForward", "jawLeft", "jawOpen", "jawRight",
    "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel",
    "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker",
    "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight",
    "tongueOut",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MotionSpace:
    """A named column layout.

    Attributes
    ----------
    name : str
    columns : tuple of str
        One name per column.
    parts : mapping of str to slice
        The groups that metrics score apart: ``exp``, ``pose``, ``gaze``, ...
    fps : float
        Native frame rate.
    """

    name: str
    columns: tuple[str, ...]
    parts: Mapping[str, slice]
    fps: float = 25.0

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.columns)


RIG61 = MotionSpace(
    name="rig61",
    columns=(*ARKIT, "pitch", "yaw", "roll", "x", "y", "z", "gazeYaw", "gazePitch", "gazeVergence"),
    parts=MappingProxyType({"exp": slice(0, 52), "pose": slice(52, 58), "gaze": slice(58, 61)}),
)

SPACES: Mapping[str, MotionSpace] = MappingProxyType({RIG61.name: RIG61})
