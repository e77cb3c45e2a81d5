"""Make the CUDA wheel of torchvision importable beside a CPU torch, for the peers that import it.

torchvision from the package index links CUDA libraries. Beside a CPU torch its operators do not load, that error is swallowed, and the
import dies with `operator torchvision::nms does not exist`; torchmetrics, pytorch-fid, lpips and piq die with it. Declaring the two
operators first is enough for all that parity needs (models, transforms): nothing here runs NMS. The normal import is tried first, since a
matching pair declares the operators itself.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

_declared: list[Any] = []  # torch drops the declarations with the library object


def repair_torchvision() -> None:
    """Import torchvision, declaring its operators if it cannot do so itself; call before importing any peer that uses it."""
    import torch

    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library: Any = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _declared.append(library)
        importlib.import_module("torchvision")
