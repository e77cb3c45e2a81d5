"""Rationality bound to a dialogue's labels: which turn asks for what, faces that follow it and faces that do not, text without footage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from echo_metrics.appropriateness import rationality
from echo_metrics.rig_affect import displayed_affect
from echo_metrics.vad import PELD_VAD

from echo_bench.clip import DyadicClip, MethodView, Span, Track
from echo_bench.datasets.cped import COLUMNS
from echo_bench.errors import NotApplicable
from echo_bench.method import Artefact, Capabilities
from echo_bench.methods.base import Lent
from echo_bench.metric import ClipFeatures
from echo_bench.metrics import METRICS, ON_REQUEST
from echo_bench.metrics.rationality import LABELS, MOTION, RATIONALITY, asked
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.run import Session, run_generate, run_score
from echo_bench.pipeline.store import FeatureStore
from tests.native import saved
from tests.unit.datasets.test_published_text import cped_row
from tests.unit.datasets.trees import opened, text

SMILE, FROWN = [5, 6, 43, 44], [0, 1, 29, 30]
TURNS = (Span("user", 0.0, 6.0, "happy"), Span("avatar", 6.0, 12.0, "sad"), Span("user", 12.0, 18.0, "neutral"))
CLIP = DyadicClip("c", "toy", 25.0, 18.0, Track(), Track(), spans=TURNS)


def face(clip: DyadicClip, sign: int = 1, late: float = 0.6) -> np.ndarray:
    """Motion that smiles where the dialogue is happy and frowns where it is sad, somewhat late; or the other way round."""
    frames = round(25 * clip.duration)
    valence = np.repeat(asked(clip, frames // 5 + 1)[:, 0], 5)[:frames]
    moved = sign * np.roll(valence, round(25 * late))
    motion = np.zeros((frames, 61), np.float32)
    motion[:, SMILE] = np.clip(moved, 0, 1)[:, None]
    motion[:, FROWN] = np.clip(-moved, 0, 1)[:, None]
    return motion


def value(motion: np.ndarray, clip: DyadicClip = CLIP) -> float:
    arrays = {"motion": motion, "valid": np.ones(len(motion), bool)}
    return RATIONALITY.finalize(RATIONALITY.clip([ClipFeatures(clip, {MOTION: arrays})]))


def test_each_turn_asks_for_its_label_until_the_next():
    track = asked(replace(CLIP, spans=TURNS[1:]), 90)
    assert (track[:30] == 0).all()
    assert (track[30:60] == PELD_VAD["sadness"][:2]).all()
    assert (track[60:] == PELD_VAD["neutral"][:2]).all()
    unknown = asked(replace(CLIP, spans=(*TURNS[:2], Span("user", 12.0, 18.0, "positive-other"))), 90)
    assert (unknown[60:] == PELD_VAD["sadness"][:2]).all()


def test_it_is_the_formula_on_what_the_face_shows():
    motion = face(CLIP)
    assert value(motion) == pytest.approx(rationality([displayed_affect(motion)], [asked(CLIP, 90)]))


def test_who_follows_beats_who_does_not():
    still = np.zeros((450, 61), np.float32)
    follows, against = value(face(CLIP)), value(face(CLIP, sign=-1))
    assert follows > 0.3
    assert follows > value(face(CLIP, late=5.0)) + 0.2
    assert against < 0.1
    assert abs(value(still)) < 1e-6


def test_clips_that_ask_for_nothing_are_not_scored():
    for spans in ((), (Span("user", 0.0, 18.0, "positive-other"),), (Span("user", 0.0, 18.0, "neutral"),)):
        with pytest.raises(NotApplicable):
            value(face(CLIP), replace(CLIP, spans=spans))
    with pytest.raises(NotApplicable, match="8 s or less"):
        value(face(CLIP)[:200], replace(CLIP, duration=8.0))


def test_it_is_scored_where_it_is_named_and_knows_pelds_words():
    assert METRICS.get("rationality@eb1-native") is RATIONALITY
    assert "rationality@eb1-native" in ON_REQUEST
    assert set(LABELS.values()) == set(PELD_VAD)


class Follows(Lent):
    """A method that shows what the dialogue asks for, or its opposite."""

    version = "1"
    capabilities = Capabilities(output="motion")

    def __init__(self, name: str, clips: list[DyadicClip], sign: int) -> None:
        self.name, self.clips, self.sign = name, {clip.id: clip for clip in clips}, sign

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        motion = face(self.clips[view.clip_id], self.sign)
        ref = saved(self.context.workdir(view.clip_id) / "m.npz", motion)
        return [Artefact(view.clip_id, self.name, 0, seed, None, None, ref)]


def test_a_dialogue_of_text_is_scored(tmp_path: Path):
    """CPED without any footage: the words take nominal times, the labels say what is asked for."""
    said = "一" * 15  # six seconds
    rows = [
        cped_row("d1", speaker, emotion, said)
        for speaker, emotion in (("A", "happy"), ("B", "sadness"), ("A", "neutral"), ("B", "happy"))
    ]
    text(tmp_path / "data/CPED/valid_split.csv", ",".join(COLUMNS), *rows)
    dataset = opened("cped", tmp_path)
    clips = dataset.clips("valid")
    config = RunConfig(dataset="cped", out=tmp_path / "out", store=tmp_path / "store")
    session = Session(
        config=config,
        dataset=dataset,
        split="valid",
        clips=tuple(clips),
        methods=tuple(Follows(name, clips, sign) for name, sign in (("follows", 1), ("opposite", -1))),
        metrics=(RATIONALITY,),
        store=FeatureStore(tmp_path / "store"),
    )
    results = run_score(session, run_generate(session, lambda _: None), lambda _: None)
    values = {each.result.method.name: each.result.scores[0].value for each in results}
    assert values["follows"] > 0.3 > 0.1 > values["opposite"]
