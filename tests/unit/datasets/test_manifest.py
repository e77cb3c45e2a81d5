"""Layouts and manifests: what is accepted, what is refused and how."""

from __future__ import annotations

import json

import pytest

from echo_bench.datasets.layout import parse_layout
from echo_bench.datasets.manifest import ClipEntry, Manifest, SideEntry, read_manifest
from echo_bench.errors import DatasetError, ManifestError


def test_layouts():
    assert parse_layout("left-right").panels == ("user", "avatar")
    panels = parse_layout("panels:user,-,dim")
    assert panels.panels == ("user", "-", "dim")
    assert panels.methods == ("dim",)
    assert str(panels) == "panels:user,-,dim"


@pytest.mark.parametrize(
    "text", ["", "side", "panels", "panels:", "panels:a,,b", "panels:a,a", "panels:-,-", "single:x"]
)
def test_refuses_other_layouts(text):
    with pytest.raises(DatasetError, match="--layout"):
        parse_layout(text)


def manifest(**changes) -> Manifest:
    clips = (
        ClipEntry(id="a", user=SideEntry(video="a.mp4", panel=(0, 2)), avatar=SideEntry(video="a.mp4", panel=(1, 2))),
    )
    return Manifest(dataset="folder", version="1", split="test", clips=clips, sha256={"a.mp4": "00"}).model_copy(
        update=changes
    )


def test_a_locked_manifest_round_trips(tmp_path):
    manifest().write(tmp_path / "m.json")
    assert read_manifest(tmp_path / "m.json", "folder") == manifest().locked()


@pytest.mark.parametrize("change", [("a.mp4", "b.mp4"), ('"00"', '"01"'), ('"test"', '"train"')])
def test_any_edit_breaks_the_lock(tmp_path, change):
    path = tmp_path / "m.json"
    manifest().write(path)
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(ManifestError, match="does not match its lock"):
        read_manifest(path, "folder")


def test_reads_a_list_made_by_hand(tmp_path):
    (tmp_path / "val.json").write_text(json.dumps([{"id": "x", "avatar": {"video": "x.mp4", "audio": "x.wav"}}]))
    found = read_manifest(tmp_path / "val.json", "folder")
    assert found.split == "val"
    assert found.clips[0].files() == ("x.mp4", "x.wav")


def test_reads_csv(tmp_path):
    (tmp_path / "m.csv").write_text(
        "id,video,sound,cluster,user_identity,emotion\n1,one.mp4,user,d1,ann,joy\n2,two.mp4,,d2,,\n"
    )
    first, second = read_manifest(tmp_path / "m.csv", "folder").clips
    assert first.user == SideEntry(video="one.mp4", panel=(0, 2), audio="one.mp4")
    assert first.avatar == SideEntry(video="one.mp4", panel=(1, 2))
    assert (first.cluster, first.identities, first.strata) == ("d1", {"user": "ann"}, {"emotion": "joy"})
    assert second.user.audio is None


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("m.json", "{", "not readable as json"),
        ("m.json", "{}", "does not have the form"),
        ("m.json", '[{"id": "a", "colour": 1}]', "colour"),
        ("m.json", "[]", "holds no clip"),
        ("m.json", '[{"id": "a"}, {"id": "a"}]', "'a' appears twice"),
        ("m.json", '[{"id": "../a"}]', "cannot be a file name"),
        ("m.json", '[{"id": "a", "avatar": {"video": "../../etc/x.mp4"}}]', "leaves the root"),
        ("m.json", '[{"id": "a", "avatar": {"video": "/etc/x.mp4"}}]', "leaves the root"),
        ("m.json", "[" * 100_000, "not readable"),
        ("m.csv", "name,video\na,b\n", "needs a column 'id'"),
        ("m.csv", "id,vidoe\na,b\n", "unknown: vidoe"),
    ],
)
def test_refuses_by_name(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(ManifestError, match=message):
        read_manifest(tmp_path / name, "folder")


def test_lists_all_defects_at_once(tmp_path):
    (tmp_path / "m.json").write_text('[{"id": "a"}, {"id": "a"}, {"id": "b", "user": {"video": "/x.mp4"}}]')
    with pytest.raises(ManifestError, match=r"appears twice.*leaves the root"):
        read_manifest(tmp_path / "m.json", "folder")


def test_says_that_the_file_is_missing(tmp_path):
    with pytest.raises(ManifestError, match="no such manifest"):
        read_manifest(tmp_path / "m.json", "folder")
