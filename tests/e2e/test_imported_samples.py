"""Real files of published systems: they load, score, and agree with what the suite itself sees in the video that belongs to them."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from echo_bench.clip import VideoRef
from echo_bench.faces.rig61 import to_rig61
from echo_bench.faces.smooth import fill_gaps, smooth
from echo_bench.faces.track import FaceTracker
from echo_bench.importers.base import FORMATS, Recording, layout_of, read_motion
from echo_bench.importers.resample import resampled
from echo_bench.importers.run import ImportRequest, import_files
from echo_bench.media.decode import frames
from echo_bench.metrics.own_ids import ids_of
from echo_bench.shared_motion import shared_motion
from tests.unit.datasets.trees import sound, text
from tests.unit.importers.test_scoring import scored, scores

STYLE_CLIPS = ("KristiNoem", "Obama_clip1", "andrew_clip_1")


def read(format_: str, layout: str, path: Path, fps: float | None = None) -> Recording:
    return read_motion(layout_of(FORMATS.get(format_), layout)[1], path, fps)


def test_a_conversation_of_dualtalk(shared, tmp_path):
    """587 frames; the listener of 90 % of the truth's size is scored as exactly that."""
    folder = shared / "arrays" / "dualtalk"
    for side in ("avatar", "user"):
        request = ImportRequest("flame", folder, tmp_path / side, "dualtalk-truth", files="{id}_speaker2.npz")
        assert [clip.frames for clip in import_files(request).clips.values()] == [587]
    with np.load(next(folder.glob("*.npz"))) as file:
        exp, rot, jaw = file["exp"], file["pose"][:, :3], file["pose"][:, 3:]
    answer = 0.9 * np.hstack([exp, jaw, rot])
    np.save(tmp_path / "UbjUDM1MiGE_sub_video_72.npy", answer)
    import_files(ImportRequest("flame", tmp_path / "UbjUDM1MiGE_sub_video_72.npy", tmp_path / "m", "dualtalk-result"))
    found = scores(tmp_path, f"folder:m={tmp_path / 'm'}")
    for part, rows in (("exp", exp), ("jaw", jaw), ("rot", rot)):
        mse = found["m"][f"mse_{part}@dim-flame56-native"].value
        assert mse == pytest.approx(np.mean((0.1 * rows.astype(float)) ** 2), rel=1e-5)
        var = found["m"][f"var_{part}@dualtalk-flame56-native"].value
        assert var == pytest.approx(0.81 * rows.astype(float).var(axis=0).mean(), rel=1e-5)
    assert found["m"]["corr_head@eb1-shared-native"].value > 0.999
    assert all(found["ground-truth"][id_].status == "ok" for id_ in ids_of("flame56"))


def test_the_jaw_of_dualtalk_opens_one_way(shared):
    """Its first axis opens the mouth: in the wrong order, rotation first, it would be the pitch of a head."""
    rows = read("flame", "dualtalk-truth", next((shared / "arrays" / "dualtalk").glob("*.npz"))).motion
    jaw = rows[:, 50:53]
    assert (jaw[:, 0] > -0.02).mean() > 0.99
    assert jaw[:, 0].std() > 2 * jaw[:, 1:].std(axis=0).max()


@pytest.mark.parametrize(
    ("name", "layout", "count", "fps"),
    [
        ("laugh", "template", 54, 25),
        ("talking", "template", 100, 20),
        ("d1", "template", 16, 30),
        ("d1", "template-ratios", 16, 30),
    ],
)
def test_templates_of_liveportrait(shared, name, layout, count, fps):
    recording = read("liveportrait", layout, shared / "arrays" / "liveportrait" / f"{name}.pkl")
    assert (len(recording.motion), recording.fps) == (count, fps)
    assert np.abs(recording.motion[:, :63]).max() < 0.1
    assert np.abs(recording.motion[:, 67:70]).max() < 30


def test_templates_score_against_each_other(shared, tmp_path):
    """Three templates at three frame rates, brought to one; a face of 90 % of its size is scored as that."""
    request = ImportRequest(
        "liveportrait",
        shared / "arrays" / "liveportrait",
        tmp_path / "avatar",
        "template",
        files="{id}.pkl",
        resample=25.0,
    )
    frames_of = {name: clip.frames for name, clip in import_files(request).clips.items()}
    assert frames_of == {"laugh": 54, "talking": 125, "d1": 13}
    import_files(replace(request, to=tmp_path / "m"))
    found = scores(tmp_path, f"folder:m={tmp_path / 'm'}")["m"]
    assert found["fd_exp@dim-liveportrait70-native"].n == 3
    assert found["mse_exp@dim-liveportrait70-native"].value == 0
    assert found["corr_head@eb1-shared-native"].value == pytest.approx(1)


def test_reactions_in_the_order_of_the_authors_are_scored(shared, tmp_path):
    """The first row of the official val.csv, and the same with the roles swapped: truth and a calmer listener, attribute by attribute."""
    lines = (shared / "arrays" / "react_splits" / "val.csv").read_text("utf-8").splitlines()[:2]
    text(tmp_path / "val.csv", *lines)
    (tmp_path / "data_indices.csv").symlink_to(shared / "arrays" / "react_splits" / "data_indices.csv")
    user, avatar = lines[1].split(",")[-2:]
    (tmp_path / "mine").mkdir()
    for seed, path in enumerate((user, avatar)):
        rows = np.random.default_rng(seed).random((751, 25)).round(3)
        for scale, file in (
            (1.0, tmp_path / f"val/Emotion/{path}.csv"),
            (0.5, tmp_path / "mine" / f"{path.replace('/', '.')}.csv"),
        ):
            text(
                file, ",".join(f"c{i}" for i in range(25)), *(",".join(f"{v:.4f}" for v in scale * row) for row in rows)
            )
        sound(tmp_path / f"val/Audio_files/{path}.wav")
    import_files(ImportRequest("react", tmp_path / "mine", tmp_path / "m", "emotion-csv", files="{id}.csv"))
    found = scored("react", tmp_path, f"folder:m={tmp_path / 'm'}", metrics=ids_of("react25"))
    for part, columns in (("au", slice(0, 15)), ("va", slice(15, 17)), ("emotion", slice(17, 25))):
        squares = [
            np.mean((0.5 * np.random.default_rng(seed).random((751, 25)).round(3)[:750, columns]) ** 2)
            for seed in (0, 1)
        ]
        assert found["m"][f"mse_{part}@dim-react25-native"].value == pytest.approx(np.mean(squares), rel=1e-2)
        assert found["ground-truth"][f"mse_{part}@dim-react25-native"].value == 0


def test_style_clips_score_against_each_other(shared, tmp_path):
    folder = shared / "arrays" / "styletalk_3dmm"
    for to, resample in (("avatar", 25.0), ("m", 25.0)):
        import_files(ImportRequest("deep3d", folder, tmp_path / to, files="{id}.mat", fps=30.0, resample=resample))
    found = scores(tmp_path, f"folder:m={tmp_path / 'm'}", metrics=(*ids_of("bfm70"), "corr_head@eb1-shared-native"))[
        "m"
    ]
    assert found["fd_exp@dim-bfm70-native"].n == len(STYLE_CLIPS)
    assert found["mse_pose@dim-bfm70-native"].value == 0
    assert found["rpcc_exp@eb1-bfm70-native"].status == "skipped"  # there is no user


@pytest.mark.slow
@pytest.mark.parametrize("name", STYLE_CLIPS)
def test_heads_of_deep3d_turn_as_the_tracker_sees_them(shared, tracker_weights, name):
    """Columns 64:67 are the head's angles, in step with the video at 30 frames per second: six seconds of each clip."""
    given = resampled(read("deep3d", "coeff257", shared / "arrays" / "styletalk_3dmm" / f"{name}.mat", 30.0), 25.0)
    tracker = FaceTracker(tracker_weights)
    for frame in islice(frames(VideoRef(shared / "clips" / "styletalk" / f"{name}.mp4", ""), fps=25.0), 150):
        tracker.push(frame)
    seen, valid = to_rig61(smooth(fill_gaps(tracker.finish())))
    angles = given.motion[: len(seen), 64:67]
    for column, sign in enumerate((1, 1, -1)):  # pitch, yaw, and a roll that is counted the other way
        together = np.corrcoef(angles[valid, column], seen[valid, 52 + column])[0, 1]
        assert sign * together > 0.6
    far = [
        shared_motion(space, rows, valid)[valid, 0]
        for space, rows in (("bfm70", given.motion[: len(seen)]), ("rig61", seen))
    ]
    assert np.corrcoef(*far)[0, 1] > 0.8
