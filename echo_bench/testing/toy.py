"""Toy dyads: small, drawn from a seed, with a known offset between sound and lips."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, DyadicClip, Span, Track, VideoRef
from echo_bench.errors import MetricContractError
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.metric import ClipFeatures
from echo_bench.motion_io import save_motion
from echo_bench.spaces import RIG61

FPS = 25
RATE = 16000
JAW = RIG61.columns.index("jawOpen")
SIZE = 64
FOLLOWS = 8
"""Frames after which the toy avatar does what the toy user did."""

Rows = NDArray[np.float32]
Samples = Callable[[float], Sequence[Sequence[ClipFeatures]]]
"""From a strength in 0 (the truth itself) to 1 to the features of every clip, one list of K artefacts per clip."""


def toy_motion(seed: int, frames: int) -> tuple[Rows, Rows]:
    """Motion of a user and of an avatar who follows 0.32 s later and talks.

    Parameters
    ----------
    seed : int
    frames : int

    Returns
    -------
    (user, avatar) : ndarray of shape (frames, 61), float32
        In ``rig61``; the avatar's jaw opens with its voice.

    Examples
    --------
    >>> user, avatar = toy_motion(seed=0, frames=50)
    >>> user.shape, float(avatar[:, :52].min()) >= 0
    ((50, 61), True)
    """
    rng = np.random.default_rng(seed)
    lead = _smooth(rng, frames + FOLLOWS)
    user, avatar = lead[FOLLOWS:], 0.8 * lead[:frames] + 0.6 * _smooth(rng, frames)
    place = 0.3 * rng.normal(size=(2, 1, RIG61.width))
    both = [(0.4 + 0.08 * (rows + place[i])) for i, rows in enumerate((user, avatar))]
    for rows in both:
        rows[:, 52:] -= 0.4
        rows[:, :52] = rows[:, :52].clip(0, 1)
    both[1][:, JAW] = toy_voice(seed, frames)
    return both[0].astype(np.float32), both[1].astype(np.float32)


def toy_voice(seed: int, frames: int) -> Rows:
    """How loud the toy avatar speaks, (frames,) in [0, 1]: syllables of different lengths and strengths, and pauses."""
    rng = np.random.default_rng([seed, 1])
    loud = np.abs(_smooth(rng, frames, columns=1, width=2.0)[:, 0])
    voice: Rows = (loud / loud.max()).astype(np.float32)
    return voice


def _smooth(
    rng: np.random.Generator, frames: int, columns: int = RIG61.width, width: float = 4.0
) -> NDArray[np.float64]:
    """Gaussian noise of unit spread, low-passed by `width` frames."""
    reach = np.arange(-round(4 * width), round(4 * width) + 1)
    kernel = np.exp(-0.5 * (reach / width) ** 2)
    noise = rng.normal(size=(frames + len(reach) - 1, columns))
    rows = np.stack([np.convolve(column, kernel, "valid") for column in noise.T], axis=1)
    return np.asarray(rows / rows.std())


def toy_samples(requires: Sequence[str], clips: int = 6, seconds: float = 6.0) -> Samples:
    """Features of toy dyads whose prediction is the truth, mixed with noise of the strength that is asked for.

    Parameters
    ----------
    requires : sequence of str
        Of :class:`echo_bench.metric.MetricInfo`.
    clips : int
    seconds : float

    Raises
    ------
    MetricContractError
        When a required feature has no toy form.

    Examples
    --------
    >>> (sample,), *_ = toy_samples(["pred:native", "truth:native"])(0.5)
    >>> sample["pred:native"]["motion"].shape
    (150, 61)
    """
    if unknown := [name for name in requires if _kind(name) is None]:
        raise MetricContractError(
            f"there is no toy form of {', '.join(unknown)}",
            fix="give samples=, a function from a strength in 0..1 to the features of your clips",
        )
    frames = round(seconds * FPS)

    def draw(level: float) -> list[list[ClipFeatures]]:
        return [[_features(requires, seed, frames, level)] for seed in range(clips)]

    return draw


def _kind(requirement: str) -> str | None:
    side, _, name = requirement.partition(":")
    if side in ("pred", "truth", "user") and name in ("native", "motion", "rignet"):
        return "motion"
    return "speech" if requirement in ("pred:speech", "truth:speech") else None


def _features(requires: Sequence[str], seed: int, frames: int, level: float) -> ClipFeatures:
    user, truth = toy_motion(seed, frames)
    noise = np.random.default_rng([seed, 2]).normal(size=truth.shape) * truth.std(axis=0)
    rows = {"user": user, "truth": truth, "pred": (truth + level * noise).astype(np.float32)}
    arrays: dict[str, Mapping[str, NDArray[Any]]] = {}
    for requirement in requires:
        if _kind(requirement) == "motion":
            arrays[requirement] = {
                "motion": rows[requirement.partition(":")[0]].copy(),
                "valid": np.ones(frames, bool),
            }
        else:
            loud = np.pad(toy_voice(seed, frames), 1)
            arrays[requirement] = {
                "envelope": (loud[:-1] + loud[1:]) / 2
            }  # at the edges of frames, not in their middle
    clip = DyadicClip(
        id=f"toy-{seed}",
        dataset="toy",
        fps=float(FPS),
        duration=frames / FPS,
        user=Track(),
        avatar=Track(),
        spans=(Span("avatar", 0.0, frames / FPS),),
        cluster=f"dyad-{seed}",
    )
    return ClipFeatures(clip, arrays)


def toy_dyad(folder: Path, *, offset: int = 0, seconds: float = 4.0, seed: int = 0) -> DyadicClip:
    """A toy dyad on disk: motion of both, and a video and sound of the avatar, a dot that talks.

    Parameters
    ----------
    folder : Path
    offset : int, default 0
        Frames by which the sound comes late; an audio-visual offset reads minus this.
    seconds : float
    seed : int

    Returns
    -------
    DyadicClip
        Its id is ``toy-SEED``; the video has 64 x 64 pixels at 25 fps, the sound 16 kHz.
    """
    import soundfile

    frames, name = round(seconds * FPS), f"toy-{seed}"
    user, avatar = toy_motion(seed, frames)
    folder.mkdir(parents=True, exist_ok=True)
    video, sound = folder / f"{name}.mp4", folder / f"{name}.wav"
    write_video(video, _drawn(avatar[:, JAW]), fps=float(FPS))
    soundfile.write(sound, _sound(avatar[:, JAW], offset, seed), RATE)
    known = np.ones(frames, bool)
    return DyadicClip(
        id=name,
        dataset="toy",
        fps=float(FPS),
        duration=frames / FPS,
        user=Track(motion=save_motion(folder / f"{name}.user.npz", user, known)),
        avatar=Track(
            video=VideoRef(video, file_sha256(video)),
            audio=AudioRef(sound, file_sha256(sound)),
            motion=save_motion(folder / f"{name}.avatar.npz", avatar, known),
        ),
        spans=(Span("avatar", 0.0, frames / FPS),),
        cluster=name,
    )


def _drawn(opening: Rows) -> Iterator[NDArray[np.uint8]]:
    """A pale disc with a dark mouth that is as high as it is open."""
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    for high in opening:
        frame = np.full((SIZE, SIZE, 3), 40, np.uint8)
        frame[x**2 + y**2 < (0.45 * SIZE) ** 2] = (225, 190, 170)
        frame[(x / 10) ** 2 + ((y - 14) / (1 + 9 * high)) ** 2 < 1] = (90, 20, 30)
        yield frame


def _sound(loud: Rows, offset: int, seed: int) -> Rows:
    """Noise (samples,) as loud as the mouth was open `offset` frames before; a row of motion is the middle of its frame."""
    samples = len(loud) * RATE // FPS
    frame = np.arange(samples) * FPS / RATE - 0.5 - offset
    level = np.interp(frame, np.arange(len(loud)), loud, left=0.0, right=0.0)
    noise = np.random.default_rng([seed, 3]).uniform(-1, 1, samples)
    sound: Rows = (0.5 * level * noise).astype(np.float32)
    return sound
