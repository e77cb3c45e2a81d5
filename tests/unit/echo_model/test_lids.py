"""Blinks: how often and how long, which eyes are shut and where, and that nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from echo_model.lids import ABOVE, APART, BELOW, COURSE, EYES, HALF, LID, SHARE, blinks, closed
from echo_model.masks import Regions, middles

from tests.unit.echo_model.small import image, model, turn

SIZE, FRAMES = 400, 20
MIDDLE, RADII = (0.48, 0.52), (0.25, 0.3)
FACE = Regions(*(torch.tensor([place]) for place in (MIDDLE, RADII, (0.48, 0.65), (0.08, 0.03))))
SKIN, IRIS, BROW = 0.6, -0.8, -0.4


def place(u, v):
    """Column and row of a place in radii of the face."""
    return tuple(SIZE * (middle + radius * x) for middle, radius, x in zip(MIDDLE, RADII, (u, v), strict=True))


def face(left=EYES, right=EYES, brow=EYES - ABOVE - LID - 0.06, aside=0.0):
    """Skin with two dark irises, a brow across, and a striped collar; eyes lie at rows of their own, and `aside`."""
    u, v = ((middles(SIZE, torch.device("cpu")) - torch.tensor(MIDDLE)) / torch.tensor(RADII)).unbind(-1)
    picture = torch.full((SIZE, SIZE), SKIN)
    picture[(v - brow).abs() < 0.03] = BROW
    picture[(v > 0.3) & (u * 20 % 2 < 1)] = BROW
    for x, y in ((aside - APART, left), (aside + APART, right)):
        picture[((u - x) / 0.07).square() + ((v - y) / 0.04).square() < 1] = IRIS
    return picture.expand(1, 3, -1, -1)


def dark(picture, u, v, half=HALF):
    """Of pixels about a place, how many are of an iris."""
    column, row = place(u, v)
    wide, high = SIZE * RADII[0] * half, SIZE * RADII[1] * 0.12
    part = picture[0, int(row - high) : int(row + high), int(column - wide) : int(column + wide)]
    return int((part < IRIS + 0.3).sum())


def shut(picture, *amounts):
    return closed(picture[:, None].expand(-1, len(amounts), -1, -1, -1), FACE, torch.tensor([amounts]))[0]


def test_eyes_that_stay_open_change_nothing():
    picture = torch.rand(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(shut(picture, 0.0, 0.0), picture.expand(2, -1, -1, -1), atol=1e-4)


@pytest.mark.parametrize(
    "where",
    [{}, {"left": EYES + 0.05, "right": EYES + 0.05}, {"left": EYES - 0.04, "right": EYES + 0.04}, {"aside": 0.05}],
    ids=["usual", "low", "tilted", "aside"],
)
def test_skin_is_drawn_over_eyes_wherever_they_are(where):
    """The more the farther; a shut eye shows no iris."""
    picture = face(**where)
    frames = shut(picture, 0.0, 0.5, 1.0)
    for side, row in ((-APART, where.get("left", EYES)), (APART, where.get("right", EYES))):
        open_, half, none = (dark(frame, side + where.get("aside", 0.0), row) for frame in frames)
        assert open_ > 80
        assert 0.2 * open_ < half < 0.8 * open_
        assert none == 0


def test_brows_mouth_and_all_else_stay():
    frames = shut(face(), 0.0, 1.0)
    u, v = ((middles(SIZE, torch.device("cpu")) - torch.tensor(MIDDLE)) / torch.tensor(RADII)).unbind(-1)
    beside = ((u.abs() - APART).abs() > HALF + 0.02) | (v < EYES - ABOVE - LID - 0.02) | (v > EYES + BELOW + 0.03)
    change = (frames[1] - frames[0]).abs().amax(0)
    assert change[beside].max() < 1e-4
    assert change.max() > 1


def test_each_person_of_a_batch_has_eyes_of_their_own():
    pictures = torch.cat([face(), face(EYES + 0.06, EYES + 0.06)])
    regions = Regions(*(x.expand(2, -1) for x in (FACE.face, FACE.face_radii, FACE.mouth, FACE.mouth_radii)))
    found = closed(pictures[:, None], regions, torch.full((2, 1), 0.5))
    alone = [shut(picture[None], 0.5)[0] for picture in pictures]
    assert torch.allclose(found[:, 0], torch.stack(alone), atol=1e-5)
    assert not torch.allclose(*alone, atol=0.1)


def test_a_face_beyond_the_picture_has_no_eyes():
    beyond = Regions(torch.tensor([[3.0, 3.0]]), torch.tensor([[0.0, 0.0]]), FACE.mouth, FACE.mouth_radii)
    assert torch.allclose(closed(face()[:, None], beyond, torch.ones(1, 1))[:, 0], face(), atol=1e-4)


def test_blinks_come_as_often_as_in_the_train_split_and_end_in_their_window():
    shown = blinks(torch.randn(20_000, 2, generator=torch.Generator().manual_seed(0)), FRAMES)
    some = shown.amax(1) > 0
    assert float(some.float().mean()) == pytest.approx(SHARE, abs=0.01)
    assert torch.equal(shown[some].sum(1), torch.full((int(some.sum()),), sum(COURSE)))
    first = (shown[some] > 0).float().argmax(1).numpy()
    counts = np.bincount(first, minlength=FRAMES)
    assert set(np.flatnonzero(counts)) == set(range(FRAMES - len(COURSE) + 1))
    assert counts[counts > 0].min() > 0.8 * counts[counts > 0].mean()


def test_a_blink_is_seen_in_what_is_made(monkeypatch):
    """The reference blinks, and what is made of it: where nobody blinks, the same noise gives the same pictures but for these frames."""
    net = model()
    rows = [torch.zeros(1, FRAMES) for _ in range(3)]
    rows[1][0, 6] = 1.0
    videos = []
    for shows in ([rows[0]] * 3, rows):
        given = iter(shows)
        monkeypatch.setattr("echo_model.model.blinks", lambda *_, given=given: next(given))
        rng = torch.Generator().manual_seed(0)
        videos.append(torch.cat(list(net.stream(iter([turn(k) for k in range(3)]), image(), rng)), dim=1))
    change = (videos[0] - videos[1]).abs().amax((0, 2, 3, 4))
    assert change[FRAMES + 6] > 0.01
    assert change[: FRAMES + 6].max() < 1e-6
    assert change[FRAMES + 7 :].max() < 1e-6
