"""`validate-metrics` as it is called: on synthetic footage, on real footage, and what it refuses."""

from __future__ import annotations

import json

import pytest

from echo_bench.validation.ladders import filmed_ladder
from tests.cli.test_cli import tool
from tests.footage import left_right_clips

PICTURES = "psnr@piq,ssim@piq"


def lab(root, layout: str, out) -> None:
    """Damage one second of three clips, and score what reads pixels alone."""
    done = tool(
        "validate-metrics", "--root", root, "--layout", layout, "--limit", 3, "--seconds", 1, "--metrics", PICTURES, "--out", out,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    lab(left_right_clips(folder / "clips", ("a", "b", "c"), 1.2), "single", folder / "out")
    return folder / "out"


def test_footage_gets_a_card_per_id_a_map_and_the_verdicts(out):
    index = (out / "cards" / "README.md").read_text("utf-8")
    assert "--root DIR --layout single --seconds 1" in index
    assert "footage, 3 clips of 1 s" in index
    assert (out / "cards" / "heatmap.png").read_bytes().startswith(b"\x89PNG")
    assert set(json.loads((out / "cards.json").read_text("utf-8"))) <= set(PICTURES.split(","))


@pytest.mark.parametrize("card", ["psnr-piq.md", "ssim-piq.md"])
def test_pictures_of_footage_are_damaged_in_every_way(card, out):
    text = (out / "cards" / card).read_text("utf-8")
    rows = {line.split("|")[1].strip(): line.split("|") for line in text.splitlines() if line.startswith("| ")}
    assert set(rows) - {"damage"} == set(filmed_ladder())
    for damage in ("blur", "grain", "h264", "freeze", "reverse", "shuffle"):
        none, *_, most = (float(cell) for cell in rows[damage][3:7])
        assert most > none
    assert len(set(rows["sound-late"][3:7])) == 1, "nothing is encoded anew, and nothing else than sound has changed"


def test_measured_ids_need_pictures(tmp_path):
    done = tool("validate-metrics", "--metrics", "psnr@piq", "--out", tmp_path)
    assert done.returncode == 2
    assert "--pictures" in done.stderr


@pytest.mark.slow
def test_real_footage(shared, tmp_path):
    lab(shared / "clips" / "vico", "left-right", tmp_path)
    assert "psnr@piq" in (tmp_path / "cards" / "README.md").read_text("utf-8")
