"""The pictures of the page that the documentation shows."""

from __future__ import annotations

import pytest
from PIL import Image

pytestmark = pytest.mark.browser


def test_every_picture_shows_its_screen_in_few_colours(browser, page_path, tmp_path, monkeypatch):
    from tools import renew_demo

    monkeypatch.setattr(renew_demo, "IMAGES", tmp_path)
    renew_demo.photograph(page_path)
    taken = {path.name: Image.open(path) for path in tmp_path.iterdir()}
    sizes = {"page.png": (1400, 1050), "page-clips.png": (1400, 1050), "page-phone.png": (780, 1688)}
    assert {name: picture.size for name, picture in taken.items()} == sizes
    for picture in taken.values():
        assert picture.mode == "P"
        assert len(picture.convert("RGB").getcolors()) > 20, "it is not blank"
