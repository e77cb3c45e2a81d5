"""Every published dataset: a lawful copy is prepared, counted and locked; what is wrong with it is listed at once and by name."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from echo_bench.cli.main import build
from echo_bench.datasets.base import DATASETS
from echo_bench.datasets.published import Published
from echo_bench.errors import EchoBenchError
from tests.unit.datasets.copies import COPIES
from tests.unit.datasets.trees import opened

APP = build()
NAMES = sorted(COPIES)
COUNTED = {
    "dualtalk": "test: 2 clips (1066 officially)", "cped": "valid: 1 clips (934 officially)", "peld": "all: 1 clips (6510 officially)",
    "crema-d": "all: 1 clips (7442 officially)", "mochabench": "all: 1 clips (218 officially)",
    "speechcraft": "libritts_r: 1 clips (352265 officially)", "mars": "2856 were released", "realtalk": "692 were released",
    "bah": "1118 of 224 were released",
}  # fmt: skip
"""What `prepare` says of a small copy where the authors count theirs."""


@pytest.fixture(scope="module")
def copies(tmp_path_factory) -> dict[str, Path]:
    """A copy of each, made once; tests that damage one work on a copy of it or mend it."""
    roots = {name: tmp_path_factory.mktemp(name) for name in NAMES}
    for name, root in roots.items():
        COPIES[name](root)
    return roots


def prepare(name: str, root: Path, to: Path, *more: str):
    return CliRunner().invoke(APP, ["data", "prepare", name, "--root", str(root), "--to", str(to), *more])


def test_every_published_dataset_has_a_copy_here():
    assert {name for name in DATASETS if issubclass(DATASETS.get(name), Published)} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_small_copy_is_counted_and_locked_as_what_it_is(name, copies, tmp_path):
    """Complete where nobody counts; else a part, which is locked only when that is said."""
    done = prepare(name, copies[name], tmp_path)
    assert "0 defects" in done.output
    assert done.exit_code == (1 if name in COUNTED else 0), done.output
    if name in COUNTED:
        assert COUNTED[name] in done.output
        assert list(tmp_path.iterdir()) == []
        done = prepare(name, copies[name], tmp_path, "--partial")
        assert done.exit_code == 0, done.output
    (manifest,) = tmp_path.iterdir()
    locked = opened(name, copies[name], manifest=manifest)
    (split,) = locked.splits()
    assert locked.defects(split) == []
    assert [clip.defect for clip in locked.clips(split)] == [None] * len(locked.entries(split))


@pytest.mark.parametrize("name", NAMES)
def test_all_damage_is_listed_at_once(name, copies, tmp_path):
    """Every file that a clip names is emptied: each of them is in the list, and each clip has its defect."""
    shutil.copytree(copies[name], tmp_path / "copy")
    dataset = opened(name, tmp_path / "copy")
    (split,) = dataset.splits()
    files = {file for entry in dataset.entries(split) for file in entry.files()}
    for file in files:
        (tmp_path / "copy" / file).write_bytes(b"")
    found = dataset.defects(split)
    assert [file for file in sorted(files) if not any(file in line for line in found)] == []
    assert all(clip.defect for clip in dataset.clips(split))


def look(name: str, root: Path) -> None:
    """All that a run asks of a dataset."""
    with suppress(EchoBenchError):
        dataset = opened(name, root)
        for split in dataset.splits():
            dataset.defects(split)
            dataset.clips(split)
            dataset.manifest_sha256(split)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_changed_bytes_of_any_file_are_a_defect_or_a_named_error(name, data, copies):
    """Flips, cuts and insertions in one file of the copy: no crash, no hang, nothing but named errors."""
    files = sorted(path for path in copies[name].rglob("*") if path.is_file())
    file = data.draw(st.sampled_from(files))
    whole = file.read_bytes()
    raw = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, min(len(raw), 300)) | st.integers(0, len(raw)))
        length = data.draw(st.sampled_from([0, 1, 40, len(raw)]))
        raw[place : place + length] = data.draw(
            st.binary(max_size=8) | st.sampled_from([b"\n", b",", b'"', b"nan", b"-1"])
        )
    file.write_bytes(bytes(raw))
    try:
        look(name, copies[name])
    finally:
        file.write_bytes(whole)
