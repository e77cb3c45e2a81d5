"""Training data on disk: one conversation is two people, and either can be the avatar.

A folder holds, per person of each conversation, ``NAME.frames.npy`` (T, H, W, 3) uint8 at the model's size, ``NAME.safetensors`` with
the arrays of :class:`Person`, and once the autoencoder is trained ``NAME.latents.npy`` (T / 4, C, h, w) float16, ``NAME.still.npy`` and
``NAME.moved.npy``. Pictures and latents are mapped, not read: hours of them need no memory. Who writes it: any program that has two-person
recordings (``echo_bench.methods.echo``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from echo_model.config import TIME

Floats = NDArray[np.float32]
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a conversation, T frames at 25 fps.

    Attributes
    ----------
    voice : ndarray of shape (T, audio), float32
        Sound of this person.
    stills : ndarray of shape (R,), int64
        Frames in which face and mouth were looked for; the reference image is one of them.
    regions : ndarray of shape (R, 8), float32
        There: middle of the face, its radii, middle of the mouth, its radii, each x, y in picture widths.
    opening : ndarray of shape (T,), float32
        How far the lips are apart, in half widths of the mouth in the reference image; NaN where no face is found.
    acts : ndarray of shape (T, acts), float32
        1 where the person does that; all NaN where nobody knows.
    affect : ndarray of shape (T, 3), float32
        Valence, arousal, dominance in [-1, 1]; NaN where nobody knows.
    mood : ndarray of shape (T,), int64
        Index of the word for what is felt; UNKNOWN where nobody knows.
    shown : ndarray of shape (T, 2), float32
        Valence and arousal that the face shows, in [-1, 1]; NaN where nobody knows.
    words, sides, ends : ndarray of shape (N,), int64
        The dialogue in order of time: rows of the word table, 0 for the other person and 1 for this one, the frame in which each ends.
    """

    voice: Floats
    stills: NDArray[np.int64]
    regions: Floats
    opening: Floats
    acts: Floats
    affect: Floats
    mood: NDArray[np.int64]
    shown: Floats
    words: NDArray[np.int64]
    sides: NDArray[np.int64]
    ends: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Entry:
    """A person on disk.

    Attributes
    ----------
    stem : Path
        The files without their endings.
    partner : Path
        Stem of the other person.
    person : Person
    """

    stem: Path
    partner: Path
    person: Person

    def frames(self) -> NDArray[np.uint8]:
        """The pictures (T, H, W, 3), mapped."""
        return np.load(suffixed(self.stem, ".frames.npy"), mmap_mode="r")  # type: ignore[no-any-return]

    def latents(self) -> NDArray[np.float16]:
        """The latents (T / 4, C, h, w), mapped."""
        return np.load(suffixed(self.stem, ".latents.npy"), mmap_mode="r")  # type: ignore[no-any-return]

    def still(self) -> NDArray[np.float16]:
        """Latent (1, C, h, w) of the reference image."""
        return np.load(suffixed(self.stem, ".still.npy"))  # type: ignore[no-any-return]

    def moved(self) -> NDArray[np.float16]:
        """The reference image with its head moved (N, T / 4, C, h, w): where flows to each latent frame start in training, mapped."""
        return np.load(suffixed(self.stem, ".moved.npy"), mmap_mode="r")  # type: ignore[no-any-return]

    def reference(self) -> NDArray[np.uint8]:
        """The reference image (H, W, 3): the first of the stills."""
        image: NDArray[np.uint8] = self.frames()[self.person.stills[0]]
        return image

    @property
    def length(self) -> int:
        """Latent frames."""
        return len(self.person.voice) // TIME


def suffixed(stem: Path, ending: str) -> Path:
    """A file of a stem; stems may hold dots."""
    return stem.with_name(stem.name + ending)


def write_person(stem: Path, partner: str, person: Person) -> None:
    """Write all but the pictures; written last, for a person without it does not count."""
    arrays = {field.name: np.ascontiguousarray(getattr(person, field.name)) for field in fields(person)}
    part = suffixed(stem, ".part")
    save_file(arrays, part, {"partner": json.dumps(partner)})
    part.replace(suffixed(stem, ".safetensors"))


def read_corpus(folder: Path) -> list[Entry]:
    """Every person whose partner is there, too, in order of name.

    Raises
    ------
    ValueError
        When there is none, or a file is damaged or of another version.
    """
    found = {path.name.removesuffix(".safetensors"): path for path in sorted(folder.glob("*.safetensors"))}
    entries = []
    for name, path in found.items():
        try:
            with safe_open(path, "numpy") as file:
                partner = json.loads(file.metadata()["partner"])
                person = Person(**{field.name: file.get_tensor(field.name) for field in fields(Person)})
        except (SafetensorError, TypeError, KeyError) as error:
            raise ValueError(f"{path} is no person of this version; delete it to write it anew: {error}") from error
        if partner in found:
            entries.append(Entry(folder / name, folder / partner, person))
    if not entries:
        raise ValueError(f"{folder} holds no conversation: write one there first")
    return entries
