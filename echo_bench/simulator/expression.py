"""What a feeling looks like: a continuous face for each point of valence, arousal and dominance.

The action units follow the prototypes of FACS (Ekman, Friesen and Hager, FACS Investigator's Guide, 2002): enjoyment AU 6+12,
sadness 1+15, anger 4+7, fear and surprise 1+2+5. Between them the face is interpolated by regions of the affect space, as in
the activation-evaluation model of Raouzaiou et al., EURASIP J. Adv. Signal Process. 2002.
"""

from __future__ import annotations

import numpy as np

from echo_bench.simulator.curves import Array, put


def add_expression(motion: Array, affect: Array, expressiveness: float) -> None:
    """Let the face of `motion` (T, 61) show the feeling (T, 3)."""
    valence, arousal, dominance = affect.T
    good, bad = np.maximum(valence, 0.0), np.maximum(-valence, 0.0)
    high, low = np.maximum(arousal, 0.0), np.maximum(-arousal, 0.0)
    strong, weak = np.maximum(dominance + 0.1, 0.0), np.maximum(-dominance, 0.0)
    tense = np.minimum(1.0, 1.5 * bad * (high + 0.15))
    coefficients = {
        "mouthSmile": 1.05 * good,
        "cheekSquint": 0.65 * good,
        "mouthFrown": 0.90 * bad,
        "browInnerUp": 0.85 * bad * (1.0 - np.minimum(2.0 * strong, 1.0)) + 0.45 * high * (1.0 - 0.8 * bad),
        "browOuterUp": 0.35 * high * (1.0 - 0.9 * bad),
        "browDown": 0.90 * np.minimum(tense * (0.35 + 2.0 * strong), 1.0),
        "eyeSquint": 0.30 * good + 0.30 * tense * (1.0 - weak),
        "eyeWide": 0.40 * high * (1.0 - good),
        "eyeBlink": 0.25 * low * (1.0 - high),
        "mouthPress": 0.35 * tense,
        "mouthShrugLower": 0.25 * bad * low,
    }
    for name, curve in coefficients.items():
        put(motion, name, expressiveness * curve)
