"""Protocols of pictures, landmarks and embeddings: the ViCo challenge of 2022, and SyncNet."""

from __future__ import annotations

from echo_metrics.bindings import NONE, Input, Metric, Protocol, of
from echo_metrics.coefficients import mean_absolute_error
from echo_metrics.frechet import frechet_distance
from echo_metrics.layouts import BFM70
from echo_metrics.limits import short_tracks
from echo_metrics.lips import liplmd_vico
from echo_metrics.motion import frechet
from echo_metrics.over_clips import lse, mean_cpbd, mean_csim, mean_psnr, mean_ssim
from echo_metrics.table_motion import tracks

__all__ = ["FOOTAGE_PROTOCOLS"]

_VIDEO = Input("list of (frames, height, width, 3) RGB, uint8, one per clip")
_LANDMARKS = Input("list of (frames, 68, 2) points in pixels, one per clip; NaN where no face was found")
_EMBEDDINGS = Input("list of (frames, features), ArcFace of the whole frame squeezed to 112 x 112, one per clip")
_POOL3 = Input("(frames, 2048) Inception pool3 features of all frames, by piq's FID")
_VICO = Protocol(
    "vico22",
    "the ViCo challenge of 2022: image quality in piq's convention, identity, 3DMM distances, lip landmarks",
    "dc3ea9f/vico_challenge_baseline 16424c0, evaluations/*.py; 3DMM distances: its issue 1",
    {
        "gt_frames": _VIDEO,
        "pred_frames": _VIDEO,
        "gt_landmarks": _LANDMARKS,
        "pred_landmarks": _LANDMARKS,
        "gt_identity": _EMBEDDINGS,
        "pred_identity": _EMBEDDINGS,
        "gt_features": _POOL3,
        "pred_features": _POOL3,
        **tracks(BFM70, "gt_motion", "pred_motion"),
    },
    (
        ("gt_frames", "pred_frames"),
        ("gt_landmarks", "pred_landmarks"),
        ("gt_identity", "pred_identity"),
        ("gt_features", "pred_features"),
        ("gt_motion", "pred_motion"),
    ),
    (
        Metric("psnr", mean_psnr, of(gt="gt_frames", pred="pred_frames"), "higher", "dB", "psnr", target=80.0),
        Metric("ssim", mean_ssim, of(gt="gt_frames", pred="pred_frames"), "higher", "", "ssim", target=1.0),
        Metric("cpbd", mean_cpbd, of(pred="pred_frames"), "higher", "", "cpbd", truth=of(pred="gt_frames")),
        Metric("lip_lmd", liplmd_vico, of(gt="gt_landmarks", pred="pred_landmarks"), "lower", "px", "lmd", target=0.0),
        Metric(
            "csim",
            mean_csim,
            of(generated="pred_identity", counterpart="gt_identity"),
            "higher",
            "",
            "csim",
            options={"protocol": "vico22"},
            target=1.0,
        ),
        Metric(
            "fid",
            frechet_distance,
            of(a="gt_features", b="pred_features"),
            "lower",
            "feature²",
            "frechet-distance",
            target=0.0,
        ),
        Metric(
            "l1",
            mean_absolute_error,
            of(gt="gt_motion", pred="pred_motion"),
            "lower",
            "motion",
            "coefficient-distances",
            {"exp": NONE, "angle": NONE, "trans": NONE},
            target=0.0,
        ),
    ),
    published={"l1_exp": 100.0, "l1_angle": 100.0, "l1_trans": 100.0},
)

_ROWS = "list of (windows, features) SyncNet embeddings, one per face track"
_TRACKS = of("video", "audio")
_SYNCNET = Protocol(
    "syncnet-v2",
    "LSE-D, LSE-C and the AV offset of SyncNet, searched 15 frames either way, plain mean over face tracks",
    "joonson/syncnet_python 6efbb1c, SyncNetInstance.py; Rudrabha/Wav2Lip evaluation/scores_LSE",
    {"video": Input(f"{_ROWS}: 5-frame windows"), "audio": Input(f"{_ROWS}: the same windows")},
    (("video", "audio"),),
    (
        Metric("lse_d", lse, _TRACKS, "lower", "embedding", "lse", options={"part": "distance"}, check=short_tracks),
        Metric("lse_c", lse, _TRACKS, "higher", "embedding", "lse", options={"part": "confidence"}, check=short_tracks),
        Metric(
            "av_offset",
            lse,
            _TRACKS,
            "target",
            "frame",
            "av-offset",
            options={"part": "offset"},
            target=0.0,
            check=short_tracks,
        ),
    ),
)

_E_FID = Protocol(
    "e-fid",
    "E-FID: Fréchet distance over the 64 Deep3DFaceRecon expression coefficients of all frames of all clips",
    "never standardised: antgroup/echomimic#177, fudan-generative-vision/hallo2#31; the coefficients come from a file",
    {**tracks(BFM70, "gt_motion", "pred_motion")},
    (("gt_motion", "pred_motion"),),
    (
        Metric(
            "e_fid",
            frechet,
            of(gt="gt_motion", pred="pred_motion"),
            "lower",
            "motion²",
            "frechet-distance",
            {"exp": NONE},
            options={"pooling": "corpus"},
            target=0.0,
            caveat="papers that print E-FID state neither extractor nor pooling: compare within one run only",
        ),
    ),
)

FOOTAGE_PROTOCOLS = (_VICO, _SYNCNET, _E_FID)
