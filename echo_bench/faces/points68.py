"""The 68 points of the iBUG 300-W annotation within the 478-point mesh.

The mesh has no exact counterpart for most of them; these are the nearest vertices of the canonical face. Jaw points are on the
mesh's rim and slide with head rotation differently from a 68-point detector's, so compare only tracks made in one way.
"""

from __future__ import annotations

import numpy as np

JAW = (162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389)
BROWS = (71, 63, 105, 66, 107, 336, 296, 334, 293, 301)
NOSE = (168, 197, 5, 4, 75, 97, 2, 326, 305)
EYES = (33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380)
OUTER_LIPS = (61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181)
INNER_LIPS = (78, 82, 13, 312, 308, 317, 14, 87)

POINTS68 = np.array([*JAW, *BROWS, *NOSE, *EYES, *OUTER_LIPS, *INNER_LIPS])
"""``landmarks[:, POINTS68]`` in the 300-W order: from the image's left to its right, eyes and lips clockwise."""
