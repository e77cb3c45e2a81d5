"""Training of the video autoencoder, and the latents of a corpus."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from echo_model.config import TIME, VaeConfig
from echo_model.corpus import Entry, suffixed
from echo_model.frames import to_video
from echo_model.loop import Recipe
from echo_model.masks import masks, regions_from
from echo_model.vae import Autoencoder, VideoVae, video_loss

CLIP = 2 * TIME  # frames of a training sample: two latent frames, so that one has another before it
FACE, MOUTH = 2.0, 4.0  # by how much more errors in the face, and in the mouth, count than those behind
DIVERGENCE = 1e-4  # weight: latents say no more than pays, so that there is little to be generated; ten times as much and they say nothing
PART = 3  # quarters of the picture's sides that a sample shows: the rest is mostly wall
CHUNK = 32  # latent frames that are encoded at once

RECIPE = Recipe(steps=3000, batch=4, rate=1.5e-3, warmup=100, average=0.995, save_every=100)


class VaeTraining(nn.Module):
    """The loss of an autoencoder on a corpus; a call draws a batch from the generator that it is given."""

    def __init__(self, config: VaeConfig, entries: Sequence[Entry], batch: int) -> None:
        super().__init__()
        self.vae = VideoVae(config)
        self.batch = batch
        self.footage = [(entry.frames(), entry.person) for entry in entries]
        lengths = np.array([len(frames) for frames, _ in self.footage], float)
        self.share = lengths / lengths.sum()

    def forward(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Terms of the loss."""
        device = self.vae.shift.device
        clips, stills, regions = [], [], []
        for k in rng.choice(len(self.footage), self.batch, p=self.share):
            frames, person = self.footage[k]
            start = int(rng.integers(len(frames) - CLIP + 1))
            clips.append(frames[start : start + CLIP])
            stills.append(frames[rng.integers(len(frames))])
            regions.append(person.regions[np.abs(person.stills - start).argmin()])
        size = self.vae.config.size
        face, mouth = masks(regions_from(torch.from_numpy(np.stack(regions))), size)
        weight = (1 + FACE * face + MOUTH * mouth).reshape(-1, 1, size, size)
        kept = size * PART // 4
        top, left = (int(k) for k in rng.integers(size - kept + 1, size=2))
        video, still, weight = (
            x[..., top : top + kept, left : left + kept].to(device)
            for x in (to_video(np.stack(clips)), to_video(np.stack(stills)), weight)
        )
        made, divergence = self.vae.reconstruct(video, still)
        return video_loss(made.float(), video, weight) | {"divergence": DIVERGENCE * divergence.float()}


@torch.inference_mode()
def encode_corpus(vae: Autoencoder, entries: Sequence[Entry], device: str) -> None:
    """Fit the scale of the latents, and write those of every person and of their stills."""
    vae.to(device).eval()
    sample = [entry.frames()[: TIME * CHUNK] for entry in entries[:: max(1, len(entries) // 64)]]
    means = [vae.moments(to_video(frames)[None].to(device))[0][0] for frames in sample]
    vae.fit_scale(torch.cat(means))
    for entry in entries:
        frames, span = entry.frames(), TIME * CHUNK
        before: list[Tensor] = []
        # A chunk is encoded with frames before it, for a latent frame depends on those before.
        for start in range(0, len(frames), span):
            lead = min(start, TIME * vae.context)
            video = to_video(frames[start - lead : start + span])[None].to(device)
            before.append(vae.encode(video)[0, lead // TIME :])
        stills = to_video(np.asarray(frames[entry.person.stills]))[:, None].expand(-1, TIME, -1, -1, -1).to(device)
        np.save(suffixed(entry.stem, ".latents.npy"), torch.cat(before).cpu().numpy().astype(np.float16))
        np.save(suffixed(entry.stem, ".looks.npy"), vae.encode(stills)[:, 0].cpu().numpy().astype(np.float16))
