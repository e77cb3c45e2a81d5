"""Training of the eyes: single pictures tell what people do and feel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_model.config import EchoConfig
from echo_model.corpus import Entry
from echo_model.eyes import Eyes
from echo_model.feeling import AFFECT
from echo_model.frames import shrunk, to_video
from echo_model.lcu import ACTS, SIZES
from echo_model.locate import face_mask
from echo_model.loop import Recipe
from echo_model.masks import regions_from

RECIPE = Recipe(steps=4000, batch=96, rate=3e-3, turn=0.01, decay=0.05, average=0.995)


class EyesTraining(nn.Module):
    """The loss of eyes on a corpus; a call draws a batch from the generator that it is given.

    Parameters
    ----------
    config : EchoConfig
    entries : sequence of Entry
    batch : int
        Pictures.
    """

    def __init__(self, config: EchoConfig, entries: Sequence[Entry], batch: int) -> None:
        super().__init__()
        self.eyes, self.batch, self.grid = Eyes(config.lcu.width, len(SIZES)), batch, config.vae.grid
        self.footage = [(entry.frames(), entry.reference(), entry.person) for entry in entries]
        lengths = np.array([len(frames) for frames, _, _ in self.footage], float)
        self.share = lengths / lengths.sum()

    def forward(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Terms of the loss."""
        pictures, first, regions, wanted = [], [], [], []
        for k in rng.choice(len(self.footage), self.batch, p=self.share):
            frames, reference, person = self.footage[k]
            at = int(rng.integers(len(frames)))
            pictures.append(frames[at])
            first.append(reference)
            regions.append(person.regions[0])
            wanted.append(np.concatenate([person.acts[at], person.affect[at]]))
        device = self.eyes.leave.weight.device
        shown, looks = (shrunk(to_video(np.stack(x))).to(device) for x in (pictures, first))
        mask = face_mask(regions_from(torch.from_numpy(np.stack(regions))), self.grid).to(device)
        tokens = self.eyes(shown[:, None], looks, mask)[:, 0]
        return seen(self.eyes.tell(tokens), torch.from_numpy(np.stack(wanted)).to(device))


def seen(told: Tensor, wanted: Tensor) -> dict[str, Tensor]:
    """How well it is seen what people do and feel, (N, acts + 3) each: acts as logits, affect in the sizes in which it varies."""
    known, wanted, told = wanted.isfinite(), wanted.nan_to_num(), told.float()
    done = F.binary_cross_entropy_with_logits(told[:, : len(ACTS)], wanted[:, : len(ACTS)], reduction="none")
    off = ((told - wanted) / wanted.new_tensor(SIZES))[:, -AFFECT:].square()
    parts = (done, known[:, : len(ACTS)]), (off, known[:, -AFFECT:])
    acts, affect = ((error * part).sum() / part.sum().clamp_min(1) for error, part in parts)
    return {"acts": acts, "affect": affect}
