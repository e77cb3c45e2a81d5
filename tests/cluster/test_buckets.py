"""The feature store in a bucket of a real S3 server: whole or absent, whoever writes and whatever breaks."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from echo_bench.cli.main import build as app_of
from echo_bench.errors import ResultError, StoreError
from echo_bench.leaderboard.published import publish, published, result_at
from echo_bench.pipeline.store import Failure, FeatureStore, key_of
from echo_bench.processes import worked
from tests.e2e.test_pipeline import everything, run
from tests.e2e.test_shards import piece
from tests.footage import left_right_clips
from tests.unit.leaderboard.test_published import run_of

pytest.importorskip("s3fs", reason="needs the extra s3")
server = pytest.importorskip("moto.server")
boto3 = pytest.importorskip("boto3")
pytestmark = pytest.mark.cluster

PORT = 5127
URL = "s3://bench/features"
PLACE = "s3://bench/runs/mine"
KEYS = [key_of({"number": number}) for number in range(12)]
KILLED = """
import numpy as np, sys
from echo_bench.pipeline.store import FeatureStore
store = FeatureStore(sys.argv[1])
print("ready", flush=True)
store.put(sys.argv[2], {"a": np.zeros(12_000_000, np.float32)}, {})
"""


PUBLISHED = """
import sys
from pathlib import Path
from echo_bench.leaderboard.published import publish
print("ready", flush=True)
publish(Path(sys.argv[1]), sys.argv[2])
"""


def arrays_of(key: str) -> dict[str, np.ndarray]:
    return {"a": np.frombuffer(bytes.fromhex(key), np.uint8).astype(np.float32)}


def publish_to(item: tuple[Path, str]) -> None:
    """One of several writers of the same results."""
    publish(*item)


def write_all(url: str) -> int:
    """What each of several machines does that were given the same work."""
    store = FeatureStore(url)
    for key in KEYS:
        store.put(key, arrays_of(key), {"key": key})
    return len(KEYS)


@pytest.fixture(scope="module")
def running():
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{PORT}")
        started = server.ThreadedMotoServer(port=PORT)
        started.start()
        yield started
        started.stop()


@pytest.fixture
def client(running):
    made = boto3.client("s3")
    made.create_bucket(Bucket="bench")
    yield made
    for entry in made.list_objects_v2(Bucket="bench").get("Contents", ()):
        made.delete_object(Bucket="bench", Key=entry["Key"])


@pytest.fixture
def store(client) -> FeatureStore:
    return FeatureStore(URL)


def test_round_trip(store):
    store.put(KEYS[0], arrays_of(KEYS[0]), {})
    assert store.has(KEYS[0])
    assert not store.has(KEYS[1])
    np.testing.assert_array_equal(store.get(KEYS[0])["a"], arrays_of(KEYS[0])["a"])
    assert list(store.keys()) == [KEYS[0]]
    with pytest.raises(StoreError, match="no such feature"):
        store.get(KEYS[1])


def test_equal_bytes_in_a_bucket_and_in_a_folder(store, client, tmp_path):
    local = FeatureStore(tmp_path)
    for each in (store, local):
        each.put(KEYS[0], arrays_of(KEYS[0]), {"x": 1})
    body = client.get_object(Bucket="bench", Key=f"features/{KEYS[0][:2]}/{KEYS[0]}.safetensors")["Body"].read()
    assert body == local.path(KEYS[0]).read_bytes()
    assert local.take(store) == 0


def test_failures_sizes_and_pruning(store):
    store.put_failure(KEYS[0], Failure("NoFaceError", "no face"))
    assert store.failure(KEYS[0]) == Failure("NoFaceError", "no face")
    for key in KEYS[:3]:
        store.put(key, arrays_of(key), {})
        time.sleep(1.1)  # the server's clock counts seconds
    found = store.info()
    assert (found.features, found.failures) == (3, 0)
    assert store.prune(found.size * 2 // 3 + 1) == 1
    assert list(store.keys()) == sorted(KEYS[1:3])


def test_damage_is_noticed_and_removed(store, client):
    store.put(KEYS[0], arrays_of(KEYS[0]), {})
    client.put_object(Bucket="bench", Key=f"features/{KEYS[0][:2]}/{KEYS[0]}.safetensors", Body=b"torn")
    assert store.verify() == [KEYS[0]]
    assert not store.has(KEYS[0])


def test_an_upload_that_was_never_completed_is_not_there(store, client):
    name = f"features/{KEYS[0][:2]}/{KEYS[0]}.safetensors"
    upload = client.create_multipart_upload(Bucket="bench", Key=name)["UploadId"]
    client.upload_part(Bucket="bench", Key=name, UploadId=upload, PartNumber=1, Body=b"x" * 2**20)
    assert not store.has(KEYS[0])
    assert list(store.keys()) == []


@pytest.mark.parametrize("after", [0.02, 0.1])
def test_a_writer_killed_midway_leaves_nothing_or_the_whole(store, after):
    script = [sys.executable, "-c", KILLED, URL, KEYS[0]]
    writer = subprocess.Popen(script, stdout=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "ready\n"
    time.sleep(after)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert store.verify() == []
    assert store.info().features in (0, 1)


def test_many_writers_of_the_same_features(store):
    assert dict(worked(write_all, [URL, f"{URL}/"], 2)) == {URL: len(KEYS), f"{URL}/": len(KEYS)}
    assert list(store.keys()) == sorted(KEYS)
    assert store.verify() == []


def test_a_server_that_comes_back_is_waited_for(store, running):
    running.stop()
    again = threading.Timer(0.6, running.start)
    again.start()
    store.put(KEYS[0], arrays_of(KEYS[0]), {})
    again.join()
    assert store.has(KEYS[0])


def test_a_bucket_that_is_not_there_is_named(client):
    with pytest.raises(StoreError, match=r"s3://nowhere/.*make the bucket first"):
        FeatureStore("s3://nowhere/features").put(KEYS[0], arrays_of(KEYS[0]), {})


def test_a_run_on_a_bucket_ends_in_the_same_results(store, tmp_path):
    root = left_right_clips(tmp_path / "clips", ("a", "b"), 1.2)
    run(piece(root, tmp_path / "folder"))
    run(piece(root, tmp_path / "bucket", store=URL, workers=2))
    local = {name: data for name, data in everything(tmp_path / "folder").items() if "safetensors" not in name}
    assert everything(tmp_path / "bucket") == local
    assert store.info().features == FeatureStore(tmp_path / "folder" / "store").info().features


def test_results_of_a_run_in_a_bucket(client, tmp_path):
    """The command keeps its results in a bucket too, and another machine makes a board of them."""
    root = left_right_clips(tmp_path / "clips", ("a", "b"), 1.2)
    options = [
        "--dataset",
        "folder",
        "--root",
        root,
        "--layout",
        "left-right",
        "--methods",
        "reencoded",
        "--metrics",
        "psnr@piq",
    ]
    places = [
        "--out",
        tmp_path / "out",
        "--store",
        tmp_path / "store",
        "--results",
        PLACE,
        "--no-report",
        "--workers",
        "1",
    ]
    done = CliRunner().invoke(app_of(), ["run", *map(str, options + places)])
    assert done.exit_code == 0, done.output
    local = {path.name: path for path in (tmp_path / "out/results").glob("*.json")}
    assert {f"{each.result.method.name}.json" for each in published(PLACE)} == set(local)
    assert result_at(f"{PLACE}/results/reencoded.json").text() == local["reencoded.json"].read_text()
    assert (
        client.get_object(Bucket="bench", Key="runs/mine/rows.parquet")["Body"].read()
        == (tmp_path / "out/rows.parquet").read_bytes()
    )
    done = CliRunner().invoke(app_of(), ["leaderboard", PLACE, "--out", str(tmp_path / "board")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "board/leaderboard.md").read_bytes() == (tmp_path / "out/leaderboard.md").read_bytes()


@pytest.mark.parametrize("after", [0.02, 0.15])
def test_a_publisher_killed_midway_leaves_nothing_to_read_or_the_whole(client, tmp_path, after):
    out = run_of(tmp_path / "out", {f"m{number:02d}": float(number) for number in range(30)})
    writer = subprocess.Popen([sys.executable, "-c", PUBLISHED, str(out), PLACE], stdout=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "ready\n"
    time.sleep(after)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    with suppress(ResultError):
        assert len(published(PLACE)) == 30
    publish(out, PLACE)
    assert len(published(PLACE)) == 30


def test_two_publishers_of_one_run(client, tmp_path):
    """What they publish differs in its timings alone."""
    outs = [run_of(tmp_path / name, {f"m{number:02d}": float(number) for number in range(20)}) for name in "ab"]
    for path in (outs[1] / "results").glob("*.json"):
        path.write_text(path.read_text().replace('"score": 1.5', '"score": 2.5'))
    list(worked(publish_to, [(out, PLACE) for out in outs], 2))
    assert [each.result.score("psnr").value for each in published(PLACE)] == [float(number) for number in range(20)]


def test_results_wait_for_a_server_that_comes_back(client, running, tmp_path):
    out = run_of(tmp_path / "out", {"a": 1.0})
    running.stop()
    again = threading.Timer(0.6, running.start)
    again.start()
    publish(out, PLACE)
    again.join()
    assert len(published(PLACE)) == 1
