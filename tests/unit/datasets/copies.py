"""The smallest lawful copy of each published dataset: a few clips in its authors' layout, without a defect."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from echo_bench.datasets.cped import COLUMNS
from echo_bench.spaces import ARKIT
from tests.unit.datasets.test_published import dualtalk_person, react_clip, seamless_person
from tests.unit.datasets.test_published_media import beat2_clip, mars_person, segments_file
from tests.unit.datasets.test_published_text import PELD, cped_row, ncssd_dialog
from tests.unit.datasets.trees import array, sound, text, video


def vico(root: Path) -> None:
    text(root / "test.csv", "video_id,uuid,speaker_id,listener_id", "v,aaa,1,2")
    for role in ("speaker", "listener"):
        video(root / f"videos/aaa.{role}.mp4")
    sound(root / "audios/aaa.wav")


def react(root: Path) -> None:
    pair = ("NoXI/001_Paris/Expert_video/1", "NoXI/001_Paris/Novice_video/1")
    text(root / "val.csv", ",speaker_path,listener_path", f"0,{pair[0]},{pair[1]}")
    for path in pair:
        react_clip(root, path)
    array(root / "neighbour_emotion_val.npy", np.eye(2))
    text(root / "data_indices.csv", "site,chat_index,clip_index", "NoXI,001_Paris,1")


def mars(root: Path) -> None:
    for role in ("speaker", "listener"):
        mars_person(root, role, "session1", "2024-01-02-030405")


def dualtalk(root: Path) -> None:
    for person in ("speaker1", "speaker2"):
        dualtalk_person(root / "test", "x", person)


def l2l(root: Path) -> None:
    for file in ("p0_list", "p1_speak"):
        array(root / f"conan/test/{file}_faces_clean_deca.npy", np.zeros((2, 64, 184), np.float32))


def lm_listener(root: Path) -> None:
    widths = {"exp": 50, "pose": 6}
    parts = {f"p{p}_{kind}": np.zeros((30, width), np.float32) for p in (0, 1) for kind, width in widths.items()}
    segments_file(root / "segments_test.pth", [{"fname": "trevor_1", "split_start_frame": 0, **parts}])


def realtalk(root: Path) -> None:
    video(root / "videos/videos_00/abc.avi", 115.0, width=64, fps=2.0)
    sound(root / "audio/abc.wav")


def seamless(root: Path) -> None:
    for person in ("P0947", "P0948"):
        seamless_person(root, f"V00_S0809_I00000582_{person}")


def hdtf(root: Path) -> None:
    video(root / "clips/RD_Radio1_000.mp4")


def mead(root: Path) -> None:
    video(root / "M003/video/front/angry/level_1/001.mp4")
    sound(root / "M003/audio/angry/level_1/001.wav")


def voxceleb(root: Path) -> None:
    video(root / "test/mp4/id00017/abc/00001.mp4")
    sound(root / "test/aac/id00017/abc/00001.wav")


def crema_d(root: Path) -> None:
    made = video(root / "VideoFlash/1001_DFA_ANG_XX.mp4")
    made.rename(made.with_suffix(".flv"))
    sound(root / "AudioWAV/1001_DFA_ANG_XX.wav")


def mochabench(root: Path) -> None:
    video(root / "benchmark/1p_closeup/a.mp4")
    sound(root / "benchmark/1p_closeup/a_speech.wav")


def cped(root: Path) -> None:
    text(root / "data/CPED/valid_split.csv", ",".join(COLUMNS), cped_row("d1", "A", "happy", "x"))


def peld(root: Path) -> None:
    row = "Ross\tRachel\t[0.7, 0.4, 0.6, 0.5, 0.3]\tHello.\tHi!\tHere.\tneutral\tjoy\tsurprise"
    text(root / "Dyadic_PELD.tsv", PELD, row)


def bah(root: Path) -> None:
    text(root / "test.txt", "Videos/82711/Visite_1/1.mp4,1,Well, no.")
    video(root / "Videos/82711/Visite_1/1.mp4")


def speechcraft(root: Path) -> None:
    rows = [{"utt_id": "a1", "description": "A low voice.", "text": "well then", "emotion": "sad"}]
    text(root / "EN/libritts_r.json", json.dumps(rows))


def beat2(root: Path) -> None:
    text(root / "train_test_split.csv", "id,type", "2_scott_0_1_1,test")
    beat2_clip(root, "2_scott_0_1_1")


def m3c(root: Path) -> None:
    turns = [{"speaker": "Ann", "text": "hi"}, {"speaker": "Bob", "text": "and you", "emotion": "joy"}]
    text(root / "test.json", json.dumps([{"id": "s1", "turns": turns}]))


def cavfa(root: Path) -> None:
    text(root / "test/a.csv", ",".join(ARKIT), *[",".join(["0.5"] * 52)] * 60)
    sound(root / "test/a.wav", 1.0)


def mead_tts(root: Path) -> None:
    head = "utt_id,wav,text,emotion,level,actor,style_prompt,face_image"
    sound(root / "M003_level_1_angry_001.wav", 1.0)
    text(root / "manifest.csv", head, "u1,M003_level_1_angry_001.wav,no way,angry,1,M003,furious,f.png")


COPIES: dict[str, Callable[[Path], None]] = {
    "vico": vico, "vico-x": vico, "react": react, "mars": mars, "dualtalk": dualtalk, "l2l": l2l, "lm-listener": lm_listener,
    "realtalk": realtalk, "seamless": seamless, "hdtf": hdtf, "mead": mead, "voxceleb": voxceleb, "crema-d": crema_d,
    "mochabench": mochabench, "ncssd": ncssd_dialog, "cped": cped, "peld": peld, "bah": bah, "speechcraft": speechcraft, "beat2": beat2,
    "m3c": m3c, "3d-cavfa": cavfa, "mead-tts": mead_tts,
}  # fmt: skip
