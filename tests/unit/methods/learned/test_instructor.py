"""What the voice calls for, in words."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_bench.clip import AudioRef, MethodView, Track
from echo_bench.media.hashing import file_sha256
from echo_bench.methods.learned.captions import CONCEPTS, WORDS, coded, read_text
from echo_bench.methods.learned.instructor import FACES, instruct, script
from echo_bench.methods.prosody import Prosody


def syllables(steps: int, every: int, level: float, pitch: float) -> Prosody:
    """A voice with a peak of loudness every so many steps of 10 ms."""
    beat = 3.0 * np.cos(2 * np.pi * np.arange(steps) / every)
    return Prosody(level + beat, np.full(steps, pitch))


def joined(*parts: Prosody) -> Prosody:
    return Prosody(np.concatenate([p.level for p in parts]), np.concatenate([p.pitch for p in parts]))


ORDINARY = syllables(400, 30, -25.0, 150.0)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (syllables(200, 30, -12.0, 150.0), "A loud voice: lively."),
        (syllables(200, 30, -32.0, 150.0), "A quiet voice: still."),
        (syllables(200, 30, -25.0, 230.0), "A high voice: raised brows."),
        (syllables(200, 30, -25.0, 100.0), "A low voice: a frown."),
        (syllables(300, 15, -25.0, 150.0), "A fast voice: lively."),
        (syllables(300, 60, -25.0, 150.0), "A slow voice: still."),
        (syllables(200, 30, -25.0, 150.0), ""),
        (Prosody(np.full(200, -80.0), np.zeros(200)), ""),
    ],
)
def test_what_stands_out_is_said(after, said):
    assert instruct(joined(ORDINARY, after), len(ORDINARY.level)) == said


def test_nothing_is_said_before_anything_was_heard():
    assert instruct(ORDINARY, 0) == ""


@pytest.mark.parametrize("manner", FACES)
def test_every_instruction_is_understood(manner):
    """The words of a face mean a deed, and so do those of the manner or none."""
    assert read_text(FACES[manner])
    assert set(read_text(manner)) <= set(read_text(FACES[manner]))


@settings(max_examples=50)
@given(st.lists(st.sampled_from(sorted(WORDS)), max_size=6), st.text(alphabet=" ,.;!0-", min_size=1, max_size=3))
def test_words_are_read_whatever_stands_between_them(words, between):
    found = read_text(between.join(words))
    assert found == tuple(concept for concept in CONCEPTS if concept in {WORDS[word] for word in words})
    assert coded(found).sum() == len(found)


def test_a_script_of_a_chunk_hears_nothing_after_it(tmp_path):
    """Another end of the voice leaves what was asked before as it is."""
    time, asked = np.arange(12 * 16000) / 16000, []
    for name, end in (("one", 0.4), ("other", 0.01)):
        loud = np.where(time < 4, 0.05, np.where(time < 8, 0.3, end))
        path = tmp_path / f"{name}.wav"
        soundfile.write(path, loud * np.sin(2 * np.pi * 150 * time), 16000)
        view = MethodView("a", 25.0, 12.0, Track(), AudioRef(path, file_sha256(path)), None)
        asked.append(script(view, 100))
    assert asked[0].shape == (300, len(CONCEPTS))
    np.testing.assert_array_equal(asked[0][:200], asked[1][:200])
    assert asked[0][150, CONCEPTS.index("lively")] == 1
    assert (asked[0][200:] != asked[1][200:]).any()
