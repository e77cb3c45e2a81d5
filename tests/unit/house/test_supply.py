"""What the suite trusts: nothing that runs code from data, no pin with a published weakness, licences that fit."""

from __future__ import annotations

import ast
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CODE = ("echo_bench", "metrics", "reference_model", "tools", "benchmarks")
# Whatever turns bytes into code or objects, or text into a command.
FORBIDDEN = {
    "pickle.load", "pickle.loads", "pickle.Unpickler", "marshal.load", "marshal.loads", "shelve.open", "joblib.load", "dill.load",
    "yaml.load", "yaml.unsafe_load", "eval", "exec", "os.system", "os.popen", "torch.jit.load", "torch.hub.load", "pandas.read_pickle",
    "pd.read_pickle",
}  # fmt: skip
# Published as TorchScript, which is a program: read only from the weight store, which hands out nothing without its sha256.
PINNED_PROGRAMS = {("echo_bench/nets/i3d.py", "torch.jit.load"), ("echo_bench/nets/silero.py", "torch.jit.load")}
# Sends objects of the test itself through pickle and back, to see whether they survive it: no bytes from elsewhere.
ROUND_TRIPS = {("echo_bench/testing/clauses.py", "pickle.loads")}


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]


def option(call: ast.Call, name: str) -> object:
    return next((getattr(k.value, "value", None) for k in call.keywords if k.arg == name), None)


def unsafe(call: ast.Call) -> str | None:
    """What is wrong with a call."""
    name = ast.unparse(call.func)
    if name in FORBIDDEN:
        return name
    if name == "torch.load" and option(call, "weights_only") is not True:
        return "torch.load without weights_only=True"
    if name in {"np.load", "numpy.load"} and option(call, "allow_pickle") is True:
        return "numpy.load with allow_pickle=True"
    if option(call, "shell") is True or option(call, "trust_remote_code") is True:
        return f"{name} with shell or remote code"
    return None


def test_nothing_runs_code_from_data():
    files = [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(files) > 200
    found = {(str(p.relative_to(ROOT)), why) for p in files for call in calls(p) if (why := unsafe(call))}
    assert found == PINNED_PROGRAMS | ROUND_TRIPS


@pytest.mark.parametrize(
    "code",
    ["pickle.loads(x)", "torch.load(p)", "torch.load(p, weights_only=False)", "np.load(p, allow_pickle=True)", "eval('1')",
     "subprocess.run(c, shell=True)", "AutoModel.from_pretrained(n, trust_remote_code=True)"],
)  # fmt: skip
def test_the_check_sees_what_it_looks_for(tmp_path, code):
    (tmp_path / "x.py").write_text(code)
    assert unsafe(calls(tmp_path / "x.py")[0])


@pytest.fixture(scope="module")
def audit() -> dict[str, Callable]:
    return runpy.run_path(str(ROOT / "tools" / "audit_lock.py"))


def test_no_pin_has_a_published_weakness(audit):
    pins = audit["lock"]()
    assert len(pins) > 100
    assert audit["affected"](pins) == []


def test_the_audit_sees_what_it_looks_for(audit):
    assert [line for line in audit["affected"]({"torch": "2.5.1"}) if "CVE-2025-32434" in line]
    assert audit["affected"]({"torch": "2.6.0", "no-such-package": "1"}) == []


def test_every_advisory_is_about_something_in_the_lock(audit):
    pins = audit["lock"]()
    assert [each.id for each in audit["advisories"]() if each.package not in pins] == []


def test_every_licence_of_an_installation_fits(audit):
    packages = audit["installed"]()
    assert {"torch", "numpy", "av", "pydantic-core"} <= set(packages)
    assert audit["unusual"](packages) == []


def test_the_licence_report_names_every_dependency(audit):
    report = audit["REPORT"].read_text("utf-8")
    declared = {
        line.split(">")[0].split("[")[0] for line in audit["distribution"]("echo-bench").requires if "extra" not in line
    }
    assert len(declared) > 15
    assert [name for name in declared if f"| {name} |" not in report] == []
