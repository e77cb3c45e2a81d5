"""The latents of a corpus: of the frames, of the reference images, and of the moves of these at which flows start in training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.distributed import barrier, get_rank, get_world_size, is_initialized

from echo_model.config import TIME
from echo_model.corpus import Entry, suffixed
from echo_model.frames import to_video
from echo_model.lips import guessed
from echo_model.masks import regions_from
from echo_model.moves import KINDS, moved, near, told, walk
from echo_model.vae import Autoencoder

CHUNK = 32  # latent frames that are encoded at once
WALKS = 1  # per person: random walks that the moves follow; most windows are drawn once
MARK = ".encoded"  # says whose latents these are; written last


@torch.inference_mode()
def fit_scale(vae: Autoencoder, entries: Sequence[Entry], device: str) -> None:
    """Fit the scale of the latents."""
    vae.to(device).eval()
    means = [
        vae.moments(to_video(entry.frames()[: TIME * CHUNK])[None].to(device), picture(entry).to(device))[0][0]
        for entry in entries[:: max(1, len(entries) // 64)]
    ]
    vae.fit_scale(torch.cat(means))


@torch.inference_mode()
def write_latents(vae: Autoencoder, entries: Sequence[Entry], whose: str, device: str) -> None:
    """Write latents, still and moves of every person who has none of this autoencoder; ranks share the work.

    Parameters
    ----------
    vae : Autoencoder
    entries : sequence of Entry
    whose : str
        Names the autoencoder.
    device : str
    """
    vae.to(device).eval()
    lacking = [entry for entry in entries if not is_of(entry, whose)]
    own = lacking[get_rank() :: get_world_size()] if is_initialized() else lacking
    wait()  # all must have looked before the first mark is set
    for entry in own:
        suffixed(entry.stem, MARK).unlink(missing_ok=True)
        _encode(vae, entry, device)
    wait()
    spread = spread_of(entries).to(device)
    for entry in own:
        _move(vae, entry, spread, device)
        suffixed(entry.stem, MARK).write_text(whose)
    wait()


def wait() -> None:
    """For the other ranks, if there are any."""
    if is_initialized():
        barrier()


def is_of(entry: Entry, whose: str) -> bool:
    """Whether a person's latents are there, and are those of an autoencoder."""
    mark = suffixed(entry.stem, MARK)
    return mark.is_file() and mark.read_text() == whose


def spread_of(entries: Sequence[Entry]) -> Tensor:
    """Size (C, 1, 1) of departures from the reference image."""
    squares = [np.square(away(entry)).mean((0, 2, 3)) for entry in entries]
    spread = torch.from_numpy(np.sqrt(np.mean(squares, axis=0)))
    return spread.clamp_min(1e-3)[:, None, None]


def away(entry: Entry) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Departures (T / 4, C, h, w) from the reference image."""
    return entry.latents().astype(np.float32) - entry.still().astype(np.float32)


def picture(entry: Entry) -> Tensor:
    """The reference image of a person, (1, 3, H, W) in [-1, 1]."""
    return to_video(entry.reference())[None]


def _encode(vae: Autoencoder, entry: Entry, device: str) -> None:
    frames, span, reference = entry.frames(), TIME * CHUNK, picture(entry).to(device)
    made: list[Tensor] = []
    # A chunk is encoded with frames before it, for a latent frame depends on those before.
    for start in range(0, len(frames), span):
        lead = min(start, TIME * vae.context)
        video = to_video(frames[start - lead : start + span])[None].to(device)
        made.append(vae.encode(video, reference)[0, lead // TIME :])
    still = vae.encode(reference[:, None].expand(-1, TIME, -1, -1, -1), reference)[0]
    np.save(suffixed(entry.stem, ".latents.npy"), torch.cat(made).cpu().numpy().astype(np.float16))
    np.save(suffixed(entry.stem, ".still.npy"), still.cpu().numpy().astype(np.float16))


def _move(vae: Autoencoder, entry: Entry, spread: Tensor, device: str) -> None:
    """Write the reference moved as the head and the lips move in each latent frame, and at random."""
    reference, regions = picture(entry).to(device), regions_from(torch.from_numpy(entry.person.regions[:1]).to(device))
    poses = told(vae, reference, regions, torch.from_numpy(away(entry)).to(device), spread)
    rng = np.random.default_rng([int(byte) for byte in entry.stem.name.encode()])
    white = torch.from_numpy(rng.standard_normal((WALKS, len(poses), len(KINDS)), dtype=np.float32)).to(device)
    opening = torch.from_numpy(np.nan_to_num(entry.person.opening)).to(device)
    starts = []
    for each in near(poses, walk(white, None)):
        lips = guessed(opening, opening.roll(int(rng.integers(1, len(opening)))))
        parts = [
            moved(vae, reference, regions, each[None, at : at + CHUNK], lips[None, TIME * at : TIME * (at + CHUNK)])[0]
            for at in range(0, len(each), CHUNK)
        ]
        starts.append(torch.cat(parts))
    np.save(suffixed(entry.stem, ".moved.npy"), torch.stack(starts).cpu().numpy().astype(np.float16))
