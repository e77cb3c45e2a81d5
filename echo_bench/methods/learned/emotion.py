"""What networks of emotional talkers share: emotion told from the voice, emotion told from motion, and labels of windows."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from echo_bench.methods.learned.corpus import EMOTIONS, UNKNOWN
from echo_bench.methods.learned.features import MOTION
from echo_bench.methods.learned.lips import WIDTH, ear

KINDS = len(EMOTIONS)
NEUTRAL = EMOTIONS.index("neutral")


class VoiceEmotion(nn.Module):
    """Tells from a voice what is felt, by all that was heard up to each frame."""

    def __init__(self) -> None:
        super().__init__()
        self.hear = ear()
        self.tell = nn.Linear(WIDTH, KINDS)

    def forward(self, voice: Tensor) -> Tensor:
        """Logits (B, T, kinds) of sound (B, T, 52)."""
        heard = self.hear(voice).cumsum(dim=1)
        logits: Tensor = self.tell(heard / torch.arange(1, heard.shape[1] + 1, device=heard.device)[:, None])
        return logits


class Judge(nn.Module):
    """Tells from motion what is felt, by level and spread of all columns in a stretch of it."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2 * MOTION, 64), nn.GELU(), nn.Linear(64, KINDS))

    def forward(self, motion: Tensor) -> Tensor:
        """Logits (B, kinds) of motion (B, L, 61)."""
        logits: Tensor = self.layers(level_and_spread(motion))
        return logits

    def fixed(self, motion: Tensor) -> Tensor:
        """The same, but what is learned from it is the motion and not the judgement."""
        weights = {name: weight.detach() for name, weight in self.named_parameters()}
        logits: Tensor = functional_call(self, weights, (motion,))
        return logits


def level_and_spread(motion: Tensor) -> Tensor:
    """Mean and deviation over time (B, 122) of motion (B, L, 61)."""
    return torch.cat([motion.mean(1), (motion.var(1, unbiased=False) + 1e-6).sqrt()], dim=-1)


def label_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of logits (..., kinds), mean over what has a label (...); 0 where nothing has one.

    Examples
    --------
    >>> float(label_loss(torch.zeros(2, KINDS), torch.tensor([UNKNOWN, UNKNOWN])))
    0.0
    """
    wrong = F.cross_entropy(logits.flatten(0, -2), labels.flatten(), ignore_index=UNKNOWN, reduction="sum")
    return wrong / (labels != UNKNOWN).sum().clamp_min(1)


def felt(logits: Tensor, labels: Tensor) -> Tensor:
    """Shares (..., kinds) of the emotions: as labelled where there is a label, else as the logits tell, not to be learned from."""
    told = F.one_hot(labels.clamp_min(0), KINDS).to(logits)
    return torch.where((labels == UNKNOWN)[..., None], logits.detach().softmax(-1), told)


def of_window(labels: Tensor) -> Tensor:
    """The most frequent label (B,) of each window (B, L), UNKNOWN where it has none.

    Examples
    --------
    >>> of_window(torch.tensor([[3, 3, 1, -1, -1, -1], [-1, -1, -1, -1, -1, -1]])).tolist()
    [3, -1]
    """
    counts = torch.stack([(labels == kind).sum(dim=1) for kind in range(KINDS)], dim=1)
    return torch.where(counts.amax(1) > 0, counts.argmax(1), UNKNOWN)
