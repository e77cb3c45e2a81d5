"""The embedded nets as extractors: rows, gaps, and bytes that depend on nothing but the clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from echo_bench.clip import VideoRef
from echo_bench.errors import MediaError, NoFaceError
from echo_bench.extractor import Arrays, AudioExtractor, FrameExtractor
from echo_bench.extractors import EXTRACTORS
from echo_bench.nets.embedded import digest

REF = VideoRef(Path("a.mp4"), "aa")
NONE = np.full((478, 3), np.nan, np.float32)
FACES = {"rignet": "motion", "emonet-eb": "expression", "facenet-eb": "embedding"}


def landmarks(seed: int) -> np.ndarray:
    """A face in a 128 x 128 frame, moved a little."""
    points = np.random.default_rng(seed).normal(64, 4, (478, 3)).astype(np.float32)
    points[[33, 263]] = [(48, 56, 0), (80, 57, 0)]
    points[[61, 291]] = [(56, 84, 0), (72, 84, 0)]
    return points + np.float32(seed % 3)


def frame(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (128, 128, 3), np.uint8)


def extractor(name: str) -> FrameExtractor:
    made = EXTRACTORS.get(name)()
    assert hasattr(made, "begin")
    return made  # type: ignore[return-value]


def extracted(name: str, frames: int, missing: tuple[int, ...] = ()) -> Arrays:
    """The arrays of a clip whose face is not found in some frames."""
    made = extractor(name)
    session = made.begin(REF)
    for k in range(frames):
        face = (NONE if k in missing else landmarks(k),) if made.spec.kind == "face" else ()
        session.push(frame(k), *face)
    return session.finish()


@pytest.mark.parametrize("name", FACES)
def test_rows_and_gaps_of_faces(name: str):
    rows = extracted(name, 20, missing=(0, 7))[FACES[name]]
    assert len(rows) == 20
    assert np.flatnonzero(np.isnan(rows).any(axis=1)).tolist() == [0, 7]


@pytest.mark.parametrize("name", [*FACES, "imagenet-eb", "syncnet-eb-lip"])
def test_a_longer_clip_has_the_same_first_rows_to_the_byte(name: str):
    key = FACES.get(name, "features" if name == "imagenet-eb" else "lip")
    short, long = extracted(name, 40)[key], extracted(name, 75)[key]
    settled = 10  # the lips' mean looks a second ahead
    assert short[:settled].tobytes() == long[:settled].tobytes()


@pytest.mark.parametrize("name", FACES)
def test_no_face_is_a_failure(name: str):
    with pytest.raises(NoFaceError, match=r"a\.mp4"):
        extracted(name, 3, missing=(0, 1, 2))


def test_rignet_knows_where_the_face_is():
    made = extractor("rignet")
    found = []
    for shift in (0, 20):
        session = made.begin(REF)
        wide = np.zeros((128, 256, 3), np.uint8)
        wide[:, shift : shift + 128] = frame(0)
        session.push(wide, landmarks(0) + np.float32([shift, 0, 0]))
        found.append(session.finish()["motion"][0])
    x = 55
    assert found[1][x] > found[0][x]
    np.testing.assert_allclose(found[0][:52], found[1][:52], atol=0.05)


def test_coefficients_stay_in_range():
    motion = extracted("rignet", 8)["motion"]
    assert motion[:, :52].min() >= 0
    assert motion[:, :52].max() <= 1


@pytest.mark.parametrize(("frames", "rows"), [(4, None), (5, None), (6, 1), (60, 55)])
def test_rows_of_lips(frames: int, rows: int | None):
    if rows is None:
        with pytest.raises(NoFaceError, match=r"0\.2 s"):
            extracted("syncnet-eb-lip", frames)
    else:
        assert extracted("syncnet-eb-lip", frames)["lip"].shape == (rows, 65)


def test_lips_are_not_read_across_a_gap():
    lip = extracted("syncnet-eb-lip", 60, missing=(30,))["lip"]
    assert np.flatnonzero(np.isnan(lip[:, 0])).tolist() == [26, 27, 28, 29, 30]


def test_sound_has_the_rows_of_lips():
    made: AudioExtractor = EXTRACTORS.get("syncnet-eb-audio")()  # type: ignore[assignment]
    noise = np.random.default_rng(0).normal(0, 0.1, 16000 * 2 + 300).astype(np.float32)
    arrays = made(noise)
    assert arrays["audio"].shape == (45, 65)
    assert arrays["level"].shape == (50,)
    assert arrays["level"][10] == pytest.approx(np.sqrt(np.mean(noise[6400:7040].astype(float) ** 2)), rel=1e-5)
    assert made(noise[:3000])["audio"].shape == (0, 65)


def test_windows_of_frames():
    arrays = extracted("videonet-eb", 40)
    assert arrays["features"].shape == (2, 64)
    assert arrays["window"].tolist() == [0] * 16 + [1] * 16 + [-1] * 8
    with pytest.raises(MediaError, match="16"):
        extracted("videonet-eb", 15)


@pytest.mark.parametrize("name", [*FACES, "imagenet-eb", "syncnet-eb-lip", "syncnet-eb-audio", "videonet-eb"])
def test_the_key_holds_the_weights_and_the_arithmetic(name: str):
    made = EXTRACTORS.get(name)()
    assert made.name == name
    assert made.weights == digest(name.removesuffix("-lip").removesuffix("-audio"))
    assert made.spec.batch > 0
    assert made.spec.policy.startswith("fp32")
