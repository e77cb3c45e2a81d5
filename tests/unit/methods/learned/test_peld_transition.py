"""Mechanism of peld-transition: personality decides how far the dialogue moves an emotion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from echo_metrics.vad import OCEAN_TO_VAD, PELD_VAD, peld_response
from hypothesis import given as given_that
from hypothesis import settings
from hypothesis import strategies as st

from echo_bench.methods.learned.corpus import EMOTIONS, UNKNOWN, Example
from echo_bench.methods.learned.peld_transition import CHARACTERS, WORDS, labels_of, transition
from tests.unit.learned.corpora import SMILE
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, drawn, example, trained

POINT = st.lists(st.floats(-1, 1), min_size=3, max_size=3)
TRAITS = st.lists(st.floats(0, 1), min_size=5, max_size=5)
WARM, COLD = torch.tensor([0.5, 0.5, 1.0, 1.0, 0.5]), torch.tensor([0.5, 0.5, 0.0, 0.0, 0.0])


@settings(max_examples=30)
@given_that(POINT, POINT, TRAITS)
def test_the_rule_is_that_of_the_metric(preceding, asked, traits):
    mine = transition(
        *(torch.tensor([row], dtype=torch.float64) for row in (preceding, asked)),
        torch.tensor(traits, dtype=torch.float64),
    )
    np.testing.assert_allclose(mine, peld_response([preceding], [asked], traits), atol=1e-12)


def test_neutral_stays_neutral_when_nothing_is_asked():
    for traits in CHARACTERS.values():
        assert transition(torch.zeros(1, 3), torch.zeros(1, 3), torch.tensor(traits)).abs().max() == 0


def test_weights_of_the_axes_are_the_papers():
    """V = .21 E + .59 A + .19 N, A = .15 O + .30 A - .57 N, D = .25 O + .17 C + .60 E - .32 A, of Monica."""
    o, c, e, a, n = CHARACTERS["Monica"]
    weights = [
        0.21 * e + 0.59 * a + 0.19 * n,
        0.15 * o + 0.30 * a - 0.57 * n,
        0.25 * o + 0.17 * c + 0.60 * e - 0.32 * a,
    ]
    asked = torch.full((1, 3), 0.4)
    response = transition(torch.zeros(1, 3), asked, torch.tensor(CHARACTERS["Monica"]))
    np.testing.assert_allclose(response[0], 0.4 * np.array(weights), atol=1e-6)
    assert OCEAN_TO_VAD.shape == (5, 3)


def test_valence_of_a_cold_person_is_not_moved():
    """Without extraversion, agreeableness and neuroticism the weight of valence is 0, whatever is asked."""
    net = network("peld-transition")
    given = batch(net, 60)
    with torch.inference_mode():
        preceding, asked = net.words(given).softmax(-1) @ net.places, net.asked(given)
        cold, warm = (transition(preceding, asked, traits) for traits in (COLD, WARM))
    assert cold[..., 0].equal(preceding[..., 0])
    assert change(warm[..., 0], preceding[..., 0]) > 0.1


def test_the_face_knows_personality_by_the_point_alone(monkeypatch):
    net = network("peld-transition")
    given = batch(net, 60)
    with torch.inference_mode():
        cold, warm = (net.sample(given, chance(), traits=traits) for traits in (COLD, WARM))
        assert change(cold, warm) > 1e-3
        monkeypatch.setattr(net, "asked", lambda _: torch.zeros(1, 60, 3))
        cold, warm = (net.sample(given, chance(), traits=traits) for traits in (COLD, WARM))
    assert cold.equal(warm)


def answered(seed: int) -> Example:
    """Who hears a loud user is joyful and smiles, who hears a soft one is sad and does not; the own voice tells nothing."""
    base = example(seed, 80)
    loud = 2.0 * (seed % 2) - 1.0
    target = np.full((80, 61), 0.2, np.float32)
    target[:, SMILE] = 0.2 + 0.1 * loud
    label = EMOTIONS.index("joy" if seed % 2 else "sadness")
    inputs = replace(base.inputs, user_audio=(loud + 0.3 * base.inputs.user_audio).astype(np.float32))
    return replace(base, inputs=inputs, target=target, emotion=np.full(80, label))


def test_what_is_asked_for_is_learnt_from_the_user():
    """Valence of the response, before any motion: the change that the user asks for, and no other way, can tell it."""
    net = trained("peld-transition", [answered(seed) for seed in range(8)], 30, window=24, rate=1e-2)
    found = []
    for seed in (50, 51):
        heard = net.audio(torch.from_numpy(answered(seed).inputs.user_audio))[None]
        given = replace(batch(net, 80), user_audio=heard)
        with torch.inference_mode():
            point = transition(net.words(given).softmax(-1) @ net.places, net.asked(given), net.usual)
        found.append((float(point[0, 20:, 0].mean()), float(drawn(net, given)[0, 20:, SMILE].mean())))
    (sad, frown), (joy, smile) = found
    assert joy - sad > 0.4
    assert smile - frown > 0.5


def test_words_that_peld_does_not_know_teach_nothing():
    labels = labels_of(torch.tensor([EMOTIONS.index("joy"), EMOTIONS.index("relief"), UNKNOWN]))
    assert labels.tolist() == [WORDS.index("joy"), UNKNOWN, UNKNOWN]
    assert set(PELD_VAD) <= set(EMOTIONS)


@pytest.mark.parametrize("streams", ["user_motion", "user_audio", "avatar_audio"])
def test_every_stream_is_read(streams):
    net = network("peld-transition")
    given = batch(net, 60)
    assert change(drawn(net, given), drawn(net, replace(given, **{streams: 0 * getattr(given, streams)}))) > 1e-3
