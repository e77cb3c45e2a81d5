"""From files to scores: what `echo-bench import` leaves is scored in its own space, with the values of the official code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from echo_bench.clip import MotionRef, Track
from echo_bench.errors import DatasetError, MethodError, NotApplicable
from echo_bench.importers.errors import FormatError
from echo_bench.importers.run import ImportRequest, import_files
from echo_bench.methods.imported import FolderOfMotion
from echo_bench.metrics.own_ids import OWN_IDS, PARTS, SHARED_IDS, ids_of
from echo_bench.motion_io import load_motion, save_motion
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.features import native
from echo_bench.pipeline.run import open_run, run_generate, run_score
from echo_bench.results.schema import ScorePart
from echo_bench.spaces import SPACES
from tests.golden.inputs import motion
from tests.golden.vectors import VECTORS
from tests.unit.importers import files

CLIPS = 3


def bring(format_: str, layout: str, path: Path, to: Path, **more: object) -> None:
    import_files(ImportRequest(format_, path, to, layout, **more))  # type: ignore[arg-type]


def scores(root: Path, *methods: str, metrics: tuple[str, ...] = ()) -> dict[str, dict[str, ScorePart]]:
    """Method -> metric -> score of a run on a dataset `imported`, with the ground truth and the methods of these folders."""
    return scored("imported", root, *methods, metrics=metrics)


def scored(dataset: str, root: Path, *methods: str, metrics: tuple[str, ...] = ()) -> dict[str, dict[str, ScorePart]]:
    """The same on another dataset."""
    config = RunConfig(
        dataset=dataset, root=root, methods=("ground-truth", *methods), always=False, metrics=metrics,
        out=root / "out", store=root / "store",
    )  # fmt: skip
    session = open_run(config)
    report = run_generate(session, lambda _: None)
    results = run_score(session, report, lambda _: None)
    return {r.result.method.name: {score.metric: score for score in r.result.scores} for r in results}


@pytest.fixture(scope="module")
def dim_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The inputs of the golden vectors, as npy files in DIM's order, imported."""
    root = tmp_path_factory.mktemp("dim")
    sides = dict(zip(("avatar", "user", "method"), motion(**VECTORS["inputs"]["motion"]), strict=True))
    for side, clips in sides.items():
        (root / "npy" / side).mkdir(parents=True)
        for n, rows in enumerate(clips):
            np.save(root / "npy" / side / f"clip{n}.npy", rows)
        bring("flame", "dim", root / "npy" / side, root / side, files="{id}.npy")
    return root


def test_dims_own_numbers_come_out(dim_root):
    """The official code of DIM, run on these arrays: metrics/eval_utils.py, print_metrics."""
    found = scores(dim_root, f"folder:m={dim_root / 'method'}", metrics=ids_of("flame56"))["m"]
    golden = VECTORS["dim"]
    for part in ("exp", "pose"):
        assert found[f"fd_{part}@dim-flame56-native"].value == pytest.approx(golden["fd"][part], rel=1e-4)
        assert found[f"mse_{part}@dim-flame56-native"].value == pytest.approx(golden["mse"][part], rel=1e-5)
    assert found["fd_exp@dim-flame56-native"].n == CLIPS
    assert "space:flame56" in found["fd_exp@dim-flame56-native"].signature


def test_the_wrong_order_gives_another_number_or_an_error(dim_root, tmp_path):
    """What field notes call DIM's own bug: the same file under the name of another layout."""
    bring("flame", "dualtalk-result", dim_root / "npy" / "method", tmp_path / "m", files="{id}.npy", resample=30.0)
    found = scores(dim_root, f"folder:m={tmp_path / 'm'}", metrics=("mse_exp@dim-flame56-native",))["m"]
    assert found["mse_exp@dim-flame56-native"].value > 2 * VECTORS["dim"]["mse"]["exp"]


def test_the_ids_of_the_truths_space_are_scored_unasked(dim_root):
    found = scores(dim_root)["ground-truth"]
    assert set(ids_of("flame56")) | set(SHARED_IDS) <= set(found)
    assert found["mse_exp@dim-flame56-native"].value == 0
    assert found["corr_head@eb1-shared-native"].value == pytest.approx(1)
    assert found["corr_blink@eb1-shared-native"].status == "skipped"
    assert "rig61" in found["fd_exp@dim-native"].reason


@pytest.mark.parametrize("kind", list(files.MAKERS))
def test_every_layout_scores_against_itself_and_a_hand_made_difference(kind, tmp_path):
    """Each part's mean squared error is the mean of the squares of what was added to it."""
    made = files.MAKERS[kind](tmp_path)
    bring(*kind, made.path, tmp_path / "avatar", id="a", fps=made.fps)
    [ref] = (tmp_path / "avatar").glob("*.npz")
    rows, valid = load_motion(MotionRef(ref, "", _space(kind)))
    shift = 0.01 * np.arange(1, rows.shape[1] + 1, dtype=np.float32)
    (tmp_path / "m").mkdir()
    index = (tmp_path / "avatar" / "imported.json").read_text()
    moved = save_motion(tmp_path / "m" / "a.npz", rows + shift, valid)
    (tmp_path / "m" / "imported.json").write_text(index.replace(_sha(tmp_path), moved.sha256))
    ids = tuple(id_ for id_ in ids_of(_space(kind)) if id_.startswith(("mse", "fd")))
    found = scores(tmp_path, f"folder:m={tmp_path / 'm'}", metrics=ids)
    for part in PARTS[_space(kind)]:
        added = shift[SPACES[_space(kind)].parts[part]].astype(float)
        mse = found["m"][f"mse_{part}@dim-{_space(kind)}-native"].value
        assert mse == pytest.approx(np.mean(added**2), rel=1e-2)
        assert found["ground-truth"][f"mse_{part}@dim-{_space(kind)}-native"].value == 0
        # The covariances are equal, so the Fréchet distance is that of the means alone.
        fd = found["m"][f"fd_{part}@dim-{_space(kind)}-native"].value
        assert fd == pytest.approx(np.sum(added**2), rel=2e-2)


def _space(kind: tuple[str, str]) -> str:
    from echo_bench.importers.base import FORMATS, layout_of

    return layout_of(FORMATS.get(kind[0]), kind[1])[1].space


def _sha(folder: Path) -> str:
    from echo_bench.importers.index import read_index

    return read_index(folder / "avatar").clips["a"].sha256[0]


def test_another_space_is_compared_on_what_is_shared_alone(tmp_path):
    """An avatar of SMPL-X as the truth, and the same nods by FLAME: the head agrees, the coefficients are not compared."""
    made = files.smplx(tmp_path)
    bring("smplx", "beat2", made.path, tmp_path / "avatar", id="a")
    exp, jaw, _ = files.flame()
    from scipy.spatial.transform import Rotation

    neck, head = (Rotation.from_rotvec(made.motion[:, columns]) for columns in (slice(103, 106), slice(106, 109)))
    np.savez(tmp_path / "a.npz", exp=exp, pose=np.hstack([(neck * head).as_rotvec(), jaw]))
    bring("flame", "spectre", tmp_path / "a.npz", tmp_path / "m", fps=30.0)
    found = scores(tmp_path, f"folder:m={tmp_path / 'm'}")["m"]
    assert found["corr_head@eb1-shared-native"].value == pytest.approx(1, abs=1e-3)
    assert abs(found["corr_mouth@eb1-shared-native"].value) < 0.99
    assert found["fd_exp@dim-smplx115-native"].status == "skipped"
    assert (
        "needs motion in smplx115, and that of the method's artefact is in flame56"
        in found["fd_exp@dim-smplx115-native"].reason
    )
    assert "do not both tell how far the gaze" in found["corr_gaze@eb1-shared-native"].reason


def test_a_method_at_another_frame_rate_is_told_how_to_come_to_the_clips(dim_root, tmp_path):
    bring("flame", "dualtalk-result", dim_root / "npy" / "method", tmp_path / "m", files="{id}.npy")
    found = scores(dim_root, f"folder:m={tmp_path / 'm'}", metrics=("mse_exp@dim-flame56-native",))["m"]
    assert "25 frames per second, and the clip is compared at 30" in found["mse_exp@dim-flame56-native"].reason
    assert "--resample 30" in found["mse_exp@dim-flame56-native"].reason


def test_a_changed_file_fails_its_clip_and_a_strange_one_the_row(dim_root, tmp_path):
    for side in ("avatar", "method"):
        bring("flame", "dim", dim_root / "npy" / side, tmp_path / side, files="{id}.npy")
    (tmp_path / "avatar" / "clip1.npz").write_bytes(b"changed")
    found = scores(tmp_path, f"folder:m={tmp_path / 'method'}", metrics=("mse_exp@dim-flame56-native",))["m"]
    assert (found["mse_exp@dim-flame56-native"].n, found["mse_exp@dim-flame56-native"].n_expected) == (2, 3)
    (tmp_path / "method" / "clip0.s00.npz").write_bytes(b"")
    with pytest.raises(MethodError, match=r"two files for sample 0|was not imported"):
        FolderOfMotion("m", tmp_path / "method", ["clip0", "clip1", "clip2"])
    with pytest.raises(MethodError, match="not in the split: clip1, clip2"):
        FolderOfMotion("m", dim_root / "method", ["clip0"])


def test_user_and_avatar_keep_one_frame_rate(dim_root, tmp_path):
    bring("flame", "dim", dim_root / "npy" / "avatar", tmp_path / "avatar", files="{id}.npy")
    bring("flame", "dim", dim_root / "npy" / "user", tmp_path / "user", files="{id}.npy", resample=25.0)
    with pytest.raises(DatasetError, match="frame rates: avatar 30, user 25"):
        scores(tmp_path)
    with pytest.raises(FormatError, match="was not made by `echo-bench import`"):
        scores(tmp_path / "user")


def test_measured_motion_is_never_scored_as_delivered(tmp_path):
    ref = save_motion(
        tmp_path / "a.npz", np.zeros((20, 70), np.float32), np.ones(20, bool), space="bfm70", source="tracker"
    )
    with pytest.raises(NotApplicable, match="only what a video shows"):
        native("pred", Track(motion=ref), "bfm70")


def test_ids_are_of_known_spaces_and_parts():
    assert len(set(OWN_IDS)) == len(OWN_IDS)
    for space, parts in PARTS.items():
        assert set(parts) <= set(SPACES[space].parts)
