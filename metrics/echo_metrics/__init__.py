"""Every metric of the field as pure maths: arrays in, numbers out. Nothing here imports torch.

:func:`evaluate` scores by the id of a protocol (:mod:`echo_metrics.protocols`); the modules hold the functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from echo_metrics.protocols import PROTOCOLS, Score, as_published, evaluate

__all__ = ["PROTOCOLS", "Score", "as_published", "evaluate"]


def __getattr__(name: str) -> Any:
    """Load the table of protocols when something of it is first asked for: a plain import stays quick."""
    if name in __all__:
        from echo_metrics import protocols

        return getattr(protocols, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
