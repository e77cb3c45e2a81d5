"""Lip-sync ids through the whole path: a number where there is a face and a voice, a named rule or reason everywhere else, never a 0."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from echo_metrics.lipsync import sync_scores

from echo_bench.media.encode import write_video
from echo_bench.nets.syncnet import SyncNet
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.features import arrays_of
from echo_bench.pipeline.run import Session, make_plan, open_run, outcomes_of, run_extract, run_generate, run_score
from tests.footage import pattern
from tests.nets import randomised
from tests.random_weights import install

pytestmark = pytest.mark.usefixtures("tracker_weights")
IDS = tuple(f"{name}@syncnet-v2-memory" for name in ("lse_c", "lse_d", "av_offset"))


@pytest.fixture
def _weights(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Random ones; the pipeline's extractors are made anew, before and after."""
    from echo_bench.pipeline.jobs import extractor

    torch.set_num_threads(1)
    extractor.cache_clear()
    install(monkeypatch, tmp_path_factory.mktemp("weights"), {"syncnet-v2": randomised(SyncNet())})
    yield
    extractor.cache_clear()


def scored(root: Path, out: Path) -> tuple[pd.DataFrame, Session]:
    options = RunConfig(
        dataset="folder", root=root, layout="single", methods=("ground-truth",), always=False, metrics=IDS, out=out,
        store=out / "store",
    )  # fmt: skip
    session = open_run(options)
    report = run_generate(session, lambda _: None)
    report.add(run_extract(session, make_plan(session), lambda _: None))
    run_score(session, report, lambda _: None)
    return pd.read_parquet(out / "rows.parquet"), session


def faceless(folder: Path) -> Path:
    """One clip of moving colours with noise: somebody speaks, nobody is seen."""
    folder.mkdir()
    sound = np.random.default_rng(0).normal(0, 0.1, 19200).astype(np.float32)
    write_video(folder / "a.mp4", pattern(0, 30), fps=25, audio=sound, audio_rate=16000)
    return folder


def test_without_weights_the_ids_are_skipped_with_the_reason(tmp_path):
    rows, _ = scored(faceless(tmp_path / "clips"), tmp_path / "out")
    assert set(rows["status"]) == {"skipped"}
    assert rows["value"].isna().all()
    assert rows["reason"].str.contains("weights 'syncnet-v2' .* are not here").all()


@pytest.mark.usefixtures("_weights")
def test_without_a_face_the_ids_fail_with_the_reason(tmp_path):
    rows, _ = scored(faceless(tmp_path / "clips"), tmp_path / "out")
    assert set(rows["status"]) == {"failed"}
    assert rows["value"].isna().all()
    assert set(rows["error"]) == {"NoFaceError"}
    assert rows["reason"].str.contains("no face could be followed").all()


@pytest.mark.slow
@pytest.mark.usefixtures("_weights")
def test_a_talking_face_has_the_numbers_of_the_formula(shared, tmp_path):
    """GRID, three seconds: five windows fewer than frames must not look like an artefact that is too short."""
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "a.mpg").symlink_to(shared / "clips" / "grid" / "lbax4n.mpg")
    rows, session = scored(tmp_path / "clips", tmp_path / "out")
    assert list(rows["status"]) == ["ok"] * 3
    clip = session.clips[0]
    artefact = outcomes_of(session)["ground-truth", clip.id].artefacts[0]
    lip, audio = (
        arrays_of(f"pred:syncnet-{name}", clip, artefact, session.store)[name].astype(float)
        for name in ("lip", "audio")
    )
    common = min(len(lip), len(audio))
    expected = sync_scores(lip[:common], audio[:common])
    values = dict(zip(rows["metric"], rows["value"], strict=True))
    assert [values[name] for name in IDS] == pytest.approx([expected.confidence, expected.distance, expected.offset])
