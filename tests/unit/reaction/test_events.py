"""Reaction events: matching, F1, tIoU, timing deviation."""

import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.reaction import Event, event_atd, event_f1, event_f1_per_class, event_tiou

NODS = ("nod",)


def shifted(events, frames):
    return [[(label, start + frames, end + frames) for label, start, end in clip] for clip in events]


GT = [[("nod", 10, 30), ("nod", 60, 90)], [("nod", 200, 240)]]


def test_delay_is_noticed_by_all_three():
    delays = (0, 2, 4, 8)
    tious = [event_tiou(GT, shifted(GT, d)) for d in delays]
    assert tious == sorted(tious, reverse=True)
    deviations = [event_atd(GT, shifted(GT, d)) for d in delays[:3]]
    assert deviations == sorted(deviations)
    assert [event_f1(GT, shifted(GT, d), NODS) for d in (0, 25)] == [1, 0]


def test_early_costs_four_times_late():
    gt = [[("nod", 100, 200)]]
    assert event_atd(gt, shifted(gt, -10)) == pytest.approx(4 * event_atd(gt, shifted(gt, 10)))


def test_timing_deviation_cannot_exceed_two_and_a_half():
    """field.md 2.10: with matches of tIoU >= 0.5 the published 57 to 157 cannot be these ratios. Twice too long, all early, is worst."""
    gt = [[("nod", 20, 40)]]
    assert event_atd(gt, [[("nod", 0, 40)]]) == pytest.approx(2.5)


def test_matching_is_one_to_one_and_best_first():
    gt = [[("nod", 0, 20)]]
    pred = [[("nod", 5, 25), ("nod", 1, 21)]]
    assert event_tiou(gt, pred) == pytest.approx(19 / 21)
    assert event_f1(gt, pred, NODS) == pytest.approx(2 / 3)


def test_events_of_other_clips_never_match():
    assert event_f1(GT, GT[::-1], NODS) == 0


def test_half_open_intervals_that_touch_do_not_overlap():
    assert event_tiou([[("nod", 0, 10)]], [[("nod", 10, 20)]], threshold=0.01) == 0


def test_threshold_is_inclusive():
    gt, pred = [[("nod", 0, 20)]], [[("nod", 0, 10)]]
    assert event_f1(gt, pred, NODS, threshold=0.5) == 1
    assert event_f1(gt, pred, NODS, threshold=0.51) == 0


def test_hits_are_pooled_before_f1():
    """Per clip and then averaged this would be 0.5: the second clip has one miss only."""
    gt, pred = [[("nod", 0, 20), ("nod", 30, 50)], [("nod", 0, 20)]], [[("nod", 0, 20), ("nod", 30, 50)], []]
    assert event_f1_per_class(gt, pred, NODS) == {"nod": pytest.approx(0.8)}


def test_an_absent_class_costs_the_truth_officially_and_can_be_skipped():
    assert event_f1(GT, GT) == pytest.approx(1 / 6)
    assert event_f1(GT, GT, absent="skip") == 1


def test_nothing_matched():
    assert event_tiou(GT, [[], []]) == 0
    assert event_atd(GT, [[], []]) is None


def test_refusals():
    with pytest.raises(MetricInputError, match="prediction missing"):
        event_f1(GT, GT[:1])
    with pytest.raises(MetricInputError, match="unknown class 'wave'"):
        event_f1([[("wave", 0, 5)]], [[]])
    with pytest.raises(MetricInputError, match="end after it starts"):
        event_tiou([[Event("nod", 5, 5)]], [[]])
    with pytest.raises(MetricInputError, match="threshold"):
        event_atd(GT, GT, threshold=0)
    with pytest.raises(MetricInputError, match="nothing to score"):
        event_f1([[]], [[]], absent="skip")
