"""Pure parts of the evaluation of the reference model: cutting, shares, differences, verdicts, tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from echo_bench.clip import AudioRef, DyadicClip, MethodView, Track, VideoRef, view_of
from echo_bench.datasets.dyad_mini_content import REMEMBERED, manifest_path, read_scene
from echo_bench.datasets.manifest import read_manifest
from echo_bench.errors import MethodError, NotApplicable
from echo_bench.media.encode import write_video
from echo_bench.method import Artefact, Capabilities
from echo_bench.methods.learned.checkpoint import Card
from echo_bench.metrics.spoken import Stretches
from echo_bench.pipeline.artefacts import Outcome
from echo_bench.results.schema import IntervalPart
from tools.echo_eval.clips import CLIPS, LINKED, SECONDS, SEVERAL, UNLINKED, ended, unheard
from tools.echo_eval.curves import draw_curves, stages, write_curves
from tools.echo_eval.differences import Paired, against, paired, side, told
from tools.echo_eval.findings import Diversity, Value, read_findings
from tools.echo_eval.flickers import flicker
from tools.echo_eval.paper import OURS, changes_table, published
from tools.echo_eval.parts import shared
from tools.echo_eval.rows import EndOf
from tools.echo_eval.runs import APPROPRIATE, ECHO, FRDIV, FRVAR, METRICS_OF_PICTURES, RPCC, Scored, over_seeds
from tools.echo_eval.sheet import moments
from tools.echo_eval.sync import lent, own_and_others
from tools.echo_eval.tables import cell, diversity_table
from tools.echo_eval.verdicts import CLAIMS, verdict

CLIP = DyadicClip(
    "a", "toy", 25.0, 30.0, Track(video=VideoRef(Path("u.mp4"), "00"), audio=AudioRef(Path("u.wav"), "01")), Track()
)


def test_links_land_in_what_is_judged():
    """Every linked conversation, and no other, brings back within its last seconds what was said at its beginning."""
    for name in CLIPS:
        scene = read_scene(name)
        late = scene.speech.duration - SECONDS
        links = [
            scene.speech.turns[early][1]
            for turn in scene.dialogue.turns
            if turn.who == "user" and scene.speech.landing(scene.dialogue, turn.id) > late
            for early in turn.recalls
        ]
        assert bool([end for end in links if end < REMEMBERED]) == (name in LINKED), name


def test_everybody_is_the_avatar_once():
    entries = {entry.id: entry for entry in read_manifest(manifest_path("test"), "dyad-mini").clips}
    assert len(CLIPS) == len({entries[name].identities["avatar"] for name in CLIPS}) == 12
    assert len({entries[name].cluster for name in CLIPS}) == 12
    assert 3 * len(LINKED) >= len(CLIPS) == len(LINKED) + len(UNLINKED)
    assert len(SEVERAL) == 8


def test_the_end_of_a_clip_is_its_last_seconds(tmp_path):
    cut = ended(CLIP, 10.0, tmp_path)
    assert (cut.duration, cut.user.video.start, cut.user.video.duration) == (10.0, 20.0, 10.0)
    assert ended(replace(CLIP, duration=7.0), 10.0, tmp_path).user.audio.start == 0.0


def test_nobody_to_react_to_is_silent_and_still():
    alone = unheard(CLIP)
    assert (alone.user.audio, alone.user.motion, alone.user.video.duration) == (None, None, 0.04)
    assert alone.avatar == CLIP.avatar


def outcome(status="ok", **said):
    made = Artefact("a", ECHO, 0, 0, VideoRef(Path("m.mp4"), "02"))
    return Outcome(ECHO, "a", status, (made,) if status == "ok" else (), **said)


def end_of(found):
    method = type(
        "M", (), {"name": ECHO, "version": "1", "capabilities": Capabilities(output="video", stochastic=True)}
    )()
    view = view_of(replace(CLIP, duration=10.0, avatar=Track(audio=AudioRef(Path("a.wav"), "03", start=20.0))))
    return EndOf(method, {"a": found}, {"a": 20.0}).generate(view, seed=0, samples=1)


def test_the_end_of_a_row_shows_the_clips_part_with_its_sound():
    (made,) = end_of(outcome())
    assert (made.video.start, made.video.duration, made.audio.start) == (20.0, 10.0, 20.0)


def test_what_was_not_made_has_no_end():
    with pytest.raises(MethodError, match="out of memory"):
        end_of(outcome("failed", reason="out of memory"))
    with pytest.raises(NotApplicable, match="no image"):
        end_of(outcome("skipped", reason="no image"))
    assert isinstance(view_of(CLIP), MethodView)


def rows(**values):
    return pd.DataFrame(
        [
            {
                "method": name.replace("_", "-"),
                "clip": f"c{k}",
                "cluster": f"d{k}",
                "metric": APPROPRIATE,
                "value": value,
            }
            for name, own in values.items()
            for k, value in enumerate(own)
        ]
    )


def test_differences_are_over_the_clips_that_both_have():
    found = Scored(rows(a=[0.5] * 6, b=[0.1, 0.2, 0.1, 0.2, 0.1, np.nan], c=[np.nan] * 6), ())
    (pair,) = against(found, "a", ["b", "c", "not there"], [APPROPRIATE])
    assert (pair.b, pair.clips, pair.difference) == ("b", 5, pytest.approx(0.5 - 0.14))
    assert side(pair) == 1
    assert told(pair).startswith("**+0.360 [+0.3")
    (linked,) = against(found.of(["c0", "c1"]), "a", ["b"], [APPROPRIATE])
    assert (linked.clips, linked.low, side(linked)) == (2, None, 0)
    assert told(linked) == "+0.350 [no interval]"


def test_seeds_are_averaged_clip_by_clip():
    found = over_seeds([Scored(rows(a=[0.1, 0.5]), ()), Scored(rows(a=[0.3, np.nan]), ())])
    assert found.rows["value"].tolist() == pytest.approx([0.2, 0.5])


def test_verdicts_want_an_interval():
    def pair(difference, low, high):
        return Paired(metric="m", a=ECHO, b="b", of_a=0.0, of_b=0.0, difference=difference, low=low, high=high, clips=6)

    assert verdict(pair(0.2, 0.1, 0.3), higher=True) == "worse"
    assert verdict(pair(-0.2, -0.3, -0.1), higher=False) == "worse"
    assert verdict(pair(0.2, -0.1, 0.3), higher=True) == "worse by value, not told apart"
    assert verdict(pair(-0.2, -0.3, -0.1), higher=True) == "not worse"
    assert all(name.startswith("echo-tiny-") for name in CLAIMS)


def voice(rows_, spans):
    lip = np.zeros((len(rows_), 1))
    return Stretches(lip, np.array(rows_, float)[:, None], spans)


def test_lent_speech_lies_where_speech_was():
    own = voice(range(60), ((10, 24), (40, 54)))  # ten windows each
    other = voice(range(100, 160), ((5, 16),))  # seven windows
    audio = lent(own, other)[:, 0]
    assert audio[10:20].tolist() == [105, 106, 107, 108, 109, 110, 111, 105, 106, 107]
    assert audio[40:50].tolist() == [108, 109, 110, 111, 105, 106, 107, 108, 109, 110]
    assert np.array_equal(
        np.delete(audio, [*range(10, 20), *range(40, 50)]), [*range(10), *range(20, 40), *range(50, 60)]
    )


def test_lips_that_follow_their_own_voice_are_nearer_to_it():
    rng = np.random.default_rng(0)
    parts = {}
    for name in "abc":
        audio = rng.normal(size=(60, 8))
        parts[name] = Stretches(audio + rng.normal(0, 0.1, (60, 8)), audio, ((4, 50),))
    assert all(own[0] < other[0] and own[1] > other[1] for own, other in own_and_others(parts))
    deaf = {name: Stretches(rng.normal(size=(60, 8)), part.audio, part.spans) for name, part in parts.items()}
    gaps = [own[0] - other[0] for own, other in own_and_others(deaf)]
    assert abs(np.mean(gaps)) < 0.5 < np.mean([other[0] - own[0] for own, other in own_and_others(parts)])


def test_diversity_is_a_share_of_the_right_reactions():
    found = Diversity(
        samples=5, clips=("a",), model={FRVAR: 0.2, FRDIV: 0.9}, right={FRVAR: 0.5, FRDIV: 1.0},
        shares={FRVAR: None, FRDIV: (0.7, 1.25)},
    )  # fmt: skip
    assert found.share(FRVAR) == 0.4
    lines = diversity_table(found).splitlines()
    assert lines[2].endswith("| 0.40 | **no** |")
    assert lines[3].endswith("| 0.90 [0.70, 1.25] | yes |")


def test_a_share_is_of_the_clips_that_both_have():
    """Twice as much everywhere is twice as much, however clips differ; a clip that one lacks is none; four dyads are too few."""
    rng = np.random.default_rng(0)
    right = rng.uniform(1.0, 9.0, 8)
    twice = Scored(rows(a=[*(2 * right), 100.0]), ())
    assert shared(twice, Scored(rows(b=[*right, np.nan]), ()), APPROPRIATE) == pytest.approx((2.0, 2.0))
    low, high = shared(twice, Scored(rows(b=[*rng.permutation(right), np.nan]), ()), APPROPRIATE)
    assert low < 1.8 < 2.2 < high
    assert shared(twice, Scored(rows(b=right[:4]), ()), APPROPRIATE) is None


def test_flicker_tells_a_still_face_from_one_that_shakes(tmp_path):
    """Detail that comes and goes, written out for a video without loss of detail; a still one has none."""
    rng, still = np.random.default_rng(0), np.full((32, 32, 3), 120, np.uint8)
    shaken = [np.clip(still + rng.normal(0, 25, (32, 32, 1)), 0, 255).astype(np.uint8) for _ in range(6)]
    calm, loud = (
        flicker(VideoRef(write_video(tmp_path / f"{name}.mp4", pictures, fps=25), ""))
        for name, pictures in (("calm", [still] * 6), ("loud", shaken))
    )
    assert calm < 1e-3 < 30e-3 < loud


def test_a_number_of_too_few_clips_says_so():
    def found(value, n):
        interval = IntervalPart(lo=0.1, hi=0.3, level=0.95, kind="cluster-t", note="")
        return cell(Value(value=value, interval=interval, n=n, of=12))

    assert found(0.2, 12) == "0.200<br>[0.100, 0.300]"
    assert found(0.2, 9) == "0.200<br>[0.100, 0.300]<br>9 of 12 clips"
    assert found(None, 0) == "–<br>0 of 12 clips"
    assert cell(None) == "–"


def test_the_papers_table_is_that_of_the_figure():
    whole = published()
    assert whole.loc["ECHO", "LSE-D"] == 7.899
    assert whole.loc["ECHO w/o SDCM", "CSIM"] == 0.809
    assert whole.shape == (5, 8)


def test_changes_stand_beside_the_papers():
    """All that the paper's table has and we measure; without LPE the paper's rPCC is .131 in place of .109."""
    assert set(OURS) == set(published().columns) - {"FVD"}
    assert set(OURS.values()) <= set(METRICS_OF_PICTURES)
    empty = read_findings(Path(__file__).parents[3] / "leaderboards/echo-tiny/variants/ablations.json")
    of = {ECHO: 0.25, "echo-tiny-no-lpe": 0.375}
    values = {name: {RPCC: Value(value=value, interval=None, n=12, of=12)} for name, value in of.items()}
    head, _, without_lpe, *_ = changes_table(empty.model_copy(update={"values": values})).splitlines()
    cells = dict(zip(head.split(" | "), without_lpe.split(" | "), strict=True))
    assert (cells["rPCC, paper"], cells["rPCC, ours"], cells["SID, ours"]) == ("+0.022", "+0.125", "not evaluated here")


def test_pairs_of_unequal_length_are_refused():
    from echo_metrics.errors import MetricInputError

    with pytest.raises(MetricInputError):
        paired("m", ("a", "b"), [1.0, 2.0], [1.0], ["x", "y"])


def card(name, curve):
    return Card(
        method=name, version="1", dataset="d@1/train", manifest_sha256="00", recipe={"stage1": {"steps": 170, "save_every": 100}},
        seed=0, steps=4, parameters=1, seconds=0.0, device="cpu", losses={}, curve=curve, commit="", command="none",
    )  # fmt: skip


FIRST = [(100, 3.0, None), (170, 2.0, None)]


def test_a_sheet_shows_all_clips_at_the_same_seconds():
    """Ten moments within the shortest clip: headings are true for every row."""
    at = moments(22.04)
    assert at == sorted(set(at))
    assert (at[0], at[-1]) == (50, 500)
    assert len(at) == 10


def test_curves_are_cut_where_the_first_stage_ends(tmp_path):
    full, other = (card(name, [*FIRST, (200, 2.5, None), (400, last, None)]) for name, last in (("a", 1.5), ("b", 1.6)))
    assert stages(full) == ([(100, 3.0), (170, 2.0)], [(200, 2.5), (400, 1.5)])
    drawn = draw_curves([full, other])
    first, second = drawn.axes
    assert first.get_ylabel() == "training error of the flow"
    assert (
        [axes.get_xlim()[0] for axes in (first, second)] == [axes.get_ylim()[0] for axes in (first, second)] == [0, 0]
    )
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["a", "b"]
    assert ([len(panel.lines) for panel in (first, second)]) == [1, 2], "a shared stage is one line"
    assert [list(line.get_ydata()) for line in second.lines] == [[2.5, 1.5], [2.5, 1.6]]
    write_curves([full, other], tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 5000
