"""The events that a channel of a motion trace shows: nods in pitch, shakes in yaw, smiles and blinks in theirs."""

from __future__ import annotations

import numpy as np
from echo_metrics.detection import detect_blinks, detect_nods, detect_shakes, detect_smiles
from echo_metrics.errors import MetricInputError

from echo_bench.report.channels import Channel
from echo_bench.report.inputs import Trace
from echo_bench.spaces import RIG61

FPS = 25.0
ROTATION = [RIG61.columns.index(name) for name in ("pitch", "yaw", "roll")]
GESTURES = {"pitch": detect_nods, "yaw": detect_shakes}
EXPRESSIONS = {"smile": detect_smiles, "blink": detect_blinks}


def events_of(trace: Trace, channel: Channel) -> list[tuple[float, float]]:
    """Start and end in seconds of the events of a channel, without those with a frame that was not measured.

    Empty for a channel that shows none (the jaw, the mouth), and for a trace too short to tell.
    """
    try:
        if channel.key in GESTURES:
            found = GESTURES[channel.key](trace.motion[:, ROTATION], FPS)
        elif channel.key in EXPRESSIONS:
            found = EXPRESSIONS[channel.key](np.clip(channel.read(trace), 0.0, 1.0), FPS)
        else:
            return []
    except MetricInputError:  # less than a second, or values that are not finite
        return []
    return [(each.start / FPS, each.end / FPS) for each in found if trace.valid[int(each.start) : int(each.end)].all()]
