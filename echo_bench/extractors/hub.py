"""Models of the Hugging Face hub as extractors: DINOv2, CLIP, wav2vec 2.0, HuBERT, and any classifier of facial emotion by its id."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echo_bench.errors import NoAudioError, UnavailableError
from echo_bench.extractor import Arrays, InputSpec
from echo_bench.extractors.crops import Upright
from echo_bench.extractors.emotion import CLASSES, WORDS
from echo_bench.extractors.face_nets import FaceNet
from echo_bench.extractors.frame_nets import FrameNet, Run, later
from echo_bench.extractors.speech import per_frame
from echo_bench.nets.device import inference, policy

if TYPE_CHECKING:
    from echo_bench.nets.hub import HubModel

VERSION = "1"
EMOTION_MODEL = "ECHO_BENCH_EMOTION_MODEL"
"""Environment variable that names the classifier of ``hub-emotion``, such as ``trpakov/vit-face-expression``."""

SHORTEST = 400
"""Samples that the convolutions of wav2vec 2.0 and HuBERT need for one row."""


def dinov2() -> FrameNet:
    """``dinov2``: the class token of DINOv2 ViT-L/14 (``features``, 1024), for FD-DINOv2."""
    return _encoder("dinov2", "facebook/dinov2-large", "Dinov2Model", "pooler_output")


def clip() -> FrameNet:
    """``clip``: image embeddings of CLIP ViT-B/32 (``features``, 512)."""
    return _encoder("clip", "openai/clip-vit-base-patch32", "CLIPVisionModelWithProjection", "image_embeds")


def emotion() -> FaceNet:
    """``hub-emotion``: the classifier that ``ECHO_BENCH_EMOTION_MODEL`` names, in EmoNet's eight classes; 0 for one that it lacks."""
    from echo_bench.nets.hub import find, pictures

    id_ = os.environ.get(EMOTION_MODEL)
    if not id_:
        raise UnavailableError(
            "no classifier of facial emotion is named", where=EMOTION_MODEL, fix="set it to an id of the hub"
        )
    model = find(id_)
    places = _places(model, id_)

    def open_net() -> Run:
        from echo_bench.nets.runs import on_device

        net = model.open("AutoModelForImageClassification")
        shares = on_device(net, lambda faces: net(pictures(model, faces)).logits.softmax(dim=1))
        return lambda faces: _sorted(shares(faces), places)

    spec = InputSpec("face", batch=8, policy=policy())
    return FaceNet("hub-emotion", VERSION, model.sha256, spec, "expression", Upright(224), later(open_net))


class SpeechEncoder:
    """A speech model's last layer, ``features`` (T, D), the mean of its two rows in each frame of 1/25 s.

    Parameters
    ----------
    name, id_ : str
        Of the extractor, and of the model on the hub.

    Raises
    ------
    UnavailableError
        At construction, when the model or `transformers` is not here.
    """

    version = VERSION

    def __init__(self, name: str, id_: str) -> None:
        from echo_bench.nets.device import device
        from echo_bench.nets.hub import find

        model = find(id_)
        self.name, self.weights = name, model.sha256
        self.spec = InputSpec("audio", batch=1, policy=policy())
        self._normalised = bool(model.settings("preprocessor_config.json").get("do_normalize", True))
        self._net = model.open("AutoModel").to(device())

    def __call__(self, waveform: NDArray[np.float32]) -> Arrays:
        """Features of a mono waveform at 16 kHz.

        Raises
        ------
        NoAudioError
            When it is too short for one frame.
        """
        import torch

        if len(waveform) < 2 * SHORTEST:
            raise NoAudioError(f"{len(waveform)} samples are too few for {self.name}")
        sound = torch.from_numpy(np.asarray(waveform, np.float32))
        if self._normalised:
            sound = (sound - sound.mean()) / (sound.var(unbiased=False) + 1e-7).sqrt()
        with inference():
            rows = self._net(sound[None].to(self._net.device)).last_hidden_state[0].float().cpu().numpy()
        return {"features": per_frame(rows)}


def wav2vec2() -> SpeechEncoder:
    """``wav2vec2``: wav2vec 2.0 base, fine-tuned on 960 h."""
    return SpeechEncoder("wav2vec2", "facebook/wav2vec2-base-960h")


def hubert() -> SpeechEncoder:
    """``hubert``: HuBERT base."""
    return SpeechEncoder("hubert", "facebook/hubert-base-ls960")


def _encoder(name: str, id_: str, kind: str, output: str) -> FrameNet:
    from echo_bench.nets.hub import find, pictures

    model = find(id_)

    def open_net() -> Run:
        from echo_bench.nets.runs import on_device

        net = model.open(kind)
        return on_device(net, lambda frames: getattr(net(pictures(model, frames)), output))

    spec = InputSpec("frames", batch=8, policy=policy())
    return FrameNet(name, VERSION, model.sha256, spec, "features", later(open_net))


def _places(model: HubModel, id_: str) -> list[int | None]:
    """For each of EmoNet's classes, the column of the classifier that means it."""
    labels = {
        int(index): str(label).lower() for index, label in model.settings("config.json").get("id2label", {}).items()
    }
    column = {WORDS[label]: index for index, label in labels.items() if label in WORDS}
    if len(column) < 2:
        raise UnavailableError(
            f"{id_} has labels {', '.join(labels.values())}, which are no emotions", where=EMOTION_MODEL
        )
    return [column.get(name) for name in CLASSES["emonet"]]


def _sorted(shares: NDArray[np.float32], places: list[int | None]) -> NDArray[np.float32]:
    nothing = np.zeros(len(shares), np.float32)
    return np.stack([nothing if place is None else shares[:, place] for place in places], axis=1)
