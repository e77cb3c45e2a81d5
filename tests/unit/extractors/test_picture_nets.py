"""The extractors of Inception, I3D and LPIPS with random weights: rows, batches, bytes, refusals, and what damage does to distances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from echo_metrics.frechet import frechet_distance
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import Tensor, nn
from torch.nn import functional

from echo_bench.clip import VideoRef
from echo_bench.errors import MediaError, WeightsHashError, WeightsMissingError
from echo_bench.extractor import FrameExtractor, identity_of
from echo_bench.extractors import EXTRACTORS, i3d, inception, lpips
from echo_bench.nets.i3d import I3D
from echo_bench.nets.inception import FidInception
from echo_bench.nets.lpips import Lpips
from echo_bench.weights.store import weight_path
from tests.footage import pattern
from tests.nets import randomised
from tests.random_weights import install

REF = VideoRef(Path("a.mp4"), "")
INCEPTIONS = (inception.pytorch_fid, inception.clean_fid, inception.torch_fidelity)
SCRIPTED = (i3d.styleganv_crop, i3d.styleganv_square, i3d.styleganv_half_range)


class Detector(nn.Module):
    """Something with the arguments of StyleGAN-V's file: it resizes and scales when told to, and tells ranges and times apart."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(400, 3 * 16, generator=torch.Generator().manual_seed(0)))

    def forward(self, x: Tensor, rescale: bool = False, resize: bool = False, return_features: bool = False) -> Tensor:
        if rescale:
            x = 2 * x / 255 - 1
        if resize:
            x = functional.interpolate(x, size=[x.shape[2], 224, 224], mode="trilinear", align_corners=False)
        assert return_features
        assert x.shape[3:] == [224, 224]
        return x.mean((3, 4)).flatten(1) @ self.weight.t()


@pytest.fixture(scope="module", autouse=True)
def _weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    squeeze = Lpips("squeeze")
    state = randomised(squeeze)
    states = {
        "inception": randomised(FidInception()),
        "i3d-videogpt": randomised(I3D()),
        "i3d-styleganv": torch.jit.script(Detector()),
        "squeezenet": {name: value for name, value in state.items() if name.startswith("features.")},
        "lpips-squeeze": {name: value.abs() for name, value in state.items() if name.startswith("lin")},
    }
    with pytest.MonkeyPatch.context() as patch:
        install(patch, tmp_path_factory.mktemp("weights"), states)
        yield


def extracted(net: FrameExtractor, *videos: NDArray[np.uint8]) -> dict[str, NDArray]:
    session = net.begin(REF)
    for shown in zip(*videos, strict=True):
        session.push(*shown)
    return session.finish()


def video(frames: int, height: int = 48, width: int = 48, seed: int = 5) -> NDArray[np.uint8]:
    return pattern(seed, frames, 96)[:, :height, :width].copy()


@pytest.fixture(scope="module")
def pool3() -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """Inception rows of a video; the net is opened once."""
    net = inception.pytorch_fid()
    return lambda frames: extracted(net, frames)["pool3"]


def test_one_row_per_frame_and_the_tail_is_padded(pool3):
    """19 frames are a batch of 16 and one of 3, whose rows are those of the 3 frames alone, to the byte."""
    frames = video(19, 37, 61)
    rows = pool3(frames)
    assert rows.shape == (19, 2048)
    assert rows.dtype == np.float32
    assert rows[16:].tobytes() == pool3(frames[16:]).tobytes()


@pytest.mark.parametrize("factory", [inception.pytorch_fid, i3d.styleganv_crop])
def test_bytes_do_not_depend_on_the_threads_of_the_process(factory):
    net = factory()
    frames = video(16)
    before = torch.get_num_threads()
    found = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        arrays = extracted(net, frames)
        found.append(next(iter(arrays.values())).tobytes())
        assert torch.get_num_threads() == threads
    torch.set_num_threads(before)
    assert found[0] == found[1]


def test_streams_do_not_mix():
    """Two videos of a clip go through one net in step."""
    net = lpips.squeeze()
    videos = [video(3, seed=1), video(3, seed=2)]
    sessions = [net.begin(REF), net.begin(REF)]
    for shown in zip(*videos, strict=True):
        for session, frame in zip(sessions, shown, strict=True):
            session.push(frame, videos[0][0])
    together = [session.finish()["lpips"] for session in sessions]
    alone = [extracted(net, frames, np.repeat(videos[0][:1], 3, axis=0))["lpips"] for frames in videos]
    assert [a.tobytes() for a in together] == [a.tobytes() for a in alone]


def test_preparations_are_extractors_of_their_own():
    rows = [extracted(factory(), video(1))["pool3"] for factory in INCEPTIONS]
    names = [factory().name for factory in INCEPTIONS]
    assert names == ["inception", "inception-clean", "inception-tf1"]
    for a, b in ((0, 1), (1, 2), (0, 2)):
        assert np.linalg.norm(rows[a] - rows[b]) > 1e-4 * np.linalg.norm(rows[a])


@pytest.mark.parametrize(
    "name", [name for name in EXTRACTORS if name.startswith(("inception", "i3d", "lpips-squeeze"))]
)
def test_identity_says_what_changes_the_numbers(name):
    net = EXTRACTORS.get(name)()
    fields = identity_of(net)
    assert net.name == name
    assert all(len(digest) == 64 for digest in fields["weights"].split("+"))
    assert fields["spec"]["policy"] == "fp32 cpu"
    assert fields["spec"]["batch"] > 0
    assert fields["spec"]["kind"] == ("pair" if name.startswith("lpips") else "frames")


@pytest.mark.parametrize(("name", "missing"), [("lpips-vgg", "vgg16"), ("lpips-alex", "alexnet")])
def test_without_its_weights_it_says_what_to_fetch(name, missing):
    with pytest.raises(WeightsMissingError, match=f"run: echo-bench weights fetch {missing}"):
        EXTRACTORS.get(name)()


def test_a_script_is_not_run_before_its_hash_is_right(monkeypatch, tmp_path):
    """TorchScript is code: one flipped byte, and it is never loaded."""
    original = weight_path("i3d-styleganv")
    data = bytearray(original.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / original.name).write_bytes(data)
    monkeypatch.setenv("ECHO_BENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(torch.jit, "load", lambda *_, **__: pytest.fail("loaded"))
    with pytest.raises(WeightsHashError):
        i3d.styleganv_crop()


@pytest.mark.parametrize("factory", SCRIPTED)
def test_windows_follow_each_other(factory):
    """39 frames are two windows and a rest of 7 that is not looked at."""
    frames = video(39, 40, 90)
    arrays = extracted(factory(), frames)
    assert arrays["logits"].shape == (2, 400)
    assert arrays["window"].tolist() == [0] * 16 + [1] * 16 + [-1] * 7
    second = extracted(factory(), frames[16:32])["logits"]
    np.testing.assert_allclose(arrays["logits"][1], second[0], rtol=1e-5, atol=1e-5)


def test_range_and_crop_change_the_logits_of_a_wide_frame():
    """The three protocols of one file: [0, 1] is half of [-1, 1] and a shift; the crop leaves the sides out."""
    frames = np.zeros((16, 40, 90, 3), np.uint8)
    frames[:, :, :20] = 255
    crop, square, half = (extracted(factory(), frames)["logits"][0] for factory in SCRIPTED)
    weights = dict(torch.jit.load(weight_path("i3d-styleganv")).named_parameters())["weight"].detach().numpy()
    black = -weights.sum(axis=1)
    np.testing.assert_allclose(crop, black, rtol=1e-4, atol=1e-3)  # the white stripe is outside the centre square
    np.testing.assert_allclose(2 * half + black, square, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(square, black * (1 - 2 * 20 / 90), rtol=0.02, atol=0.05)


@pytest.mark.parametrize("factory", [*SCRIPTED, i3d.videogpt])
def test_refuses_a_video_without_a_full_window(factory):
    with pytest.raises(MediaError, match=r"a\.mp4: has 15 frames at 25 fps, and a window of FVD takes 16"):
        extracted(factory(), video(15))


def test_refuses_pairs_of_two_sizes():
    session = lpips.squeeze().begin(REF)
    with pytest.raises(MediaError, match=r"frames of 40x48 cannot be compared with truth of 48x48.*truth's size"):
        session.push(video(1, 48, 40)[0], video(1)[0])


def test_lpips_is_zero_for_the_truth_and_rises_with_blur():
    truth = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype(np.uint8)
    values = []
    for sigma in (0.0, 0.6, 1.5):
        damaged = gaussian_filter(truth.astype(np.float32), (0, sigma, sigma, 0)).astype(np.uint8)
        values.append(float(extracted(lpips.squeeze(), damaged, truth)["lpips"].mean()))
    assert values[0] == 0
    assert values == sorted(values)
    assert values[1] > 0


@pytest.mark.filterwarnings("ignore::echo_metrics.errors.MetricWarning")  # 16 rows: the order is what is looked at
def test_frechet_rises_with_blur_and_ignores_order(pool3):
    """Random weights suffice: a distance of any features that see texture."""
    truth = np.random.default_rng(1).integers(0, 256, (16, 40, 40, 3)).astype(np.uint8)
    real = pool3(truth)
    damaged = [
        pool3(gaussian_filter(truth.astype(np.float32), (0, sigma, sigma, 0)).astype(np.uint8)) for sigma in (0.5, 1.5)
    ]
    distances = [frechet_distance(real, rows) for rows in (real, *damaged)]
    assert distances == sorted(distances)
    assert distances[0] < 1e-6 * distances[1]
    mixed = np.random.default_rng(2).permutation(len(truth))
    assert frechet_distance(real, damaged[0][mixed]) == pytest.approx(distances[1], rel=1e-9)


def test_windows_see_what_frames_do_not():
    """Shuffled in time, a video has the same frames and other windows."""
    net = i3d.styleganv_crop()
    frames = video(32)
    mixed = frames[np.random.default_rng(3).permutation(32)]
    a, b = (extracted(net, shown)["logits"] for shown in (frames, mixed))
    assert np.linalg.norm(a - b) > 0.01 * np.linalg.norm(a)
