"""Motion as delivered reaches a metric without a job; measured motion and pixels never do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from echo_bench.clip import DyadicClip, MotionRef, Track, VideoRef
from echo_bench.errors import NotApplicable
from echo_bench.method import Artefact
from echo_bench.motion_io import load_motion
from echo_bench.pipeline.features import arrays_of, job_of
from echo_bench.pipeline.store import FeatureStore
from tests.footage import left_right_clips
from tests.native import saved


@pytest.fixture
def motion(tmp_path) -> MotionRef:
    return saved(tmp_path / "motion.npz", np.random.default_rng(0).random((30, 61), np.float32))


@pytest.fixture
def clip(motion) -> DyadicClip:
    return DyadicClip("a", "toy", 25.0, 1.2, user=Track(motion=motion), avatar=Track(motion=motion))


def artefact(motion: MotionRef | None, tmp_path, video: bool = False) -> Artefact:
    shown = VideoRef(tmp_path / "not-there.mp4", "00") if video else None
    return Artefact("a", "m", 0, 0, shown, None, motion)


@pytest.mark.parametrize("side", ["pred", "truth", "user"])
@pytest.mark.parametrize("video", [False, True])
def test_is_read_from_its_file_whether_a_video_shows_it_or_not(side, video, clip, motion, tmp_path):
    made = artefact(motion, tmp_path, video)
    assert job_of(f"{side}:native", clip, made) is None
    arrays = arrays_of(f"{side}:native", clip, made, FeatureStore(tmp_path / "store"))
    np.testing.assert_array_equal(arrays["motion"], load_motion(motion)[0])
    assert arrays["valid"].all()


def test_what_comes_after_the_clip_is_not_scored(clip, motion, tmp_path):
    """Motion that goes on, video that goes on, and a recording that goes on."""
    rows = load_motion(motion)[0]
    longer = saved(tmp_path / "longer.npz", np.concatenate([rows, rows]))
    endless = replace(clip, avatar=Track(motion=longer))
    for side in ("pred", "truth"):
        arrays = arrays_of(f"{side}:native", endless, artefact(longer, tmp_path), FeatureStore(tmp_path / "store"))
        np.testing.assert_array_equal(arrays["motion"], rows)
    left_right_clips(tmp_path, ("whole", "again"), clip.duration)
    left_right_clips(tmp_path, ("long",), 2 * clip.duration)
    whole, again, long = (VideoRef(tmp_path / f"{name}.mp4", name) for name in ("whole", "again", "long"))
    filmed = replace(clip, avatar=Track(video=whole))
    made = [replace(artefact(None, tmp_path), video=video) for video in (again, long)]
    videos = [job_of("pair:pixels", filmed, each).videos for each in made]
    assert videos == [(again, whole), (replace(long, duration=clip.duration), whole)]


def test_pixels_alone_are_skipped_by_a_rule(clip, tmp_path):
    with pytest.raises(
        NotApplicable, match="motion of the method's artefact as delivered, and there is only what a video"
    ):
        job_of("pred:native", clip, artefact(None, tmp_path, video=True))


def test_measured_motion_is_not_delivered_and_the_other_way_round(clip, motion, tmp_path):
    measured = replace(motion, source="tracker")
    with pytest.raises(NotApplicable, match="as delivered"):
        job_of("pred:native", clip, artefact(measured, tmp_path))
    assert job_of("pred:motion", clip, artefact(measured, tmp_path)) is None
    with pytest.raises(NotApplicable, match="cannot render"):
        job_of("pred:motion", clip, artefact(motion, tmp_path))


def test_another_space_is_skipped_by_name(clip, motion, tmp_path):
    with pytest.raises(NotApplicable, match="that of the method's artefact is in flame56-dim"):
        job_of("pred:native", clip, artefact(replace(motion, space="flame56-dim"), tmp_path))


@pytest.mark.parametrize("side", ["truth", "user"])
def test_a_recording_without_motion_is_skipped(side, clip, motion, tmp_path):
    bare = replace(clip, user=Track(), avatar=Track())
    with pytest.raises(NotApplicable, match="as delivered"):
        job_of(f"{side}:native", bare, artefact(motion, tmp_path))
