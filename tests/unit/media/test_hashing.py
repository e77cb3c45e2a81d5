"""Content hashes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echo_bench.errors import MediaError
from echo_bench.media.hashing import file_sha256


def test_golden_value_of_the_standard(tmp_path: Path) -> None:
    """FIPS 180-4, example "abc"."""
    (tmp_path / "abc").write_bytes(b"abc")
    assert file_sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.binary(max_size=2000), st.integers(0, 40_000))
def test_equals_the_hash_of_all_bytes(tmp_path: Path, data: bytes, repeats: int) -> None:
    path = tmp_path / hashlib.sha256(data + str(repeats).encode()).hexdigest()
    path.write_bytes(data * (repeats // 100))
    assert file_sha256(path) == hashlib.sha256(data * (repeats // 100)).hexdigest()


def test_a_rewritten_file_has_a_new_hash(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    before = file_sha256(str(path))
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert file_sha256(path) != before


def test_a_replaced_file_of_equal_size_and_time_has_a_new_hash(tmp_path: Path) -> None:
    path, other = tmp_path / "file", tmp_path / "other"
    for file, data in ((path, b"one"), (other, b"two")):
        file.write_bytes(data)
        os.utime(file, ns=(1, 1))
    before = file_sha256(path)
    other.replace(path)
    assert file_sha256(path) != before


def test_a_file_is_read_once_until_its_stamp_changes(tmp_path: Path) -> None:
    """Rewritten behind our back with the same size, time and inode: the remembered hash shows that it was not read again."""
    path = tmp_path / "file"
    path.write_bytes(b"one")
    os.utime(path, ns=(1, 1))
    before = file_sha256(path)
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert file_sha256(path) == before


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such file"):
        file_sha256(tmp_path / "absent")
    with pytest.raises(MediaError, match="is a folder"):
        file_sha256(tmp_path)
