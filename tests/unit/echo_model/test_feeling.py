"""LAU at small scale: the text says what was read, c_emo what the text says."""

from __future__ import annotations

import pytest
import torch
from echo_model.feeling import DROPPED, MOODS, AffectiveUnderstanding, written

from tests.unit.echo_model.small import CONFIG


@pytest.fixture
def reader():
    torch.manual_seed(0)
    return AffectiveUnderstanding(CONFIG).eval()


def dialogue(count=64):
    rng = torch.Generator().manual_seed(0)
    words = torch.randint(2048, (count, 6), generator=rng)
    return words, torch.randint(2, (count, 6), generator=rng), torch.full((count,), 6)


def test_a_text_names_two_feelings_and_says_how_strong_they_are():
    moods = torch.zeros(1, len(MOODS))
    moods[0, MOODS.index("relief")], moods[0, MOODS.index("joy")] = 2.0, 1.0
    (text,) = written(moods, torch.tensor([[0.549, -1.7, -0.04]]))
    assert text == "The listener feels relief, with some joy: valence +5, arousal -10, dominance +0 of 10."


def test_c_emo_holds_the_names_in_order_and_the_numbers(reader):
    texts = written(torch.eye(12)[:2] + 0.5 * torch.eye(12)[[1, 0]], torch.tensor([[0.3, 0.1, 0.0], [-0.5, 0.2, 0.4]]))
    with torch.no_grad():
        found = reader(texts)
        names, levels = reader.encode.weight, reader.encode_levels.weight
        for row, order, numbers in zip(found, ((0, 1), (1, 0)), ((0.3, 0.1, 0.0), (-0.5, 0.2, 0.4)), strict=True):
            for token, mood, place in zip(row, order, reader.order, strict=True):
                assert torch.allclose(token, names[mood] + levels @ torch.tensor(numbers) + place, atol=1e-6)


def test_what_a_text_says_is_what_was_read(reader):
    words = dialogue()
    with torch.no_grad():
        moods, affect = reader.told(*words)
        texts = reader.texts(*words)
    assert texts == written(moods, affect)
    assert len(set(texts)) > 1


def test_words_are_left_out_in_training_alone(reader):
    words = dialogue(400)
    with torch.no_grad():
        assert torch.equal(reader.told(*words)[1], reader.told(*words)[1])
        seen = []
        reader.read.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
        reader.train().told(*words)
        blank = torch.isclose(seen[0], reader.sides(words[1]), atol=1e-7).all(-1).float().mean()
    assert float(blank) == pytest.approx(DROPPED, abs=0.03)


def test_several_times_of_a_dialogue_are_read_at_once(reader):
    words, sides, _ = dialogue(3)
    lengths = torch.tensor([[0, 2, 6], [1, 1, 3], [5, 0, 4]])
    with torch.no_grad():
        together = torch.cat(reader.told(words, sides, lengths), dim=1)
        for row, length in enumerate(lengths.flatten()):
            who = row // 3
            alone = torch.cat(reader.told(words[who : who + 1], sides[who : who + 1], length[None]), dim=1)
            assert torch.allclose(together[row], alone[0], atol=1e-6)
