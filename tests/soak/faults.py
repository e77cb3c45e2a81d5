"""What can happen to a run, and whether the next one makes up for it: shared by the tests and by tools/fault_table.py."""

from __future__ import annotations

import ctypes
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from echo_bench.results.schema import read_result
from tests.footage import left_right_clips

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
# A clock that stands in another year each time it is asked.
LEAPING_CLOCK = """
import itertools, time
leaps = itertools.cycle((0, 4e8, -1.4e9, 3e7))
now = time.time
time.time = lambda: now() + next(leaps)
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """How one trial ended.

    Attributes
    ----------
    code : int
        Exit code of the run that the fault met; -9 where it was killed.
    said : str
        The last line on its stderr.
    whole : bool
        Whether, after the same command again, everything is equal to the run that nothing met.
    """

    code: int
    said: str
    whole: bool


class Bench:
    """Small footage, a run of it that nothing met, and trials beside it.

    Parameters
    ----------
    folder : Path
        Empty.

    Attributes
    ----------
    seconds : float
        What a run takes.
    options : tuple of str
        More options of every run but the one that nothing met.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.options: tuple[str, ...] = ()
        self.root = left_right_clips(folder / "clips", tuple("abcdef"), 2.0)
        started = time.perf_counter()
        subprocess.run(self.command(folder / "whole"), check=True, capture_output=True)
        self.seconds = time.perf_counter() - started
        self.expected = everything(folder / "whole", folder / "whole" / "store")

    def command(self, out: Path, store: Path | None = None, workers: int = 2) -> list[str]:
        """The run."""
        return [
            str(Path(sys.executable).with_name("echo-bench")), "run", "--dataset", "folder", "--root", str(self.root),
            "--layout", "left-right", "--metrics", "psnr@piq,ssim@piq", "--methods", "reencoded,static,random", "--no-always",
            "--out", str(out), "--store", str(store or out / "store"), "--workers", str(workers), "--no-report", *self.options,
        ]  # fmt: skip

    def again(self, out: Path, store: Path | None = None) -> bool:
        """Run the same command to its end, in one process, which is cheaper and must not matter; whether nothing is lost."""
        done = subprocess.run(self.command(out, store, workers=1), check=False, capture_output=True, text=True)
        if done.returncode:
            print(done.stderr)  # noqa: T201  (shown where the trial fails)
            return False
        return everything(out, store or out / "store") == self.expected

    def start(self, out: Path, **options: object) -> subprocess.Popen[str]:
        """Start the run in a group of processes of its own."""
        return subprocess.Popen(
            self.command(out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True, **options,
        )  # type: ignore[call-overload, no-any-return]  # fmt: skip

    def some_time(self, rng: random.Random) -> None:
        """Wait for a random part of the time that a run takes."""
        time.sleep(rng.uniform(0.1, 1.0) * self.seconds)


def everything(out: Path, store: Path) -> dict[str, bytes]:
    """The bytes that must not depend on how a run went."""
    kept = {str(p.relative_to(store)): p.read_bytes() for p in store.rglob("*.safetensors")}
    kept |= {p.name: read_result(p).deterministic_bytes() for p in (out / "results").glob("*.json")}
    return {**kept, "rows": (out / "rows.parquet").read_bytes()}


def killed(bench: Bench, out: Path, rng: random.Random) -> Trial:
    """kill -9 of the run alone, at a random moment; its workers must notice by themselves."""
    run = bench.start(out)
    bench.some_time(rng)
    run.kill()
    said = ended(run)
    return Trial(run.returncode, said, _group_ended(run.pid) and bench.again(out))


def worker_killed(bench: Bench, out: Path, rng: random.Random) -> Trial:
    """kill -9 of one worker, as the kernel does when memory runs out."""
    run = bench.start(out)
    victims: list[int] = []
    while run.poll() is None and not victims:
        victims = _workers(run.pid)
        time.sleep(0.01)
    time.sleep(rng.uniform(0, 0.3) * bench.seconds)
    for victim in rng.sample(victims, min(1, len(victims))):
        if victim in _workers(run.pid):
            os.kill(victim, signal.SIGKILL)
    said = ended(run)
    return Trial(run.returncode, said, _group_ended(run.pid) and bench.again(out))


def torn(bench: Bench, out: Path, rng: random.Random) -> Trial:
    """Power lost on a disk that lies about what is on it: the newest feature, an artefact and its record are cut short."""
    shutil.copytree(bench.folder / "whole", out)
    newest = max((out / "store").rglob("*.safetensors"), key=lambda path: path.stat().st_mtime_ns)
    video, record = (
        rng.choice(sorted(out.glob(f"artefacts/{pattern}"))) for pattern in ("static/*.mp4", "random/*.json")
    )
    lost_too = rng.choice(sorted((out / "store").rglob("*.safetensors")))
    for path in (newest, video, record, lost_too, out / "rows.parquet", out / "results" / "static.json"):
        os.truncate(path, rng.randrange(path.stat().st_size))
    # The torn feature is found when it is read; the run says so, and the next one makes it again.
    done = subprocess.run(bench.command(out), check=False, capture_output=True, text=True)
    whole = any(bench.again(out) for _ in range(2))
    return Trial(done.returncode, _last(done.stderr), whole)


def disk_full(bench: Bench, out: Path, rng: random.Random) -> Trial:
    """No file may grow beyond some kilobytes: small ones still fit, large ones do not."""
    limit = round(2 ** rng.uniform(9, 16))
    run = bench.start(out, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    said = ended(run)
    return Trial(run.returncode, said, bench.again(out))


def read_only(bench: Bench, out: Path, rng: random.Random) -> Trial:
    """The store can be read and not written, with some of its features there."""
    shutil.copytree(bench.folder / "whole" / "store", out / "store")
    for path in rng.sample(sorted((out / "store").rglob("*.safetensors")), 5):
        path.unlink()
    folders = [out / "store", *(path for path in (out / "store").iterdir())]
    for folder in folders:
        folder.chmod(0o555)
    run = bench.start(out, preexec_fn=_no_override)
    said = ended(run)
    for folder in folders:
        folder.chmod(0o755)
    return Trial(run.returncode, said, bench.again(out))


def two_at_once(bench: Bench, out: Path, rng: random.Random) -> Trial:
    """Two runs with one folder and one store; either may be ahead."""
    first = bench.start(out)
    time.sleep(rng.uniform(0, 0.3) * bench.seconds)
    second = bench.start(out)
    said = [ended(first), ended(second)]
    whole = everything(out, out / "store") == bench.expected and bench.again(out)
    return Trial(max(first.returncode, second.returncode), said[second.returncode > 0], whole)


def clock_leaps(bench: Bench, out: Path, rng: random.Random) -> Trial:
    """Killed, then all that was kept gets times from 1980 to 2100, and the run goes on with a clock that leaps by decades."""
    run = bench.start(out)
    bench.some_time(rng)
    run.kill()
    ended(run)
    _group_ended(run.pid)
    for path in (path for path in out.rglob("*") if path.is_file()):
        stamp = rng.uniform(3.2e8, 4.1e9)
        os.utime(path, (stamp, stamp))
    shim = out / "clock"
    shim.mkdir(parents=True, exist_ok=True)
    (shim / "sitecustomize.py").write_text(LEAPING_CLOCK)
    path = os.pathsep.join([str(shim), *filter(None, [os.environ.get("PYTHONPATH")])])
    again = bench.start(out, env={**os.environ, "PYTHONPATH": path})
    said = ended(again)
    whole = again.returncode == 0 and everything(out, out / "store") == bench.expected
    return Trial(again.returncode, said, whole and bench.again(out))


FAULTS: dict[str, Callable[[Bench, Path, random.Random], Trial]] = {
    "kill -9 of the run at a random moment": killed,
    "kill -9 of a worker (out of memory)": worker_killed,
    "torn feature, artefact, record, rows and result": torn,
    "disk full (RLIMIT_FSIZE)": disk_full,
    "read-only store": read_only,
    "two runs in one folder with one store": two_at_once,
    "clock and file times leap by decades": clock_leaps,
}


def ended(run: subprocess.Popen[str]) -> str:
    """Wait for a run; the last line it said."""
    return _last(run.communicate()[1])


def _last(text: str) -> str:
    lines = [line for line in text.strip().split("\n") if line.strip()]
    return lines[-1] if lines else ""


def _group_ended(group: int, seconds: float = 30) -> bool:
    """Whether no process of a group is left after some time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def _workers(run: int) -> list[int]:
    """The worker processes of a run (Linux)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == run and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except (OSError, IndexError):
            continue  # it ended meanwhile
    return sorted(found)


def _no_override() -> None:
    """Root may write anywhere; not after this and the exec that follows. Others lose nothing."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)
