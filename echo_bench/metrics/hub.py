"""Fréchet distances over general encoders: pictures by DINOv2 and CLIP, speech by wav2vec 2.0, HuBERT and Whisper.

Pictures: FD-DINOv2 follows human judgement better than FID (Stein et al., "Exposing flaws of generative model evaluation metrics",
NeurIPS 2023; layer6ai-labs/dgm-eval); CLIP's ViT-B/32 is FID_CLIP of Kynkäänniemi et al., ICLR 2023. Speech: the Fréchet audio distance
(Kilgour et al., Interspeech 2019) over the encoders of microsoft/fadtk; it asks for the voice of a method that speaks with its own.
"""

from __future__ import annotations

from functools import partial

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.pooled_frechet import PooledFrechet
from echo_bench.metrics.two_samples import Rows


def _rows(net: str, features: ClipFeatures, side: str) -> Rows:
    return features[f"{side}:{net}"]["features"]


def _metric(name: str, encoder: str, title: str, **signature: str) -> PooledFrechet:
    info = MetricInfo(
        id=f"{name}@{encoder}",
        title=title,
        unit="",
        direction=Direction.LOWER,
        requires=(f"pred:{encoder}", f"truth:{encoder}"),
        range=(0.0, None),
        aggregation="set",
        signature=(*signature.items(), ("fps", "25"), ("ddof", "1")),
    )
    return PooledFrechet(info, partial(_rows, encoder))


def _pictures(net: str, title: str, weights: str, width: int) -> PooledFrechet:
    title = f"Fréchet distance of {title} over all frames"
    return _metric("fd", net, title, net=weights, D=str(width), resize="bicubic")


def _speech(net: str, title: str, weights: str, width: int) -> PooledFrechet:
    title = f"Fréchet audio distance of the avatar's sound: {title}, 25 rows per second"
    return _metric("fad", net, title, net=weights, D=str(width), pooling="pairs of 20 ms")


FD_DINOV2 = _pictures("dinov2", "DINOv2 ViT-L/14 class tokens", "dinov2-vitl14", 1024)
FD_CLIP = _pictures("clip", "CLIP ViT-B/32 image embeddings", "clip-vitb32", 512)
FAD_WAV2VEC2 = _speech("wav2vec2", "wav2vec 2.0 base, last layer", "wav2vec2-base-960h", 768)
FAD_HUBERT = _speech("hubert", "HuBERT base, last layer", "hubert-base-ls960", 768)
FAD_WHISPER = _speech("whisper-tiny-en", "encoder of Whisper tiny.en", "whisper-tiny-en", 384)
