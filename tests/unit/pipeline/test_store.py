"""The feature store: whole or absent, checked on reading, equal bytes, failures kept."""

from __future__ import annotations

import numpy as np
import pytest

from echo_bench.errors import StoreError
from echo_bench.pipeline.store import Failure, FeatureStore, key_of, write_atomic

ARRAYS = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array([True, False])}
FIELDS = {"extractor": {"name": "face", "version": "1"}, "content": ["x"]}


@pytest.fixture
def store(tmp_path) -> FeatureStore:
    return FeatureStore(tmp_path / "features")


def test_round_trip(store):
    store.put("ab12", ARRAYS, FIELDS)
    assert store.has("ab12")
    loaded = store.get("ab12")
    assert set(loaded) == {"a", "b"}
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(loaded[name], array)
        assert loaded[name].dtype == array.dtype


def test_equal_features_have_equal_bytes(store, tmp_path):
    """In whatever order, and whether contiguous or not: two runs are compared byte by byte."""
    store.put("ab12", ARRAYS, FIELDS)
    other = FeatureStore(tmp_path / "other")
    other.put("ab12", {"a": ARRAYS["a"], "b": np.asfortranarray(ARRAYS["b"])}, dict(reversed(FIELDS.items())))
    assert store.path("ab12").read_bytes() == other.path("ab12").read_bytes()


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-3], lambda b: b[:-1] + bytes([b[-1] ^ 1]), lambda _: b"", lambda _: b"x" * 99]
)
def test_damage_is_noticed_and_removed(store, damage):
    store.put("ab12", ARRAYS, FIELDS)
    path = store.path("ab12")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StoreError, match="damaged feature removed"):
        store.get("ab12")
    assert not store.has("ab12")


def test_verify_lists_what_it_removed(store):
    for key in ("ab12", "cd34"):
        store.put(key, ARRAYS, FIELDS)
    store.path("cd34").write_bytes(b"torn")
    assert store.verify() == ["cd34"]
    assert list(store.keys()) == ["ab12"]


def test_a_failure_is_kept_until_there_is_a_feature(store):
    store.put_failure("ab12", Failure("NoFaceError", "no face"))
    assert store.failure("ab12") == Failure("NoFaceError", "no face")
    store.put("ab12", ARRAYS, FIELDS)
    assert store.failure("ab12") is None
    assert store.info().failures == 0


def test_a_torn_failure_counts_as_none(store):
    store.put_failure("ab12", Failure("NoFaceError", "no face"))
    next(store.place.rglob("*.failed.json")).write_text('{"error": "NoF')
    assert store.failure("ab12") is None


def test_prune_removes_the_oldest_first(store):
    import os

    for age, key in enumerate(("cc33", "bb22", "aa11")):
        store.put(key, ARRAYS, FIELDS)
        os.utime(store.path(key), ns=(0, 10**9 * (3 - age)))
    size = store.path("aa11").stat().st_size
    assert store.prune(2 * size) == 1
    assert list(store.keys()) == ["bb22", "cc33"]


def test_nothing_half_written_is_left_behind(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(StoreError, match="cannot write"):
        write_atomic(blocked / "x.json", b"{}")
    write_atomic(tmp_path / "y.json", b"{}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "y.json"]


def test_the_key_depends_on_every_field():
    base = {"content": [{"sha256": "00", "panel": [0, 2]}], "extractor": {"version": "1", "weights": "aa"}}
    keys = {
        key_of(base),
        key_of({**base, "content": [{"sha256": "01", "panel": [0, 2]}]}),
        key_of({**base, "content": [{"sha256": "00", "panel": [1, 2]}]}),
        key_of({**base, "extractor": {"version": "2", "weights": "aa"}}),
        key_of({**base, "extractor": {"version": "1", "weights": "ab"}}),
    }
    assert len(keys) == 5


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    store = FeatureStore(tmp_path / "file")
    assert not store.has("ab12")
    for act in (store.failure, store.get):
        with pytest.raises(StoreError, match="cannot be reached: Not a directory"):
            act("ab12")


def test_refuses_a_key_that_is_not_there(store):
    with pytest.raises(StoreError, match="no such feature"):
        store.get("ab12")
