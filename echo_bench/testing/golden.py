"""Golden values beside the tests that check them: one JSON file per test module, with the reason of every change."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Golden:
    """Compares numbers with those that are kept; made by the fixture ``golden``.

    Parameters
    ----------
    path : Path
        ``golden/MODULE.json`` beside the test module.
    key : str
        The test's own name.
    reason : str or None
        Why values may be renewed now (``--echo-update-golden REASON``); None keeps them.
    """

    path: Path
    key: str
    reason: str | None = None

    def __call__(self, values: float | Values, *, rel: float = 1e-6, abs: float = 1e-9) -> None:
        """Assert that values are the kept ones, or keep them where a reason was given.

        Parameters
        ----------
        values : float or mapping of str to float
        rel, abs : float
            Tolerance, as of `math.isclose`.

        Raises
        ------
        AssertionError
            When they differ, when names come or go, or when nothing is kept yet.
        """
        new = {"value": float(values)} if isinstance(values, int | float) else {k: float(v) for k, v in values.items()}
        kept = self._read()["values"].get(self.key)
        wrong = _differences(kept, new, rel, abs)
        if wrong and self.reason is not None:
            self._keep(new)
            return
        assert not wrong, f"{self.path.name}, {self.key}: {'; '.join(wrong)}"

    def _read(self) -> dict[str, Any]:
        if not self.path.exists():
            return {"values": {}, "history": []}
        found: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return found

    def _keep(self, new: dict[str, float]) -> None:
        from filelock import FileLock

        from echo_bench.pipeline.store import write_atomic

        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_suffix(".lock")):
            data = self._read()
            before = data["values"].get(self.key)
            data["values"][self.key] = new
            data["history"].append({"test": self.key, "reason": self.reason, "before": before, "after": new})
            text = json.dumps(data, indent=1, sort_keys=True, allow_nan=False) + "\n"
            write_atomic(self.path, text.encode())


def _differences(kept: dict[str, float] | None, new: dict[str, float], rel: float, abs_: float) -> list[str]:
    if any(not math.isfinite(value) for value in new.values()):
        raise AssertionError(f"{new} holds a value that is no number, which cannot be golden")
    if kept is None:
        return ["nothing is kept yet: look at the value and run pytest with --echo-update-golden REASON"]
    names = [f"{name} is {'new' if name in new else 'gone'}" for name in sorted({*kept} ^ {*new})]
    return names + [
        f"{name} is {new[name]!r}, kept is {kept[name]!r}"
        for name in sorted({*kept} & {*new})
        if not math.isclose(new[name], kept[name], rel_tol=rel, abs_tol=abs_)
    ]
