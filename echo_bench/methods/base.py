"""What the in-tree rows share."""

from __future__ import annotations

from echo_bench.clip import MethodView
from echo_bench.method import MethodContext


class Lent:
    """A method that loads nothing and keeps the context that it is lent."""

    context: MethodContext

    def setup(self, context: MethodContext) -> None:
        """Keep the context."""
        self.context = context


def frames_in(view: MethodView) -> int:
    """Number of frames of the clip at its frame rate."""
    return max(1, round(view.duration * view.fps))
