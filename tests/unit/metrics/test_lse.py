"""The lip-sync families: which stretches are scored, and that score and offset are those of the formula on them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.lipsync import distance_curve, speaking_sync, sync_scores
from numpy.typing import NDArray

from echo_bench.clip import DyadicClip, Span, Track, VideoRef
from echo_bench.errors import NotApplicable
from echo_bench.metric import ClipFeatures, Direction
from echo_bench.metrics import METRICS
from echo_bench.metrics.lse import EB, EB_WHOLE, MEMORY, MEMORY_WHOLE, V2, V2_WHOLE, EmbeddedOffset
from echo_bench.metrics.spoken import stretches

LIP, AUDIO = "pred:syncnet-lip", "pred:syncnet-audio"
FAMILIES = [V2, V2_WHOLE, MEMORY, MEMORY_WHOLE, EB, EB_WHOLE]


def features(
    rows: int = 120,
    *,
    late: int = 0,
    spans: Sequence[tuple[str, float, float]] = (("avatar", 0.0, 4.0),),
    lost: slice = slice(0, 0),
    level: float = 0.1,
    noise: float = 0.3,
) -> ClipFeatures:
    """Embeddings of a voice that is `late` frames behind its mouth; `lost` are rows without a face."""
    rng = np.random.default_rng(0)
    base = rng.normal(size=(rows + 40, 16))
    lip = (base[20 : 20 + rows] + noise * rng.normal(size=(rows, 16))).astype(np.float32)
    audio = base[20 - late : 20 - late + rows].astype(np.float32)
    lip[lost] = np.nan
    video = Track(video=VideoRef(Path("a.mp4"), ""))
    said = tuple(Span(who, start, end) for who, start, end in spans)  # type: ignore[arg-type]
    clip = DyadicClip("a", "toy", 25.0, (rows + 5) / 25, video, video, spans=said)
    crop = np.zeros((rows + 5, 3), np.float32)
    loud = np.full(rows + 5, level, np.float32)
    return ClipFeatures(clip, {LIP: {"lip": lip, "crop": crop}, AUDIO: {"audio": audio, "level": loud}})


def value(metric: Any, *samples: ClipFeatures) -> float:
    return float(metric.finalize(metric.clip(samples)))


def rows_of(sample: ClipFeatures) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return sample[LIP]["lip"].astype(np.float64), sample[AUDIO]["audio"].astype(np.float64)


def test_the_whole_clip_is_scored_by_the_official_formula():
    sample = features(late=3)
    expected = sync_scores(*rows_of(sample))
    assert value(MEMORY_WHOLE.lse_c, sample) == pytest.approx(expected.confidence, rel=1e-12)
    assert value(MEMORY_WHOLE.lse_d, sample) == pytest.approx(expected.distance, rel=1e-12)
    assert value(MEMORY_WHOLE.av_offset, sample) == expected.offset == -3


def test_only_the_avatars_speech_counts():
    """The user speaks in between, with a mouth that has nothing to do with the sound."""
    sample = features(spans=(("avatar", 0.0, 1.6), ("user", 1.6, 3.0), ("avatar", 3.0, 4.2)))
    sample[LIP]["lip"][40:75] = np.random.default_rng(1).normal(size=(35, 16))
    lip, audio = rows_of(sample)
    expected = speaking_sync(lip, audio, [(0, 40), (75, 105)])
    assert value(MEMORY.lse_c, sample) == pytest.approx(expected.confidence, rel=1e-12)
    assert value(MEMORY.lse_d, sample) == pytest.approx(expected.distance, rel=1e-12)
    assert value(MEMORY.lse_d, sample) < value(MEMORY_WHOLE.lse_d, sample)


@pytest.mark.parametrize("late", [-10, -5, -1, 0, 1, 5, 10])
def test_the_offset_is_what_was_injected(late):
    assert value(MEMORY.av_offset, features(late=late)) == -late


def test_worse_sync_scores_worse():
    values = [(value(MEMORY.lse_c, s), value(MEMORY.lse_d, s)) for s in (features(noise=n) for n in (0.1, 0.5, 1.0))]
    assert values[0][0] > values[1][0] > values[2][0]
    assert values[0][1] < values[1][1] < values[2][1]


def test_curves_of_clips_are_pooled_by_their_windows():
    """A long clip on time outvotes a short one that is late; each alone says its own."""
    metric: EmbeddedOffset = MEMORY.av_offset
    long, short = features(200, spans=(("avatar", 0, 8.0),)), features(60, late=4, spans=(("avatar", 0, 2.4),))
    both = metric.merge(metric.clip([long]), metric.clip([short]))
    assert [value(metric, long), value(metric, short), metric.finalize(both)] == [0, -4, 0]
    assert both.windows == 196 + 56
    expected = distance_curve(*(rows[:196] for rows in rows_of(long))) * 196
    np.testing.assert_allclose(metric.clip([long]).total, expected)


def test_samples_of_one_clip_count_as_their_mean():
    a, b = features(noise=0.1), features(noise=0.9)
    assert value(MEMORY.lse_d, a, b) == pytest.approx((value(MEMORY.lse_d, a) + value(MEMORY.lse_d, b)) / 2)


def test_a_lost_face_is_left_out_and_said():
    sample = features(lost=slice(40, 60))
    with pytest.warns(MetricWarning, match="the face was lost in 16 of 100 frames"):
        found = stretches(sample, LIP, AUDIO, "speaking")
    assert found.spans == ((0, 44), (60, 100))


def test_a_face_lost_everywhere_is_no_score():
    with pytest.raises(MetricInputError, match="the face is not followed for 20 frames on end"):
        value(MEMORY.lse_d, features(lost=slice(None)))


def test_a_face_that_flickers_is_no_score():
    sample = features()
    sample[LIP]["lip"][::10] = np.nan
    with pytest.raises(MetricInputError, match="the face is not followed"):
        value(MEMORY.lse_c, sample)


def test_silence_is_no_score():
    with pytest.raises(MetricInputError, match="the avatar's sound is silent where it should speak"):
        value(MEMORY.lse_c, features(level=0.0))


def test_a_clip_that_does_not_say_who_speaks_is_skipped_but_scored_whole():
    sample = features(spans=())
    with pytest.raises(NotApplicable, match=r"does not say when the avatar speaks.*-whole"):
        value(MEMORY.lse_c, sample)
    assert value(MEMORY_WHOLE.av_offset, sample) == 0


def test_a_yes_is_too_short_to_be_searched():
    """19 frames; a rule of the clip, the same for every method."""
    with pytest.raises(NotApplicable, match="none of 1 speaking spans has the 20 frames"):
        value(MEMORY.lse_c, features(spans=(("avatar", 0.0, 0.76),)))
    assert value(MEMORY.av_offset, features(spans=(("avatar", 0.0, 0.8),))) == 0


def test_a_span_that_leaves_the_clip_is_cut():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = stretches(features(60, spans=(("avatar", -1.0, 99.0),)), LIP, AUDIO, "speaking")
    assert found.spans == ((0, 64),)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_says_what_it_is(family):
    infos = [family.lse_c.info, family.lse_d.info, family.av_offset.info]
    assert [info.name for info in infos] == ["lse_c", "lse_d", "av_offset"]
    assert len({info.protocol for info in infos}) == 1
    assert [info.direction for info in infos] == [Direction.HIGHER, Direction.LOWER, Direction.TARGET]
    assert infos[2].target == 0.0
    assert {info.role for info in infos} == {"speaking"}
    assert dict(infos[0].signature)["where"] == ("whole" if infos[0].protocol.endswith("-whole") else "speaking")
    assert dict(infos[0].signature)["lastframe"] == "min(frames, samples // 640) - 5"


def test_no_two_families_share_an_id():
    assert len({family.lse_c.info.id for family in FAMILIES}) == len(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_number_of_a_family_has_its_name_in_the_table(family):
    for metric in (family.lse_c, family.lse_d, family.av_offset):
        assert METRICS.get(metric.info.id) is metric
