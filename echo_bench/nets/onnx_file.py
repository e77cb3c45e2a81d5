"""Nets that are published as ONNX files, run by onnxruntime where that is installed (``pip install 'echo-bench[onnx]'``)."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.errors import UnavailableError

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def require_onnxruntime(path: Path) -> None:
    """Refuse a net that cannot be run here.

    Raises
    ------
    UnavailableError
        When onnxruntime is not installed.
    """
    if find_spec("onnxruntime") is None:
        raise UnavailableError(
            f"{path.name} needs onnxruntime, which is not installed", fix="pip install 'echo-bench[onnx]'"
        )


def open_onnx(path: Path) -> Run:
    """The net in `path` as a function of its one input: float32 in, its first output out.

    One processor thread, float32, no device but the CPU: the same bytes every time.
    """
    onnxruntime = import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(session.run(None, {name: batch})[0], np.float32)

    return run
