"""Extractors: one file per net, tracker or measurement; the table of their names."""

from __future__ import annotations

from collections.abc import Callable

from echo_bench.extractor import AudioExtractor, FrameExtractor
from echo_bench.registry import Registry

EXTRACTORS: Registry[Callable[[], FrameExtractor | AudioExtractor]] = Registry(
    "extractor",
    {
        "face": "echo_bench.extractors.face:FaceExtractor",
        "i3d-styleganv-crop224-pm1-t16s1": "echo_bench.extractors.i3d:styleganv_crop",
        "i3d-styleganv-square224-01-t16s1": "echo_bench.extractors.i3d:styleganv_half_range",
        "i3d-styleganv-square224-pm1-t16s1": "echo_bench.extractors.i3d:styleganv_square",
        "i3d-videogpt-square224-pm1-t16s1": "echo_bench.extractors.i3d:videogpt",
        "inception": "echo_bench.extractors.inception:pytorch_fid",
        "inception-clean": "echo_bench.extractors.inception:clean_fid",
        "inception-tf1": "echo_bench.extractors.inception:torch_fidelity",
        "lpips-alex": "echo_bench.extractors.lpips:alex",
        "lpips-squeeze": "echo_bench.extractors.lpips:squeeze",
        "lpips-vgg": "echo_bench.extractors.lpips:vgg",
        "pixels": "echo_bench.extractors.pixels:PixelExtractor",
        "speech": "echo_bench.extractors.speech:SpeechExtractor",
        "arcface-glint360k-r100": "echo_bench.extractors.identity:arcface_glint360k_r100",
        "arcface-r100": "echo_bench.extractors.identity:arcface_r100",
        "arcface-r100-frame": "echo_bench.extractors.identity:WholeFrame",
        "arcface-r50": "echo_bench.extractors.identity:arcface_r50",
        "arcface-w600k-r50": "echo_bench.extractors.identity:arcface_w600k_r50",
        "deepface-emotion": "echo_bench.extractors.emotion:deepface_emotion",
        "dlib-face": "echo_bench.extractors.identity:dlib_face",
        "effnet-lite0": "echo_bench.extractors.effnet_lite0:features",
        "effnet-lite0-distance": "echo_bench.extractors.effnet_lite0:distance",
        "emonet": "echo_bench.extractors.emotion:emonet",
        "emotion-fan": "echo_bench.extractors.emotion_fan:EmotionFanExtractor",
        "fer": "echo_bench.extractors.emotion:fer",
        "hsemotion-b0": "echo_bench.extractors.emotion:hsemotion_b0",
        "hsemotion-b2": "echo_bench.extractors.emotion:hsemotion_b2",
        "clip": "echo_bench.extractors.hub:clip",
        "dinov2": "echo_bench.extractors.hub:dinov2",
        "hub-emotion": "echo_bench.extractors.hub:emotion",
        "hubert": "echo_bench.extractors.hub:hubert",
        "wav2vec2": "echo_bench.extractors.hub:wav2vec2",
        "silero-vad": "echo_bench.extractors.speech_nets:SileroVad",
        "syncnet-audio": "echo_bench.extractors.syncnet:SyncNetAudio",
        "syncnet-lip": "echo_bench.extractors.syncnet:SyncNetLip",
        "syncnet-v2-lip": "echo_bench.extractors.syncnet_v2:SyncNetV2Lip",
        "emonet-eb": "echo_bench.extractors.embedded_faces:emonet_eb",
        "facenet-eb": "echo_bench.extractors.embedded_faces:facenet_eb",
        "imagenet-eb": "echo_bench.extractors.embedded_pictures:imagenet_eb",
        "rignet": "echo_bench.extractors.embedded_faces:RigNetExtractor",
        "syncnet-eb-audio": "echo_bench.extractors.syncnet_eb:SyncNetEBAudio",
        "syncnet-eb-lip": "echo_bench.extractors.syncnet_eb:SyncNetEBLip",
        "videonet-eb": "echo_bench.extractors.embedded_pictures:videonet_eb",
        "whisper-tiny-en": "echo_bench.extractors.speech_nets:WhisperTiny",
    },
    "echo_bench.extractors",
)

FAST = "+fast"
"""What follows the name of an extractor that computes by the fast policy (:mod:`echo_bench.nets.device`)."""

NO_NETS = frozenset({"face", "pixels", "speech"})
"""Extractors of the table without a policy of arithmetic: measurements, and the tracker, which always runs on the CPU."""
