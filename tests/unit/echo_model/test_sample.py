"""From plain arrays to frames: windows, ends, chance, the place of the face."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from echo_model.config import TIME
from echo_model.frames import to_video
from echo_model.locate import face_mask
from echo_model.masks import Regions
from echo_model.sample import Scene, sample, turns

from tests.unit.echo_model.small import CONFIG, model

WINDOW = TIME * CONFIG.current


def scene(frames=2 * WINDOW + 7, seed=0):
    rng, size = np.random.default_rng(seed), CONFIG.vae.size
    return Scene(
        image=rng.integers(0, 256, (size, size, 3), np.uint8),
        pictures=list(rng.integers(0, 256, (frames, size, size, 3), np.uint8)),
        user_voice=rng.standard_normal((frames, CONFIG.audio)).astype(np.float32),
        voice=rng.standard_normal((frames, CONFIG.audio)).astype(np.float32),
        words=np.array([5, 9, 11]), sides=np.array([0, 1, 0]), ends=np.array([3, WINDOW, 2 * WINDOW + 1]),
    )  # fmt: skip


def made(net, given, seed=0):
    return np.stack(list(sample(net, given, seed)))


@pytest.mark.parametrize("frames", [1, WINDOW, 2 * WINDOW + 7])
def test_as_many_frames_as_there_is_sound(frames):
    video = made(model(), scene(frames))
    assert video.shape == (frames, 64, 64, 3)
    assert video.dtype == np.uint8


def test_chance_follows_the_seed():
    net, given = model(), scene()
    assert np.array_equal(made(net, given), made(net, given))
    assert not np.array_equal(made(net, given), made(net, given, seed=1))


def test_looks_ahead_to_the_end_of_a_window_and_no_further():
    """The user after a window, seen, heard and quoted, changes nothing in it; the user at its end does."""
    net, one, other = model(), scene(), scene(seed=1)
    late = WINDOW
    mixed = replace(
        one,
        pictures=[*one.pictures[:late], *other.pictures[late:]],
        user_voice=np.concatenate([one.user_voice[:late], other.user_voice[late:]]),
        words=np.array([5, 9, 200]),
    )
    assert np.array_equal(made(net, one)[:late], made(net, mixed)[:late])
    assert not np.array_equal(made(net, one)[late:], made(net, mixed)[late:])
    # The last 160 ms of the window, loud enough to be seen in eight bits.
    nearer = replace(
        one, user_voice=np.concatenate([one.user_voice[: late - TIME], 99 * one.user_voice[late - TIME :]])
    )
    assert not np.array_equal(made(net, one)[:TIME], made(net, nearer)[:TIME])


def test_pictures_are_read_as_windows_are_made():
    """A live user: no window asks for more pictures than its own."""
    net, given, read = model(), scene(), []

    def live():
        for k, picture in enumerate(given.pictures):
            read.append(k)
            yield picture

    coming = sample(net, replace(given, pictures=live()), 0)
    next(coming)
    assert len(read) == WINDOW


def test_latents_of_windows_are_those_of_the_whole_video():
    net, given = model(), scene(2 * WINDOW)
    with torch.inference_mode():
        windows = torch.cat([turn.user.latents for turn in turns(net, given)], dim=1)
        pictures = to_video(np.stack(given.pictures))[None]
        whole = net.vae.encode(pictures, pictures[:, 0])
    assert (windows - whole).abs().max() < 1e-4


def test_the_last_picture_is_held():
    net, given = model(), scene(2 * WINDOW)
    short = replace(given, pictures=given.pictures[: WINDOW + 3])
    held = replace(given, pictures=[*short.pictures, *[short.pictures[-1]] * (WINDOW - 3)])
    assert np.array_equal(made(net, short), made(net, held))
    ended = replace(given, pictures=given.pictures[:WINDOW])
    assert made(net, ended).shape == (2 * WINDOW, 64, 64, 3)


def test_a_user_without_pictures_is_refused():
    with pytest.raises(ValueError, match="the user has no pictures"):
        made(model(), replace(scene(), pictures=[]))


def test_words_count_once_they_were_said():
    lengths = [int(turn.dialogue.lengths[0]) for turn in turns(model(), scene())]
    assert lengths == [2, 2, 3]  # one in the first window and one as it ends; none in the second; one in the last


def test_words_that_were_not_said_yet_do_not_count():
    """Not even the first, before anything was said."""
    reader, (one, other) = model().lcu.lau, torch.tensor([[[5, 6, 7]], [[8, 9, 7]]])
    sides = torch.zeros_like(one)
    with torch.no_grad():
        nothing, something = (
            [torch.cat(reader.told(words, sides, torch.tensor([length])), dim=1) for words in (one, other)]
            for length in (0, 1)
        )
    assert torch.equal(*nothing)
    assert not torch.allclose(*something)


def test_the_mask_covers_the_face_and_a_margin():
    regions = Regions(*(torch.tensor([p]) for p in ([0.5, 0.4], [0.2, 0.3], [0.5, 0.6], [0.1, 0.1])))
    mask = face_mask(regions, 20)[0]
    ys, xs = np.nonzero(mask.numpy())
    assert (xs.min(), xs.max(), ys.min(), ys.max()) == (5, 14, 1, 14)  # 0.5 +- 0.24 and 0.4 +- 0.36 of 20 cells
