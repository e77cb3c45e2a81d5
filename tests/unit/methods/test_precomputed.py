"""Outputs that exist already: which files are whose, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from echo_bench.errors import MethodError
from echo_bench.methods.precomputed import FolderOfVideos


def outputs(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(name.encode())
    return folder


def test_samples_are_in_the_order_of_their_numbers(tmp_path):
    folder = outputs(tmp_path / "mine", *(f"a.s{k:02d}.mp4" for k in (10, *range(10), 11)))
    made = FolderOfVideos("mine", folder, ["a"])._files["a"]
    assert [path.name for path in made] == [f"a.s{k:02d}.mp4" for k in range(12)]


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize(("numbers", "lacking"), [((0, 2), "s01"), ((1, 2), "s00"), ((0, 99999999), "s01")])
def test_a_gap_in_the_samples_is_refused_by_name(numbers, lacking, partial, tmp_path):
    """Closed in silence, s02 would be scored as s01."""
    names = [f"{clip}.s{k:02d}.mp4" for clip, both in (("a", numbers), ("b", (0, 1))) for k in both]
    with pytest.raises(MethodError, match=rf"missing: a\.{lacking} ->"):
        FolderOfVideos("mine", outputs(tmp_path / "mine", *names), ["a", "b"], allow_partial=partial)
