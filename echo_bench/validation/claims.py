"""What each metric is for, and what it is not for: the claims that its card is held to, by the start of its id.

Three things follow from definitions. Frames pooled over a split (``@eb1``) keep their distribution when people change places between
clips. Another person's posture under unchanged motion meets the ends of [0, 1], so that measures of spread in expression are not held
to be blind to it. What is measured in the frames where the avatar speaks finds other frames there when time runs backwards.

LSE looks for the offset at which lips and voice agree best: late sound is not for it but for ``av_offset``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from echo_bench.validation.damages import MOTION

ALL = tuple(MOTION)
FACE = ("mouth", "emotion")
"""Damages that leave the head where it is."""
AMPLITUDE = ("freeze", "shrink", "exaggerate")
LOOKS = ("blur", "grain", "h264")
"""Damages to what every picture looks like."""
ORDER = ("freeze", "reverse", "shuffle")
"""Damages that show other pictures of the clip, or of another, in a picture's place."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a metric says it sees.

    Attributes
    ----------
    sees : tuple of str
        Damages whose strength it must follow.
    blind : tuple of str
        Damages that must not move it.
    """

    sees: tuple[str, ...]
    blind: tuple[str, ...] = ()


CLAIMS: Mapping[str, Claim] = MappingProxyType({
    "fd_exp@dim": Claim((*AMPLITUDE, "identity"), ("reverse", "sound-late")),
    "fd_pose@dim": Claim((*AMPLITUDE, "identity"), ("reverse", "sound-late", *FACE)),
    "fd_exp@eb1": Claim(AMPLITUDE, ("reverse", "sound-late")),
    "fd_pose@eb1": Claim(AMPLITUDE, ("reverse", "sound-late", *FACE)),
    "mse_exp": Claim(ALL, ("sound-late",)),
    "mse_pose": Claim(tuple(name for name in ALL if name not in FACE), ("sound-late", *FACE)),
    "rpcc_exp": Claim(("freeze", "reverse", "mirror", "shuffle"), ("shrink", "exaggerate", "identity", "sound-late")),
    "rpcc_pose": Claim(("freeze", "reverse", "mirror", "shuffle"), ("shrink", "exaggerate", "identity", "sound-late", *FACE)),
    "sid_exp": Claim(("freeze", "shrink"), ("reverse", "sound-late")),
    "sid_pose": Claim(("freeze", "shrink"), ("reverse", "sound-late", *FACE)),
    "var_exp": Claim(AMPLITUDE, ("reverse", "sound-late")),
    "var_pose": Claim(AMPLITUDE, ("reverse", "identity", "sound-late", *FACE)),
    "lve_exp": Claim(("mouth", "late", "shuffle"), ("sound-late",)),
    "mod_exp": Claim(("mouth", "late", "shuffle"), ("emotion", "sound-late")),
    "fdd_exp": Claim(AMPLITUDE, ("mouth", "sound-late")),
    "av_offset": Claim(("sound-late", "late"), ("shrink", "exaggerate", "identity", "emotion")),
    "appropriateness": Claim(("emotion", "shuffle"), ("sound-late",)),
    "appropriateness-auc": Claim(("emotion", "shuffle"), ("sound-late",)),
    "frcorr": Claim(("freeze", "reverse", "shuffle"), ("sound-late",)),
    "frdist": Claim(("freeze", "reverse", "shuffle"), ("sound-late",)),
    "frvar": Claim(("shrink", "exaggerate"), ("reverse", "sound-late")),
    "frsyn": Claim(("late",), ("shrink", "exaggerate", "sound-late")),
    **dict.fromkeys(("psnr", "ssim", "lpips"), Claim((*LOOKS, "another-face", *ORDER), ("sound-late",))),
    **dict.fromkeys(("fid", "kid", "fd_img", "fd", "frrea"), Claim(LOOKS, ("reverse", "sound-late"))),
    **dict.fromkeys(("fvd", "fd_vid"), Claim((*LOOKS, "freeze", "jitter"), ("sound-late",))),
    "csim": Claim(("another-face",), ("reverse", "sound-late")),
    **dict.fromkeys(("lse_c", "lse_d"), Claim(("mouth", "shuffle"))),
    "acc_emo": Claim(("emotion",), ("sound-late",)),
    "ccc_valence": Claim(("emotion", "shuffle"), ("sound-late",)),
    "ccc_arousal": Claim(("freeze", "shuffle"), ("sound-late",)),
    "blink_rate": Claim(("freeze",), ("reverse", "mouth", "emotion", "sound-late")),
    "jerk_pose": Claim(("freeze", "jitter"), ("reverse", "sound-late", *FACE)),
    "user_lag_corr": Claim(("freeze", "mirror", "shuffle"), ("sound-late",)),
})  # fmt: skip


def claim_of(metric: str) -> Claim:
    """The claim of an id; an empty one where nothing is claimed.

    Examples
    --------
    >>> claim_of("fd_exp@eb1-native").sees, claim_of("mine@lab").sees
    (('freeze', 'shrink', 'exaggerate'), ())
    """
    name, _, protocol = metric.partition("@")
    family = f"{name}@{protocol.partition('-')[0]}"
    return CLAIMS.get(family) or CLAIMS.get(name) or Claim(())
