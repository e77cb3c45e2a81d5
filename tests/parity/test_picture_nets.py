"""Inception, I3D and LPIPS beside the packages that people quote: one random state dict in both, real frames of odd sizes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from echo_bench.clip import VideoRef
from echo_bench.media.decode import frames
from echo_bench.nets import i3d, inception, lpips
from echo_bench.nets.resize import as_images, bicubic_pil
from tests.nets import randomised, relative
from tests.parity.peers import peer

pytestmark = pytest.mark.parity

CLOSE = 1e-5
SIZES = [(256, 256), (131, 97), (333, 181)]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.inference_mode():
        yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def footage_frames(shared: Path) -> Tensor:
    """Sixteen real frames, uint8 (16, H, W, 3)."""
    path = shared / "clips" / "styletalk" / "Obama_clip1.mp4"
    return torch.from_numpy(np.stack(list(frames(VideoRef(path, "of the test"), limit=16))))


def cut(footage_frames: Tensor, size: tuple[int, int]) -> Tensor:
    """The middle of real frames, at an odd size."""
    height, width = size
    top, left = (footage_frames.shape[1] - height) // 2, (footage_frames.shape[2] - width) // 2
    return footage_frames[:, top : top + height, left : left + width].contiguous()


@pytest.fixture(scope="module")
def inception_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "pt_inception-2015-12-05-6726825d.pth"
    torch.save(randomised(inception.FidInception()), path)
    return path


@pytest.fixture(scope="module")
def our_inception(inception_file: Path) -> torch.nn.Module:
    return inception.build(torch.load(inception_file))


@pytest.mark.parametrize("size", SIZES)
def test_pytorch_fid(size, footage_frames, inception_file, our_inception, monkeypatch):
    package = peer("pytorch_fid.inception", needs_torchvision=True)
    monkeypatch.setattr(package, "load_state_dict_from_url", lambda *_, **__: torch.load(inception_file))
    batch = cut(footage_frames, size)[::5]
    theirs = package.InceptionV3().eval()(batch.permute(0, 3, 1, 2).float() / 255)[0][:, :, 0, 0]
    assert relative(our_inception(inception.for_pytorch_fid(batch)), theirs) < CLOSE


@pytest.mark.parametrize("size", SIZES)
def test_torch_fidelity(size, footage_frames, inception_file, our_inception):
    package = peer("torch_fidelity.feature_extractor_inceptionv3", needs_torchvision=True)
    net = package.FeatureExtractorInceptionV3("fid", ["2048"], feature_extractor_weights_path=str(inception_file))
    batch = cut(footage_frames, size)[::5]
    theirs = net(batch.permute(0, 3, 1, 2))[0]
    assert relative(our_inception(inception.for_torch_fidelity(batch)), theirs) < CLOSE


@pytest.mark.parametrize("size", [*SIZES, (299, 299), (700, 33)])
def test_clean_fid_resizes_as_pil(size):
    package = peer("cleanfid.resize", needs_torchvision=True)
    resize = package.make_resizer("PIL", quantize_after=False, filter="bicubic", output_size=(299, 299))
    picture = np.random.default_rng(1).integers(0, 256, (*size, 3)).astype(np.uint8)  # noise overshoots and is clipped
    theirs = torch.from_numpy(resize(picture)).permute(2, 0, 1)[None]
    ours = bicubic_pil(as_images(torch.from_numpy(picture)[None]), (299, 299)).clamp(0, 255)
    assert float((ours - theirs).abs().max()) < 1e-4
    prepared = inception.for_clean_fid(torch.from_numpy(picture)[None])
    assert relative(prepared, (theirs - 128) / 128) < 1e-6


@pytest.mark.parametrize("size", [(64, 64), (131, 97), (256, 200)])
@pytest.mark.parametrize("trunk", ["alex", "vgg", "squeeze"])
def test_lpips(trunk, size, footage_frames):
    """The heads are the published ones, out of the package itself; the trunk has the names of torchvision's files."""
    package = peer("lpips", needs_torchvision=True)
    torch.manual_seed(0)
    theirs = package.LPIPS(net=trunk, pnet_rand=True, verbose=False)
    state = theirs.state_dict()
    trunk_state = {f"features.{name.split('.', 2)[2]}": v for name, v in state.items() if name.startswith("net.slice")}
    assert set(trunk_state) == published_names(trunk)
    heads = {name: value for name, value in state.items() if name.startswith("lin") and not name.startswith("lins")}
    ours = lpips.build(trunk, trunk_state, heads)
    batch = cut(footage_frames, size)
    a, b = batch[::8], batch[5::8]
    expected = theirs(_minus_one_to_one(a), _minus_one_to_one(b))[:, 0, 0, 0]
    assert relative(ours(lpips.for_lpips(a), lpips.for_lpips(b)), expected) < CLOSE


def published_names(trunk: str) -> set[str]:
    make = getattr(peer("torchvision.models"), {"alex": "alexnet", "vgg": "vgg16", "squeeze": "squeezenet1_1"}[trunk])
    with torch.device("meta"):
        return {name for name in make().state_dict() if name.startswith("features.")}


def _minus_one_to_one(batch: Tensor) -> Tensor:
    return batch.permute(0, 3, 1, 2).float() / (255 / 2) - 1


@pytest.fixture(scope="module")
def i3d_pair() -> tuple[Any, Any]:
    """Ours and cd-fvd's I3D with one state dict."""
    package = peer("cdfvd.third_party.i3d.pytorch_i3d")
    theirs = package.InceptionI3d(400, in_channels=3).eval()
    state = randomised(theirs)
    return i3d.build(state), theirs


@pytest.mark.parametrize(("size", "length"), [((256, 256), 16), ((131, 97), 9), ((97, 203), 11)])
def test_cd_fvd(size, length, footage_frames, i3d_pair):
    prepare = peer("cdfvd.third_party.i3d.utils").preprocess_i3d
    ours, theirs = i3d_pair
    window = cut(footage_frames, size)[None, :length]
    expected = prepare(window.numpy())
    assert relative(i3d.for_videogpt(window), expected) < 1e-6
    assert relative(ours(i3d.for_videogpt(window)), theirs(expected)) < CLOSE
