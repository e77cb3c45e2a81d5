"""PSNR and SSIM: golden values of piq and scikit-image, an independent formula, damage they must see, refusals."""

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.image import psnr, ssim
from scipy import ndimage


def noisy_pair():
    """The pair of field guide 2.12: uniform noise, and the same with Gaussian noise, (2, 64, 64, 3)."""
    stream = np.random.RandomState(7)
    clean = stream.rand(2, 3, 64, 64)
    noisy = np.clip(clean + 0.1 * stream.randn(2, 3, 64, 64), 0, 1)
    return np.moveaxis(clean, 1, -1), np.moveaxis(noisy, 1, -1)


def picture(size=96, seed=0):
    """A smooth colour picture with edges, float64 in [0, 1]."""
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.random((size, size, 3)), (4, 4, 0))
    smooth[size // 4 : size // 2, size // 3 :] += 0.2
    return (smooth - smooth.min()) / np.ptp(smooth)


def loop_ssim(x, y, weights, unbias=1.0):
    """Wang et al. eq. 13, window by window."""
    size = len(weights)
    values = []
    for channel in range(3):
        for top in range(x.shape[0] - size + 1):
            for left in range(x.shape[1] - size + 1):
                a = x[top : top + size, left : left + size, channel]
                b = y[top : top + size, left : left + size, channel]
                mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
                var_a, var_b = ((weights * (v - m) ** 2).sum() * unbias for v, m in ((a, mean_a), (b, mean_b)))
                cov = (weights * (a - mean_a) * (b - mean_b)).sum() * unbias
                values.append(
                    (2 * mean_a * mean_b + 1e-4)
                    * (2 * cov + 9e-4)
                    / ((mean_a**2 + mean_b**2 + 1e-4) * (var_a + var_b + 9e-4))
                )
    return np.mean(values)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_golden_piq(dtype):
    """piq 0.8.0 on noisy_pair (field guide 2.12); never moved since."""
    clean, noisy = (frames.astype(dtype) for frames in noisy_pair())
    assert psnr(clean, noisy) == pytest.approx([20.490566, 20.56313], abs=1e-5)
    assert ssim(clean, noisy) == pytest.approx([0.9456585, 0.9455517], abs=1e-5)


def test_golden_scikit_image():
    """scikit-image on the first pair (field guide 2.7): Gaussian window 0.945658, default window 0.946969."""
    clean, noisy = (frames[0] for frames in noisy_pair())
    assert float(ssim(clean, noisy, "skimage-gaussian")) == pytest.approx(0.945658, abs=1e-6)
    assert float(ssim(clean, noisy, "skimage")) == pytest.approx(0.946969, abs=1e-6)


def test_golden_black_and_white():
    """common_metrics_on_video_quality, zeros against ones: PSNR 0, SSIM 9.999e-05."""
    black, white = np.zeros((30, 64, 64, 3)), np.ones((30, 64, 64, 3))
    assert psnr(black, white) == pytest.approx(np.zeros(30), abs=1e-6)
    assert ssim(black, white) == pytest.approx(np.full(30, 9.999e-05), rel=1e-4)


def test_ssim_equals_the_loop_over_windows():
    rng = np.random.default_rng(0)
    x, y = rng.random((2, 17, 14, 3))
    line = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    gauss = np.outer(line, line) / line.sum() ** 2
    assert float(ssim(x, y)) == pytest.approx(loop_ssim(x, y, gauss), rel=1e-12)
    box = np.full((7, 7), 1 / 49)
    assert float(ssim(x, y, "skimage")) == pytest.approx(loop_ssim(x, y, box, 49 / 48), rel=1e-12)


def test_downsampling_follows_the_smaller_side():
    """round(383 / 256) = 1 leaves the frame alone; 400 and 640 are averaged by 2 (2.5 rounds to even), as Python and piq do."""
    x, y = np.random.default_rng(0).random((2, 383, 400, 3), dtype=np.float32)
    assert float(ssim(x, y)) == float(ssim(x, y, "skimage-gaussian"))
    for side in (400, 640):
        x, y = np.random.default_rng(0).random((2, side + 1, side, 3), dtype=np.float32)
        half = side // 2
        halves = [f[:side].reshape(half, 2, half, 2, 3).mean(axis=(1, 3), dtype=np.float64) for f in (x, y)]
        assert float(ssim(x, y)) == pytest.approx(float(ssim(*halves, "skimage-gaussian")), abs=1e-5)


def test_uint8_and_float_agree():
    frame = (255 * picture()).astype(np.uint8)
    other = (255 * np.clip(picture() + 0.05, 0, 1)).astype(np.uint8)
    assert float(psnr(frame, other)) == pytest.approx(float(psnr(frame / 255, other / 255)), rel=1e-12)
    assert float(ssim(frame, other)) == pytest.approx(float(ssim(frame / 255, other / 255)), abs=1e-5)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_equal_frames_score_the_maximum_and_never_infinity(dtype):
    frame = (255 * picture()).astype(np.uint8) if dtype == np.uint8 else picture().astype(dtype)
    assert float(psnr(frame, frame)) == pytest.approx(80.0, abs=1e-9)
    assert float(psnr(frame, frame, "skimage")) == np.inf
    for convention in ("piq", "skimage", "skimage-gaussian"):
        assert float(ssim(frame, frame, convention)) == 1.0


def test_symmetric_in_every_convention():
    x, y = (frames[0] for frames in noisy_pair())
    assert float(psnr(x, y)) == float(psnr(y, x))
    for convention in ("piq", "skimage", "skimage-gaussian"):
        assert float(ssim(x, y, convention)) == pytest.approx(float(ssim(y, x, convention)), rel=1e-12)


def test_both_fall_with_noise():
    frame = picture()
    noise = np.random.default_rng(1).normal(size=frame.shape)
    damaged = np.stack([np.clip(frame + level * noise, 0, 1) for level in (0.01, 0.03, 0.1, 0.3)])
    truth = np.broadcast_to(frame, damaged.shape)
    for values in (psnr(truth, damaged), ssim(truth, damaged)):
        assert values.tolist() == sorted(values, reverse=True)


def test_a_brighter_picture_costs_psnr_and_hardly_ssim():
    """SSIM is about structure: a uniform shift that costs PSNR as much as noise costs it far less."""
    frame = 0.2 + 0.5 * picture()
    noise = np.random.default_rng(1).choice([-0.1, 0.1], frame.shape)
    assert float(psnr(frame, frame + 0.1)) == pytest.approx(float(psnr(frame, frame + noise)), abs=1e-6)
    assert float(ssim(frame, frame + 0.1)) > 0.9 > 2 * float(ssim(frame, frame + noise))


def test_leading_axes_are_kept():
    frames = np.random.default_rng(0).random((2, 3, 16, 16, 3))
    other = np.random.default_rng(1).random((2, 3, 16, 16, 3))
    for measure in (psnr, ssim):
        whole = measure(frames, other)
        assert whole.shape == (2, 3)
        assert float(measure(frames[1, 2], other[1, 2])) == whole[1, 2]


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((3, 32, 32)), "channels first"),
        (np.zeros((32, 32)), "height, width, 3"),
        (np.zeros((0, 32, 32, 3)), "at least one frame"),
        (np.zeros((16, 32, 3)), "cropped, resized"),
        (np.full((32, 32, 3), 200.0), r"0\.\.255 \(pass uint8\)"),
        (np.full((32, 32, 3), -0.5), "-1..1"),
        (np.full((32, 32, 3), np.nan), r"lie in \[0, 1\]"),
        (np.zeros((32, 32, 3), np.int64), "uint8 or float"),
    ],
)
@pytest.mark.parametrize("measure", [psnr, ssim])
def test_refuses(measure, image, message):
    with pytest.raises(MetricInputError, match=message):
        measure(np.zeros((32, 32, 3)), image)


def test_refuses_small_frames_and_unknown_conventions():
    small = np.zeros((10, 64, 3))
    with pytest.raises(MetricInputError, match="11-pixel window"):
        ssim(small, small)
    with pytest.raises(MetricInputError, match="choose one of piq, skimage"):
        ssim(small, small, "matlab")
    with pytest.raises(MetricInputError, match="choose 'piq' or 'skimage'"):
        psnr(small, small, "matlab")
