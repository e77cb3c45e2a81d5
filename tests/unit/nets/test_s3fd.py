"""S3FD's architecture and decoding. Against the published detector with the same weights: tests/parity/test_syncnet_python.py."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from echo_bench.errors import MediaError
from echo_bench.nets.s3fd import S3FD, find_faces

# Of joonson/syncnet_python detectors/s3fd (6efbb1c): tensors in sfd_face.pth.
PARAMETERS = 22_459_110
SHAPES = {
    "vgg.0.weight": (64, 3, 3, 3),
    "vgg.31.weight": (1024, 512, 3, 3),
    "vgg.33.weight": (1024, 1024, 1, 1),
    "L2Norm3_3.weight": (256,),
    "L2Norm5_3.weight": (512,),
    "extras.3.weight": (256, 128, 3, 3),
    "loc.5.weight": (4, 256, 3, 3),
    "conf.0.weight": (4, 256, 3, 3),
    "conf.1.weight": (2, 512, 3, 3),
}


@pytest.fixture
def net() -> S3FD:
    """Every weight 0: no anchor is moved, and every score is one half."""
    torch.set_num_threads(1)
    made = S3FD()
    for parameter in made.parameters():
        torch.nn.init.zeros_(parameter)
    return made.eval()


def test_has_the_published_names_and_shapes(net):
    state = net.state_dict()
    assert sum(p.numel() for p in net.parameters()) == PARAMETERS
    assert len(state) == 65
    assert {name: tuple(state[name].shape) for name in SHAPES} == SHAPES


def test_anchors_are_squares_around_the_cells(net):
    """64 x 96 pixels: cells of 4, 8, ... 128 pixels, squares of 16, 32, ... 512."""
    boxes, scores = net(torch.zeros(1, 3, 64, 96))
    cells = [(16, 24), (8, 12), (4, 6), (2, 3), (1, 2), (1, 1)]
    assert boxes.shape == (1, sum(h * w for h, w in cells), 4)
    assert scores.detach().numpy() == pytest.approx(0.5)
    pixels = boxes[0].detach().numpy() * [96, 64, 96, 64]
    np.testing.assert_allclose(pixels[0], [-6, -6, 10, 10], atol=1e-4)
    np.testing.assert_allclose(pixels[25], [-2, -2, 14, 14], atol=1e-4)
    np.testing.assert_allclose(pixels[16 * 24], [-12, -12, 20, 20], atol=1e-4)
    np.testing.assert_allclose(pixels[-1], [-192, -192, 320, 320], atol=1e-3)


def test_boxes_are_in_pixels_of_the_frame_and_do_not_overlap(net):
    """One head made to fire everywhere: boxes in pixels of the whole frame, and of overlapping ones the first."""
    net.conf[3].bias.data[1] = 5.0
    found = find_faces(net, np.zeros((256, 512, 3), np.uint8), scale=0.5)
    # the head's 4 x 8 cells of 32 pixels of the half frame, squares of 128: neighbours overlap and are suppressed
    assert found[0].tolist() == pytest.approx([-96, -96, 160, 160, 1 / (1 + np.exp(-5.0))], abs=1e-3)
    assert found[1:, 0].tolist() == pytest.approx([288.0])


def test_moves_and_scales_an_anchor_as_it_was_trained(net):
    """Centre by 0.1 of the anchor's side per unit, size by exp(0.2 per unit)."""
    net.loc[5].bias.data[:] = torch.tensor([1.0, -1.0, np.log(2) / 0.2, 0.0])
    left, top, right, bottom = net(torch.zeros(1, 3, 64, 64))[0][0, -1].tolist()
    assert [64 * v for v in (left + right, top + bottom)] == pytest.approx([2 * (64 + 51.2), 2 * (64 - 51.2)], abs=1e-3)
    assert [64 * v for v in (right - left, bottom - top)] == pytest.approx([1024, 512], abs=1e-2)


def test_no_face_is_an_empty_list(net):
    assert find_faces(net, np.zeros((128, 128, 3), np.uint8)).shape == (0, 5)


def test_refuses_a_frame_that_is_too_small(net):
    with pytest.raises(MediaError, match=r"100 x 200 px is too small.*at least 128 px"):
        find_faces(net, np.zeros((200, 100, 3), np.uint8))
