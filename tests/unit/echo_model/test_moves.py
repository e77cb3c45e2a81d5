"""Where flows start: how heads are moved, how fast, and what of the picture stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from echo_model.config import TIME
from echo_model.moves import HEADS, KINDS, SIZES, STAYS, expressed, fields, gradual, moved, pictured, walk

from tests.unit.echo_model.small import CONFIG, REGIONS, image, model

SIZE = CONFIG.vae.size
HALF = replace(REGIONS, face_radii=REGIONS.face_radii / 2)


class Pictures:
    """An autoencoder whose latents are the pictures."""

    def encode(self, video, reference):
        assert torch.equal(video[:, 0], video[:, -1])
        assert len(reference) == len(video)
        assert video.shape[1] == TIME
        return video[:, :1]


def shown(kind, by, picture):
    pose = torch.zeros(1, 1, len(KINDS))
    pose[..., KINDS.index(kind)] = by
    return moved(Pictures(), picture, HALF, pose, torch.zeros(1, TIME))[0, 0]


def test_a_pose_of_zero_is_the_image():
    assert torch.allclose(
        moved(Pictures(), image(), HALF, torch.zeros(1, 3, len(KINDS)), torch.zeros(1, 3 * TIME)),
        image()[:, None].expand(-1, 3, -1, -1, -1),
        atol=1e-5,
    )


def test_frames_go_evenly_from_pose_to_pose():
    """Also from the last of the window before; a first window has none, and begins with its own."""
    poses = torch.randn(2, 3, len(KINDS), generator=torch.Generator().manual_seed(0))
    before = torch.ones(2, len(KINDS))
    found = gradual(poses, before)
    assert torch.allclose(found[:, TIME - 1 :: TIME], poses, atol=1e-6)
    knots = torch.cat([before[:, None], poses], dim=1)
    for k in range(3 * TIME):
        assert torch.allclose(
            found[:, k], torch.lerp(knots[:, k // TIME], knots[:, k // TIME + 1], (k % TIME + 1) / TIME), atol=1e-6
        )
    assert torch.allclose(gradual(poses, None)[:, :TIME], poses[:, :1].expand(-1, TIME, -1))
    assert torch.equal(gradual(poses, None)[:, TIME:], found[:, TIME:])


def test_frames_are_moved_each_for_itself():
    """By its pose, its lips and its lids; a latent frame is made of frames that are alike."""
    poses = torch.randn(1, 2, len(KINDS), generator=torch.Generator().manual_seed(0)) * torch.tensor(SIZES)
    none = torch.zeros(1, 2)
    frames = pictured(image(), HALF, poses, none, none)
    for k in range(2):
        alone = moved(Pictures(), image(), HALF, poses[:, k : k + 1], torch.zeros(1, TIME))
        assert torch.allclose(frames[:, k : k + 1], alone, atol=1e-4)
    spoken, blinking = (pictured(image(), HALF, poses, *given) for given in ((none + 0.5, none), (none, none + 1.0)))
    changes = [(each - frames).abs().amax((0, 1, 2, 4)) for each in (blinking, spoken)]
    assert min(change.max() for change in changes) > 0.1
    rows = [change.argmax() for change in changes]
    assert rows[0] < SIZE * float(HALF.face[0, 1]) < rows[1]


@pytest.mark.parametrize(("kind", "shift"), [("right", (0, 4)), ("down", (4, 0))])
def test_the_face_moves_as_a_whole_and_walls_stay(kind, shift):
    """By four pixels of 64: in the middle of the face the image is shifted, in the corners it is as it was."""
    found, middle = shown(kind, 4 / SIZE, image()), slice(28, 36)
    expected = torch.roll(image()[0], shift, (1, 2))
    assert torch.allclose(found[:, middle, middle], expected[:, middle, middle], atol=0.05)
    assert torch.allclose(found[:, :4, :4], image()[0, :, :4, :4], atol=0.02)


@pytest.mark.parametrize(
    ("kind", "at", "sign"),
    [("tilt", (0.0, 0.5), (-1, 0)), ("widen", (0.5, 0.0), (1, 0)), ("lengthen", (0.0, 0.5), (0, 1)), ("turn", (0.0, 0.0), (1, 0)),
     ("nod", (0.0, 0.0), (0, 1))],
)  # fmt: skip
def test_each_kind_goes_its_way(kind, at, sign):
    """At a place of the face, in its radii: the signs of how far it goes right and down."""
    field = fields(REGIONS, SIZE)[0, KINDS.index(kind)]
    row, column = (int(SIZE * float(REGIONS.face[0, k] + at[k] * REGIONS.face_radii[0, k])) for k in (1, 0))
    found = field[row, column]
    assert torch.where(found.abs() < 0.06, 0, found.sign()).tolist() == list(sign)


@pytest.mark.parametrize(
    ("kind", "of", "at", "sign"),
    [("smile", "mouth", (1.0, 0.0), (1, -1)), ("smile", "mouth", (-1.0, 0.0), (-1, -1)), ("smile", "mouth", (0.0, 0.0), (0, 0)),
     ("smile", "mouth", (2.0, -4.4), (1, -1)), ("smile", "mouth", (-2.0, -4.4), (-1, -1)), ("frown", "mouth", (1.0, 0.0), (0, 1)),
     ("frown", "mouth", (-1.0, 0.0), (0, 1)), ("frown", "mouth", (0.0, 0.0), (0, 0)), ("frown", "face", (0.3, -0.66), (0, 0)),
     ("brows", "face", (0.3, -0.66), (0, -1)), ("brows", "face", (0.45, -0.36), (0, 0)), ("smile", "face", (0.3, -0.66), (0, 0))],
)  # fmt: skip
def test_expressions_move_lips_or_brows(kind, of, at, sign):
    """In a smile corners of the mouth and cheeks go out and up, in a frown corners go down; brows go up, and eyes do not go with them."""
    field, middle = fields(REGIONS, SIZE)[0, KINDS.index(kind)], getattr(REGIONS, of)
    radii = getattr(REGIONS, f"{of}_radii")
    row, column = (int(SIZE * float(middle[0, k] + at[k] * radii[0, k])) for k in (1, 0))
    found = field[row, column]
    assert torch.where(found.abs() < 0.1, 0, found.sign()).tolist() == list(sign)


def test_corners_of_a_smile_go_half_as_far_out_as_up():
    """Farther out, wide smiles ended in dark blots."""
    field = fields(REGIONS, SIZE)[0, KINDS.index("smile")]
    column, row = (
        int(SIZE * float(REGIONS.mouth[0, k] + (REGIONS.mouth_radii[0, 0] if k == 0 else 0))) for k in (0, 1)
    )
    out, up = field[row, column].tolist()
    assert out / -up == pytest.approx(0.5, abs=0.1)


def test_faces_go_evenly_to_what_they_show():
    """From window to window, whatever the head does."""
    rng = torch.Generator().manual_seed(0)
    walked, shown = torch.randn(1, 4, len(KINDS), generator=rng), torch.tensor([[0.04, -0.02, 0.0]])
    first = expressed(walked, None, shown)
    assert torch.equal(first[..., :HEADS], walked[..., :HEADS])
    assert first[0, :, HEADS].tolist() == pytest.approx([0.01, 0.02, 0.03, 0.04])
    second = expressed(walked, first[:, -1], -shown)
    assert second[0, :, HEADS].tolist() == pytest.approx([0.02, 0.0, -0.02, -0.04])
    assert second[0, :, HEADS + 1].tolist() == pytest.approx([-0.01, 0.0, 0.01, 0.02])


@pytest.mark.parametrize("kind", ["turn", "nod"])
def test_what_turns_ends_with_the_face(kind):
    """The middle goes farthest, and nothing beyond the ellipse goes anywhere."""
    far = fields(REGIONS, SIZE)[0, KINDS.index(kind)].norm(dim=-1)
    row, column = (int(SIZE * float(REGIONS.face[0, k])) for k in (1, 0))
    assert float(far[row, column]) == pytest.approx(1.0, abs=0.01)
    assert float(far.max()) <= 1.0
    assert not far[: int(SIZE * float(REGIONS.face[0, 1] - REGIONS.face_radii[0, 1])) - 1].any()


def test_walks_have_their_size_and_pace_over_windows():
    rng, last, rows = torch.Generator().manual_seed(0), None, []
    for _ in range(4):
        poses = walk(torch.randn(4000, 5, len(KINDS), generator=rng), last)
        last = poses[:, -1]
        rows.append(poses)
    poses = torch.cat(rows, dim=1)
    assert poses[:, 0].std(0).tolist() == pytest.approx(SIZES, rel=0.05)
    assert poses[:, -1].std(0).tolist() == pytest.approx(SIZES, rel=0.05)
    lagged = (poses[:, 1:] * poses[:, :-1]).mean((0, 1)) / poses.square().mean((0, 1))
    assert lagged.tolist() == pytest.approx(STAYS, abs=0.02)


def test_a_flow_starts_at_latents_of_the_moved_image():
    net, poses, closed = model(), torch.full((1, 2, len(KINDS)), 0.02), torch.zeros(1, 2 * TIME)
    with torch.inference_mode():
        avatar = net.avatar(image())
        found = moved(net.vae, avatar.image, avatar.regions, poses, closed)
        assert found.shape == (1, 2, *avatar.still.shape[2:])
        assert torch.allclose(
            moved(net.vae, avatar.image, avatar.regions, 0 * poses, closed)[:, :1], avatar.still, atol=1e-4
        )
        assert (found - avatar.still).abs().max() > 1e-3
