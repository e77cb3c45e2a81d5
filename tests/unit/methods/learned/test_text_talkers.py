"""Mechanisms of the configurations that are told in words: posetalk, mvportrait, avi-talking, portraittalk."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from echo_bench.clip import MethodView, Track, Word
from echo_bench.methods.learned.captions import CONCEPTS, PITCH, YAW, coded, described, read_text, swing
from echo_bench.methods.learned.corpus import Example
from echo_bench.methods.learned.instructor import script
from echo_bench.methods.learned.lips import LIPS
from echo_bench.methods.learned.talkers import GAZE, POSE
from echo_bench.methods.learned.text_talkers import JAW, AviTalkingNetwork, PosetalkNetwork, seen_from
from echo_bench.methods.learned.text_trunk import TextNetwork
from echo_bench.simulator.rig import turn
from echo_bench.spaces import ARKIT
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, drawn, example, trained, without

BROWS = [k for k, name in enumerate(ARKIT) if name.startswith("brow")]
UP, DOWN = BROWS[2:], BROWS[:2]
LENGTH = 50


def told(text: str, frames: int = LENGTH) -> Tensor:
    return coded(read_text(text)).expand(1, frames, -1)


def acting(seed: int) -> Example:
    """Heads nod or shake, brows are raised or drawn together, for no reason that can be heard."""
    base, rng = example(seed, LENGTH), np.random.default_rng(seed)
    target = (0.5 + 0.02 * rng.normal(size=(LENGTH, 61))).astype(np.float32)
    swinging = np.sin(2 * np.pi * 1.5 * np.arange(LENGTH) / 25 + rng.uniform(0, 6))
    target[:, PITCH if seed % 2 else YAW] += 0.3 * swinging
    target[:, UP if seed // 2 % 2 else DOWN] += 0.3
    return replace(base, target=target)


def test_words_are_read():
    assert read_text("She NODS, with raised eyebrows; then looks left.") == ("nod", "left", "brows")
    assert read_text("Speaking loudly, in a sad voice") == ("lively", "sadness")
    assert read_text("nodules of uprightness") == ()
    assert coded(("nod", "relief")).nonzero()[:, 0].tolist() == [0, len(CONCEPTS) - 1]


def test_motion_is_described_by_what_it_shows():
    still = torch.zeros(1, 100, 61)
    swinging = torch.sin(2 * torch.pi * 1.5 * torch.arange(100) / 25)
    unknown = torch.full((1, 100), -1)

    def found(**columns: Tensor | float) -> set[str]:
        motion = still.clone()
        for name, values in columns.items():
            motion[..., {"pitch": PITCH, "yaw": YAW, "up": UP, "down": DOWN}[name]] = (
                values if isinstance(values, float) else values[:, None] if name in {"up", "down"} else values
            )
        return {concept for concept, on in zip(CONCEPTS, described(motion, unknown)[0], strict=True) if on}

    assert found() == {"still"}
    assert found(pitch=swinging) == {"nod", "still"}
    assert found(yaw=swinging, pitch=0.2 * swinging) == {"shake", "still"}
    assert found(yaw=-1.0, pitch=1.0, up=1.0) == {"left", "down", "brows", "still"}
    assert found(yaw=1.0, pitch=-1.0, down=1.0) == {"right", "up", "frown", "still"}
    assert described(10 * torch.randn(1, 100, 61), unknown)[0, CONCEPTS.index("lively")] == 1
    assert described(still, torch.full((1, 100), 3))[0, CONCEPTS.index("anger")] == 1


def level_alone(monkeypatch: pytest.MonkeyPatch, kind: type[TextNetwork], number: int) -> None:
    """Leave the other levels of a design out: they have no part in what is looked at, and take time to train."""
    monkeypatch.setattr(kind, "design", replace(kind.design, levels=(kind.design.levels[number],)))
    monkeypatch.setattr(kind, "reads", (kind.reads[number],))


def test_posetalk_nods_or_shakes_as_it_is_told(monkeypatch):
    level_alone(monkeypatch, PosetalkNetwork, 0)
    net = trained("posetalk", [acting(seed) for seed in range(16)], 100, window=30, batch=8, rate=8e-3)
    given = without(batch(net, 30), "avatar_audio")
    given = replace(given, avatar_audio=given.avatar_audio.expand(16, -1, -1))
    with torch.inference_mode():
        nods, shakes = (
            swing(net.sample(given, chance(), asked=told(text, 30).expand(16, -1, -1)).mT).mean(0)
            for text in ("nods", "shakes the head")
        )
    assert nods[PITCH] > 1.5 * nods[YAW]
    assert shakes[YAW] > 1.5 * shakes[PITCH]


def test_the_emotion_of_mvportrait_leaves_its_motion_as_it_is():
    net = network("mvportrait")
    given = batch(net, LENGTH)
    with torch.inference_mode():
        happy, angry, nodding = (
            net.sample(given, chance(), asked=told(text)) for text in ("happy", "angry", "happy, nods")
        )
    motion = [*POSE, *GAZE, *JAW]
    face = [k for k in range(52) if k not in JAW]
    assert happy[..., motion].equal(angry[..., motion])
    assert change(happy[..., face], angry[..., face]) > 1e-2
    assert happy[..., face].equal(nodding[..., face])
    assert change(happy[..., motion], nodding[..., motion]) > 1e-2


def test_a_view_from_the_side_turns_the_head_and_keeps_how_it_moves():
    motion = np.random.default_rng(0).normal(0, 0.3, (20, 61))
    seen = seen_from(motion, 0.7)
    about = turn(0.0, 0.7, 0.0)
    for before, after in zip(motion, seen, strict=True):
        np.testing.assert_allclose(turn(*after[52:55]), about @ turn(*before[52:55]), atol=1e-12)
        np.testing.assert_allclose(after[55:58], about @ before[55:58], atol=1e-12)
    np.testing.assert_array_equal(np.delete(seen, np.s_[52:58], 1), np.delete(motion, np.s_[52:58], 1))
    steps = [
        [(Rotation.from_matrix(turn(*a[52:55]).T @ turn(*b[52:55]))).magnitude() for a, b in pairwise(m)]
        for m in (motion, seen)
    ]
    np.testing.assert_allclose(*steps, atol=1e-9)
    np.testing.assert_allclose(seen_from(seen, -0.7), motion, atol=1e-12)


def test_the_brows_of_avi_talking_do_as_told(monkeypatch):
    level_alone(monkeypatch, AviTalkingNetwork, 1)
    net = trained("avi-talking", [acting(seed) for seed in range(16)], 80, window=30, batch=8, rate=8e-3)
    given = batch(net, 30)
    with torch.inference_mode():
        raised, frown = (
            net.sample(given, chance(), asked=told(f"A quiet voice: {face}.", 30))
            for face in ("raised brows", "a frown")
        )
    assert raised[..., UP].mean() > 0.1 > -0.1 > frown[..., UP].mean()
    assert frown[..., DOWN].mean() > 0.1 > -0.1 > raised[..., DOWN].mean()


def test_the_lips_of_avi_talking_do_not_care_what_is_said_to_the_rest():
    net = network("avi-talking")
    given = batch(net, LENGTH)
    with torch.inference_mode():
        raised, frown = (net.sample(given, chance(), asked=told(face)) for face in ("raised brows", "a frown"))
    assert raised[..., LIPS].equal(frown[..., LIPS])
    assert change(raised[..., BROWS], frown[..., BROWS]) > 1e-2


def test_words_of_portraittalk_count_as_much_as_they_are_meant():
    net = network("portraittalk")
    given, said = batch(net, LENGTH), told("nods with a smile")
    with torch.inference_mode():
        heard, none, half, whole = (
            net.sample(given, chance(), asked=asked) for asked in (None, 0.0 * said, 0.5 * said, said)
        )
        rows = torch.randn(1, LENGTH, 80)
        added = [net.words[0](strength * said)[1][0](rows) for strength in (0.0, 1.0, 2.0)]
    assert none.equal(heard)
    assert change(half, heard) > 1e-3
    assert change(half, whole) > 1e-3
    assert added[0].abs().max() == 0
    torch.testing.assert_close(added[2], 2 * added[1])


def test_a_concept_that_is_not_asked_for_is_not_read():
    words = network("portraittalk").words[0]
    rows, said = torch.randn(1, LENGTH, 80), told("smile")
    before = words(said)[1][0](rows)
    with torch.no_grad():
        words.tokens[CONCEPTS.index("frown")] += 9.0
    assert words(said)[1][0](rows).equal(before)
    with torch.no_grad():
        words.tokens[CONCEPTS.index("smile")] += 9.0
    assert change(words(said)[1][0](rows), before) > 1e-2


def test_what_the_avatar_says_is_read_when_it_has_been_said():
    """A silent voice calls for nothing; a word counts in the chunk in which it ends, and the user's words do not."""
    words = (
        (("avatar", Word(0.1, 0.5, "Yes"))),
        ("avatar", Word(3.0, 3.4, "never")),
        ("user", Word(0.0, 0.4, "smile")),
    )
    view = MethodView("a", 25.0, 6.0, Track(), None, None, dialogue=words)
    asked = script(view, 80)
    assert [tuple(CONCEPTS[k] for k in np.flatnonzero(asked[t])) for t in (0, 79, 80, 149)] == [
        ("nod",), ("nod",), ("shake",), ("shake",),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["posetalk", "mvportrait", "avi-talking", "portraittalk"])
def test_the_voice_is_heard(name):
    net = network(name)
    given = batch(net, LENGTH)
    assert change(drawn(net, given)[..., LIPS], drawn(net, without(given, "avatar_audio"))[..., LIPS]) > 1e-3
