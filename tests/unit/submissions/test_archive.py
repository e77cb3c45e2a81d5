"""The container: a seal over every byte, and nothing in it that could lead outside or unfold."""

from __future__ import annotations

import hashlib
import os
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_bench.submissions import archive as archives
from echo_bench.submissions.archive import DOCUMENTS, SubmissionError, opened, seal, write_archive

CONTENT = b"\0\1 the artefact"
NAME = f"artefacts/{hashlib.sha256(CONTENT).hexdigest()}.mp4"
MEMBERS = {**dict.fromkeys(DOCUMENTS, b"{}"), NAME: CONTENT}


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "good.zip"
    write_archive(path, MEMBERS)
    return path


def hostile(path: Path, *entries: tuple[zipfile.ZipInfo | str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    """A zip of the documents and other members, sealed as if it were lawful."""
    with zipfile.ZipFile(path, "w", compression) as content:
        for name in DOCUMENTS:
            content.writestr(plain(name), b"{}", zipfile.ZIP_STORED)
        for entry, data in entries:
            content.writestr(entry if isinstance(entry, zipfile.ZipInfo) else plain(entry), data, compression)
        content.comment = b"0" * 64
    seal(path)
    return path


def plain(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("")
    entry.filename = name  # as it is: the constructor would mend some
    entry.external_attr = 0o100644 << 16
    return entry


def test_any_tool_can_read_it_and_equal_members_are_equal_bytes(good, tmp_path):
    with zipfile.ZipFile(good) as content:
        assert set(content.namelist()) == set(MEMBERS)
        assert content.read(NAME) == CONTENT
    write_archive(tmp_path / "again.zip", dict(reversed(MEMBERS.items())))
    assert (tmp_path / "again.zip").read_bytes() == good.read_bytes()


def test_what_was_packed_comes_out(good, tmp_path):
    with opened(good) as archive:
        assert archive.read("result.json") == b"{}"
        assert archive.unpack(NAME, tmp_path).read_bytes() == CONTENT
        assert archive.seal == hashlib.sha256(good.read_bytes()[:-64]).hexdigest()


@settings(max_examples=300)
@given(data=st.data())
def test_any_flipped_bit_is_noticed(good, tmp_path_factory, data):
    whole = good.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    bit = data.draw(st.integers(0, 7))
    path = tmp_path_factory.getbasetemp() / "flipped.zip"
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
    with pytest.raises(SubmissionError), opened(path):
        pass


@pytest.mark.parametrize(
    "change", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b[1:], lambda b: b"x" + b, lambda b: b""]
)
def test_nothing_can_be_cut_off_or_added(good, tmp_path, change):
    path = tmp_path / "changed.zip"
    path.write_bytes(change(good.read_bytes()))
    with pytest.raises(SubmissionError, match=r"no submission|seal is broken"), opened(path):
        pass


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o120777 << 16
    return entry


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("../../outside.mp4", "has a name that no submission has"),
        ("/etc/cron.d/x", "has a name that no submission has"),
        ("artefacts/../../x.mp4", "has a name that no submission has"),
        ("artefacts\\..\\x.mp4", "has a name that no submission has"),
        (f"{NAME}\0.exe", "has a name that no submission has"),
        ("artefacts/" + "\u202e4pm" + ".mp4", "has a name that no submission has"),
        (NAME.replace(".mp4", ".pkl"), "has a name that no submission has"),
        (link(NAME), "is a link or another special file"),
        ("result.json", "is there 2 times"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_hostile_members_are_refused_before_anything_is_unpacked(tmp_path, entry, message):
    path = hostile(tmp_path / "bad.zip", (entry, b"../../../etc/passwd"))
    with pytest.raises(SubmissionError, match=message), opened(path):
        pass
    assert [each.name for each in tmp_path.iterdir()] == ["bad.zip"]


def test_a_zip_bomb_is_refused_unopened(tmp_path):
    path = hostile(tmp_path / "bomb.zip", (plain(NAME), bytes(50 * 2**20)), compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 2**17
    with pytest.raises(SubmissionError, match="is compressed"), opened(path):
        pass


def test_members_that_share_bytes_are_refused(tmp_path):
    """Many names for one stretch of the file would unfold it many times."""
    path = hostile(tmp_path / "bad.zip", (NAME, CONTENT * 1000))
    data = path.read_bytes()
    start = data.rindex(b"PK\1\2")
    end = data.rindex(b"PK\5\6")
    entry = data[start:end]
    copies = [entry.replace(NAME.encode(), f"artefacts/{index:064x}.mp4".encode()) for index in range(9)]
    fields = list(struct.unpack("<4s4H2LH", data[end : end + 22]))
    fields[3] = fields[4] = 4 + len(copies)
    fields[5] += sum(map(len, copies))
    path.write_bytes(data[:end] + b"".join(copies) + struct.pack("<4s4H2LH", *fields) + data[end + 22 :])
    seal(path)
    with pytest.raises(SubmissionError, match="overlap"), opened(path):
        pass


def test_a_directory_of_millions_of_members_is_refused_unread(tmp_path):
    path = hostile(tmp_path / "bad.zip")
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\5\6")
    data[end + 12 : end + 16] = struct.pack("<L", 2**31)
    path.write_bytes(data)
    seal(path)
    with pytest.raises(SubmissionError, match="lists its members in"), opened(path):
        pass


def test_a_zip64_directory_is_refused(tmp_path):
    """It would replace the sizes that were checked."""
    path = hostile(tmp_path / "bad.zip")
    data = path.read_bytes()
    end = data.rindex(b"PK\5\6")
    path.write_bytes(data[:end] + b"PK\6\7" + bytes(16) + data[end:])
    seal(path)
    with pytest.raises(SubmissionError, match="is no submission"), opened(path):
        pass


def test_documents_must_be_there(tmp_path):
    path = tmp_path / "bad.zip"
    write_archive(path, {"result.json": b"{}"})
    with pytest.raises(SubmissionError, match=r"lacks submission\.json, rows\.json"), opened(path):
        pass


def test_an_artefact_must_be_what_its_name_says(tmp_path):
    path = tmp_path / "bad.zip"
    write_archive(path, {**MEMBERS, NAME: b"something else"})
    with opened(path) as archive, pytest.raises(SubmissionError, match="does not have the hash"):
        archive.unpack(NAME, tmp_path)


@pytest.mark.parametrize("content", [b"", b"text", b"PK\5\6" + bytes(100), os.urandom(500)])
def test_what_is_no_submission_is_refused(tmp_path, content):
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(SubmissionError), opened(path):
        pass


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SubmissionError, match="no such submission"), opened(tmp_path / "no.zip"):
        pass


def test_too_many_files_are_refused_and_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    with pytest.raises(SubmissionError, match="4 files, and a submission holds 3"):
        write_archive(tmp_path / "x.zip", MEMBERS)
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(SubmissionError, match="cannot be written"):
        write_archive(tmp_path / "folder" / "x.zip", {"result.json": b"{}"})
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
