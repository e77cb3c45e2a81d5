"""SyncNet's extractors with random weights: what they cut, how rows stand to frames, what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from echo_metrics.mfcc import mfcc
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.errors import NoFaceError, WeightsMissingError
from echo_bench.extractor import Arrays
from echo_bench.extractors.syncnet import SyncNetAudio, SyncNetLip
from echo_bench.extractors.syncnet_v2 import SyncNetV2Lip, chosen
from echo_bench.faces.iou_tracks import BoxTrack
from echo_bench.faces.syncnet_crop import cut, smoothed
from echo_bench.nets.s3fd import S3FD
from echo_bench.nets.syncnet import SyncNet
from tests.nets import randomised
from tests.random_weights import install

REF = VideoRef(Path("a.mp4"), "")
CORNERS = np.array([[40, 30, 0], [104, 94, 0]], np.float32)


@pytest.fixture(scope="module")
def net() -> SyncNet:
    made = SyncNet()
    randomised(made)
    return made.eval()


@pytest.fixture(scope="module")
def _weights(net: SyncNet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Random SyncNet; and an S3FD that sees one face, always in the same place: the one anchor of its coarsest cells."""
    torch.set_num_threads(1)
    detector = S3FD()
    for parameter in detector.parameters():
        torch.nn.init.zeros_(parameter)
    detector.conf[5].bias.data[1] = 6.0
    detector.loc[5].bias.data[2:] = float(np.log(0.15) / 0.2)
    with pytest.MonkeyPatch.context() as patch:
        install(
            patch, tmp_path_factory.mktemp("weights"), {"syncnet-v2": net.state_dict(), "s3fd": detector.state_dict()}
        )
        yield


def clip(frames: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (frames, 128, 160, 3), dtype=np.uint8)


def points(t: int) -> NDArray[np.float32]:
    """478 landmarks that fill a square of 64 px, drifting to the right."""
    return np.repeat(CORNERS, 239, axis=0) + np.array([0.5 * t, 0, 0], np.float32)


@cache
def run(length: int, lost: range = range(0)) -> Arrays:
    session = SyncNetLip().begin(REF)
    for t, frame in enumerate(clip(length)):
        session.push(frame, points(t) if t not in lost else np.full((478, 3), np.nan, np.float32))
    return session.finish()


@pytest.mark.usefixtures("_weights")
class TestLip:
    def test_row_t_is_the_net_on_the_crops_of_frames_t_to_t_plus_4(self, net):
        frames, found = clip(30), run(30)
        assert found["lip"].shape == (25, 1024)
        boxes = [np.concatenate([points(t)[:, :2].min(0), points(t)[:, :2].max(0)]).astype(float) for t in range(30)]
        crops = np.stack([cut(frames[t], smoothed(boxes, t)) for t in range(10, 15)])
        bgr = torch.from_numpy(crops[..., ::-1].copy()).permute(3, 0, 1, 2)[None].float()
        with torch.inference_mode():
            expected = net.forward_lip(bgr)[0].numpy()
        np.testing.assert_allclose(found["lip"][10], expected, atol=1e-4 * np.abs(expected).max())

    def test_tells_where_it_cut(self):
        crop = run(30)["crop"]
        assert crop[15].tolist() == pytest.approx([72 + 7.5, 62, 32])
        assert crop.shape == (30, 3)

    def test_rows_without_a_face_are_nan(self):
        """Frames 10 to 39 have none: rows that see one of them."""
        found = run(52, lost=range(10, 40))
        missing = np.flatnonzero(np.isnan(found["lip"]).any(axis=1))
        assert missing.tolist() == list(range(6, 40))
        assert np.isnan(found["crop"][10:40]).all()
        assert np.isfinite(found["crop"][40:]).all()

    def test_a_short_loss_is_bridged(self):
        assert np.isfinite(run(36, lost=range(8, 28))["lip"]).all()

    def test_no_face_is_an_error_not_a_row(self):
        with pytest.raises(NoFaceError, match=r"a\.mp4: no face could be followed for 0.3 s in 20 frames"):
            run(20, lost=range(20))

    def test_later_frames_do_not_change_earlier_rows(self):
        """Batches are filled from one clip in order, and padded: rows of a prefix are the same to the bit."""
        np.testing.assert_array_equal(run(30)["lip"][:10], run(22)["lip"][:10])

    def test_names_its_weights(self):
        assert len(SyncNetLip().weights) == 64


@pytest.mark.usefixtures("_weights")
class TestOfficial:
    def test_finds_crops_and_wears_the_face(self):
        """The detector here sees one face of 307 px around (256, 256) in any frame."""
        frames = np.repeat(np.repeat(clip(14)[:, ::4, ::4], 16, axis=1), 13, axis=2)
        session = SyncNetV2Lip().begin(REF)
        for frame in frames:
            session.push(frame)
        found = session.finish()
        assert found["lip"].shape == (9, 1024)
        assert np.isfinite(found["lip"]).all()
        assert found["crop"][7].tolist() == pytest.approx([256, 256, 153.6], abs=0.5)

    def test_names_both_nets(self):
        assert len(SyncNetV2Lip().weights.split()) == 2


def track(start: int, frames: int, left: float, side: float) -> BoxTrack:
    made = BoxTrack(start)
    for t in range(frames):
        made.add(start + t, np.array([left, 0, left + side, side]))
    return made


@pytest.mark.parametrize(("face", "index"), [("largest", 1), ("left", 0), ("right", 2)])
def test_score_and_offset_come_from_one_track(face, index):
    """The small face on the far left of a few frames is no rival."""
    tracks = [track(0, 60, 100, 50), track(0, 80, 200, 90), track(0, 90, 400, 50), track(0, 5, 0, 90)]
    assert chosen(tracks, VideoRef(Path("a.mp4"), "", face=face)) == [tracks[index]]


def test_no_track_is_no_choice():
    assert chosen([], REF) == []


@pytest.mark.usefixtures("_weights")
class TestAudio:
    def test_row_t_is_the_net_on_20_steps_from_step_4_t(self, net):
        wave = np.random.default_rng(0).uniform(-0.5, 0.5, 32000).astype(np.float32)
        found = SyncNetAudio()(wave)
        assert found["audio"].shape == (45, 1024)
        steps = mfcc(np.rint(wave * 32768).astype(np.int16)).T.astype(np.float32)
        with torch.inference_mode():
            expected = net.forward_aud(torch.from_numpy(steps[None, None, :, 40:60].copy()))[0].numpy()
        np.testing.assert_allclose(found["audio"][10], expected, atol=1e-4 * np.abs(expected).max())

    def test_level_is_loudness_per_frame(self):
        wave = np.zeros(6400, np.float32)
        wave[640:1280] = 0.5
        assert SyncNetAudio()(wave)["level"].tolist() == pytest.approx([0, 0.5, *[0] * 8])

    @pytest.mark.parametrize("samples", [0, 639, 3200])
    def test_too_short_a_sound_has_no_row(self, samples):
        assert SyncNetAudio()(np.zeros(samples, np.float32))["audio"].shape == (0, 1024)

    def test_loud_sound_does_not_wrap_round(self):
        """1.0 is one more than int16 holds."""
        loud, less = (SyncNetAudio()(np.full(8000, v, np.float32))["audio"] for v in (1.0, 32767 / 32768))
        np.testing.assert_array_equal(loud, less)


@pytest.mark.parametrize("extractor", [SyncNetLip, SyncNetAudio, SyncNetV2Lip])
def test_says_which_weights_are_missing(extractor, tmp_path, monkeypatch):
    monkeypatch.setenv("ECHO_BENCH_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsMissingError, match=r"the weights '(syncnet-v2|s3fd)' .* are not here"):
        extractor()
