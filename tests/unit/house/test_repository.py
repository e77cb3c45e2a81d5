"""What a clone holds: small, self-contained, with the README's two commands in working order."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LIMIT_MB = 100  # a clone with its history
PARTS_MB = {
    "echo_bench/simulator/data": 35, "echo_bench/simulator/assets": 2, "docs/images": 15, "leaderboards": 15,
}  # fmt: skip
CHECKPOINT, CHECKPOINT_MB = "echo_bench/methods/learned/weights/echo-tiny.safetensors", 12


def git(*arguments: str) -> str:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def tracked() -> list[Path]:
    return [ROOT / name for name in git("ls-files").split("\n") if name and (ROOT / name).is_file()]


def sent_mb() -> float:
    """What a clone of HEAD is sent, packed afresh: how this checkout keeps its objects (loose, in many packs,
    with the deltas of the machine that fetched them) does not count, nor does what no commit reaches."""
    git("rev-parse", "HEAD")
    pack = ["git", "pack-objects", "--revs", "--stdout", "-q", "--no-reuse-delta", "--threads=1"]
    return len(subprocess.run(pack, cwd=ROOT, input=b"HEAD\n", capture_output=True, check=True).stdout) / 1e6


@pytest.mark.timeout(300)
def test_a_clone_with_its_history_is_small():
    assert sent_mb() < LIMIT_MB
    for part, limit in PARTS_MB.items():
        total = sum(path.stat().st_size for path in tracked() if path.is_relative_to(ROOT / part))
        assert total / 1e6 < limit, part
    large = [path for path in tracked() if path.stat().st_size > 5e6]
    assert [path for path in large if path != ROOT / CHECKPOINT] == []
    assert all(path.stat().st_size < CHECKPOINT_MB * 1e6 for path in large)


def test_no_path_of_a_machine_and_no_registry_host():
    local = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/\w")
    hosts = re.compile(
        "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.org", r"deb\." + "debian"])
    )
    wrong = []
    for path in tracked():
        if path.suffix in {".py", ".md", ".toml", ".ini", ".txt", ".json", ".cff", ".js", ".css", ".j2", ""}:
            text = path.read_text("utf-8", errors="replace")
            wrong += [f"{path.relative_to(ROOT)}: {m.group()}" for m in (local.search(text), hosts.search(text)) if m]
    assert wrong == []


def test_readme_has_the_two_commands():
    text = (ROOT / "README.md").read_text("utf-8")
    lines = [line for line in text.split("\n") if line.startswith("python3 -m venv .venv && ")]
    assert len(lines) == 2
    assert lines[0].endswith("echo-bench weights fetch tracker && .venv/bin/echo-bench demo")
    assert lines[1].endswith("tox run")


def test_torch_is_pinned_without_a_build_tag():
    lock = (ROOT / "constraints.txt").read_text("utf-8").split("\n")
    assert "torch==2.13.0" in lock
    assert not [line for line in lock if "+" in line.partition("==")[2] or "nvidia" in line]


def test_every_source_file_is_short():
    """Most under 200 lines, none over 400."""
    lengths = {
        path.relative_to(ROOT): len(path.read_text("utf-8").split("\n"))
        for folder in ("echo_bench", "metrics", "reference_model")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {str(path): n for path, n in lengths.items() if n > 400} == {}
    assert sum(n > 200 for n in lengths.values()) < 0.25 * len(lengths)


def test_links_between_documents_lead_somewhere():
    broken = []
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)} -> {target}")
    assert broken == []


def test_every_default_id_is_documented():
    from echo_bench.metrics import DEFAULT, EMBEDDED

    pages = ROOT / "docs" / "metrics"
    text = "".join((pages / page).read_text("utf-8") for page in ("measured.md", "native.md"))
    names = [*DEFAULT, *EMBEDDED]
    assert [metric for metric in names if metric.replace("_pose", "_exp") not in text and metric not in text] == []
