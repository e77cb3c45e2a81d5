"""The metrics of the harness: protocol ids bound to features and to the maths of echo_metrics.

The order of the tables is the order of columns on a board; what is measured from pixels and what is delivered have boards of their own.
"""

from __future__ import annotations

from typing import Any

from echo_bench.metric import Metric
from echo_bench.metrics.own_ids import OWN_IDS, SHARED_IDS
from echo_bench.registry import Registry

_BUILTIN = {
    "psnr@piq": "echo_bench.metrics.pixels:PSNR",
    "ssim@piq": "echo_bench.metrics.pixels:SSIM",
    "lpips@alex": "echo_bench.metrics.lpips:ALEX",
    "fid@pytorch-fid": "echo_bench.metrics.fid:FID_PYTORCH",
    "kid@pytorch-fid": "echo_bench.metrics.fid:KID_PYTORCH",
    "frrea@react24": "echo_bench.metrics.fid:FRREA",
    "fvd@styleganv-crop224-pm1-t16s1": "echo_bench.metrics.fvd:STYLEGANV_CROP",
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
    "lse_c@syncnet-v2-memory": "echo_bench.metrics.lse:MEMORY.lse_c",
    "lse_d@syncnet-v2-memory": "echo_bench.metrics.lse:MEMORY.lse_d",
    "av_offset@syncnet-v2-memory": "echo_bench.metrics.lse:MEMORY.av_offset",
    "blink_rate@eb1-tracker": "echo_bench.metrics.behaviour:BLINK_RATE",
    "jerk_pose@eb1-tracker": "echo_bench.metrics.behaviour:JERK_POSE",
    "user_lag_corr@eb1-tracker": "echo_bench.metrics.behaviour:USER_LAG_CORR",
    "fid@effnet-lite0": "echo_bench.metrics.effnet:FID",
    "fd@dinov2": "echo_bench.metrics.hub:FD_DINOV2",
    "lpips@effnet-lite0": "echo_bench.metrics.effnet:LPIPS",
    "csim@vico22": "echo_bench.metrics.identity:VICO22",
    "csim@eb1-dlib": "echo_bench.metrics.identity:EB1_DLIB",
    "csim@eb1-paired-dlib": "echo_bench.metrics.identity:EB1_PAIRED_DLIB",
    "csim@eb1-arcface-r50": "echo_bench.metrics.identity:EB1_R50",
    "csim@eb1-paired-arcface-r50": "echo_bench.metrics.identity:EB1_PAIRED_R50",
    "csim@eb1-arcface-r100": "echo_bench.metrics.identity:EB1_R100",
    "csim@eb1-paired-arcface-r100": "echo_bench.metrics.identity:EB1_PAIRED_R100",
    "csim@eb1-arcface-w600k-r50": "echo_bench.metrics.identity:EB1_W600K",
    "csim@eb1-paired-arcface-w600k-r50": "echo_bench.metrics.identity:EB1_PAIRED_W600K",
    "csim@eb1-arcface-glint360k-r100": "echo_bench.metrics.identity:EB1_GLINT",
    "csim@eb1-paired-arcface-glint360k-r100": "echo_bench.metrics.identity:EB1_PAIRED_GLINT",
    "acc_emo@emotion-fan": "echo_bench.metrics.emotion:ACC_FAN",
    "acc_emo@emonet": "echo_bench.metrics.emotion:ACC_EMONET",
    "acc_emo@hsemotion-b0": "echo_bench.metrics.emotion:ACC_HSEMOTION_B0",
    "acc_emo@hsemotion-b2": "echo_bench.metrics.emotion:ACC_HSEMOTION_B2",
    "acc_emo@deepface-emotion": "echo_bench.metrics.emotion:ACC_DEEPFACE",
    "acc_emo@fer": "echo_bench.metrics.emotion:ACC_FER",
    "acc_emo@hub-emotion": "echo_bench.metrics.emotion:ACC_HUB",
    "ccc_valence@emonet": "echo_bench.metrics.emotion:CCC_VALENCE_EMONET",
    "ccc_arousal@emonet": "echo_bench.metrics.emotion:CCC_AROUSAL_EMONET",
    "ccc_valence@hsemotion-b0": "echo_bench.metrics.emotion:CCC_VALENCE_HSEMOTION",
    "ccc_arousal@hsemotion-b0": "echo_bench.metrics.emotion:CCC_AROUSAL_HSEMOTION",
    "track_coverage@tracker": "echo_bench.metrics.behaviour:TRACK_COVERAGE",
    "faces@tracker": "echo_bench.metrics.behaviour:FACES",
}

_EMBEDDED = {
    "fd_img@imagenet-eb": "echo_bench.metrics.embedded:PICTURES",
    "fd_vid@videonet-eb": "echo_bench.metrics.embedded:STRETCHES",
    "csim@eb1-facenet-eb": "echo_bench.metrics.identity:EB1_EB",
    "csim@eb1-paired-facenet-eb": "echo_bench.metrics.identity:EB1_PAIRED_EB",
    "lse_c@syncnet-eb": "echo_bench.metrics.lse:EB.lse_c",
    "lse_d@syncnet-eb": "echo_bench.metrics.lse:EB.lse_d",
    "av_offset@syncnet-eb": "echo_bench.metrics.lse:EB.av_offset",
    "acc_emo@emonet-eb": "echo_bench.metrics.emotion:ACC_EB",
    "ccc_valence@emonet-eb": "echo_bench.metrics.emotion:CCC_VALENCE_EB",
    "appropriateness@eb1-rignet": "echo_bench.metrics.appropriateness:RIGNET_APPROPRIATENESS",
    "appropriateness-auc@eb1-rignet": "echo_bench.metrics.appropriateness:RIGNET_AUC",
    "frcorr@react24-nan-aware-rignet": "echo_bench.metrics.react:RIGNET_FRCORR",
    "frdist@react24-nan-aware-rignet": "echo_bench.metrics.react:RIGNET_FRDIST",
    "frdiv@react24-nan-aware-rignet": "echo_bench.metrics.react:RIGNET_FRDIV",
    "frvar@react24-nan-aware-rignet": "echo_bench.metrics.react:RIGNET_FRVAR",
    "frsyn@react24-nan-aware-rignet": "echo_bench.metrics.react:RIGNET_FRSYN",
    "fd_exp@dim-rignet": "echo_bench.metrics.motion:RIGNET_FD_EXP",
    "fd_pose@dim-rignet": "echo_bench.metrics.motion:RIGNET_FD_POSE",
    "mse_exp@dim-rignet": "echo_bench.metrics.motion:RIGNET_MSE_EXP",
    "mse_pose@dim-rignet": "echo_bench.metrics.motion:RIGNET_MSE_POSE",
    "rpcc_exp@eb1-rignet": "echo_bench.metrics.motion:RIGNET_RPCC_EXP",
    "rpcc_pose@eb1-rignet": "echo_bench.metrics.motion:RIGNET_RPCC_POSE",
    "fd_exp@eb1-rignet": "echo_bench.metrics.sets:RIGNET_FD_EXP",
    "fd_pose@eb1-rignet": "echo_bench.metrics.sets:RIGNET_FD_POSE",
    "sid_exp@dim-rignet": "echo_bench.metrics.sets:RIGNET_SID_EXP",
    "sid_pose@dim-rignet": "echo_bench.metrics.sets:RIGNET_SID_POSE",
    "var_exp@dualtalk-rignet": "echo_bench.metrics.motion:RIGNET_VAR_EXP",
    "var_pose@dualtalk-rignet": "echo_bench.metrics.motion:RIGNET_VAR_POSE",
}

_NATIVE = {
    "appropriateness@eb1-native": "echo_bench.metrics.appropriateness:APPROPRIATENESS",
    "appropriateness-auc@eb1-native": "echo_bench.metrics.appropriateness:AUC",
    "frcorr@react24-nan-aware-native": "echo_bench.metrics.react:FRCORR",
    "frdist@react24-nan-aware-native": "echo_bench.metrics.react:FRDIST",
    "frdiv@react24-nan-aware-native": "echo_bench.metrics.react:FRDIV",
    "frvar@react24-nan-aware-native": "echo_bench.metrics.react:FRVAR",
    "frsyn@react24-nan-aware-native": "echo_bench.metrics.react:FRSYN",
    "fd_exp@dim-native": "echo_bench.metrics.motion:NATIVE_FD_EXP",
    "fd_pose@dim-native": "echo_bench.metrics.motion:NATIVE_FD_POSE",
    "mse_exp@dim-native": "echo_bench.metrics.motion:NATIVE_MSE_EXP",
    "mse_pose@dim-native": "echo_bench.metrics.motion:NATIVE_MSE_POSE",
    "rpcc_exp@eb1-native": "echo_bench.metrics.motion:NATIVE_RPCC_EXP",
    "rpcc_pose@eb1-native": "echo_bench.metrics.motion:NATIVE_RPCC_POSE",
    "fd_exp@eb1-native": "echo_bench.metrics.sets:NATIVE_FD_EXP",
    "fd_pose@eb1-native": "echo_bench.metrics.sets:NATIVE_FD_POSE",
    "sid_exp@dim-native": "echo_bench.metrics.sets:NATIVE_SID_EXP",
    "sid_pose@dim-native": "echo_bench.metrics.sets:NATIVE_SID_POSE",
    "var_exp@dualtalk-native": "echo_bench.metrics.motion:NATIVE_VAR_EXP",
    "var_pose@dualtalk-native": "echo_bench.metrics.motion:NATIVE_VAR_POSE",
    "lve_exp@eb1-native": "echo_bench.metrics.lips:LVE",
    "mod_exp@eb1-native": "echo_bench.metrics.lips:MOD",
    "fdd_exp@eb1-native": "echo_bench.metrics.lips:FDD",
    "av_offset@eb1-native": "echo_bench.metrics.sync:NATIVE_AV_OFFSET",
}

_ON_REQUEST = {
    "fd_inf@pytorch-fid": "echo_bench.metrics.fid:FD_INF_PYTORCH",
    "fid@clean-fid": "echo_bench.metrics.fid:FID_CLEAN",
    "kid@clean-fid": "echo_bench.metrics.fid:KID_CLEAN",
    "fd_inf@clean-fid": "echo_bench.metrics.fid:FD_INF_CLEAN",
    "fid@torch-fidelity": "echo_bench.metrics.fid:FID_TF1",
    "kid@torch-fidelity": "echo_bench.metrics.fid:KID_TF1",
    "fd_inf@torch-fidelity": "echo_bench.metrics.fid:FD_INF_TF1",
    "fvd@styleganv-square224-pm1-t16s1": "echo_bench.metrics.fvd:STYLEGANV_SQUARE",
    "fvd@styleganv-square224-01-t16s1": "echo_bench.metrics.fvd:STYLEGANV_HALF_RANGE",
    "fvd@videogpt-square224-pm1-t16s1": "echo_bench.metrics.fvd:VIDEOGPT",
    "e_fid@deep3d-native": "echo_bench.metrics.e_fid:E_FID",
    "rationality@eb1-native": "echo_bench.metrics.rationality:RATIONALITY",
    "fd@clip": "echo_bench.metrics.hub:FD_CLIP",
    "fad@wav2vec2": "echo_bench.metrics.hub:FAD_WAV2VEC2",
    "fad@hubert": "echo_bench.metrics.hub:FAD_HUBERT",
    "fad@whisper-tiny-en": "echo_bench.metrics.hub:FAD_WHISPER",
    "lpips@squeeze": "echo_bench.metrics.lpips:SQUEEZE",
    "lpips@vgg": "echo_bench.metrics.lpips:VGG",
    "lse_c@syncnet-v2": "echo_bench.metrics.lse:V2.lse_c",
    "lse_d@syncnet-v2": "echo_bench.metrics.lse:V2.lse_d",
    "av_offset@syncnet-v2": "echo_bench.metrics.lse:V2.av_offset",
    "lse_c@syncnet-v2-whole": "echo_bench.metrics.lse:V2_WHOLE.lse_c",
    "lse_d@syncnet-v2-whole": "echo_bench.metrics.lse:V2_WHOLE.lse_d",
    "av_offset@syncnet-v2-whole": "echo_bench.metrics.lse:V2_WHOLE.av_offset",
    "lse_c@syncnet-v2-memory-whole": "echo_bench.metrics.lse:MEMORY_WHOLE.lse_c",
    "lse_d@syncnet-v2-memory-whole": "echo_bench.metrics.lse:MEMORY_WHOLE.lse_d",
    "av_offset@syncnet-v2-memory-whole": "echo_bench.metrics.lse:MEMORY_WHOLE.av_offset",
    "lse_c@syncnet-eb-whole": "echo_bench.metrics.lse:EB_WHOLE.lse_c",
    "lse_d@syncnet-eb-whole": "echo_bench.metrics.lse:EB_WHOLE.lse_d",
    "av_offset@syncnet-eb-whole": "echo_bench.metrics.lse:EB_WHOLE.av_offset",
}

_IMPORTED = {id_: f"echo_bench.metrics.motion:OWN.{id_}" for id_ in OWN_IDS} | {
    id_: f"echo_bench.metrics.shared:ACROSS.{id_}" for id_ in SHARED_IDS
}

METRICS: Registry[Metric[Any]] = Registry(
    "metric", _BUILTIN | _NATIVE | _EMBEDDED | _ON_REQUEST | _IMPORTED, "echo_bench.metrics"
)
DEFAULT = (*_BUILTIN, *_NATIVE)
"""Scored wherever no metric is named."""

EMBEDDED = tuple(_EMBEDDED)
"""Scored too where no metric is named and the dataset is simulated: these nets need no download, and know the suite's own renderer."""

ON_REQUEST = (*_ON_REQUEST, *_IMPORTED)
"""Scored only when they are named: further passes through slow nets, and protocols that only a paper's number needs. Those of
imported files are scored where no metric is named and the truth is in their space."""
