"""The report in one file: it names nothing beside it, carries every byte, and says which videos did not fit."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from echo_bench.errors import ResultError
from echo_bench.report import bundle
from echo_bench.report.bundle import TOO_LARGE, fitting, room_left, size_carried
from echo_bench.report.media import Tile
from echo_bench.report.page import write_page


@pytest.fixture(scope="module")
def single(inputs, page) -> Path:
    return write_page(inputs, page.parent, single_file=True)


def carried_in(text: str) -> dict[str, bytes]:
    found = re.findall(r'<script type="text/plain" class="file" data-path="([^"]+)">([^<]*)</script>', text)
    return {path: base64.b64decode(data, validate=True) for path, data in found}


def test_it_carries_every_file_that_it_names(single):
    text = single.read_text("utf-8")
    files = carried_in(text)
    named = set(re.findall(r'(?:data-src|data-href)="([^"]+)"', text))
    named |= set(re.findall(r'"(?:video|poster)":"([^"]+)"', text))
    assert named == set(files)
    assert {path.partition("/")[0] for path in files} == {"media", "plots", "results"}
    for path, data in files.items():
        assert data == (single.parent / path).read_bytes()


def test_it_needs_nothing_beside_it(single):
    text = re.sub(r"<script.*?</script>", "", single.read_text("utf-8"), flags=re.DOTALL)
    assert not re.findall(r'\s(?:src|href)="(?!#|data:)', text)


def test_the_page_with_folders_is_unchanged(page, single):
    assert (single.name, page.name) == ("report.html", "index.html")
    assert carried_in(page.read_text("utf-8")) == {}


@pytest.fixture
def tiles(tmp_path):
    """Two clips of a user and a method, 3,000 bytes per video; the method shows the user's."""
    made = {}
    for clip in ("a", "b"):
        video = tmp_path / f"{clip}.mp4"
        video.write_bytes(bytes(3000))
        for seat in ((clip, "user", ""), (clip, "method", "m")):
            made[seat] = Tile(video, tmp_path / f"{clip}.jpg", sound="s")
    return made


def test_videos_are_kept_clip_by_clip(tiles):
    one = size_carried(next(iter(tiles.values())).video)
    assert one == 4000 + len("a.mp4") + 64
    assert fitting(tiles, 2 * one) == tiles, "a stream that two tiles share counts once"
    kept = fitting(tiles, 2 * one - 1)
    assert [tile.video is not None for tile in kept.values()] == [True, True, False, False]
    assert {tile.reason for tile in kept.values()} == {"", TOO_LARGE}
    assert all(tile.poster for tile in kept.values()), "the still remains"
    assert not any(tile.video for tile in fitting(tiles, 0).values())


def test_the_limit_holds_for_the_whole_file(inputs, page, tmp_path, monkeypatch):
    """One byte less than it takes: a video is left out. Figures are slow to draw and do not matter here."""
    monkeypatch.setattr("echo_bench.report.page.write_plots", lambda *_: [])
    (tmp_path / "media").symlink_to(page.parent / "media")
    whole = write_page(inputs, tmp_path, single_file=True)
    size = whole.stat().st_size
    assert "left out of this file" not in whole.read_text("utf-8")
    monkeypatch.setattr(bundle, "LIMIT", size - 1)
    smaller = write_page(inputs, tmp_path, single_file=True)
    assert smaller.stat().st_size < size
    assert "left out of this file" in smaller.read_text("utf-8")


def test_a_page_that_never_fits_is_refused(tmp_path):
    (tmp_path / "plot.png").write_bytes(bytes(999))
    with pytest.raises(ResultError, match=r"10\.0 MB more than a single file of 50 MB holds"):
        room_left(60_000_000, [tmp_path / "plot.png"])
    assert room_left(0, []) == bundle.LIMIT
