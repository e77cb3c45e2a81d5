"""Published datasets of text: labelled turns become the context of a dialogue."""

from __future__ import annotations

import json

import pytest
from echo_metrics.vad import PELD_VAD

from echo_bench.clip import view_of
from echo_bench.datasets.cped import COLUMNS
from echo_bench.datasets.peld import EMOTIONS
from echo_bench.datasets.prepare import examine
from echo_bench.errors import DatasetError
from echo_bench.media.audio import waveform
from tests.unit.datasets.trees import defects, opened, sound, text

PELD = "Speaker_1\tSpeaker_2\tPersonality\tUtterance_1\tUtterance_2\tUtterance_3\tEmotion_1\tEmotion_2\tEmotion_3"


def test_peld_triples(tmp_path):
    rows = ['Ross\tRachel\t[0.7, 0.4, 0.6, 0.5, 0.3]\tHello there.\tHi!\tWhat, ""here""?\tneutral\tjoy\tsurprise']
    text(tmp_path / "Dyadic_PELD.tsv", PELD, *rows)
    dataset = opened("peld", tmp_path)
    (clip,) = dataset.clips("all")
    assert clip.identities == {"avatar": "Ross", "user": "Rachel"}
    assert [(span.who, span.emotion) for span in clip.spans] == [
        ("avatar", "neutral"),
        ("user", "joy"),
        ("avatar", "surprise"),
    ]
    assert clip.strata["emotion"] == "surprise"
    assert clip.strata["times"] == "nominal"
    said = [(who, word.text) for who, word in view_of(clip).dialogue]
    assert said[:3] == [("avatar", "Hello"), ("avatar", "there."), ("user", "Hi!")]
    assert clip.duration == pytest.approx(5 * 0.4)
    examined = examine(dataset, "all")
    assert (examined.official, examined.complete, examined.defects) == (6510, False, ())


def test_emotions_of_peld_are_those_of_its_rule():
    """Labels of spans can be put into valence, arousal and dominance, and so be scored as a response."""
    assert set(EMOTIONS) == set(PELD_VAD)


def test_peld_defects(tmp_path):
    text(tmp_path / "Dyadic_PELD.tsv", PELD, "Ross\tRachel\t[]\ta\tb\tc\tneutral\tbored\tjoy")
    assert defects("peld", tmp_path, "all") == ["peld-00000: unknown emotion 'bored'"]
    text(tmp_path / "Dyadic_PELD.tsv", PELD, "Ross\tRachel")
    with pytest.raises(DatasetError, match="row 2 has 2 cells, and the header 9"):
        opened("peld", tmp_path)


def cped_row(dialogue, speaker, emotion, utterance):
    cells = dict.fromkeys(COLUMNS, "x") | {
        "Dialogue_ID": dialogue,
        "Speaker": speaker,
        "Emotion": emotion,
        "Utterance": utterance,
    }
    return ",".join(f'"{cells[name]}"' for name in COLUMNS)


def test_cped_dialogues(tmp_path):
    rows = [
        cped_row("d1", "童文洁", "happy", "你好"), cped_row("d1", "方圆", "neutral", "嗯, ok"), cped_row("d2", "A", "worried", "怎么办"),
    ]  # fmt: skip
    text(tmp_path / "data/CPED/valid_split.csv", ",".join(COLUMNS), *rows)
    dataset = opened("cped", tmp_path)
    first, second = dataset.clips("valid")
    assert [word.text for word in first.user.transcript] == ["你", "好"]
    assert [word.text for word in first.avatar.transcript] == ["嗯", ",", "ok"]
    assert (first.strata["emotion"], second.identities) == ("neutral", {"avatar": "A"})
    assert examine(dataset, "valid").official == 934
    text(tmp_path / "data/CPED/valid_split.csv", ",".join(COLUMNS), cped_row("d1", "A", "joyful", "x"))
    assert defects("cped", tmp_path, "valid") == ["d1: unknown emotion 'joyful'"]


def test_bah_labels(tmp_path):
    text(tmp_path / "split-0/test.txt", "Videos/82711/Visite_1/82711_Q 1_Video.mp4,1,Hello? Well, um, no.")
    text(tmp_path / "split-0/train.txt", "Videos/82711/Visite_1/82711_Q2_Video.mp4,0,Eat.")
    dataset = opened("bah", tmp_path)
    (clip,) = dataset.clips("test")
    assert (clip.strata["ambivalence"], clip.cluster) == ("1", "82711")
    assert [word.text for word in clip.avatar.transcript] == ["Hello?", "Well,", "um,", "no."]
    assert dataset.defects("test") == ["82711: is in 2 splits"]
    text(tmp_path / "split-0/val.txt", "Videos/1/Visite_1/1_Q.mp4,0,No.")
    assert opened("bah", tmp_path).missing() == ("names 3 videos of 2 people; 1118 of 224 were released",)
    text(tmp_path / "split-0/val.txt", "Videos/1/Visite_1/1_Q.mp4,maybe,No.")
    with pytest.raises(DatasetError, match="line 1 is no PATH,0 or 1,TRANSCRIPT"):
        opened("bah", tmp_path)


def test_speechcraft_descriptions(tmp_path):
    rows = [{"utt_id": "a1", "description": "A low voice.", "text": "well then", "emotion": "sad"}]
    text(tmp_path / "EN/libritts_r.json", json.dumps(rows))
    dataset = opened("speechcraft", tmp_path)
    (clip,) = dataset.clips("libritts_r")
    assert clip.strata["style"] == "A low voice."
    assert [word.text for word in clip.avatar.transcript] == ["well", "then"]
    assert examine(dataset, "libritts_r").official == 352_265
    text(tmp_path / "EN/libritts_r.json", json.dumps([{"id": "a1", "caption": "A high voice."}]))
    with pytest.raises(DatasetError, match="no list of objects with utt_id, description"):
        opened("speechcraft", tmp_path)
    (clip,) = opened("speechcraft", tmp_path, "fields:utt_id=id,description=caption").clips("libritts_r")
    assert clip.strata["style"] == "A high voice."
    with pytest.raises(DatasetError, match="unknown layout 'fields:colour=x'"):
        opened("speechcraft", tmp_path, "fields:colour=x")


def test_m3c_in_our_layout(tmp_path):
    turns = [{"speaker": "Ann", "text": "hi"}, {"speaker": "Bob", "text": "and you", "emotion": "joy"}]
    text(tmp_path / "test.json", json.dumps([{"id": "s1", "turns": turns}]))
    (clip,) = opened("m3c", tmp_path).clips("test")
    assert [(span.who, span.emotion) for span in clip.spans] == [("user", None), ("avatar", "joy")]
    assert opened("m3c", tmp_path).version.endswith("layout-ours")
    text(tmp_path / "test.json", json.dumps([{"key": "s1", "dialogue": turns}]))
    with pytest.raises(DatasetError, match="conversation 0 has not the fields id, turns"):
        opened("m3c", tmp_path)
    assert len(opened("m3c", tmp_path, "fields:id=key,turns=dialogue").clips("test")) == 1


def ncssd_dialog(root, seconds=(0.5, 0.25, 0.5)):
    folder = root / "R-EN" / "7"
    utterances = {}
    for index, length in enumerate(seconds):
        sound(folder / f"{index}_{index % 2}_d7.wav", length)
        utterances[str(index)] = {
            "index": index,
            "duration": length,
            "speaker": index % 2,
            "text": f"turn {index}",
            "sample_rate": 16000,
        }
    text(folder / "metadata.json", json.dumps({"dialog": 7, "utterents": utterances}))


def test_ncssd_puts_two_tracks_together(tmp_path):
    ncssd_dialog(tmp_path)
    dataset = opened("ncssd", tmp_path)
    (clip,) = dataset.clips("R-EN")
    assert dataset.defects("R-EN") == []
    assert [(span.who, span.start, span.end) for span in clip.spans] == [
        ("avatar", 0.0, 0.5),
        ("user", 0.5, 0.75),
        ("avatar", 0.75, 1.25),
    ]
    assert clip.duration == 1.25
    user, avatar = (waveform(track.audio, rate=16000) for track in (clip.user, clip.avatar))
    assert len(user) == len(avatar) == 20000
    assert abs(user[:8000]).max() == abs(avatar[8000:12000]).max() == 0.0
    assert abs(user[8000:12000]).mean() > 0.005
    assert abs(avatar[12000:]).mean() > 0.005


def test_ncssd_defects(tmp_path):
    ncssd_dialog(tmp_path)
    sound(tmp_path / "R-EN/7/1_1_d7.wav", 0.9)
    assert defects("ncssd", tmp_path, "R-EN") == [
        "R-EN.7: R-EN/7/1_1_d7.wav: is 0.90 s long, metadata.json says 0.25 s"
    ]
    (tmp_path / "R-EN/7/1_1_d7.wav").unlink()
    assert defects("ncssd", tmp_path, "R-EN") == ["R-EN.7: R-EN/7/1_1_d7.wav: no such file"]
    text(
        tmp_path / "R-EN/8/metadata.json", json.dumps({"utterents": {"0": {"duration": -1, "speaker": 0, "text": ""}}})
    )
    assert defects("ncssd", tmp_path, "R-EN")[0] == "8/metadata.json: utterance 0 lasts -1 s"


def test_mead_tts_in_our_layout(tmp_path):
    head = "utt_id,wav,text,emotion,level,actor,style_prompt,face_image"
    sound(tmp_path / "M003_level_1_angry_001.wav", 1.0)
    text(tmp_path / "manifest.csv", head, "u1,M003_level_1_angry_001.wav,no way,angry,1,M003,furious,f.png")
    dataset = opened("mead-tts", tmp_path)
    (clip,) = dataset.clips("all")
    assert (clip.spans[0].emotion, clip.strata["style"], clip.duration) == ("anger", "furious", 1.0)
    assert [(word.start, word.text) for word in clip.avatar.transcript] == [(0.0, "no"), (0.5, "way")]
    assert dataset.defects("all") == []
    text(tmp_path / "manifest.csv", head, "u1,M003_level_1_angry_001.wav,no way,sad,1,M003,x,f.png")
    assert defects("mead-tts", tmp_path, "all") == [
        "manifest.csv line 2: emotion is not that of M003_level_1_angry_001.wav"
    ]
