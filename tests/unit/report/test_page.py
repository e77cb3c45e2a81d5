"""The page: self-contained, complete, inert whatever the names are."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pandas as pd
import pytest

from echo_bench.report.channels import CHANNELS, curve
from echo_bench.report.clips import clip_payload
from echo_bench.report.page import write_page
from tests.reportbyhand import METHODS, RTL, SCRIPT, without_clips

VOID = {"meta", "link", "input", "img", "line", "circle"}


class Reader(HTMLParser):
    """Collects links, scripts and text, and checks that tags nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.images: list[dict[str, str | None]] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.links += [found[name] or "" for name in ("href", "src", "poster") if name in found]
        self.handlers += [name for name in found if name.startswith("on")]
        self.ids += [found["id"] or ""] if "id" in found else []
        if tag == "script":
            self.scripts.append((found, ""))
        if tag == "img":
            self.images.append(found)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        while self.open and self.open[-1] != tag and self.open[-1] in ("li", "p", "td", "th", "tr", "dt", "dd"):
            self.open.pop()  # end tags that HTML lets one leave out
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            found, text = self.scripts[-1]
            self.scripts[-1] = (found, text + data)


@pytest.fixture(scope="module")
def read(page: Path) -> Reader:
    return Reader(page.read_text("utf-8"))


@pytest.fixture(scope="module")
def payloads(read: Reader) -> list[dict]:
    return [json.loads(text) for found, text in read.scripts if found.get("type") == "application/json"]


def seats(payload: dict) -> dict[str, dict]:
    return {seat["label"]: seat for seat in payload["seats"]}


def test_it_parses_nests_and_ids_are_unique(read):
    assert not read.open
    assert len(read.ids) == len(set(read.ids))


def test_every_link_is_relative_and_leads_to_a_file(page, read, payloads):
    files = [
        seat[part] for payload in payloads for seat in payload["seats"] for part in ("video", "poster") if seat[part]
    ]
    links = [link for link in read.links if not link.startswith("#") and link != "data:,"]
    assert files
    assert any(link.startswith("plots/") for link in links)
    for link in [*links, *files]:
        assert not urlsplit(link).scheme, link
        assert not link.startswith("/"), link
        assert (page.parent / unquote(link)).stat().st_size > 0, link
    assert {link[1:] for link in read.links if link.startswith("#")} <= set(read.ids)


def test_nothing_outside_is_named(page):
    text = page.read_text("utf-8")
    assert "://" not in text
    assert "default-src 'none'" in text
    assert str(page.parent) not in text
    for word in ("fetch(", "XMLHttpRequest", "innerHTML", "eval(", "document.write"):
        assert word not in text


def test_hostile_names_are_text(page, read):
    text = page.read_text("utf-8")
    assert SCRIPT not in text
    assert "<i>second" not in text
    assert "<b>report" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;" in text
    assert len([1 for found, _ in read.scripts if found.get("type") != "application/json"]) == 1
    assert not read.handlers


def test_the_player_is_told_everything(payloads):
    first, second = payloads
    assert (first["id"], second["id"]) == ("first", "<i>second</i>")
    assert list(seats(first)) == [
        "user",
        "truth",
        "ground-truth",
        "good",
        SCRIPT,
        RTL.replace("\u202e", "\\u202e"),
        "motion",
        "broken",
    ]
    assert seats(first)["good"]["video"]
    assert seats(first)["motion"]["face"]
    assert seats(first)["motion"]["reason"] == "motion only"
    assert seats(first)["broken"]["reason"].startswith("cannot be shown: bad.mp4")
    assert seats(first)[RTL.replace("\u202e", "\\u202e")]["reason"] == "FAILED: no file <first>.mp4"
    assert first["spans"][0] == {"emotion": None, "end": 0.8, "start": 0.0, "who": "user"}
    assert first["values"][0] == {"cells": ["20.00", "21.00", "22.00", "–", "–", "–"], "metric": "psnr@piq"}


def test_traces_come_back_to_a_254th_of_their_range(inputs, payloads):
    packed = seats(payloads[0])["good"]["trace"]
    for channel, told, text in zip(CHANNELS, payloads[0]["channels"], packed, strict=True):
        levels = np.frombuffer(base64.b64decode(text), np.uint8)
        wanted = curve(inputs.clips[0].traces["good"], channel)
        assert np.array_equal(levels == 255, np.isnan(wanted)), "gaps are gaps"
        got = told["low"] + levels / 254 * (told["high"] - told["low"])
        step = (told["high"] - told["low"]) / 254
        assert np.abs(got - wanted)[levels != 255].max() <= 0.51 * step + 1e-4


def test_board_cells_say_how_they_ended(page):
    text = page.read_text("utf-8")
    assert ">SKIPPED<" in text
    assert ">FAILED<" in text
    assert "few clusters" in text
    assert "needs pixels; the method gives motion" in text
    for name in ("ground-truth", "good", "motion", "broken"):
        assert f"<bdi>{name}</bdi>" in text
    assert text.count('class="row"') == len(METHODS) + 2


def test_motion_as_delivered_has_a_table_of_its_own(page):
    text = page.read_text("utf-8")
    measured, native = (part.partition("</section>")[0] for part in text.split('class="board"')[1:])
    assert '<a href="#board-native">Motion as delivered</a>' in text
    assert 'data-name="mse_exp@dim-native"' in native
    assert "mse_exp@dim-native" not in measured
    assert "psnr@piq" not in native
    assert [f"<bdi>{name}</bdi>" in native for name in ("ground-truth", "motion", "good")] == [True, True, False]
    assert "they give pixels alone" in native


def test_a_report_without_delivered_motion_has_one_table(inputs, tmp_path):
    bare = replace(without_clips(inputs), boards=inputs.boards[:1])
    text = write_page(bare, tmp_path).read_text("utf-8")
    assert text.count('class="board"') == 1
    assert "Motion as delivered" not in text


def test_pictures_have_words_and_load_late(read):
    assert read.images
    for image in read.images:
        assert image["alt"]
        assert image["loading"] == "lazy"


def test_equal_inputs_give_an_equal_page(inputs, page, tmp_path):
    bare = without_clips(inputs)
    assert write_page(bare, tmp_path / "a").read_bytes() == write_page(bare, tmp_path / "b").read_bytes()
    assert "This report has no clips" in (tmp_path / "a" / "index.html").read_text("utf-8")


def test_halves_of_the_truth_have_no_seat(inputs):
    """They compare footage with itself: nothing of theirs is missing."""
    payload = clip_payload(replace(inputs, halves=frozenset({METHODS[0]})), inputs.clips[0], {})
    assert METHODS[0] not in seats(payload)
    assert [seat["label"] for seat in payload["seats"]][:3] == ["user", "truth", "good"]
    assert payload["values"][0]["cells"][0] == "21.00", "values stand beneath the seats that are left"


def test_what_was_scored_and_is_gone_is_not_called_skipped(inputs):
    """A row that lost its output since it was scored: other rows of it may be skipped for reasons of their own."""
    rows = pd.DataFrame(
        [("good", "first", "psnr@piq", "skipped", "no net"), ("good", "first", "ssim@piq", "ok", "")],
        columns=["method", "clip", "metric", "status", "reason"],
    )
    clip = replace(inputs.clips[0], artefacts={})
    told = seats(clip_payload(replace(inputs, rows=rows), clip, {}))["good"]["reason"]
    assert told.startswith("was scored, and its output is no longer here")
