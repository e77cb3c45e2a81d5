"""`vico-x`: ViCo-X (Zhou et al., arXiv 2307.02090), conversations of several turns; read in the two forms of ViCo.

No layout of its own is published: it is given on request, and this reads it where it comes as ViCo does.
"""

from __future__ import annotations

from echo_bench.datasets.manifest import ClipEntry
from echo_bench.datasets.published import Published, Said
from echo_bench.datasets.vico import ViCo


class ViCoX(ViCo):
    """The dataset `vico-x`."""

    name = "vico-x"
    version = "2023"
    total = None

    def said(self, entry: ClipEntry) -> Said:
        """Nothing: people take turns, and nobody says when."""
        return Published.said(self, entry)
