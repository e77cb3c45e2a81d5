"""Small files in the exact layout of each published format, written by other means than the importers use, and what they hold.

Every maker gets a folder and gives the clip's path, the motion (T, D) that the space's columns should have, and the frame rate that
has to be given (None: the format or the file states it).
"""

from __future__ import annotations

import csv
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.io
import torch
from scipy.spatial.transform import Rotation

from echo_bench.spaces import ARKIT, LIVELINK, OPENFACE

T = 40
GAP = " "  # OpenFace writes it before each name


class Made(NamedTuple):
    path: Path
    motion: np.ndarray
    fps: float | None = None


def smooth(seed: int, width: int, size: float, frames: int = T) -> np.ndarray:
    """Slow motion within [-size, size]."""
    rng = np.random.default_rng(seed)
    phase, speed = rng.uniform(0, 6.3, width), rng.uniform(0.1, 0.4, width)
    return (size * np.sin(np.arange(frames)[:, None] * speed + phase)).astype(np.float32)


def bfm() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return smooth(1, 64, 2.0), smooth(2, 3, 0.3), smooth(3, 3, 0.5)


def deep3d(folder: Path) -> Made:
    exp, angle, shift = bfm()
    coeff = np.hstack([smooth(4, 80, 3), exp, smooth(5, 80, 3), angle, smooth(6, 27, 2), shift])
    scipy.io.savemat(folder / "a.mat", {"coeff": coeff, "transform_params": smooth(7, 5, 200)})
    return Made(folder / "a.mat", np.hstack([exp, angle, shift]), 30.0)


def sadtalker(folder: Path) -> Made:
    rows = np.hstack(bfm())
    scipy.io.savemat(folder / "pic##wav.mat", {"coeff_3dmm": rows})
    return Made(folder / "pic##wav.mat", rows)


def styletalk(folder: Path) -> Made:
    exp, angle, shift = bfm()
    np.save(folder / "a.npy", np.hstack([exp, angle, shift, smooth(8, 3, 200)]))
    return Made(folder / "a.npy", np.hstack([exp, angle, shift]), 30.0)


def vico(folder: Path) -> Made:
    exp, angle, shift = bfm()
    np.save(folder / "a.npy", np.hstack([angle, exp, shift, smooth(8, 3, 200)]))
    return Made(folder / "a.npy", np.hstack([exp, angle, shift]), 30.0)


def vico_bin(folder: Path) -> Made:
    exp, angle, shift = bfm()
    rows = torch.from_numpy(np.hstack([angle, exp, shift]))
    torch.save({"id.gamma.tex": torch.zeros(T, 187), "angle.exp.trans": rows}, folder / "a.listener.bin")
    return Made(folder / "a.listener.bin", np.hstack([exp, angle, shift]), 30.0)


def turned(degrees: np.ndarray) -> np.ndarray:
    """LivePortrait's rotation matrix of pitch, yaw and roll: the transpose of roll @ yaw @ pitch."""
    return np.swapaxes(Rotation.from_euler("xyz", degrees, degrees=True).as_matrix(), 1, 2)


def portrait(**more: Any) -> tuple[dict[str, Any], np.ndarray]:
    exp, scale, shift, angles = smooth(11, 63, 0.05), 1.2 + smooth(12, 1, 0.1), smooth(13, 3, 0.2), smooth(14, 3, 20.0)
    matrices = turned(angles).astype(np.float32)
    motion = [
        {"exp": exp[t].reshape(1, 21, 3), "scale": scale[t : t + 1], "t": shift[t : t + 1], "R": matrices[t : t + 1]}
        for t in range(T)
    ]
    return {"n_frames": T, "output_fps": 25, "motion": motion, **more}, np.hstack([exp, scale, shift, angles])


def template(folder: Path) -> Made:
    data, rows = portrait()
    (folder / "a.pkl").write_bytes(pickle.dumps(data))
    return Made(folder / "a.pkl", rows)


def ratios(folder: Path) -> Made:
    eyes, lip = 0.3 + smooth(15, 2, 0.1), 0.2 + smooth(16, 1, 0.1)
    lists = {"c_d_eyes_lst": [e[None] for e in eyes], "c_d_lip_lst": [v[None] for v in lip]}
    data, rows = portrait(**lists)
    (folder / "a.pkl").write_bytes(pickle.dumps(data))
    return Made(folder / "a.pkl", np.hstack([rows, eyes, lip]))


def ditto(folder: Path) -> Made:
    """Logits that leave no doubt about one bin of 3 degrees each."""
    exp, scale, shift = smooth(11, 63, 0.05), 1.2 + smooth(12, 1, 0.1), smooth(13, 3, 0.2)
    bins = np.random.default_rng(0).integers(25, 40, (T, 3))
    logits = np.full((T, 3, 66), -60.0, np.float32)
    np.put_along_axis(logits, bins[..., None], 60.0, axis=2)
    np.save(folder / "a.npy", np.hstack([scale, logits.reshape(T, 198), shift, exp]))
    return Made(folder / "a.npy", np.hstack([exp, scale, shift, bins * 3 - 97.5]))


def flame() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return smooth(21, 50, 1.5), 0.1 + smooth(22, 3, 0.1), smooth(23, 3, 0.4)


def dualtalk_truth(folder: Path) -> Made:
    exp, jaw, rot = flame()
    np.savez(folder / "a_speaker2.npz", exp=exp, pose=np.hstack([rot, jaw]), shape=np.zeros((T, 100), np.float32))
    return Made(folder / "a_speaker2.npz", np.hstack([exp, jaw, rot]))


def spectre(folder: Path) -> Made:
    return dualtalk_truth(folder)._replace(fps=25.0)


def dualtalk_result(folder: Path) -> Made:
    rows = np.hstack(flame())
    np.save(folder / "a.npy", rows)
    return Made(folder / "a.npy", rows)


def dim(folder: Path) -> Made:
    exp, jaw, rot = flame()
    np.save(folder / "a.npy", np.hstack([rot, jaw, exp]))
    return Made(folder / "a.npy", np.hstack([exp, jaw, rot]))


def l2l(folder: Path) -> Made:
    exp, jaw, rot = flame()
    np.save(folder / "a.npy", np.hstack([exp, rot, jaw, np.zeros((T, 128), np.float32)]))
    return Made(folder / "a.npy", np.hstack([exp, jaw, rot]))


def lm_listener(person: int) -> Callable[[Path], Made]:
    """Two segments as torch saves them; of the other person there is noise."""

    def make(folder: Path) -> Made:
        exp, jaw, rot = flame()
        noise = smooth(24, 56, 0.2)
        people = {f"p{person}": (exp, np.hstack([rot, jaw])), f"p{1 - person}": (noise[:, :50], noise[:, 50:])}
        segments = []
        for part in (slice(0, 15), slice(15, T)):
            arrays = {
                f"{who}_{key}": rows[part]
                for who, both in people.items()
                for key, rows in zip(("exp", "pose"), both, strict=True)
            }
            segments.append({"fname": "trevor", "split_start_frame": part.start, "before_words": ["so"], **arrays})
        torch.save(segments, folder / "segments_test.pth")
        return Made(folder / "segments_test.pth", np.hstack([exp, jaw, rot]))

    return make


def react_rows() -> np.ndarray:
    units, affect, kinds = smooth(26, 15, 1.0) > 0, smooth(27, 2, 0.9), 0.5 + smooth(28, 8, 0.4)
    return np.hstack([units, affect, kinds]).astype(np.float32)


def react_csv(folder: Path) -> Made:
    rows = react_rows()
    names = [f"AU{n}" for n in range(15)] + ["valence", "arousal"] + [f"expression{n}" for n in range(8)]
    return Made(table(folder / "1.csv", names, rows.tolist()), rows)


def react_npy(folder: Path) -> Made:
    np.save(folder / "a.npy", react_rows())
    return Made(folder / "a.npy", react_rows())


def emote(folder: Path) -> Made:
    exp, jaw, _ = flame()
    data = {"shape": np.zeros(300, np.float32), "expression": exp, "jaw_pose": jaw, "global_pose": np.zeros_like(jaw)}
    (folder / "flame_M003_Happy_2.pkl").write_bytes(pickle.dumps(data))
    return Made(folder / "flame_M003_Happy_2.pkl", np.hstack([exp, jaw, np.zeros_like(jaw)]))


def coefficients(width: int = 52) -> np.ndarray:
    rows = 0.5 + smooth(31, width, 0.5)
    rows[:, 9] = rows[:, 8]  # lids close together
    return rows.astype(np.float32)


def table(path: Path, names: list[str], rows: list[list[Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return path


def livelink(folder: Path) -> Made:
    """Live Link's own order of columns is not ARKit's: names decide."""
    rows = np.hstack([coefficients(), smooth(32, 9, 0.3)])
    names = [name[0].upper() + name[1:] for name in ARKIT] + list(LIVELINK)
    order = np.random.default_rng(5).permutation(61)
    lines = [[f"10:00:00:{t:02d}.0", 61, *(repr(float(v)) for v in rows[t, order])] for t in range(T)]
    path = table(folder / "a.csv", ["Timecode", "BlendShapeCount", *(names[i] for i in order)], lines)
    return Made(path, rows, 60.0)


def named(folder: Path) -> Made:
    rows = coefficients()
    lines = [[0.0, *(repr(float(v)) for v in row[::-1])] for row in rows]
    return Made(table(folder / "a.csv", ["_neutral", *ARKIT[::-1]], lines), rows, 30.0)


def arkit_array(folder: Path) -> Made:
    rows = coefficients()
    np.save(folder / "bs.npy", rows)
    return Made(folder / "bs.npy", rows, 25.0)


def metahuman(folder: Path) -> Made:
    rows = smooth(41, 174, 0.9)
    rows[:, 105] = rows[:, 36]
    path = folder / "a.txt"
    path.write_text("\n".join(",".join(repr(float(v)) for v in row) for row in rows) + "\n")
    return Made(path, rows)


def openface(folder: Path) -> Made:
    rows = smooth(51, 25, 0.4)
    rows[:, :17] = 2.5 + 2 * rows[:, :17]
    names = ["frame", "face_id", "timestamp", "confidence", "success", *OPENFACE, "AU01_c"]
    lines = [[t + 1, 0, round(t / 30, 3), 0.98, 1, *(repr(float(v)) for v in rows[t]), 1] for t in range(T)]
    return Made(table(folder / "a.csv", [names[0], *(GAP + name for name in names[1:])], lines), rows)


def face(axes: int) -> np.ndarray:
    """A frontal face: eyes left and right, chin below, lips that open."""
    still = np.zeros((68, axes), np.float32)
    still[:, 0] = np.linspace(-30, 30, 68)
    still[36:42, :2] = [[-35, -20], [-31, -23], [-27, -23], [-23, -20], [-27, -17], [-31, -17]]
    still[42:48, :2] = [[23, -20], [27, -23], [31, -23], [35, -20], [31, -17], [27, -17]]
    still[8, :2] = [0, 60]
    still[62, :2], still[66, :2] = [0, 25], [0, 28]
    return 128 + still + smooth(61, 68 * axes, 0.5).reshape(T, 68, axes)


def landmarks(axes: int) -> Callable[[Path], Made]:
    def make(folder: Path) -> Made:
        points = face(axes)
        np.save(folder / "a.npy", points)
        return Made(folder / "a.npy", points.reshape(T, -1), 25.0)

    return make


def smplx(folder: Path) -> Made:
    poses, exp = smooth(71, 165, 0.5), smooth(72, 100, 1.0)
    np.savez(
        folder / "2_scott_0_1_1.npz", betas=np.zeros(300), poses=poses, expressions=exp, trans=np.zeros((T, 3)),
        model="smplx2020", gender="neutral", mocap_frame_rate=30,
    )  # fmt: skip
    joints = [poses[:, 66:69], poses[:, 36:39], poses[:, 45:48], poses[:, 69:72], poses[:, 72:75]]
    return Made(folder / "2_scott_0_1_1.npz", np.hstack([exp, *joints]))


def dawn(folder: Path) -> Made:
    pose, blink = smooth(81, 6, 0.9), smooth(82, 2, 0.9)
    (folder / "a").mkdir()
    np.save(folder / "a" / "dri_pose.npy", pose)
    np.save(folder / "a" / "dri_blink.npy", blink)
    return Made(folder / "a", np.hstack([pose, blink]))


def nphm(folder: Path) -> Made:
    """Twelve frames, so that frame_10 must come after frame_9."""
    codes = smooth(91, 200, 1.0, 12)
    (folder / "ID_seq").mkdir()
    for n, code in enumerate(codes):
        np.savez(folder / "ID_seq" / f"frame_{n}.npz", expr=code, meta="text")
    return Made(folder / "ID_seq", codes)


MAKERS: dict[tuple[str, str], Callable[[Path], Made]] = {
    ("deep3d", "coeff257"): deep3d,
    ("sadtalker", "coeff70"): sadtalker,
    ("bfm73", "styletalk"): styletalk,
    ("bfm73", "vico"): vico,
    ("bfm73", "vico-bin"): vico_bin,
    ("liveportrait", "template"): template,
    ("liveportrait", "template-ratios"): ratios,
    ("liveportrait", "ditto"): ditto,
    ("flame", "dualtalk-truth"): dualtalk_truth,
    ("flame", "dualtalk-result"): dualtalk_result,
    ("flame", "dim"): dim,
    ("flame", "l2l"): l2l,
    ("flame", "lm-listener-p0"): lm_listener(0),
    ("flame", "lm-listener-p1"): lm_listener(1),
    ("react", "emotion-csv"): react_csv,
    ("react", "mars"): react_npy,
    ("flame", "emote"): emote,
    ("flame", "spectre"): spectre,
    ("arkit", "livelink"): livelink,
    ("arkit", "named"): named,
    ("arkit", "array"): arkit_array,
    ("metahuman", "emoface"): metahuman,
    ("openface", "csv"): openface,
    ("landmarks", "68x2"): landmarks(2),
    ("landmarks", "68x3"): landmarks(3),
    ("smplx", "beat2"): smplx,
    ("dawn", "pose-blink"): dawn,
    ("nphm", "frames"): nphm,
}
