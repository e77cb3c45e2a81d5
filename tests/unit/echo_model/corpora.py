"""A corpus of two short conversations of noise, as small as the small model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from echo_model.config import EchoConfig
from echo_model.corpus import Person, suffixed, write_person
from echo_model.feeling import MOODS
from echo_model.latents import WALKS
from echo_model.lcu import ACTS

from tests.unit.echo_model.small import CONFIG

FRAMES = 84  # 21 latent frames: four windows and a bit


def person(rng: np.random.Generator, config: EchoConfig = CONFIG) -> Person:
    """A person of noise, who speaks in the first window."""
    made = Person(
        voice=rng.standard_normal((FRAMES, config.audio)).astype(np.float32),
        stills=np.array([0, 50]),
        regions=np.tile(np.array([0.5, 0.5, 0.35, 0.4, 0.5, 0.75, 0.12, 0.06], np.float32), (2, 1)),
        opening=rng.uniform(0, 0.5, FRAMES).astype(np.float32),
        acts=(rng.random((FRAMES, len(ACTS))) > 0.5).astype(np.float32),
        affect=rng.uniform(-1, 1, (FRAMES, 3)).astype(np.float32),
        mood=rng.integers(len(MOODS), size=FRAMES),
        shown=0.5 * np.stack([np.sin(np.arange(FRAMES) / each) for each in (9, 7)], axis=1).astype(np.float32),
        words=rng.integers(config.lcu.words, size=6),
        sides=rng.integers(2, size=6),
        ends=np.arange(6) * 10 + 4,  # some with a latent frame, some within one
    )
    made.acts[:, ACTS.index("speaking")] = np.arange(FRAMES) < 20
    return made


def write(folder: Path, config: EchoConfig = CONFIG, *, latents: bool = True, seed: int = 0) -> Path:
    """Two conversations; with latents of noise unless an autoencoder is to make them."""
    rng, size, grid = np.random.default_rng(seed), config.vae.size, config.vae.grid
    folder.mkdir(parents=True, exist_ok=True)
    for clip in ("a", "b"):
        for side, other in (("user", "avatar"), ("avatar", "user")):
            stem = folder / f"{clip}.{side}"
            across = np.linspace(20, 200, size)[:, None] * rng.uniform(0.3, 1, 3)
            moving = rng.integers(0, 50, (FRAMES, 1, 1, 1))
            np.save(suffixed(stem, ".frames.npy"), (across + moving).astype(np.uint8).repeat(size, 1).copy())
            if latents:
                shape = (config.vae.channels, grid, grid)
                np.save(suffixed(stem, ".latents.npy"), rng.standard_normal((FRAMES // 4, *shape)).astype(np.float16))
                np.save(suffixed(stem, ".still.npy"), rng.standard_normal((1, *shape)).astype(np.float16))
                np.save(
                    suffixed(stem, ".moved.npy"), rng.standard_normal((WALKS, FRAMES // 4, *shape)).astype(np.float16)
                )
            write_person(stem, f"{clip}.{other}", person(rng, config))
    return folder
