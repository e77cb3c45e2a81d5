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

The other spaces are those of files that published systems write (:mod:`echo_bench.importers`). Motion is scored in its own space
against truth in the same space; none is mapped to another.
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

LIVELINK = (
    "HeadYaw", "HeadPitch", "HeadRoll",
    "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw", "RightEyePitch", "RightEyeRoll",
)  # fmt: skip
OPENFACE = (
    "AU01_r", "AU02_r", "AU04_r", "AU05_r", "AU06_r", "AU07_r", "AU09_r", "AU10_r", "AU12_r", "AU14_r", "AU15_r",
    "AU17_r", "AU20_r", "AU23_r", "AU25_r", "AU26_r", "AU45_r",
    "pose_Rx", "pose_Ry", "pose_Rz", "pose_Tx", "pose_Ty", "pose_Tz", "gaze_angle_x", "gaze_angle_y",
)  # fmt: skip


def _numbered(**groups: int) -> tuple[str, ...]:
    return tuple(f"{name}{index}" for name, count in groups.items() for index in range(count))


def _space(name: str, columns: tuple[str, ...], fps: float = 25.0, **parts: tuple[int, int]) -> MotionSpace:
    return MotionSpace(name, columns, MappingProxyType({part: slice(*ends) for part, ends in parts.items()}), fps)


PUBLISHED = (
    # Basel face model of Deep3DFaceRecon: expression, Euler angles in rad, translation in model units (1 is about 10 cm).
    _space("bfm70", _numbered(exp=64, angle=3, trans=3), exp=(0, 64), pose=(64, 70), angle=(64, 67)),
    # FLAME: expression, jaw and global rotation as axis-angle in rad. DIM scores jaw and rotation together as pose, DualTalk apart.
    _space("flame56", _numbered(exp=50, jaw=3, rot=3), exp=(0, 50), jaw=(50, 53), rot=(53, 56), pose=(50, 56)),
    # LivePortrait: offsets of 21 implicit keypoints, scale, translation, and pitch, yaw, roll in degrees.
    _space(
        "liveportrait70",
        (*_numbered(exp=63), "scale", *_numbered(t=3), "pitch", "yaw", "roll"),
        exp=(0, 63), trans=(64, 67), pose=(67, 70),
    ),
    # The same with the eye and lip ratios of a template; greater is more open.
    _space(
        "liveportrait73",
        (*_numbered(exp=63), "scale", *_numbered(t=3), "pitch", "yaw", "roll", "eyeL", "eyeR", "lip"),
        exp=(0, 63), trans=(64, 67), pose=(67, 70), blink=(70, 72), mouth=(72, 73),
    ),
    _space("arkit52", ARKIT, 60.0, exp=(0, 52)),
    # Live Link Face: ARKit, then head and eyes in rad.
    _space("livelink61", (*ARKIT, *LIVELINK), 60.0, exp=(0, 52), pose=(52, 55), gaze=(55, 61)),
    # MetaHuman control rig: CTRL_C 0-28, CTRL_L 29-97, CTRL_R 98-166 in the same order, others; each in [-1, 1].
    _space("metahuman174", _numbered(ctrlC=29, ctrlL=69, ctrlR=69, misc=7), 60.0, exp=(0, 174), gaze=(0, 2)),
    # OpenFace: 17 intensities in [0, 5], rotation in rad, translation in mm, gaze in rad.
    _space("openface25", OPENFACE, 30.0, exp=(0, 17), pose=(17, 20), trans=(20, 23), gaze=(23, 25)),
    # 68 points as x0 y0 x1 y1 ..., in the units of the file.
    _space("landmarks68-2d", tuple(f"{axis}{i}" for i in range(68) for axis in "xy"), points=(0, 136), mouth=(96, 136)),
    _space("landmarks68-3d", tuple(f"{axis}{i}" for i in range(68) for axis in "xyz"), points=(0, 204), mouth=(144, 204)),
    # SMPL-X: expression, then jaw, neck, head, left and right eye as axis-angle in rad.
    _space(
        "smplx115",
        _numbered(exp=100, jaw=3, neck=3, head=3, eyeL=3, eyeR=3),
        30.0, exp=(0, 100), jaw=(100, 103), pose=(103, 109), gaze=(109, 115),
    ),
    # DAWN: six of pose and two of blinking, each min-max normalised by its authors' constants, which the files do not hold.
    _space("dawn8", _numbered(pose=6, blink=2), pose=(0, 6), blink=(6, 8)),
    # NPHM expression codes.
    _space("nphm200", _numbered(exp=200), 24.0, exp=(0, 200)),
    # REACT: 15 action units, valence and arousal, 8 emotions.
    _space("react25", _numbered(au=15, va=2, emotion=8), au=(0, 15), va=(15, 17), emotion=(17, 25)),
)  # fmt: skip

SPACES: Mapping[str, MotionSpace] = MappingProxyType({space.name: space for space in (RIG61, *PUBLISHED)})
