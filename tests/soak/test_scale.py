"""Memory does not grow with the number of clips, nor with their length: benchmarks/scale.py, bounded."""

from __future__ import annotations

import pytest

from benchmarks.scale import measured

pytestmark = pytest.mark.soak


@pytest.mark.parametrize(("part", "few", "many"), [("many_clips", 100, 1500), ("one_clip", 8, 96)])
def test_memory_is_flat(part, few, many, tmp_path):
    """15 times the clips, 12 times the length: less than a tenth more, which one list of decoded frames would be already."""
    small, _ = measured(part, few, tmp_path / "few")
    large, _ = measured(part, many, tmp_path / "many")
    assert large < 1.1 * small
