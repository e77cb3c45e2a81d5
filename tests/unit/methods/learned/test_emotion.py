"""What emotional talkers share: emotion of voice and of motion, labels of windows."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from echo_bench.methods.learned.corpus import UNKNOWN
from echo_bench.methods.learned.emotion import KINDS, Judge, VoiceEmotion, felt, label_loss, level_and_spread, of_window


def test_a_voice_is_judged_by_what_was_heard():
    torch.manual_seed(0)
    net, sound = VoiceEmotion().eval(), torch.randn(1, 40, 52)
    whole, start = net(sound), net(sound[:, :25])
    torch.testing.assert_close(whole[:, :25], start)
    later = torch.cat([sound[:, :25], torch.randn(1, 15, 52)], dim=1)
    assert not torch.allclose(net(later)[:, 25:], whole[:, 25:])
    torch.testing.assert_close(net.tell(net.hear(sound).mean(1)), whole[:, -1])


@settings(max_examples=25)
@given(st.lists(st.integers(-1, KINDS - 1), min_size=1, max_size=12))
def test_unlabelled_frames_cost_nothing(labels):
    told = torch.tensor(labels)
    logits = torch.randn(len(labels), KINDS, generator=torch.Generator().manual_seed(0), requires_grad=True)
    loss = label_loss(logits, told)
    loss.backward()
    known = told != UNKNOWN
    assert logits.grad[~known].eq(0).all()
    if known.any():
        torch.testing.assert_close(loss, F.cross_entropy(logits[known], told[known]))


def test_a_label_counts_more_than_what_is_told():
    logits = torch.randn(1, 2, KINDS, requires_grad=True)
    shares = felt(logits, torch.tensor([[3, UNKNOWN]]))
    assert shares[0, 0].tolist() == F.one_hot(torch.tensor(3), KINDS).tolist()
    torch.testing.assert_close(shares[0, 1], logits[0, 1].softmax(-1))
    assert not shares.requires_grad


@settings(max_examples=25)
@given(st.lists(st.integers(-1, KINDS - 1), min_size=1, max_size=30))
def test_label_of_a_window(labels):
    known = [label for label in labels if label != UNKNOWN]
    found = int(of_window(torch.tensor([labels])))
    assert found == UNKNOWN if not known else known.count(found) == max(map(known.count, known))


def test_a_judge_that_is_fixed_judges_alike():
    torch.manual_seed(0)
    judge, motion = Judge(), torch.randn(3, 20, 61)
    assert judge.fixed(motion).equal(judge(motion))


def test_level_and_spread():
    motion = torch.stack([torch.tensor([0.0, 1.0, 2.0, 1.0]), torch.full((4,), 5.0)], dim=-1)[None]
    assert level_and_spread(motion)[0].tolist() == pytest.approx([1.0, 5.0, 0.5**0.5, 1e-3], rel=1e-4)
