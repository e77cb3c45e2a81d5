"""What each format's importer refuses although the file can be read: wrong order, wrong unit, wrong names, frames left out."""

from __future__ import annotations

import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
import torch

from echo_bench.importers import arrays
from echo_bench.importers.base import FORMATS, layout_of, read_motion
from echo_bench.importers.errors import FormatError, UnsafePickleError
from echo_bench.importers.liveportrait import angles_of
from tests.unit.importers import files
from tests.unit.importers.files import T, smooth


def read(kind: str, path: Path, fps: float | None = None) -> np.ndarray:
    format_, _, layout = kind.partition("/")
    return read_motion(layout_of(FORMATS.get(format_), layout or None)[1], path, fps).motion


def refused(kind: str, path: Path, says: str, fps: float | None = None) -> None:
    with pytest.raises(FormatError, match=says):
        read(kind, path, fps)


def array(path: Path, rows: np.ndarray) -> Path:
    np.save(path, rows)
    return path


class Canary:
    """Creates a file when a pickle that holds it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_mat_of_other_arrays_or_columns(tmp_path):
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"coeff": np.zeros((T, 70))})
    refused("deep3d", path, r"coeff is \(40, 70\) instead of \(T, 257\)", 25)
    refused("sadtalker", path, "has no array 'coeff_3dmm'; it has coeff")
    scipy.io.savemat(path, {"coeff": "text"})
    refused("deep3d", path, "instead of an array of numbers", 25)
    path.write_bytes(b"MATLAB 7.3 MAT-file" + bytes(200))
    refused("deep3d", path, "is no MATLAB 5 file", 25)


def test_columns_shifted_by_one_block_turn_heads_too_far(tmp_path):
    """Illumination where angles should be: an array of the right width in another order."""
    made = files.deep3d(tmp_path)
    coeff = scipy.io.loadmat(made.path)["coeff"]
    scipy.io.savemat(made.path, {"coeff": np.roll(coeff, -13, axis=1)})
    refused("deep3d", made.path, "angle reaches from .* is it another layout", 25)


def test_stylised_and_vico_orders_are_not_the_same(tmp_path):
    """With a lively face the wrong name is noticed; with a still one nobody could, so the user has to say it."""
    made = files.vico(tmp_path)
    refused("bfm73/styletalk", made.path, "angle reaches", 25)
    right = read("bfm73/vico", made.path, 25)
    np.testing.assert_allclose(right, made.motion, atol=1e-6)


def test_torch_files_are_tensors_only(tmp_path):
    path, canary = tmp_path / "a.bin", tmp_path / "canary"
    torch.save({"angle.exp.trans": torch.zeros(5, 70), "x": Canary(canary)}, path)
    with pytest.raises(UnsafePickleError):
        read("bfm73/vico-bin", path, 30)
    path.write_bytes(pickle.dumps(Canary(canary)))
    with pytest.raises(FormatError):
        read("bfm73/vico-bin", path, 30)
    assert not canary.exists()
    torch.save([torch.zeros(5, 70)], path)
    refused("bfm73/vico-bin", path, "list instead of a dictionary", 30)
    torch.save({"exp": torch.zeros(5, 70)}, path)
    refused("bfm73/vico-bin", path, "has no 'angle.exp.trans'; it has exp", 30)


def test_arrays_of_objects_are_never_unpickled(tmp_path):
    """numpy's own loaders would run these with allow_pickle=True."""
    canary = tmp_path / "canary"
    rows = np.array([[Canary(canary)] * 56] * T, dtype=object)
    np.save(tmp_path / "a.npy", rows)
    refused("flame/dim", tmp_path / "a.npy", "objects instead of numbers")
    np.savez(tmp_path / "a.npz", exp=np.array({"a": Canary(canary)}, dtype=object), pose=np.zeros((T, 6)))
    refused("flame/dualtalk-truth", tmp_path / "a.npz", "has no 'exp'")
    assert not canary.exists()


def test_an_npy_cannot_ask_for_more_memory_than_it_has_bytes(tmp_path):
    path = array(tmp_path / "a.npy", np.zeros((T, 56), np.float32))
    data = path.read_bytes().replace(b"(40, 56)", b"(40000000000, 56)")
    data = data.replace(b" " * 9 + b"\n", b"\n")
    path.write_bytes(data)
    refused("flame/dim", path, "announces|is no npy")


def test_a_zip_bomb_is_refused_unopened(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "MAX_BYTES", 2**20)
    path = tmp_path / "a.npz"
    np.savez_compressed(path, exp=np.zeros((6000, 50)), pose=np.zeros((6000, 6)))
    assert path.stat().st_size < 20_000
    refused("flame/dualtalk-truth", path, "would unpack to more than")


def test_a_zip_that_lies_about_its_size_is_not_unpacked(tmp_path):
    """64 MiB behind a header that says 128 bytes: no more than is announced is ever made."""
    path = tmp_path / "a.npz"
    np.savez_compressed(path, exp=np.zeros((2**17, 64)))
    size = (2**17 * 64 * 8 + 128).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (128).to_bytes(4, "little")))
    tracemalloc.start()
    try:
        refused("flame/dualtalk-truth", path, "is no npz")
        assert tracemalloc.get_traced_memory()[1] < 2**23
    finally:
        tracemalloc.stop()


def test_pickles_that_run_code_are_refused_by_the_formats(tmp_path):
    canary = tmp_path / "canary"
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps({"motion": [Canary(canary)], "expression": Canary(canary)}))
    for kind in ("liveportrait/template", "liveportrait/template-ratios", "flame/emote"):
        with pytest.raises(UnsafePickleError, match="nothing of it was run"):
            read(kind, path)
    assert not canary.exists()


def templated(tmp_path: Path, **changes: Any) -> Path:
    data, _ = files.portrait()
    data |= changes
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(data))
    return path


def test_templates(tmp_path):
    refused("liveportrait/template", templated(tmp_path, n_frames=3), "says 3 frames and holds 40")
    refused("liveportrait/template", templated(tmp_path, motion=[]), "no list `motion`")
    refused("liveportrait/template", templated(tmp_path, motion=[1] * T), "something else than dictionaries")
    refused("liveportrait/template", templated(tmp_path, output_fps="25"), "no number")
    refused("liveportrait/template", templated(tmp_path, output_fps=0), "frame", 0)
    refused("liveportrait/template-ratios", templated(tmp_path), "has no `c_eyes_lst`")
    refused("liveportrait/template-ratios", templated(tmp_path, c_eyes_lst=[1.0]), "no list of one entry per frame")


def test_rotations_of_templates_are_rotations_in_the_stated_order(tmp_path):
    frame = files.portrait()[0]["motion"][0]
    one = {"n_frames": 1}
    refused(
        "liveportrait/template", templated(tmp_path, **one, motion=[frame | {"R": 2 * frame["R"]}]), "R is no rotation"
    )
    mirrored = frame["R"] @ np.diag([1, 1, -1]).astype(np.float32)
    refused("liveportrait/template", templated(tmp_path, **one, motion=[frame | {"R": mirrored}]), "R is no rotation")
    named = dict(zip(("pitch", "yaw", "roll"), angles_of(frame["R"][0].astype(float))[:, None], strict=True))
    assert read("liveportrait/template", templated(tmp_path, **one, motion=[frame | named])).shape == (1, 70)
    swapped = named | {"pitch": named["yaw"], "yaw": named["pitch"]}
    refused("liveportrait/template", templated(tmp_path, **one, motion=[frame | swapped]), "but the angles say")
    del frame["R"]
    refused("liveportrait/template", templated(tmp_path, **one, motion=[frame]), "neither a rotation `R` nor")
    only = read("liveportrait/template", templated(tmp_path, **one, motion=[frame | named]))
    np.testing.assert_allclose(only[0, 67:], np.concatenate(list(named.values())), rtol=1e-5)


def test_flame_orders(tmp_path):
    """A jaw where expression should be cannot be seen; expression where the jaw should be can."""
    exp, jaw, rot = files.flame()
    exp = 2 * exp  # as lively as DualTalk's real conversations, which reach 4
    refused("flame/dim", array(tmp_path / "a.npy", np.hstack([exp, jaw, rot])), "jaw reaches|rot reaches")
    refused("flame/dualtalk-result", array(tmp_path / "a.npy", np.hstack([rot, jaw, exp])), "jaw reaches|rot reaches")
    np.savez(tmp_path / "a.npz", exp=exp, pose=np.hstack([rot, jaw])[:-1])
    refused("flame/dualtalk-truth", tmp_path / "a.npz", "40 frames of expression, 39 of jaw and 39 of rotation")
    np.savez(tmp_path / "a.npz", exp=exp)
    refused("flame/dualtalk-truth", tmp_path / "a.npz", "has no 'pose'; it has exp")
    refused("flame/l2l", array(tmp_path / "a.npy", np.zeros((3, 32, 184))), r"instead of \(T, 64, 184\)")


def test_arkit_columns_go_by_name(tmp_path):
    made = files.named(tmp_path)
    text = made.path.read_text()
    made.path.write_text(text.replace("eyeBlinkLeft", "blink_l", 1))
    refused("arkit/named", made.path, "lacks the columns eyeblinkleft", 25)
    made.path.write_text(text.replace("eyeBlinkLeft", "eyeBlinkRight", 1))
    refused("arkit/named", made.path, "two columns", 25)
    made.path.write_text(text.replace("0.5", "x.5", 1))
    refused("arkit/named", made.path, "no number", 25)
    made.path.write_text(text + "1,2\n")
    refused("arkit/named", made.path, "line 42 has 2 cells, and the header 53", 25)
    refused("arkit/livelink", files.named(tmp_path).path, "lacks the columns", 60)
    refused("arkit/array", array(tmp_path / "a.npy", 100 * files.coefficients()), "exp reaches", 25)


def test_lids_that_go_against_each_other_are_another_order(tmp_path):
    rows = files.coefficients()
    rows[:, 9] = 1 - rows[:, 8]
    refused("arkit/array", array(tmp_path / "a.npy", rows), "blink columns correlate by -1.00", 25)
    made = files.metahuman(tmp_path)
    lines = [line.split(",") for line in made.path.read_text().split()]
    for line in lines:
        line[105] = str(-float(line[36]))
    made.path.write_text("\n".join(map(",".join, lines)))
    refused("metahuman", made.path, "blink columns correlate")
    made.path.write_text("\n".join(",".join(line[:173]) for line in lines))
    refused("metahuman", made.path, "line 1 has 173 columns instead of 174")


def test_openface_marks_what_it_did_not_see(tmp_path):
    made = files.openface(tmp_path)
    lines = made.path.read_text().splitlines()
    cells = lines[5].split(",")
    cells[4] = "0"
    cells[5] = "nan"
    lines[5] = ",".join(cells)
    made.path.write_text("\n".join(lines))
    recording = read_motion(layout_of(FORMATS.get("openface"), None)[1], made.path)
    assert recording.valid.tolist() == [t != 4 for t in range(T)]
    assert abs(recording.fps - 30) < 0.1
    made.path.write_text("\n".join(lines[:8] + lines[9:]))
    refused("openface", made.path, "leaves frames out")
    several = [line.replace(",0,", ",1,", 1) if 3 < n < 8 else line for n, line in enumerate(lines)]
    made.path.write_text("\n".join(several))
    refused("openface", made.path, "several faces")
    made.path.write_text("\n".join([lines[0], *(line.replace(",0.98,1,", ",0.98,0,") for line in lines[1:])]))
    refused("openface", made.path, "no frame with success 1")
    made.path.write_text(
        "\n".join(line.replace("0.033", "0.9", 1) if n == 2 else line for n, line in enumerate(lines[:3]))
    )
    assert read("openface", made.path).shape == (2, 25)


def test_faces_are_upright_and_not_mirrored(tmp_path):
    points = files.face(2)
    refused("landmarks/68x2", array(tmp_path / "a.npy", points * [-1, 1]), "mirrored or upside down", 25)
    refused("landmarks/68x2", array(tmp_path / "a.npy", points * [1, -1]), "mirrored or upside down", 25)
    refused("landmarks/68x3", array(tmp_path / "a.npy", points), r"instead of \(T, 68, 3\)", 25)


def test_folders(tmp_path):
    dawn = files.dawn(tmp_path).path
    array(dawn / "dri_blink.npy", np.zeros((T - 1, 2)))
    refused("dawn", dawn, "40 frames of pose and 39 of blinking")
    (dawn / "dri_blink.npy").unlink()
    refused("dawn", dawn, "dri_blink.npy: cannot be read")
    nphm = files.nphm(tmp_path).path
    (nphm / "frame_5.npz").unlink()
    refused("nphm", nphm, "lacks frame_5.npz")
    np.savez(nphm / "frame_5.npz", a=np.zeros(200), b=np.zeros(200))
    refused("nphm", nphm, "2 arrays of 200 numbers instead of one")
    refused("nphm", dawn, "holds no frame_<n>.npz")
    refused("nphm", tmp_path / "absent", "is no folder")


def test_smplx(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, poses=np.zeros((T, 165)), expressions=np.zeros((T, 50)))
    refused("smplx", path, r"expressions is \(40, 50\)", 30)
    np.savez(path, poses=np.zeros((T, 165)), expressions=np.zeros((T - 1, 100)))
    refused("smplx", path, "40 frames of poses and 39 of expressions", 30)
    np.savez(path, poses=smooth(1, 165, 90.0), expressions=np.zeros((T, 100)))
    refused("smplx", path, "jaw reaches", 30)
    np.savez(path, poses=np.zeros((T, 165)), expressions=np.zeros((T, 100)))
    refused("smplx", path, "give it with --fps")
