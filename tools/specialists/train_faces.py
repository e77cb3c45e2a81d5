"""Training of the nets that look at a face: rignet, emonet-eb, facenet-eb."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.nets.embedded import asset
from echo_bench.nets.emonet_eb import CLASSES, EmoNetEB
from echo_bench.nets.facenet_eb import FEATURES, FaceNetEB
from echo_bench.nets.loading import load_state
from echo_bench.nets.rignet import RigNet
from echo_bench.simulator.emotions import emotion_of
from tools.specialists.corpus import Corpus
from tools.specialists.damage import used, worn
from tools.specialists.faces import Faces, FaceSource
from tools.specialists.loop import Training, correlation

BATCH = 64
JUDGED = 1024
TOGETHER = 8
SPREAD = 0.01
"""Least standard deviation that a column of motion is scaled by: what hardly moves shall not count as much as what does."""

WORDS: Mapping[str, str] = {
    "neutral": "neutral", "joy": "happy", "amusement": "happy", "affection": "happy", "surprise": "surprise", "relief": "relief",
    "sadness": "sad", "concern": "concern", "anger": "anger", "disgust": "anger", "fear": "fear", "embarrassment": "fear",
}  # fmt: skip
"""The simulator's words -> emonet-eb's: those whose faces hardly differ are one."""


def rignet(train: Corpus, val: Corpus, steps: int, seed: int) -> Training:
    """Motion by least squares, each column in its own spread.

    How frames of one stretch differ counts in full, what they have in common a tenth: most people are seen in one stretch, and a net soon
    knows them and what they did there.
    """
    net = RigNet()
    source = FaceSource(train, seed, used)
    middle = torch.from_numpy(train.motion.mean(axis=(0, 1)))
    spread = torch.from_numpy(np.maximum(train.motion.std(axis=1).mean(axis=0), SPREAD))
    with torch.no_grad():
        net.head.weight.mul_(spread[:, None])
        net.head.bias.copy_(middle)
        net.place.weight.zero_()

    def loss(_: int) -> Tensor:
        faces = source.together(BATCH, TOGETHER)
        error = (net(faces.pictures) + net.place(faces.places) - faces.motion) / spread
        error = error.view(-1, TOGETHER, error.shape[1])
        common = error.mean(dim=1, keepdim=True)
        return (error - common).square().mean() + 0.1 * common.square().mean()

    def judge() -> dict[str, float]:
        faces = FaceSource(val, seed).together(JUDGED, JUDGED // 32)
        with torch.inference_mode():
            found = (net(faces.pictures) + net.place(faces.places)).view(32, -1, faces.motion.shape[1])
        right = faces.motion.view(found.shape)
        apart = [(rows - rows.mean(dim=1, keepdim=True)).flatten(0, 1) for rows in (found, right)]
        return {"median correlation within stretches": float(correlation(*apart).nanmedian())}

    return Training(net, loss, judge, steps)


def emonet_eb(train: Corpus, val: Corpus, steps: int, seed: int) -> Training:
    """Words by cross-entropy, rare ones counting more; valence and arousal by least squares. Faces are read with rignet's weights."""
    net = EmoNetEB()
    state = load_state(asset("rignet"))
    net.read.load_state_dict({k.removeprefix("read."): v.float() for k, v in state.items() if k.startswith("read.")})
    net.read.requires_grad_(False)
    source = FaceSource(train, seed, used)
    affect, words = _displayed(train)
    counts = torch.bincount(words, minlength=len(CLASSES)).clamp_min(1)
    weight = (counts.float().mean() / counts) ** 0.5

    def loss(_: int) -> Tensor:
        faces = source.draw(BATCH)
        logits, values = net.judged(net.read.eval()(faces.pictures))
        named = F.cross_entropy(logits, words[faces.rows], weight, label_smoothing=0.05)
        return named + 8 * F.mse_loss(values, affect[faces.rows])

    def judge() -> dict[str, float]:
        faces = _judged(val, seed)
        wanted, right = _displayed(val)
        with torch.inference_mode():
            found = net(faces.pictures)
        valence, arousal = correlation(found[:, -2:], wanted[faces.rows]).tolist()
        accuracy = float((found[:, :-2].argmax(dim=1) == right[faces.rows]).float().mean())
        return {"valence correlation": valence, "arousal correlation": arousal, "accuracy": accuracy}

    return Training(net, loss, judge, steps)


def facenet_eb(train: Corpus, val: Corpus, steps: int, seed: int) -> Training:
    """People named by angle, with a margin that the right one must win by."""
    net = FaceNetEB()
    source = FaceSource(train, seed, worn)
    people, person = np.unique(np.repeat(train.face, train.motion.shape[1]), return_inverse=True)
    centres = nn.Linear(FEATURES, len(people), bias=False)
    scale, margin = 16.0, 0.2
    named = torch.from_numpy(person)

    def loss(step: int) -> Tensor:
        faces = source.draw(BATCH)
        cosine = net(faces.pictures) @ F.normalize(centres.weight, dim=1).T
        right = F.one_hot(named[faces.rows], len(people))
        grown = margin * min(1.0, 4 * step / steps)
        return F.cross_entropy(scale * (cosine - grown * right), named[faces.rows])

    def judge() -> dict[str, float]:
        faces = _judged(val, seed)
        with torch.inference_mode():
            rows = net(faces.pictures)
        return {"AUC": same_or_not(rows, np.repeat(val.face, val.motion.shape[1])[faces.rows])}

    return Training(net, loss, judge, steps, helpers=centres)


def same_or_not(rows: Tensor, person: NDArray[np.int64]) -> float:
    """Area under the curve of telling pairs of one person from pairs of two by their cosine."""
    from sklearn.metrics import roc_auc_score

    above = np.triu_indices(len(rows), 1)
    return float(roc_auc_score((person[:, None] == person[None, :])[above], (rows @ rows.T).numpy()[above]))


def _displayed(corpus: Corpus) -> tuple[Tensor, Tensor]:
    """Valence and arousal (N, 2), and the word's number (N,), per frame."""
    affect = corpus.affect.reshape(-1, 3)
    words = [CLASSES.index(WORDS[word]) for word in emotion_of(affect)]
    return torch.from_numpy(affect[:, :2]).contiguous(), torch.tensor(words)


def _judged(val: Corpus, seed: int) -> Faces:
    return FaceSource(val, seed).draw(JUDGED)
