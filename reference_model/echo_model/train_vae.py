"""Training of the video autoencoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_model.config import TIME, VaeConfig
from echo_model.corpus import Entry
from echo_model.frames import to_video
from echo_model.loop import Recipe
from echo_model.masks import masks, regions_from
from echo_model.vae import VideoVae, video_loss

CLIP = 2 * TIME  # frames of a training sample: two latent frames, so that one has another before it
FACE, MOUTH = 2.0, 8.0  # by how much more errors in the face, and in the mouth, count than those behind
DIVERGENCE = 1e-4  # weight: latents say no more than pays, so that there is little to be generated; ten times as much and they say nothing
OPEN = 10.0  # brightness and contrast of the mouth change by about a tenth
OPENING = 1.0  # weight of what latents must tell of the mouth
PART = 2  # a sample is half as high and wide as the picture, about the face: the rest is mostly wall

RECIPE = Recipe(steps=5000, batch=8, rate=2e-3, average=0.995)


class VaeTraining(nn.Module):
    """The loss of an autoencoder on a corpus; a call draws a batch from the generator that it is given."""

    def __init__(self, config: VaeConfig, entries: Sequence[Entry], batch: int) -> None:
        super().__init__()
        self.vae = VideoVae(config)
        self.open = nn.Linear(config.channels, 2 * TIME)
        self.batch = batch
        self.footage = [(entry.frames(), entry.person) for entry in entries]
        lengths = np.array([len(frames) for frames, _ in self.footage], float)
        self.share = lengths / lengths.sum()

    def forward(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Terms of the loss."""
        device = self.vae.shift.device
        size = self.vae.config.size
        kept = size // PART
        clips, stills, weights, lips = [], [], [], []
        for k in rng.choice(len(self.footage), self.batch, p=self.share):
            frames, person = self.footage[k]
            start = int(rng.integers(len(frames) - CLIP + 1))
            found = person.regions[np.abs(person.stills - start).argmin()]
            corner = found[:2] * size - kept / 2 + rng.uniform(-kept / 4, kept / 4, 2)
            left, top = (int(x) for x in corner.clip(0, size - kept))
            part = (slice(top, top + kept), slice(left, left + kept))
            clips.append(frames[start : start + CLIP, *part])
            stills.append(frames[rng.integers(len(frames)), *part])
            face, lip = (
                x.reshape(1, size, size)[:, *part] for x in masks(regions_from(torch.from_numpy(found[None])), size)
            )
            weights.append(1 + FACE * face + MOUTH * lip)
            lips.append(lip)
        video, still = to_video(np.stack(clips)).to(device), to_video(np.stack(stills)).to(device)
        weight, lip = torch.stack(weights).to(device), torch.stack(lips).to(device)
        made, latents, divergence = self.vae.reconstruct(video, still)
        cells = F.avg_pool2d(lip, kept // latents.shape[-1])[:, None]
        told = self.open((latents * cells).sum((-1, -2)) / cells.sum((-1, -2)))
        return video_loss(made.float(), video, weight) | {
            "opening": OPENING * F.mse_loss(told.float(), opening(video, still, lip)),
            "divergence": DIVERGENCE * divergence.float(),
        }


def opening(video: Tensor, still: Tensor, lip: Tensor) -> Tensor:
    """How the mouth looks other than in the reference: brightness and contrast of its place, (B, T / 4, 2 * 4).

    Lips are a few cells of the latents, and heads move in all of them. What must be told in a straight line is easily made from sound.

    Parameters
    ----------
    video : Tensor of shape (B, T, 3, H, W)
    still : Tensor of shape (B, 3, H, W)
    lip : Tensor of shape (B, 1, H, W)
        How much each place belongs to the mouth.
    """
    share = (lip / lip.sum((-1, -2), keepdim=True)).squeeze(1)
    grey = torch.cat([still[:, None], video], dim=1).mean(2)
    mean = (grey * share[:, None]).sum((-1, -2))
    spread = ((grey - mean[..., None, None]).square() * share[:, None]).sum((-1, -2)).add(1e-6).sqrt()
    looks = torch.stack([mean, spread], dim=-1)
    away: Tensor = OPEN * (looks[:, 1:] - looks[:, :1])
    return away.reshape(len(video), -1, 2 * TIME)
