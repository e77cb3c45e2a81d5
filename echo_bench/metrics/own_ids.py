"""Ids of delivered motion in the spaces of imported files: ``fd_exp@dim-flame56-native`` and its like.

One id per space, because values of two spaces do not compare; which parts of a space are scored is what its community reports.
"""

from __future__ import annotations

PROTOCOLS = {"fd": "dim", "mse": "dim", "rpcc": "eb1", "var": "dualtalk"}
PARTS = {
    "bfm70": ("exp", "pose"),
    "flame56": ("exp", "jaw", "rot", "pose"),
    "liveportrait70": ("exp", "pose"),
    "liveportrait73": ("exp", "pose"),
    "arkit52": ("exp",),
    "livelink61": ("exp", "pose", "gaze"),
    "metahuman174": ("exp",),
    "openface25": ("exp", "pose", "gaze"),
    "landmarks68-2d": ("points", "mouth"),
    "landmarks68-3d": ("points", "mouth"),
    "smplx115": ("exp", "jaw", "pose", "gaze"),
    "dawn8": ("pose", "blink"),
    "nphm200": ("exp",),
    "react25": ("au", "va", "emotion"),
}
SHARED_IDS = tuple(f"corr_{name}@eb1-shared-native" for name in ("head", "gaze", "blink", "mouth"))
"""Ids that compare any two spaces."""


def ids_of(space: str) -> tuple[str, ...]:
    """The ids of a space; none of one that is not scored by general formulas.

    Examples
    --------
    >>> ids_of("nphm200")
    ('fd_exp@dim-nphm200-native', 'mse_exp@dim-nphm200-native', 'rpcc_exp@eb1-nphm200-native', 'var_exp@dualtalk-nphm200-native')
    """
    return tuple(
        f"{formula}_{part}@{protocol}-{space}-native"
        for formula, protocol in PROTOCOLS.items()
        for part in PARTS.get(space, ())
    )


OWN_IDS = tuple(id_ for space in PARTS for id_ in ids_of(space))
