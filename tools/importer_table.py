"""The table of docs/importers.md, made from the registry of formats.

python -m tools.importer_table --write docs/importers.md

replaces what stands between the two marks of that page.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from echo_bench.importers.base import FORMATS, Layout
from echo_bench.importers.video import VideoLayout

BEGIN, END = "<!-- formats: generated -->\n", "<!-- end of formats -->\n"
HEADER = "| format | layout | in the file | units | fps | space | refused outside |"


def replaced(page: str) -> str:
    """The page with its table made anew."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table()}\n\n{END}{tail}"


def table() -> str:
    """One line per layout."""
    return "\n".join([HEADER, "|---" * 7 + "|", *_lines()])


def _lines() -> Iterator[str]:
    for name in FORMATS:
        format_ = FORMATS.get(name)
        for label, layout in format_.layouts.items():
            yield f"| `{name}` | `{label}` | {' | '.join(_cells(layout))} |"


def _cells(layout: Layout | VideoLayout) -> list[str]:
    if isinstance(layout, VideoLayout):
        return [layout.columns, "", "the file's; of pictures `--fps`", "video", ""]
    fps = f"{layout.fps:g}" if layout.fps else "the file's, else `--fps`"
    limits = (f"{part} {low:.4g} .. {high:.4g}" for part, (low, high) in (layout.limits or {}).items())
    return [layout.columns, layout.units, fps, f"`{layout.space}`", ", ".join(limits)]


def main() -> None:
    """Write the table into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, required=True)
    page: Path = parser.parse_args().write
    page.write_text(replaced(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
