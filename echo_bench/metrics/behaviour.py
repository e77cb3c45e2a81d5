"""Descriptions of behaviour: right is what the truth does, so without truth they are shown and never ranked."""

from __future__ import annotations

import numpy as np
from echo_metrics.errors import MetricInputError
from echo_metrics.motion import jerk
from echo_metrics.timing import blink_statistics, lagged_correlation

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.base import MeanMetric
from echo_bench.metrics.frames import part
from echo_bench.spaces import RIG61

FPS = 25.0
BLINKS = [RIG61.columns.index("eyeBlinkLeft"), RIG61.columns.index("eyeBlinkRight")]
MAX_LAG = 50
