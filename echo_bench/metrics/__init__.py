"""The metrics of the harness: protocol ids bound to features and to the maths of echo_metrics.

The order of the table is the order of columns on a board.
"""

from __future__ import annotations

from typing import Any

from echo_bench.metric import Metric
from echo_bench.registry import Registry

_BUILTIN = {
    "psnr@piq": "echo_bench.metrics.pixels:PSNR",
    "ssim@piq": "echo_bench.metrics.pixels:SSIM",
    "fd_exp@dim-tracker": "echo_bench.metrics.motion:FD_EXP",
    "fd_pose@dim-tracker": "echo_bench.metrics.motion:FD_POSE",
    "mse_exp@dim-tracker": "echo_bench.metrics.motion:MSE_EXP",
    "mse_pose@dim-tracker": "echo_bench.metrics.motion:MSE_POSE",
    "rpcc_exp@dualtalk-tracker": "echo_bench.metrics.motion:RPCC_EXP",
    "rpcc_pose@dualtalk-tracker": "echo_bench.metrics.motion:RPCC_POSE",
    "fd_exp@eb1-tracker": "echo_bench.metrics.sets:FD_EXP",
    "fd_pose@eb1-tracker": "echo_bench.metrics.sets:FD_POSE",
    "sid_exp@dim-tracker": "echo_bench.metrics.sets:SID_EXP",
    "sid_pose@dim-tracker": "echo_bench.metrics.sets:SID_POSE",
    "var_exp@dualtalk-tracker": "echo_bench.metrics.motion:VAR_EXP",
    "var_pose@dualtalk-tracker": "echo_bench.metrics.motion:VAR_POSE",
    "av_offset@eb1-landmark": "echo_bench.metrics.sync:AV_OFFSET",
    "blink_rate@eb1-tracker": "echo_bench.metrics.behaviour:BLINK_RATE",
    "jerk_pose@eb1-tracker": "echo_bench.metrics.behaviour:JERK_POSE",
    "user_lag_corr@eb1-tracker": "echo_bench.metrics.behaviour:USER_LAG_CORR",
    "track_coverage@tracker": "echo_bench.metrics.behaviour:TRACK_COVERAGE",
    "faces@tracker": "echo_bench.metrics.behaviour:FACES",
}

METRICS: Registry[Metric[Any]] = Registry("metric", _BUILTIN, "echo_bench.metrics")
DEFAULT = tuple(_BUILTIN)
